//! Histories, losses and weights of trainings as Keras has them.

use std::sync::OnceLock;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_tests::json::{array, fixture, floats, near, set, values};
use ndarray::{Array1, Array2, Array3, s};
use serde_json::Value as Json;

use super::{get, noise};

fn keras() -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    ALL.get_or_init(|| fixture("training.json"))
}

macro_rules! wide {
    ($loss:expr) => {{
        let mut model = model!(Input(2) => Dense(3, activation = softmax));
        set(&mut model, &keras()["wide"]);
        model.compile(SGD::new(0.5), $loss, [Accuracy::new()])
    }};
}

struct Set {
    x: Array2<f32>,
    classes: Array1<i32>,
    weight: Vec<f32>,
    class_weight: Vec<(usize, f64)>,
}

fn data() -> Set {
    let x = array(&keras()["x"]).into_dimensionality().expect("two axes");
    let pairs = keras()["class_weight"].as_array().expect("pairs");
    Set {
        x,
        classes: floats(&keras()["classes"]).into_iter().map(|c| c as i32).collect(),
        weight: floats(&keras()["sample_weight"]),
        class_weight: pairs
            .iter()
            .map(|p| (floats(&p[0])[0] as usize, f64::from(floats(&p[1])[0])))
            .collect(),
    }
}

/// History and weights against Keras's.
#[track_caller]
fn check(id: &str, history: &History, model: &impl Model) {
    let case = &keras()["cases"][id];
    let epochs: Vec<usize> = floats(&case["epoch"]).iter().map(|e| *e as usize).collect();
    assert_eq!(history.epoch(), epochs, "{id}: epochs");
    let wanted = case["history"].as_object().expect("a history");
    let mut names: Vec<&str> = history.names().collect();
    // Of padded batches, Keras on JAX has no accuracy worth comparing: see make_training.py.
    names.retain(|name| *name != "accuracy" || !id.starts_with("masked_steps"));
    names.sort_unstable();
    let mut wanted_names: Vec<&str> = wanted.keys().map(String::as_str).collect();
    wanted_names.sort_unstable();
    assert_eq!(names, wanted_names, "{id}");
    for (name, wanted) in wanted {
        let found: Vec<f32> = history.get(name).expect("values").iter().map(|v| *v as f32).collect();
        near(&format!("{id}: {name}"), &found, &floats(wanted), 1e-5);
    }
    let weights: Vec<f32> =
        case["weights"].as_array().expect("weights").iter().flat_map(|w| floats(&w["values"])).collect();
    near(&format!("{id}: weights"), &values(model), &weights, 1e-5);
}

macro_rules! fit_as_keras {
    ($id:literal $(, $setter:ident($($arg:expr),*))*) => {{
        let data = data();
        let mut model = wide!(SparseCategoricalCrossentropy::new());
        let history = model
            .fit(&data.x, &data.classes)
            .batch_size(3)
            .epochs(2)
            .shuffle(false)
            .verbose(0)
            $(.$setter($($arg),*))*
            .run()
            .expect("a history");
        check($id, &history, &*model);
    }};
}

#[test]
fn fit_as_keras() {
    fit_as_keras!("plain");
}

#[test]
fn class_weight_as_keras() {
    fit_as_keras!("class_weight", class_weight(data().class_weight));
}

#[test]
fn sample_weight_as_keras() {
    fit_as_keras!("sample_weight", sample_weight(&data().weight));
}

#[test]
fn validation_split_as_keras() {
    fit_as_keras!("split", validation_split(0.3));
    fit_as_keras!("sample_weight_split", validation_split(0.3), sample_weight(&data().weight));
}

#[test]
fn class_weight_and_validation_split_as_keras() {
    fit_as_keras!("class_weight_split", validation_split(0.3), class_weight(data().class_weight));
}

#[test]
fn initial_epoch_as_keras() {
    fit_as_keras!("initial_epoch", initial_epoch(2), epochs(4));
}

#[test]
fn steps_per_epoch_as_keras() {
    fit_as_keras!("steps_per_epoch", steps_per_epoch(2), epochs(3));
}

#[test]
fn validation_freq_as_keras() {
    let set = data();
    let (x, y) = (set.x.slice(s![..4, ..]), set.classes.slice(s![..4]));
    fit_as_keras!("validation_freq", validation_data(&x, &y), validation_freq(2), epochs(5));
}

#[test]
fn class_weight_with_one_hot_targets_as_keras() {
    let data = data();
    let one_hot =
        Array2::from_shape_fn((7, 3), |(row, class)| f32::from(u8::from(data.classes[row] == class as i32)));
    let mut model = wide!(CategoricalCrossentropy::new());
    let fit = model.fit(&data.x, &one_hot).batch_size(3).epochs(2).shuffle(false).verbose(0);
    let history = fit.class_weight(data.class_weight).run().expect("a history");
    check("one_hot_class_weight", &history, &*model);
}

#[test]
fn class_weight_with_one_output_as_keras() {
    let data = data();
    let bits: Array1<f32> = floats(&keras()["bits"]).into();
    let mut model = model!(Input(2) => Dense(1, activation = sigmoid));
    set(&mut model, &keras()["narrow"]);
    let mut model = model.compile(SGD::new(0.5), BinaryCrossentropy::new(), [Accuracy::new()]);
    let fit = model.fit(&data.x, &bits).batch_size(3).epochs(2).shuffle(false).verbose(0);
    let history = fit.class_weight(data.class_weight).run().expect("a history");
    check("binary_class_weight", &history, &*model);
}

#[test]
fn evaluate_over_an_uneven_last_batch_as_keras() {
    let data = data();
    let mut model = wide!(SparseCategoricalCrossentropy::new());
    for (id, weight) in [("evaluate", None), ("evaluate_weighted", Some(&data.weight))] {
        let wanted = &keras()["cases"][id];
        let mut evaluate = model.evaluate(&data.x, &data.classes).batch_size(3).verbose(0);
        if let Some(weight) = weight {
            evaluate = evaluate.sample_weight(weight);
        }
        let found = evaluate.run().expect("an evaluation");
        for name in ["loss", "accuracy"] {
            let found = found.get(name).expect("a value") as f32;
            near(&format!("{id}: {name}"), &[found], &floats(&wanted[name]), 1e-5);
        }
    }
}

/// Keras sorts what an epoch gives, and what a callback adds comes last.
#[test]
fn names_of_a_history_in_the_order_of_keras() {
    let (data, ones) = (data(), vec![1.0; 7]);
    let model = model!(Input(2) => Dense(1)).compile(SGD::new(0.1), MeanAbsoluteError, ["mse"]);
    let y: Array1<f32> = floats(&keras()["bits"]).into();
    let mut model = model.weighted_metrics(["mse"]);
    let fit = model.fit(&data.x, &y).sample_weight(&ones).validation_split(0.3).verbose(0);
    let history = fit.callback(LearningRateScheduler::new(|_, rate| rate)).run().expect("a history");
    let names: Vec<&str> = history.names().collect();
    let wanted = ["loss", "mse", "val_loss", "val_mse", "val_weighted_mse", "weighted_mse", "learning_rate"];
    assert_eq!(names, wanted);
}

// ----------------------------------------------------------------------------------------------------------- masks

fn ids() -> Array2<i32> {
    let values = floats(&keras()["ids"]).into_iter().map(|v| v as i32).collect();
    Array2::from_shape_vec((4, 5), values).expect("ids")
}

macro_rules! masked {
    ($per_step:literal) => {{
        let mut model = model!(
            Input(None, dtype = int32)
                => Embedding(8, 3, mask_zero = true)
                => Bidirectional(LSTM(2, return_sequences = $per_step))
                => Dense(3, activation = softmax)
        );
        set(&mut model, &keras()["masked_last"]);
        model.compile(SGD::new(0.5), SparseCategoricalCrossentropy::new(), [Accuracy::new()])
    }};
}

#[test]
fn training_on_padded_batches_as_keras() {
    let labels = Array2::from_shape_vec((4, 5), floats(&keras()["labels"])).expect("labels");
    let mut model = masked!(true);
    let found = model.evaluate(&ids(), &labels).batch_size(3).verbose(0).run().expect("an evaluation");
    for name in ["loss", "accuracy"] {
        let wanted = floats(&keras()["cases"]["evaluate_masked"][name]);
        near(name, &[found.get(name).expect("a value") as f32], &wanted, 1e-5);
    }
    // Padded steps count in neither, as Keras documents it; on JAX its `fit` counts them.
    let whole = masked!(true).fit(&ids(), &labels).batch_size(4).verbose(0).run().expect("a history");
    let of_fit = whole.last("accuracy").expect("an accuracy") as f32;
    near("accuracy of fit", &[of_fit], &floats(&keras()["cases"]["evaluate_masked"]["accuracy"]), 1e-5);
    let history = model
        .fit(&ids(), &labels)
        .batch_size(2)
        .epochs(2)
        .shuffle(false)
        .verbose(0)
        .run()
        .expect("a history");
    check("masked_steps", &history, &*model);
    let (ids, mut model) = (ids(), masked!(true));
    let fit = model.fit(&ids, &labels).batch_size(2).epochs(2).shuffle(false).verbose(0);
    let history = fit.sample_weight(&[1.0, 2.0, 0.5, 3.0]).run().expect("a history");
    check("masked_steps_weighted", &history, &*model);
    let last: Array1<f32> = floats(&keras()["last"]).into();
    let mut model = masked!(false);
    let history =
        model.fit(&ids, &last).batch_size(2).epochs(2).shuffle(false).verbose(0).run().expect("a history");
    check("masked_last", &history, &*model);
}

#[test]
fn padding_changes_nothing() {
    let ids = ids();
    let lengths = [5, 2, 3, 1];
    let (last, steps) = (masked!(false), masked!(true));
    let padded_last = last.predict(&ids).expect("outputs").to_array().expect("an array");
    let padded_steps = steps.predict(&ids).expect("outputs").to_array().expect("an array");
    for (row, length) in lengths.into_iter().enumerate() {
        let alone = ids.slice(s![row..=row, ..length]);
        let found = last.predict(&alone).expect("an output").to_vec().expect("numbers");
        near(&format!("sequence {row}"), &found, padded_last.row(row).as_slice().expect("a row"), 1e-6);
        let found = steps.predict(&alone).expect("outputs").to_vec().expect("numbers");
        let wanted: Vec<f32> = padded_steps.slice(s![row, ..length, ..]).iter().copied().collect();
        near(&format!("steps of sequence {row}"), &found, &wanted, 1e-6);
    }
    // Numbers at padded steps of the target do not count.
    let labels = Array2::from_shape_vec((4, 5), floats(&keras()["labels"])).expect("labels");
    let mut other = labels.clone();
    let mut changed = 0;
    for ((row, step), label) in other.indexed_iter_mut() {
        if step >= lengths[row] {
            *label = 2.0;
            changed += 1;
        }
    }
    assert_eq!(changed, 9);
    let mut steps = steps;
    let loss = get(&steps.test_on_batch(&ids, &labels).expect("a loss"), "loss");
    assert_eq!(loss, get(&steps.test_on_batch(&ids, &other).expect("a loss"), "loss"));
    // The loss is the mean over the 11 steps that count.
    let mut sum = 0.0;
    for (row, length) in lengths.into_iter().enumerate() {
        let (x, y) = (ids.slice(s![row..=row, ..length]), labels.slice(s![row..=row, ..length]));
        sum += get(&steps.test_on_batch(&x, &y).expect("a loss"), "loss") * length as f64;
    }
    assert!((loss - sum / 11.0).abs() < 1e-6, "{loss} {}", sum / 11.0);
}

#[test]
fn a_stateful_layer_goes_on_where_the_last_batch_ended() {
    let stateful = with_seed(3, || model!(Input(2, 3, batch = 2) => LSTM(4, stateful = true) => Dense(1)));
    let mut plain = with_seed(3, || model!(Input(None, 3) => LSTM(4) => Dense(1)));
    plain
        .set_weights(&stateful.weights().into_iter().map(|(_, w)| w).collect::<Vec<_>>())
        .expect("weights fit");
    let x = Array3::from_shape_vec((2, 6, 3), noise(36)).expect("sequences");
    let part = |from: usize| x.slice(s![.., from..from + 2, ..]);
    let predict = |from| stateful.predict(&part(from)).expect("an output").to_vec().expect("numbers");
    let first = predict(0);
    let (second, third) = (predict(2), predict(4));
    for (steps, found) in [(2, &first), (4, &second), (6, &third)] {
        let whole =
            plain.predict(&x.slice(s![.., ..steps, ..])).expect("an output").to_vec().expect("numbers");
        near(&format!("{steps} steps"), found, &whole, 1e-6);
    }
    assert_ne!(predict(0), first);
    stateful.reset_states();
    assert_eq!(predict(0), first);
}
