//! What asks for memory, and how often: counted by an allocator that stands before the system's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use ndarray::Array2;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
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
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn note(size: usize) {
    // Not there any more while a thread ends.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
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

#[test]
fn the_watch_sees_requests() {
    let (_, largest) = watched(|| std::hint::black_box(vec![0u8; 1 << 20]).len());
    assert!(largest >= 1 << 20);
    let (_, largest) = watched(|| std::hint::black_box(vec![0u8; 64]).len());
    assert!(largest < 1 << 20);
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
    assert_eq!(allocations(|| ()), 0);
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
    let count = allocations(|| {
        for _ in 0..10 {
            assert_eq!(model.predict_one(&x).expect("an answer"), first);
        }
    });
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
