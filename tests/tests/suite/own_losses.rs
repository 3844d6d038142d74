//! Losses and metrics of people's own, and those of other targets than the output's shape, in a whole training.

use keras_core::prelude::*;
use keras_core::training::losses::LossFn;
use keras_core::training::metrics::MeanMetricWrapper;
use ndarray::{Array1, Array2, Array3};

fn own_squared_error(y_true: Symbolic, y_pred: Symbolic) -> Symbolic {
    ops::mean(ops::square(y_true - y_pred), -1).into()
}

fn numbers<M: Model>(model: &M) -> Vec<f32> {
    model.weights().iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
}

fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5), "{a:?}, {b:?}");
}

fn inputs() -> Array2<f32> {
    Array2::from_shape_fn((24, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0 - 0.4)
}

#[test]
fn a_function_is_a_loss() {
    let y = Array2::from_shape_fn((24, 2), |(i, j)| ((i * 5 + j) % 7) as f32 / 7.0);
    let weights: Vec<f32> = (0..24).map(|i| 0.5 + (i % 3) as f32).collect();
    let model =
        || keras_core::device::with_seed(4, || model!(Input(4) => Dense(3, activation = tanh) => Dense(2)));
    let mut own = model().compile(Adam::new(0.01), own_squared_error, ()).seed(1);
    let mut known = model().compile(Adam::new(0.01), MeanSquaredError::new(), ()).seed(1);
    let own_history = own.fit(&inputs(), &y).epochs(3).batch_size(7).sample_weight(&weights).verbose(0).run();
    let known_history =
        known.fit(&inputs(), &y).epochs(3).batch_size(7).sample_weight(&weights).verbose(0).run();
    close(&numbers(&own), &numbers(&known));
    let losses = |history: &History| history.get("loss").expect("losses").to_vec();
    let (own, known) = (losses(&own_history.expect("a history")), losses(&known_history.expect("a history")));
    assert!(own.iter().zip(&known).all(|(a, b)| (a - b).abs() < 1e-5), "{own:?}, {known:?}");
}

#[test]
fn a_function_of_class_numbers_is_a_loss() {
    let y = Array1::from_shape_fn(24, |i| (i % 3) as u8);
    let model = || keras_core::device::with_seed(4, || model!(Input(4) => Dense(3, activation = softmax)));
    let loss = LossFn::of_classes(|y_true, y_pred| ops::sparse_categorical_crossentropy(y_true, y_pred));
    let mut own = model().compile(SGD::new(0.1), loss, "accuracy").seed(1);
    let mut known = model().compile(SGD::new(0.1), SparseCategoricalCrossentropy::new(), "accuracy").seed(1);
    own.fit(&inputs(), &y).epochs(2).verbose(0).run().expect("a history");
    known.fit(&inputs(), &y).epochs(2).verbose(0).run().expect("a history");
    close(&numbers(&own), &numbers(&known));
}

#[test]
fn shapes_that_do_not_fit_are_told_in_a_sentence() {
    let loss = LossFn::new(|y_true: Symbolic, y_pred: Symbolic| y_true - ops::sum(y_pred, -1)).named("odd");
    let mut model = model!(Input(4) => Dense(3)).compile("adam", loss, ());
    let error = model.fit(&inputs(), &Array2::<f32>::ones((24, 3))).verbose(0).run().expect_err("no loss");
    let text = error.to_string();
    assert!(
        text.starts_with("loss `odd`: ops::subtract: shapes (24, 3) and (24,) do not broadcast"),
        "{text}"
    );
}

#[test]
fn a_function_is_a_metric() {
    let largest =
        MeanMetricWrapper::new(|t: Symbolic, p: Symbolic| ops::max(ops::abs(t - p), -1)).named("largest");
    let mut model = model!(Input(4) => Dense(3)).compile("adam", MeanSquaredError::new(), largest);
    let y = Array2::from_shape_fn((24, 3), |(i, j)| ((i + j) % 5) as f32);
    let p = model.predict(&inputs()).and_then(|p| p.to_vec()).expect("outputs");
    let rows = p.chunks(3).zip(y.rows());
    let largest =
        rows.map(|(p, t)| p.iter().zip(t).map(|(p, t)| f64::from((p - t).abs())).fold(0.0, f64::max));
    let expected = largest.sum::<f64>() / 24.0;
    let found = model.evaluate(&inputs(), &y).batch_size(7).verbose(0).run().expect("metrics");
    let found = found.get("largest").expect("the metric");
    assert!((found - expected).abs() < 1e-5, "{found}, {expected}");
}

#[test]
fn labels_of_another_length_train_by_ctc() {
    set_random_seed(3);
    let x = Array3::from_shape_fn((8, 6, 4), |(i, t, j)| f32::from(u8::from((i + t / 2) % 4 == j)));
    let y = Array2::from_shape_fn((8, 3), |(i, t)| ((i + t) % 4 + 1) as i32);
    let mut model = model!(Input(None, 4) => Dense(5)).compile(Adam::new(0.05), CTC::new(), ());
    let history = model.fit(&x, &y).epochs(40).verbose(0).run().expect("a history");
    let losses = history.get("loss").expect("losses");
    assert!(losses[39] < 0.3 * losses[0], "{losses:?}");
    let error = model.fit(&x, &Array2::from_elem((8, 3), 5)).verbose(0).run().expect_err("class 5 of 5");
    assert_eq!(error.to_string(), "target: label 5: labels are whole numbers from 0, no label, to 4");
}

#[test]
fn a_loss_of_the_whole_batch_trains_with_weights() {
    set_random_seed(3);
    let y = Array2::from_shape_fn((24, 2), |(i, j)| f32::from(u8::from((i * 7 + j * 3) % 11 > 4)));
    let mut model = model!(Input(4) => Dense(8, activation = relu) => Dense(2, activation = sigmoid))
        .compile(Adam::new(0.02), Dice::new(), ());
    let weights = vec![2.0f32; 24];
    let plain = model.evaluate(&inputs(), &y).verbose(0).run().expect("a loss").loss();
    let weighted =
        model.evaluate(&inputs(), &y).sample_weight(&weights).verbose(0).run().expect("a loss").loss();
    assert!((weighted - 2.0 * plain).abs() < 1e-5, "{weighted}, {plain}");
    let history = model.fit(&inputs(), &y).epochs(60).verbose(0).run().expect("a history");
    let losses = history.get("loss").expect("losses");
    assert!(losses[59] < losses[0], "{losses:?}");
}

#[test]
fn averages_of_weights_are_left_by_fit() {
    let y = Array2::from_shape_fn((24, 1), |(i, _)| (i % 5) as f32);
    let model = || keras_core::device::with_seed(4, || model!(Input(4) => Dense(1)));
    let mut plain = model().compile(SGD::new(0.1), MeanSquaredError::new(), ()).seed(1);
    let mut averaged =
        model().compile(SGD::new(0.1).use_ema(true).ema_momentum(0.5), MeanSquaredError::new(), ()).seed(1);
    let (mut average, mut first) = (Vec::new(), true);
    for _ in 0..3 {
        plain.train_on_batch(&inputs(), &y).expect("a step");
        let now = numbers(&plain);
        average = if first {
            now
        } else {
            average.iter().zip(now).map(|(a, w): (&f32, f32)| 0.5 * a + 0.5 * w).collect()
        };
        first = false;
    }
    averaged.fit(&inputs(), &y).batch_size(24).epochs(3).shuffle(false).verbose(0).run().expect("a history");
    close(&numbers(&averaged), &average);
}
