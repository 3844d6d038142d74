//! `predict`, `evaluate` and steps of training with Keras's arguments, and of batches that an iterator makes.

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_tests::json::near;
use ndarray::{Array1, Array2, Array3, Axis, s};
use proptest::prelude::*;

fn data(samples: usize) -> Array2<f32> {
    Array2::from_shape_fn((samples, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 5.0 - 1.0)
}

macro_rules! numbers {
    ($tensor:expr) => {
        $tensor.expect("outputs").to_vec().expect("numbers")
    };
}

/// What an error says.
fn says<T>(found: keras_core::Result<T>, words: &str) {
    let text = found.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(text.contains(words), "{text:?} does not say {words:?}");
}

#[test]
fn batches_and_steps_of_predict() {
    set_random_seed(3);
    let model = model!(Input(4) => Dense(3, activation = tanh) => Dense(2));
    let x = data(100);
    let all = numbers!(model.predict(&x));
    for burn in [false, true] {
        let run = || {
            near("as predict", &numbers!(model.predict_with(&x).run()), &all, 1e-6);
            near("one batch", &numbers!(model.predict_on_batch(&x)), &all, 1e-6);
            for (size, steps, samples) in
                [(7, None, 100), (7, Some(3), 21), (64, Some(3), 100), (1000, Some(1), 100)]
            {
                let predict = model.predict_with(&x).batch_size(size);
                let y = match steps {
                    Some(steps) => predict.steps(steps).run(),
                    None => predict.run(),
                };
                near("some", &numbers!(y), &all[..2 * samples], 1e-6);
            }
            // As in Keras: steps alone split all samples.
            assert_eq!(model.predict_with(&x).steps(3).verbose(0).run().expect("outputs").shape(), [100, 2]);
        };
        if burn { without(run) } else { run() }
    }
    says(model.predict_with(&x).steps(0).run(), "`steps` must be at least 1");
    says(model.predict_with(&x).batch_size(0).run(), "`batch_size` must be at least 1");
    assert_eq!(model.predict_with(&data(0)).steps(2).run().expect("no outputs").shape(), [0, 2]);
    let fixed = model!(Input(4, batch = 10) => Dense(2));
    says(fixed.predict_with(&data(10)).batch_size(5).run(), "the model's batch is 10, and `batch_size` is 5");
    assert_eq!(fixed.predict_with(&data(10)).steps(1).run().expect("outputs").shape(), [10, 2]);
}

#[test]
fn predictions_of_a_stream() {
    set_random_seed(4);
    let model = model!(
        let a = Input(4);
        let b = Input(4);
        let sum = [a, b] => Add() => Dense(2);
        let difference = [a, b] => Subtract();
        (sum, difference)
    );
    let x = data(30);
    let z = x.mapv(|x| x * x);
    let (sum, difference) = model.predict((&x, &z)).expect("outputs");
    let (sum, difference) = (sum.to_vec().expect("numbers"), difference.to_vec().expect("numbers"));
    // Batches of 1, 2, 3 and so on, without an end.
    let batches = || {
        (1usize..).map(|n| {
            let rows = s![n * (n - 1) / 2..n * (n + 1) / 2, ..];
            (x.slice(rows).to_owned(), z.slice(rows).to_owned())
        })
    };
    let (first, second) = model.predict_batches(batches()).steps(4).run().expect("outputs");
    near("sums", &first.to_vec().expect("numbers"), &sum[..20], 1e-6);
    near("differences", &second.to_vec().expect("numbers"), &difference[..40], 1e-6);
    let (first, _) = model.predict_batches(batches().take(2)).steps(4).run().expect("outputs");
    assert_eq!(first.shape(), [3, 2]);

    says(model.predict_batches(batches().take(0)).run(), "the iterator gave no batch to predict");
    says(
        model.predict_batches(batches()).batch_size(3).run(),
        "`batch_size`: a stream makes its own batches",
    );
    says(model.predict_batches(batches()).steps(0).run(), "`steps` must be at least 1");
    let wrong = [(x.clone(), z.slice(s![..3, ..]).to_owned())];
    assert!(model.predict_batches(wrong).run().is_err());

    let steps = model!(Input(None, 2) => GRU(3, return_sequences = true));
    let lengths = |all: &'static [usize]| all.iter().map(|n| Array3::<f32>::ones((2, *n, 2)));
    assert_eq!(steps.predict_batches(lengths(&[5, 5])).run().expect("outputs").shape(), [4, 5, 3]);
    says(
        steps.predict_batches(lengths(&[5, 4])).run(),
        "a batch gives [2, 4, 3], the one before [2, 5, 3]: outputs of several batches are put together",
    );
    let last = model!(Input(None, 2) => GRU(3));
    assert_eq!(last.predict_batches(lengths(&[5, 4])).run().expect("outputs").shape(), [4, 3]);
}

#[test]
fn a_stream_is_evaluated_as_its_samples_are() {
    set_random_seed(5);
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        Accuracy::new(),
    );
    let x = data(60);
    let y = Array1::from_shape_fn(60, |i| (i * i % 3) as i32);
    let weights: Vec<f32> = (0..60).map(|i| (i % 4) as f32).collect();
    let parts = |n: usize| {
        let (x, y) = (x.clone(), y.clone());
        (0..60 / n).map(move |i| {
            (x.slice(s![i * n..(i + 1) * n, ..]).to_owned(), y.slice(s![i * n..(i + 1) * n]).to_owned())
        })
    };
    let whole = model.evaluate(&x, &y).batch_size(20).verbose(0).run().expect("numbers");
    let found = model.evaluate_batches(parts(20)).verbose(0).run().expect("numbers");
    assert_eq!(found, whole);
    let half = model.evaluate(&x, &y).batch_size(10).steps(3).verbose(0).run().expect("numbers");
    assert_eq!(model.evaluate_batches(parts(10)).steps(3).verbose(0).run().expect("numbers"), half);
    let weighted =
        model.evaluate(&x, &y).batch_size(20).sample_weight(&weights).verbose(0).run().expect("numbers");
    let with = parts(20).enumerate().map(|(i, (x, y))| (x, y, weights[i * 20..][..20].to_vec()));
    assert_eq!(model.evaluate_batches(with).verbose(0).run().expect("numbers"), weighted);

    says(
        model.evaluate_batches(parts(20).take(0)).verbose(0).run(),
        "the iterator gave no batch to evaluate",
    );
    says(
        model.evaluate_batches(parts(20)).batch_size(3).verbose(0).run(),
        "`batch_size` needs data in memory",
    );
    says(
        model.evaluate_batches(parts(20)).sample_weight(&weights).verbose(0).run(),
        "`sample_weight` needs data in memory",
    );
    let bad = parts(20).map(|(x, y)| (x, y + 2));
    says(model.evaluate_batches(bad).verbose(0).run(), "class");
}

#[test]
fn classes_are_weighed_in_a_step() {
    let x = data(12);
    let y = Array1::from_shape_fn(12, |i| (i % 3) as i32);
    let make = || {
        set_random_seed(6);
        model!(Input(4) => Dense(3, activation = softmax)).compile(
            SGD::new(0.1),
            SparseCategoricalCrossentropy::new(),
            (),
        )
    };
    let (mut by_class, mut by_sample) = (make(), make());
    let weights: Vec<f32> = y.iter().map(|class| [1.0, 5.0, 0.25][*class as usize]).collect();
    for _ in 0..3 {
        let a = by_class.train_on_batch_by_class(&x, &y, [(1, 5.0), (2, 0.25)]).expect("a step");
        let b = by_sample.train_on_batch_weighted(&x, &y, &weights).expect("a step");
        assert_eq!(a, b);
    }
    assert_eq!(numbers!(by_class.predict(&x)), numbers!(by_sample.predict(&x)));
    says(by_class.train_on_batch_by_class(&x, &y, [(3, 5.0)]), "class 3");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However samples are split into batches, each gives what it gives alone.
    #[test]
    fn outputs_do_not_depend_on_batches(samples in 1usize..40, size in 1usize..50, steps in 1usize..6, seed in 0u64..99) {
        set_random_seed(seed);
        let model = model!(Input(4) => LayerNormalization() => Dense(3, activation = softmax));
        let x = data(samples);
        let all = numbers!(model.predict(&x));
        let some = numbers!(model.predict_with(&x).batch_size(size).steps(steps).run());
        let count = (size * steps).min(samples);
        prop_assert_eq!(some.len(), 3 * count);
        near("batches", &some, &all[..3 * count], 1e-6);
        let batches = x.axis_chunks_iter(Axis(0), size).map(|part| part.to_owned());
        near("a stream", &numbers!(model.predict_batches(batches).run()), &all, 1e-6);
    }
}
