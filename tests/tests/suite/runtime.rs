//! A runtime of a model says what the globals say for all: threads, seeds.

use keras_core::prelude::*;
use keras_core::runtime::Runtime;
use keras_tests::with_threads;
use ndarray::{Array1, Array2};

fn data(rows: usize) -> (Array2<f32>, Array1<i32>) {
    let x = Array2::from_shape_fn((rows, 64), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 23.0 - 0.4);
    let y = Array1::from_shape_fn(rows, |i| (i % 3) as i32);
    (x, y)
}

model! {
    #[derive(Clone)]
    struct Wide {
        Input(64) => Dense(512, activation = relu) => Dropout(0.2) => Dense(3, activation = softmax)
    }
}

/// The bits of all weights after some steps with shuffling and dropout.
fn trained(model: Wide) -> Vec<u32> {
    let (x, y) = data(128);
    let mut model = model.compile(SGD::new(0.1), SparseCategoricalCrossentropy::new(), ());
    model.fit(&x, &y).epochs(2).batch_size(64).verbose(0).run().expect("steps");
    let weights = model.weights();
    weights.iter().flat_map(|(_, raw)| raw.to_vec().expect("floats")).map(f32::to_bits).collect()
}

fn seeded(runtime: Runtime) -> Vec<u32> {
    let model = Wide::with_seed(1);
    model.set_runtime(runtime.seed(5));
    trained(model)
}

#[test]
fn threads_of_a_model_give_the_bits_of_as_many_threads_for_all() {
    let mut all = Vec::new();
    for threads in [1, 2, 3, 5] {
        let own = seeded(Runtime::new().threads(threads));
        let global = with_threads(threads, || seeded(Runtime::new()));
        assert_eq!(own, global, "{threads} threads");
        all.push(own);
    }
    assert!(all.iter().any(|bits| *bits != all[0]), "sums in another order round otherwise somewhere");
}

#[test]
fn a_seed_of_a_model_is_its_own() {
    let one = Runtime::new().threads(1);
    let first = seeded(one.clone());
    assert_eq!(first, seeded(one.clone()));
    let other = Wide::with_seed(1);
    other.set_runtime(one.seed(6));
    assert_ne!(first, trained(other));
}

#[test]
fn copies_of_a_runtime_draw_from_one_sequence() {
    let runtime = Runtime::new().threads(1).seed(5);
    let run = || {
        let model = Wide::with_seed(1);
        model.set_runtime(runtime.clone());
        assert!(format!("{:?}", model.runtime()).contains("threads: Some(1), seeded: true"));
        trained(model)
    };
    assert_ne!(run(), run());
}

#[test]
fn copies_of_a_model_keep_its_runtime_and_others_have_none() {
    let model = Wide::with_seed(1);
    assert_eq!(model.runtime().threads_or_default(), keras_core::device::threads());
    model.set_runtime(Runtime::new().threads(7));
    assert_eq!(model.clone().runtime().threads_or_default(), 7);
    assert_eq!(Wide::with_seed(1).runtime().threads_or_default(), keras_core::device::threads());
    // Nothing of it is left on the thread.
    let (x, _) = data(2);
    model.predict(&x).expect("numbers");
    assert_ne!(keras_core::device::threads(), 7);
}
