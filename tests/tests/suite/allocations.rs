//! What asks for memory, and how often: counted by an allocator that stands before the system's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use ndarray::Array2;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, which counts the requests of each thread and remembers the largest.
struct Watched;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        released(layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        released(layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn note(size: usize) {
    // Not there any more while a thread ends.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
    let _ = HELD.try_with(|held| held.set(held.get() + size as isize));
}

fn released(size: usize) {
    let _ = HELD.try_with(|held| held.set(held.get() - size as isize));
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// What `f` gives, and the largest piece of memory that it asked for on this thread.
pub(crate) fn watched<T>(f: impl FnOnce() -> T) -> (T, usize) {
    LARGEST.set(0);
    let result = f();
    (result, LARGEST.get())
}

/// How often this thread asks for memory in `f`.
fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.get();
    f();
    COUNT.get() - before
}

/// How many bytes more this thread holds after `f`.
fn held(f: impl FnOnce()) -> isize {
    let before = HELD.get();
    f();
    HELD.get() - before
}

#[test]
fn the_watch_sees_requests() {
    let (_, largest) = watched(|| std::hint::black_box(vec![0u8; 1 << 20]).len());
    assert!(largest >= 1 << 20);
    let (_, largest) = watched(|| std::hint::black_box(vec![0u8; 64]).len());
    assert!(largest < 1 << 20);
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
    assert_eq!(allocations(|| ()), 0);
    assert_eq!(held(|| drop(std::hint::black_box(vec![1u8; 100]))), 0);
    assert_eq!(held(|| std::mem::forget(std::hint::black_box(vec![1u8; 100]))), 100);
}

/// Reads, runs and drops the model of a file, as often as it is asked to.
fn loaded_again(path: &std::path::Path, x: &Array2<f32>, times: usize) {
    for _ in 0..times {
        let model = load_model(path).expect("a model");
        assert_eq!(model.predict(x).expect("an answer").shape()[0], x.nrows());
        assert!(!model.summary().to_string().is_empty());
    }
}

#[test]
fn models_of_files_leave_nothing_behind() {
    model! {
        #[derive(Clone)]
        struct Inner { Input(3, 4) => Flatten() => Dense(5, activation = relu) }
    }
    let model = with_seed(1, || {
        model! {
            let x = Input(12);
            let y = x => Reshape((3, 4)) => Bidirectional(LSTM(2, return_sequences = true), name = "both")
                => RNN([LSTMCell(3), GRUCell(2)], return_sequences = true) => Dense(4)
                => LayerNormalization(axis = (1, 2));
            let z = y => Inner;
            let scaled = ops::mean(y, axis = (1,)) * 0.5;
            let w = y => EinsumDense("abc,cd->abd", output_shape = (3, 2), bias_axes = "d") => Flatten();
            [z, scaled[:, 1:3], w] => Concatenate() => Rescaling(0.25, offset = -1.0)
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("again.keras");
    model.save(&path).expect("saved");
    let x = Array2::from_shape_fn((3, 12), |(i, j)| (i + 2 * j) as f32 * 0.1);
    let first = model.predict(&x).expect("an answer").to_vec().expect("numbers");
    let again =
        load_model(&path).expect("a model").predict(&x).expect("an answer").to_vec().expect("numbers");
    assert_eq!(first, again);
    loaded_again(&path, &x, 2);
    assert_eq!(held(|| loaded_again(&path, &x, 5)), 0, "bytes are left of five models");
}

macro_rules! quiet {
    ($($what:literal: $model:expr, $n:expr;)*) => { $({
        let model = with_seed(1, || $model);
        // Whole numbers, which inputs of integers take too.
        let x: Vec<f32> = (0..$n).map(|i| (i % 7) as f32).collect();
        let first = model.predict_one(&x).expect("an answer");
        drop(model.predict_one(&x).expect("an answer"));
        let count = allocations(|| {
            for _ in 0..10 {
                assert_eq!(model.predict_one(&x).expect("an answer"), first);
            }
        });
        assert_eq!(count, 0, "ten predictions of {} asked for memory", $what);
    })* };
}

#[test]
fn a_prediction_allocates_nothing_after_the_first() {
    // Other tests change the number of threads of the process, and waking more of them asks for memory.
    keras_tests::with_threads(2, || {
        quiet! {
            "dense layers": model!(Input(28, 28) => Flatten() => Dense(128, activation = relu) => Dense(10, activation = softmax)), 784;
            "a wide layer": model!(Input(10) => Dense(2000, activation = tanh) => Dense(1)), 10;
            "LSTMs": model!(Input(None, 50) => LSTM(64, return_sequences = true) => LSTM(32) => Dense(10, activation = softmax)), 1000;
            "a large LSTM": model!(Input(None, 200) => LSTM(160) => Dense(2)), 2000;
            "GRUs both ways": model!(Input(None, 8) => Bidirectional(GRU(16, return_sequences = true)) => GRU(4, reset_after = false) => Dense(1)), 80;
            "masked words": model!(Input(None, dtype = int32) => Embedding(50, 8, mask_zero = true) => SimpleRNN(9) => Dense(1, activation = sigmoid)), 12;
            "a layer at every step": model!(Input(None, 5) => TimeDistributed(Dense(4, activation = relu)) => LSTM(3) => Dense(1)), 40;
            "convolutions": model!(
                Input(28, 28, 1)
                    => Conv2D(32, 3, activation = relu) => MaxPooling2D(2)
                    => Conv2D(64, 3, activation = relu) => MaxPooling2D(2)
                    => Flatten() => Dense(10, activation = softmax)
            ), 784;
            "normalised convolutions": model!(
                Input(16, 16, 3)
                    => Conv2D(16, 3, padding = same) => BatchNormalization() => ReLU() => MaxPooling2D(2)
                    => Conv2D(32, 3, padding = same, strides = 2) => BatchNormalization() => ReLU()
                    => GlobalAveragePooling2D() => Dense(10)
            ), 768;
            "volumes": model!(
                Input(6, 6, 6, 2)
                    => Conv3D(8, 3, activation = relu) => GroupNormalization(4) => MaxPooling3D(2)
                    => Flatten()
                    => Dense(2)
            ), 432;
            "images one after the other": model!(
                Input(None, 6, 6, 2) => ConvLSTM2D(4, 3, padding = same) => Flatten() => Dense(2)
            ), 216;
            "words in a convolution": model!(
                Input(None, dtype = int32)
                    => Embedding(50, 16) => Conv1D(16, 5, activation = gelu, padding = same) => LayerNormalization()
                    => GlobalMaxPooling1D() => Dropout(0.5) => Dense(1, activation = sigmoid)
            ), 30;
            "a block of a transformer": model! {
                let x = Input(None, 16);
                let seen = [x, [x, x] => MultiHeadAttention(4, 8, use_causal_mask = true)] => Add() => LayerNormalization();
                let y = seen => Dense(64, activation = gelu) => Dense(16);
                [seen, y] => Add() => LayerNormalization() => GlobalAveragePooling1D() => Dense(2)
            }, 160;
            "padded words that look at each other": model! {
                let x = Input(None, dtype = int32) => Embedding(50, 8, mask_zero = true);
                let y = [x, x] => MultiHeadAttention(2, 4, use_gate = true);
                let (z, _) = [x, y] => Attention(use_scale = true, return_attention_scores = true);
                [z, y] => AdditiveAttention() => GRU(4) => Dense(1)
            }, 12;
            "stretched and multiplied": model! {
                let x = Input(4, 6);
                let y = [x, x => GlobalAveragePooling1D() => Dense(6)] => Multiply();
                [x, y => Dense(1)] => Add() => Dense(6, activation = log_softmax) => Dense(3, activation = soft_shrink)
            }, 24;
            "products of vectors": model! {
                let x = Input(6);
                [x => Dense(4), x => Dense(4)] => Dot(axes = 1, normalize = true)
            }, 6;
            "branches": model! {
                let x = Input(12);
                let a = x => Dense(8, activation = relu);
                let b = x => Dense(8, activation = mish);
                [a, b] => Concatenate() => Dense(3)
            }, 12;
        }
    });
}

#[test]
fn a_prediction_of_integers_allocates_nothing_after_the_first() {
    let model = model! {
        let words = Input(None, dtype = int32);
        let table = words => Embedding(50, 8) => GlobalAveragePooling1D();
        let counts = [words, words] => Add() => Rescaling(0.5) => Reshape((-1, 1)) => GlobalMaxPooling1D();
        [table, counts] => Concatenate() => Dense(1)
    };
    let x: Vec<i64> = (0..12).collect();
    let first = model.predict_one(&x).expect("an answer");
    drop(model.predict_one(&x).expect("an answer"));
    let ten = || {
        for _ in 0..10 {
            assert_eq!(model.predict_one(&x).expect("an answer"), first);
        }
    };
    let count = keras_tests::with_threads(2, || allocations(ten));
    assert_eq!(count, 0, "ten predictions asked for memory");
}

#[test]
fn a_step_allocates_no_tensors() {
    // What a step of training asks for does not grow with the model's sizes: lists of weights, not their numbers.
    let count = |units: usize| {
        let x = Array2::<f32>::ones((32, 100));
        let y = Array2::<f32>::ones((32, 10));
        macro_rules! steps {
            ($n:literal) => {{
                let mut model = model!(Input(100) => Dense($n, activation = relu) => Dense(10))
                    .compile(Adam::new(0.01), MeanSquaredError::new(), ());
                for _ in 0..3 {
                    model.train_on_batch(&x, &y).expect("a step");
                }
                allocations(|| drop(model.train_on_batch(&x, &y).expect("a step")))
            }};
        }
        keras_tests::with_threads(1, || if units == 8 { steps!(8) } else { steps!(512) })
    };
    let (small, large) = (count(8), count(512));
    assert_eq!(small, large);
    assert!(small < 60, "{small} allocations in a step");
}
