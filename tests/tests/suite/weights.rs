//! Masks and sample weights of any rank, weights of losses and classes, against Keras: the loss and metrics before a
//! training, those of two epochs of several batches with a smaller last one, and the weights after them.
//!
//! Numbers of Keras come from `tests/fixtures/weights.json`, which `tests/keras/make_weights.py` wrote.

use std::sync::OnceLock;

use keras_core::prelude::*;
use keras_core::training::metrics::{MeanAbsoluteError as Mae, SparseTopKCategoricalAccuracy};
use keras_tests::json::{array, fixture, floats, near, set, values};
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, Axis as NdAxis, s};
use serde_json::Value as Json;

fn keras() -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    ALL.get_or_init(|| fixture("weights.json"))
}

fn data(name: &str) -> ArrayD<f32> {
    array(&keras()["data"][name])
}

fn one(name: &str) -> Array1<f32> {
    data(name).into_dimensionality().expect("one axis")
}

fn two(name: &str) -> Array2<f32> {
    data(name).into_dimensionality().expect("two axes")
}

fn three(name: &str) -> Array3<f32> {
    data(name).into_dimensionality().expect("three axes")
}

fn four(name: &str) -> Array4<f32> {
    data(name).into_dimensionality().expect("four axes")
}

/// What `evaluate` gives before the training, without what only other metrics have.
#[track_caller]
fn check_evaluation(id: &str, found: &Evaluation) {
    let wanted = keras()["cases"][id]["evaluate"].as_object().expect("logs");
    assert_eq!(
        found.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        wanted.keys().collect::<Vec<_>>(),
        "{id}"
    );
    for (name, wanted) in wanted {
        let found = found.get(name).expect("a value") as f32;
        near(&format!("{id}: {name}"), &[found], &floats(wanted), 1e-5);
    }
}

/// The history and the trained weights.
#[track_caller]
fn check_training(id: &str, history: &History, model: &impl Model) {
    let case = &keras()["cases"][id];
    for (name, wanted) in case["history"].as_object().expect("a history") {
        let values = history.get(name).unwrap_or_else(|| panic!("{id}: no {name}"));
        let found: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        near(&format!("{id}: {name}"), &found, &floats(wanted), 1e-5);
    }
    let weights: Vec<f32> =
        case["weights"].as_array().expect("weights").iter().flat_map(|w| floats(&w["values"])).collect();
    near(&format!("{id}: weights"), &values(model), &weights, 1e-5);
}

/// A case: a model of `model!`, what `compile` is given, data, and setters of `fit` that `evaluate` has too.
macro_rules! case {
    ($id:literal, $model:expr, ($loss:expr, $metrics:expr), $x:expr, $y:expr
     $(, compiled $compiled:ident($($with:expr),*))*
     $(, both $both:ident($($given:expr),*))*
     $(, fit $setter:ident($($arg:expr),*))*) => {{
        let mut model = $model;
        set(&mut model, &keras()["cases"][$id]["initial"]);
        let mut model = model.compile(SGD::new(0.2), $loss, $metrics)$(.$compiled($($with),*))*;
        let found = model.evaluate($x, $y).batch_size(2).verbose(0)$(.$both($($given),*))*.run();
        check_evaluation($id, &found.expect("an evaluation"));
        let fit = model.fit($x, $y).batch_size(2).epochs(2).shuffle(false).verbose(0);
        let history = fit$(.$both($($given),*))*$(.$setter($($arg),*))*.run().expect("a history");
        check_training($id, &history, &*model);
    }};
}

macro_rules! grid {
    () => {
        model!(Input(3, 4, dtype = int32) => Embedding(8, 2, mask_zero = true) => Dense(1))
    };
}

#[test]
fn a_mask_of_three_axes_as_keras() {
    let (x, y, w) = (three("grid_ids"), four("grid_y"), three("grid_w"));
    case!("grid", grid!(), (MeanSquaredError, Mae::new()), &x, &y, compiled weighted_metrics(Mae::new()));
    case!("grid_mae", grid!(), (MeanAbsoluteError, ()), &x, &y, both sample_weight(&w));
    case!("grid_log_cosh", grid!(), (LogCosh, ()), &x, &y, both sample_weight(&w));
    case!("grid_weighted", grid!(), (MeanSquaredError, Mae::new()), &x, &y,
        compiled weighted_metrics([Mae::new()]), both sample_weight(&w));
}

#[test]
fn weights_of_samples_with_a_mask_of_three_axes_as_keras() {
    let (x, y, w) = (three("grid_ids"), four("grid_y"), one("w"));
    case!("grid_samples", grid!(), (MeanSquaredError, ()), &x, &y, both sample_weight(&w));
    let column = w.clone().insert_axis(NdAxis(1));
    case!("grid_samples", grid!(), (MeanSquaredError, ()), &x, &y, both sample_weight(&column));
    let wide = column.insert_axis(NdAxis(2)).broadcast((5, 1, 4)).expect("an array").to_owned();
    case!("grid_samples", grid!(), (MeanSquaredError, ()), &x, &y, both sample_weight(wide.view()));
}

#[test]
fn a_mask_of_one_axis_as_keras() {
    let (x, y, w) = (two("rows"), two("row_y"), one("w").to_vec());
    let model = || model!(Input(4) => Masking() => Dense(1));
    case!("row", model(), (MeanSquaredError, Mae::new()), &x, &y, compiled weighted_metrics(Mae::new()));
    case!("row_weighted", model(), (MeanSquaredError, ()), &x, &y, both sample_weight(&w));
    case!("row_weighted", model(), (MeanSquaredError, ()), &x, &y, both sample_weight(w.as_slice()));
}

#[test]
fn weights_of_steps_and_of_validation_data_as_keras() {
    let (x, y, w) = (three("x"), three("y"), two("step_w"));
    let (held_x, held_y) = (x.slice(s![..3, .., ..]), y.slice(s![..3, .., ..]));
    case!("steps", model!(Input(None, 2) => Dense(1)), (MeanSquaredError, Mae::new()), &x, &y,
        compiled weighted_metrics(Mae::new()), both sample_weight(&w),
        fit validation_data(&held_x, &held_y), fit validation_sample_weight(w.slice(s![2.., ..])));
}

macro_rules! words {
    () => {
        model!(Input(None, dtype = int32) => Embedding(8, 3, mask_zero = true) => LSTM(2, return_sequences = true)
            => Dense(3, activation = softmax))
    };
}

#[test]
fn weights_of_steps_that_are_masked_as_keras() {
    let (x, y, w) = (two("ids"), two("labels"), two("step_w"));
    let loss = SparseCategoricalCrossentropy::new();
    case!("words", words!(), (loss, Accuracy::new()), &x, &y,
        compiled weighted_metrics(Accuracy::new()), both sample_weight(&w));
}

#[test]
fn class_numbers_with_one_more_axis_as_keras() {
    let loss = SparseCategoricalCrossentropy::new();
    let (x, y) = (two("ids"), two("labels").insert_axis(NdAxis(2)));
    case!("words_column", words!(), (loss, Accuracy::new()), &x, &y);
    let (x, y) = (two("flat_x"), one("classes").insert_axis(NdAxis(1)));
    let model = || model!(Input(3) => Dense(3, activation = softmax));
    case!("column", model(), (loss, Accuracy::new()), &x, &y);
    let dynamic = y.clone().into_dyn();
    case!("column", model(), (loss, Accuracy::new()), &x, &dynamic);
    let y = Tensor::<(Dyn, Len<1>)>::from_array(&y).expect("a column");
    case!("column", model(), (loss, Accuracy::new()), &x, &y);
}

#[test]
fn the_weight_of_the_only_loss_counts_as_in_keras() {
    let (x, y) = (two("flat_x"), two("flat_y"));
    let model = || model!(Input(3) => Dense(2, activation = tanh, kernel_regularizer = l2) => Dense(1));
    case!("half", model(), (MeanSquaredError, Mae::new()), &x, &y, compiled loss_weights(&[0.5]));
    case!("half_log_cosh", model(), (LogCosh, ()), &x, &y, compiled loss_weights(&[0.5]));
}

#[test]
fn class_weights_and_sample_weights_are_multiplied() {
    let (x, y, w) = (two("flat_x"), one("classes"), one("w7"));
    let model = model!(Input(3) => Dense(3, activation = softmax));
    let id = "both";
    let mut model = model;
    set(&mut model, &keras()["cases"][id]["initial"]);
    let mut model = model.compile(SGD::new(0.2), SparseCategoricalCrossentropy::new(), ());
    let fit = model.fit(&x, &y).batch_size(2).epochs(2).shuffle(false).verbose(0);
    let history = fit.sample_weight(&w).class_weight([(0, 2.0), (2, 0.5)]).run().expect("a history");
    check_training(id, &history, &*model);
}

#[test]
fn weighted_metrics_have_keras_names() {
    let (x, y, w) = (two("flat_x"), one("classes"), one("w7"));
    let model = model!(Input(3) => Dense(3, activation = softmax));
    let loss = SparseCategoricalCrossentropy::new();
    case!("names", model, (loss, (Accuracy::new(), SparseTopKCategoricalAccuracy::new().k(2))), &x, &y,
        compiled weighted_metrics((Accuracy::new(), loss)), both sample_weight(&w));
}

macro_rules! heads {
    () => {
        model!(
            let x = Input(None, 2);
            let each = x => Dense(1, name = "each");
            let last = x => GlobalAveragePooling1D() => Dense(2, name = "last");
            (each, last)
        )
    };
}

#[test]
fn weights_of_several_outputs_as_keras() {
    let (x, y, w, steps) = (three("x"), three("y"), one("w"), two("step_w"));
    let last = y.slice(s![.., ..2, 0]).to_owned();
    case!("two_one", heads!(), ((MeanSquaredError, MeanAbsoluteError), ()), &x, (&y, &last),
        compiled loss_weights(&[0.7, 0.2]), both sample_weight(&w));
    let held = (x.slice(s![..3, .., ..]), y.slice(s![..3, .., ..]), last.slice(s![..3, ..]));
    let (held_steps, held_w) = (steps.slice(s![..3, ..]), w.slice(s![1..4]));
    case!("two", heads!(), ((MeanSquaredError, MeanAbsoluteError), (Mae::new(), ())), &x, (&y, &last),
        compiled loss_weights(&[0.7, 0.2]), compiled weighted_metrics((Mae::new(), Mae::new())),
        both sample_weight((&steps, &w)),
        fit validation_data(&held.0, (&held.1, &held.2)), fit validation_sample_weight((held_steps, held_w)));
}

#[test]
fn steps_without_a_batch_size_make_the_batches_as_in_keras() {
    let id = "steps_per_epoch";
    let (x, y) = (two("flat_x"), one("classes"));
    let mut model = model!(Input(3) => Dense(3, activation = softmax));
    set(&mut model, &keras()["cases"][id]["initial"]);
    let mut model = model.compile(SGD::new(0.2), SparseCategoricalCrossentropy::new(), ());
    let fit = model.fit(&x, &y).steps_per_epoch(3).epochs(2).shuffle(false).verbose(0);
    let history = fit.run().expect("a history");
    check_training(id, &history, &*model);
}

#[test]
fn a_list_of_epochs_to_validate_after_as_keras() {
    let (x, y) = (two("flat_x"), one("classes"));
    case!("validation_freq", model!(Input(3) => Dense(3, activation = softmax)),
        (SparseCategoricalCrossentropy::new(), ()), &x, &y,
        fit validation_data(&x, &y), fit validation_freq([1, 4]), fit epochs(4));
}

/// Weighted batches one by one and from a stream are those of `fit`.
#[test]
fn weighted_batches_are_those_of_fit() {
    let (x, y, w) = (three("x"), three("y"), two("step_w"));
    let fresh = || {
        let mut model = model!(Input(None, 2) => Dense(1));
        set(&mut model, &keras()["cases"]["steps"]["initial"]);
        model.compile(SGD::new(0.2), MeanSquaredError, ()).weighted_metrics(Mae::new())
    };
    let batches = || {
        [0..2, 2..4, 4..5].map(|rows| {
            let part = s![rows.clone(), .., ..];
            (x.slice(part).to_owned(), y.slice(part).to_owned(), w.slice(s![rows, ..]).to_owned())
        })
    };
    let mut by_stream = fresh();
    let history =
        by_stream.fit_batches(|| batches().into_iter()).epochs(2).verbose(0).run().expect("a history");
    let case = &keras()["cases"]["steps"];
    let found: Vec<f32> = history.get("loss").expect("a loss").iter().map(|v| *v as f32).collect();
    near("stream", &found, &floats(&case["history"]["loss"]), 1e-5);
    let mut by_batch = fresh();
    for _ in 0..2 {
        for (x, y, w) in batches() {
            let tested = by_batch.test_on_batch_weighted(&x, &y, &w).expect("logs");
            let (loss, _) = by_batch.gradients_weighted(&x, &y, &w).expect("gradients");
            let trained = by_batch.train_on_batch_weighted(&x, &y, &w).expect("logs");
            assert_eq!(tested, trained);
            assert_eq!(loss, tested[0].1);
        }
    }
    let weights: Vec<f32> =
        case["weights"].as_array().expect("weights").iter().flat_map(|w| floats(&w["values"])).collect();
    near("batch", &values(&*by_batch), &weights, 1e-5);
    near("stream", &values(&*by_stream), &weights, 1e-5);
    // A weight for each sample only, a `Vec`, without weights.
    let all = (&x, &y, vec![1.0f32; 5]);
    let plain = by_batch.test_on_batch(&x, &y).expect("logs");
    assert_eq!(by_batch.test_on_batch_weighted(all.0, all.1, &all.2).expect("logs"), plain);
    assert_eq!(by_batch.test_on_batch_weighted(&x, &y, ()).expect("logs"), plain);
    assert_eq!(by_batch.test_on_batch_weighted(&x, &y, None::<&[f32]>).expect("logs"), plain);
}
