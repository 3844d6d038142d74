//! What training promises: reproducible runs, Keras's numbers, every form of data, and errors instead of panics.
//!
//! Numbers of Keras come from `tests/fixtures/training.json`, which `tests/keras/make_training.py` wrote.

use std::sync::OnceLock;

use keras_core::Error;
use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_core::training::Logs;
use keras_tests::json::{array, fixture, floats, near, set, values};
use ndarray::{Array1, Array2, Array3, Axis as NdAxis, s};
use serde_json::Value as Json;

fn keras() -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    ALL.get_or_init(|| fixture("training.json"))
}

fn bits(model: &impl Model) -> Vec<u32> {
    let values = model.weights().into_iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers"));
    values.map(f32::to_bits).collect()
}

fn get(logs: &Logs, name: &str) -> f64 {
    logs.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name} in {logs:?}")).1
}

/// Numbers that look random and are the same every time.
pub fn noise(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
}

fn matrix(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_vec((rows, columns), noise(rows * columns)).expect("a matrix")
}

// -------------------------------------------------------------------------------------------------- reproducibility

/// Initial weights, history and trained weights of a run in which everything random takes part.
fn run(seed: u64, shuffle: bool) -> (Vec<u32>, Vec<u64>, Vec<u32>) {
    with_seed(seed, || {
        let model = model!(Input(4) => Dense(8, activation = relu) => Dropout(0.5) => Dense(2));
        let mut model = model.compile(Adam::new(0.01), MeanSquaredError, ());
        let before = bits(&*model);
        let (x, y) = (matrix(20, 4), matrix(20, 2));
        let history =
            model.fit(&x, &y).epochs(3).batch_size(6).shuffle(shuffle).verbose(0).run().expect("a history");
        let losses = history.get("loss").expect("losses").iter().map(|loss| loss.to_bits()).collect();
        (before, losses, bits(&*model))
    })
}

#[test]
fn one_seed_makes_one_run() {
    let first = run(1, true);
    assert_eq!(first, run(1, true));
    let other = run(2, true);
    assert_ne!(first.0, other.0, "initial weights");
    assert_ne!(first.1, other.1, "losses");
    assert_ne!(first.2, other.2, "trained weights");
    assert_ne!(first.1, run(1, false).1, "the order of the samples");
}

#[test]
fn the_seed_of_a_compiled_model_decides_on_order_and_dropout() {
    let run = |seed: u64| {
        let model = with_seed(5, || model!(Input(4) => Dropout(0.4) => Dense(2)));
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ()).seed(seed);
        let (x, y) = (matrix(12, 4), matrix(12, 2));
        model.fit(&x, &y).epochs(2).batch_size(5).verbose(0).run().expect("a history");
        bits(&*model)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_named_type_with_a_seed() {
    fn input(steps: usize) -> Array3<f32> {
        Array3::from_shape_vec((1, steps, 6), noise(6 * steps)).expect("a sequence")
    }
    model! { struct Sequence { Input(None, 6) => LSTM(3) => Dense(2) } }
    let of =
        |seed| Sequence::with_seed(seed).predict(&input(4)).expect("an output").to_vec().expect("numbers");
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
}

// ------------------------------------------------------------------------------------------------- order of samples

#[test]
fn without_shuffling_batches_come_in_order() {
    let (x, y) = (matrix(7, 3), matrix(7, 1));
    let fresh = || {
        let model = with_seed(9, || model!(Input(3) => Dense(1)));
        model.compile(SGD::new(0.3), MeanSquaredError, ()).seed(4)
    };
    let mut by_fit = fresh();
    by_fit.fit(&x, &y).epochs(2).batch_size(2).shuffle(false).verbose(0).run().expect("a history");
    let mut by_hand = fresh();
    for _ in 0..2 {
        for start in [0, 2, 4, 6] {
            let rows = s![start..7.min(start + 2), ..];
            by_hand.train_on_batch(&x.slice(rows), &y.slice(rows)).expect("a step");
        }
    }
    assert_eq!(bits(&*by_fit), bits(&*by_hand));
    let mut shuffled = fresh();
    shuffled.fit(&x, &y).epochs(2).batch_size(2).verbose(0).run().expect("a history");
    assert_ne!(bits(&*shuffled), bits(&*by_hand));
}

#[test]
fn every_epoch_sees_every_sample_once_in_another_order() {
    // A step of one sample moves the bias by the sample's own number: a rate of 1 and a constant gradient.
    struct Order(Vec<f32>, f32);
    impl Callback for Order {
        fn on_train_batch_end(
            &mut self,
            _: usize,
            _: &[(String, f64)],
            control: &mut Control<'_>,
        ) -> keras_core::Result<()> {
            let now = control.weights()[0].1.to_vec()?[0];
            self.0.push((self.1 - now) * 2.0);
            self.1 = now;
            Ok(())
        }
    }
    let model =
        model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = zeros, activation = linear));
    // d|y - w x| / dw = -x sign(y - w x): y is far above, so each step adds x / 2.
    let mut model = model.compile(SGD::new(0.5), MeanAbsoluteError, ()).seed(1);
    let x = Array2::from_shape_fn((6, 1), |(i, _)| (i + 1) as f32);
    let y = Array2::from_elem((6, 1), 1e6);
    let mut order = Order(Vec::new(), 0.0);
    model.fit(&x, &y).epochs(3).batch_size(1).verbose(0).callback(&mut order).run().expect("a history");
    let seen: Vec<Vec<i32>> =
        order.0.chunks(6).map(|e| e.iter().map(|v| -v.round() as i32).collect()).collect();
    assert_eq!(seen.len(), 3);
    for epoch in &seen {
        let mut sorted = epoch.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [1, 2, 3, 4, 5, 6], "{seen:?}");
    }
    assert!(seen[0] != seen[1] || seen[1] != seen[2], "{seen:?}");
}

#[test]
fn batches_of_an_iterator_are_the_batches_of_fit() {
    let (x, y) = (matrix(9, 3), matrix(9, 2));
    let fresh = || {
        let model =
            with_seed(2, || model!(Input(3) => Dense(4, activation = tanh) => Dropout(0.3) => Dense(2)));
        model.compile(Adam::new(0.05), MeanSquaredError, [metrics_mae()]).seed(8)
    };
    let mut by_fit = fresh();
    let expected =
        by_fit.fit(&x, &y).epochs(3).batch_size(4).shuffle(false).verbose(0).run().expect("a history");
    let mut by_stream = fresh();
    let mut calls = 0;
    let found = by_stream
        .fit_batches(|| {
            calls += 1;
            let pairs: Vec<_> = [0..4, 4..8, 8..9]
                .map(|rows| (x.slice(s![rows.clone(), ..]).to_owned(), y.slice(s![rows, ..]).to_owned()))
                .into();
            pairs.into_iter()
        })
        .epochs(3)
        .verbose(0)
        .run()
        .expect("a history");
    assert_eq!(bits(&*by_fit), bits(&*by_stream));
    assert_eq!(expected.get("loss"), found.get("loss"));
    assert_eq!(expected.get("mean_absolute_error"), found.get("mean_absolute_error"));
    assert_eq!(calls, 3);
    // Batches are checked as arrays are.
    let pairs =
        |rows: usize, width: usize| move || [(matrix(3, 3), matrix(rows, width).into_dyn())].into_iter();
    for (rows, width) in [(2, 2), (4, 2), (3, 1), (3, 3)] {
        let wrong = by_stream.fit_batches(pairs(rows, width)).verbose(0).run();
        assert!(matches!(wrong, Err(Error::Shape { .. })), "{rows} {width}: {wrong:?}");
    }
    // An epoch of a stream that gives nothing is an error, not an epoch of nothing.
    let nothing = by_stream.fit_batches(std::iter::empty::<(Array2<f32>, Array2<f32>)>).verbose(0).run();
    assert!(matches!(nothing, Err(Error::Argument(_))), "{nothing:?}");
}

fn metrics_mae() -> keras_core::training::metrics::MeanAbsoluteError {
    keras_core::training::metrics::MeanAbsoluteError::new()
}

// ---------------------------------------------------------------------------------------------------------- Keras

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

// ------------------------------------------------------------------------------------------------------ prediction

#[test]
fn predict_in_batches_is_predict_at_once() {
    let model =
        with_seed(1, || model!(Input(5) => Dense(7, activation = tanh) => BatchNormalization() => Dense(3)));
    let x = matrix(70, 5);
    let found = model.predict(&x).expect("outputs");
    assert_eq!(found.shape(), [70, 3]);
    let whole = model.predict_on_batch(&x).expect("outputs").to_vec().expect("numbers");
    near("at once", &found.to_vec().expect("numbers"), &whole, 1e-6);
    for row in [0, 31, 32, 69] {
        let one = model.predict_one(x.row(row).as_slice().expect("a row")).expect("an output");
        near("one sample", &one, &whole[row * 3..row * 3 + 3], 1e-6);
    }
    for n in [4, 6, 0] {
        let wrong = model.predict_one(&vec![0.0; n]);
        assert!(matches!(wrong, Err(Error::Shape { .. })), "{wrong:?}");
    }
}

#[test]
fn no_samples_no_outputs() {
    let model = model!(Input(5) => Dense(3));
    let found = model.predict(&Array2::<f32>::zeros((0, 5))).expect("no outputs");
    assert_eq!(found.shape(), [0, 3]);
}

#[test]
fn predict_one_of_a_sequence() {
    let model = model!(Input(None, 3) => LSTM(4) => Dense(2));
    let x = noise(15);
    let batch = Array3::from_shape_vec((1, 5, 3), x.clone()).expect("a sequence");
    let expected = model.predict(&batch).expect("an output").to_vec().expect("numbers");
    near("sequence", &model.predict_one(&x).expect("an output"), &expected, 1e-6);
    assert!(model.predict_one(&x[..14]).is_err());
}

#[test]
fn every_type_of_number_is_the_same_number() {
    let model = model!(Input(4, 3, 1) => Conv2D(2, 2) => Flatten() => Dense(3));
    let bytes: Vec<u8> = (0..48).map(|i| (i * 37 % 256) as u8).collect();
    let of = |array: &ndarray::Array4<f32>| model.predict(array).expect("outputs").to_vec().expect("numbers");
    let array = ndarray::Array4::from_shape_vec((4, 4, 3, 1), bytes).expect("images");
    let expected = of(&array.mapv(f32::from));
    assert_eq!(model.predict(&array).expect("u8").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(f64::from)).expect("f64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(i64::from)).expect("i64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(i32::from)).expect("i32").to_vec().expect("numbers"), expected);
    let dynamic = array.clone().into_dyn();
    assert_eq!(model.predict(&dynamic).expect("IxDyn").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.view()).expect("a view").to_vec().expect("numbers"), expected);
    // Integers for an embedding, in every type, floats too.
    let model = model!(Input(3, dtype = int32) => Embedding(9, 2) => Flatten());
    let ids = ndarray::array![[1u8, 8, 0], [3, 3, 7]];
    let expected = model.predict(&ids.mapv(i32::from)).expect("i32").to_vec().expect("numbers");
    assert_eq!(model.predict(&ids).expect("u8").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(i64::from)).expect("i64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(f32::from)).expect("f32").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(f64::from)).expect("f64").to_vec().expect("numbers"), expected);
}

#[test]
fn views_are_read_as_they_are_indexed() {
    let model = model!(Input(4) => Dense(3));
    let wide = matrix(6, 9);
    let views = [
        wide.slice(s![.., 2..6]),
        wide.slice(s![..;2, 1..;2]),
        wide.slice(s![..;-1, ..4]),
        wide.slice(s![.., ..;-1]).slice_move(s![.., 3..7]),
    ];
    for view in views {
        let owned = Array2::from_shape_vec(view.dim(), view.iter().copied().collect()).expect("a copy");
        let expected = model.predict(&owned).expect("outputs").to_vec().expect("numbers");
        assert_eq!(model.predict(&view).expect("outputs").to_vec().expect("numbers"), expected);
    }
    let tall = matrix(4, 6);
    let transposed = tall.t();
    let owned = Array2::from_shape_fn((6, 4), |(i, j)| tall[[j, i]]);
    let expected = model.predict(&owned).expect("outputs").to_vec().expect("numbers");
    assert_eq!(model.predict(&transposed).expect("outputs").to_vec().expect("numbers"), expected);
    // As targets of a training as well.
    let fresh = || with_seed(1, || model!(Input(4) => Dense(4)).compile(SGD::new(0.1), MeanSquaredError, ()));
    let (mut a, mut b) = (fresh(), fresh());
    a.fit(&owned, &owned).verbose(0).shuffle(false).run().expect("a history");
    b.fit(&transposed, &transposed).verbose(0).shuffle(false).run().expect("a history");
    assert_eq!(bits(&*a), bits(&*b));
}

#[test]
fn tensors_go_in_as_arrays_do() {
    let (x, y) = (matrix(5, 4), matrix(5, 2));
    let fresh = || with_seed(1, || model!(Input(4) => Dense(2)).compile(SGD::new(0.1), MeanSquaredError, ()));
    let mut by_array = fresh();
    let expected = by_array.predict(&x).expect("outputs").to_vec().expect("numbers");
    by_array.fit(&x, &y).verbose(0).shuffle(false).run().expect("a history");
    let mut by_tensor = fresh();
    let tx: Tensor<(Dyn, Const<4>)> = Tensor::from_array(&x).expect("a tensor");
    assert_eq!(by_tensor.predict(&tx).expect("outputs").to_vec().expect("numbers"), expected);
    let ty: Tensor<(Dyn, Const<2>)> = Tensor::from_array(&y).expect("a tensor");
    by_tensor.fit(&tx, &ty).verbose(0).shuffle(false).run().expect("a history");
    assert_eq!(bits(&*by_array), bits(&*by_tensor));
}

#[test]
fn four_threads_predict_the_same_numbers() {
    let model = with_seed(
        1,
        || model!(Input(None, 6) => LSTM(8, return_sequences = true) => Conv1D(4, 2) => GlobalMaxPooling1D() => Dense(3)),
    );
    let x = Array3::from_shape_vec((40, 7, 6), noise(40 * 42)).expect("sequences");
    let predict = || model.predict(&x).expect("outputs").to_vec().expect("numbers");
    let expected = predict();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..5).map(|_| predict()).collect::<Vec<_>>())).collect();
        for thread in threads {
            for found in thread.join().expect("no panic") {
                assert_eq!(found, expected);
            }
        }
    });
}

// ---------------------------------------------------------------------------------------------------------- errors

#[test]
fn what_cannot_be_trained_on_is_an_error() {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let before = bits(&*model);
    let x = matrix(6, 4);
    let y = Array1::from(vec![0i32, 1, 2, 0, 1, 2]);
    let shape = |result: keras_core::Result<History>, word: &str| {
        assert!(matches!(&result, Err(Error::Shape { .. })), "{result:?}");
        let text = result.expect_err("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    let argument = |result: keras_core::Result<History>, word: &str| {
        assert!(matches!(&result, Err(Error::Argument(_))), "{result:?}");
        let text = result.expect_err("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    let empty = (Array2::<f32>::zeros((0, 4)), Array1::<i32>::zeros(0));
    argument(model.fit(&empty.0, &empty.1).verbose(0).run(), "no samples");
    shape(model.fit(&x, &y.slice(s![..5])).verbose(0).run(), "6 samples");
    shape(model.fit(&matrix(6, 5), &y).verbose(0).run(), "axis 1");
    shape(model.fit(&x.clone().into_dyn().insert_axis(NdAxis(2)), &y).verbose(0).run(), "3");
    shape(model.fit(&x, &Array2::<i32>::zeros((6, 3)).into_dyn()).verbose(0).run(), "axes");
    shape(model.fit(&x, &Array1::from(vec![0i32, 1, 3, 0, 1, 2])).verbose(0).run(), "class 3");
    shape(model.fit(&x, &Array1::from(vec![0i32, 1, -1, 0, 1, 2])).verbose(0).run(), "class -1");
    shape(model.fit(&x, &Array1::from(vec![0.0, 1.0, f32::NAN, 0.0, 1.0, 2.0])).verbose(0).run(), "class");
    argument(model.fit(&x, &y).batch_size(0).verbose(0).run(), "batch_size");
    for split in [1.0, -0.1, f64::NAN, 0.99] {
        argument(model.fit(&x, &y).validation_split(split).verbose(0).run(), "validation_split");
    }
    argument(model.fit(&x, &y).sample_weight(&[1.0; 5]).verbose(0).run(), "5 sample weights");
    shape(model.fit(&x, &y).validation_data(&x, &y.slice(s![..3])).verbose(0).run(), "3");
    let evaluated = model.evaluate(&x, &y).batch_size(0).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Argument(_))), "{evaluated:?}");
    let evaluated = model.evaluate(&x, &Array1::from(vec![7i32; 6])).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Shape { .. })), "{evaluated:?}");
    let evaluated = model.evaluate(&empty.0, &empty.1).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Argument(_))), "{evaluated:?}");
    assert_eq!(bits(&*model), before, "nothing of this has trained");
}

#[test]
fn targets_that_do_not_fit_are_called_targets() {
    let x = matrix(6, 4);
    let mut one = model!(Input(4) => Dense(3)).compile(SGD::new(0.1), MeanSquaredError, ());
    let error = one.evaluate(&x, &Array1::<f32>::zeros(6).into_dyn()).verbose(0).run().expect_err("one axis");
    assert_eq!(error.to_string(), "target: expected (None, 3), 2 axes; found [6], 1");
    let mut two = model!(
        let x = Input(4);
        let kind = x => Dense(3);
        let score = x => Dense(1);
        (kind, score)
    )
    .compile(SGD::new(0.1), (MeanSquaredError, MeanSquaredError), ());
    let (kind, score) = (matrix(6, 3), matrix(6, 2));
    let error = two.fit(&x, (&kind, &score)).verbose(0).run().expect_err("two columns");
    assert_eq!(error.to_string(), "target `score`: axis 1 has 2, and (None, 1) has 1 there");
}

#[test]
fn steps_of_nothing_are_errors() {
    let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    let empty = Array2::<f32>::zeros((0, 4));
    let none = Array2::<f32>::zeros((0, 1));
    assert!(model.train_on_batch(&empty, &none).is_err());
    assert!(model.test_on_batch(&empty, &none).is_err());
    assert!(model.train_on_batch(&matrix(3, 4), &matrix(2, 1)).is_err());
    assert!(model.train_on_batch(&matrix(3, 4), &matrix(3, 2).into_dyn()).is_err());
    let steps = model.fit(&matrix(3, 4), &matrix(3, 1)).steps_per_epoch(0).verbose(0).run();
    assert!(matches!(steps, Err(Error::Argument(_))), "{steps:?}");
}

#[test]
fn class_numbers_in_train_on_batch_and_validation_are_checked() {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let (x, right, wrong) = (matrix(2, 4), Array1::from(vec![0i32, 2]), Array1::from(vec![0i32, 3]));
    let before = bits(&*model);
    assert!(matches!(model.train_on_batch(&x, &wrong), Err(Error::Shape { .. })));
    assert!(matches!(model.test_on_batch(&x, &wrong), Err(Error::Shape { .. })));
    let fitted = model.fit(&x, &right).validation_data(&x, &wrong).verbose(0).run();
    assert!(matches!(fitted, Err(Error::Shape { .. })), "{fitted:?}");
    assert_eq!(bits(&*model), before);
}

#[test]
fn an_index_beyond_an_embedding_is_an_error() {
    let model = model!(Input(3, dtype = int32) => Embedding(9, 2) => Flatten());
    assert!(model.predict(&ndarray::array![[0i32, 8, 3]]).is_ok());
    for wrong in [9, -1, i32::MAX, i32::MIN] {
        let found = model.predict(&ndarray::array![[0i32, wrong, 3]]);
        assert!(matches!(found, Err(Error::Layer { .. })), "{wrong}: {found:?}");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let x = Array2::from_elem((8, 2), f32::NAN);
    let y = Array2::<f32>::zeros((8, 1));
    let mut model = model!(Input(2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    let history = model
        .fit(&x, &y)
        .epochs(4)
        .batch_size(2)
        .verbose(0)
        .callback(TerminateOnNaN::new())
        .run()
        .expect("an end");
    assert_eq!(history.epoch(), [0]);
    assert!(history.last("loss").expect("a loss").is_nan());
    let raised = model.fit(&x, &y).verbose(0).callback(TerminateOnNaN::new().raise_error(true)).run();
    assert!(matches!(raised, Err(Error::Callback(_))), "{raised:?}");
    let all = model.fit(&x, &y).epochs(2).verbose(0).run().expect("NaN alone stops nothing");
    assert_eq!(all.epoch(), [0, 1]);
}

// -------------------------------------------------------------------------------------------- callbacks, optimisers

#[test]
fn early_stopping_brings_the_best_weights_back() {
    struct Weights(Vec<Vec<u32>>);
    impl Callback for Weights {
        fn on_epoch_end(
            &mut self,
            _: usize,
            _: &[(String, f64)],
            control: &mut Control<'_>,
        ) -> keras_core::Result<()> {
            let all: Vec<u32> = control
                .weights()
                .iter()
                .flat_map(|(_, w)| w.to_vec().unwrap_or_default())
                .map(f32::to_bits)
                .collect();
            self.0.push(all);
            Ok(())
        }
    }
    // The rate rises until the training leaves the valley: the loss falls, then rises.
    let rate = |epoch: usize, _: f64| 0.05 * 2f64.powi(epoch as i32);
    let (x, y) = (matrix(16, 3), matrix(16, 1));
    let mut model =
        with_seed(1, || model!(Input(3) => Dense(1))).compile(SGD::new(0.1), MeanSquaredError, ());
    let mut stopping = EarlyStopping::new().monitor("loss").patience(2).restore_best_weights(true);
    let mut weights = Weights(Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let (checkpoint, log) = (folder.path().join("best.safetensors"), folder.path().join("log.csv"));
    let history = model
        .fit(&x, &y)
        .epochs(50)
        .batch_size(16)
        .verbose(0)
        .callback(LearningRateScheduler::new(rate))
        .callback(&mut weights)
        .callback(&mut stopping)
        .callback(ModelCheckpoint::new(&checkpoint).monitor("loss").save_best_only(true))
        .callback(CSVLogger::new(&log))
        .run()
        .expect("a history");
    let losses = history.get("loss").expect("losses");
    let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).expect("an epoch");
    assert!(losses.len() < 50 && best + 3 == losses.len(), "{losses:?}");
    assert_eq!((stopping.best_epoch(), stopping.stopped_epoch()), (best, best + 2));
    assert_eq!(bits(&*model), weights.0[best]);
    assert_ne!(bits(&*model), weights.0[best + 2]);
    // The file holds the same.
    let mut other = model!(Input(3) => Dense(1));
    other.load_weights(&checkpoint).expect("a checkpoint");
    assert_eq!(bits(&other), weights.0[best]);
    // The history knows the rates, and the log has what the history has.
    let rates: Vec<f64> = (0..losses.len()).map(|epoch| rate(epoch, 0.0)).collect();
    let found = history.get("learning_rate").expect("rates");
    assert!(found.iter().zip(&rates).all(|(f, w)| (f - w).abs() <= 1e-6 * w), "{found:?}");
    let text = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<&str> = text.lines().collect();
    let header: Vec<&str> = lines[0].split(',').collect();
    let column = header.iter().position(|name| *name == "loss").expect("a column");
    assert_eq!(lines.len(), losses.len() + 1);
    for (line, loss) in lines[1..].iter().zip(losses) {
        let cell: f64 = line.split(',').nth(column).expect("a cell").parse().expect("a number");
        assert_eq!(cell, *loss);
    }
}

#[test]
fn frozen_weights_do_not_move_and_moving_statistics_do() {
    let (x, y) = (matrix(12, 3), matrix(12, 2));
    let model = model!(
        Input(3) => Dense(4, trainable = false) => BatchNormalization() => Dense(2) => BatchNormalization(trainable = false)
    );
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ());
    let before = model.weights();
    model.fit(&x, &y).epochs(2).verbose(0).run().expect("a history");
    for ((path, before), (_, after)) in before.iter().zip(model.weights()) {
        let moved = before.to_vec().expect("numbers") != after.to_vec().expect("numbers");
        let frozen = path.starts_with("dense/") || path.starts_with("batch_normalization_1/");
        assert_eq!(moved, !frozen, "{path}");
    }
    // Keras's formula: one step moves the averages by 1 % of the way (momentum 0.99).
    let mut model = model!(Input(3) => BatchNormalization()).compile(SGD::new(0.0), MeanSquaredError, ());
    model.train_on_batch(&x, &x).expect("a step");
    let mean = x.mean_axis(NdAxis(0)).expect("means");
    let variance = x.var_axis(NdAxis(0), 0.0);
    let weights: Vec<(String, Vec<f32>)> =
        model.weights().into_iter().map(|(path, w)| (path, w.to_vec().expect("numbers"))).collect();
    assert_eq!(weights[2].0, "batch_normalization/moving_mean");
    near("mean", &weights[2].1, mean.mapv(|m| 0.01 * m).as_slice().expect("a row"), 1e-6);
    near("variance", &weights[3].1, variance.mapv(|v| 0.99 + 0.01 * v).as_slice().expect("a row"), 1e-6);
}

#[test]
fn freezing_at_run_time() {
    let (x, y) = (matrix(8, 3), matrix(8, 1));
    let mut model = model!(Input(3) => Dense(4) => Dense(1)).compile(Adam::new(0.1), MeanSquaredError, ());
    model.get_layer_mut("dense").expect("a layer").set_trainable(false);
    let of = |model: &dyn AnyModel| -> Vec<Vec<f32>> {
        model.named_params().iter().map(|(_, p)| p.value().to_vec().expect("numbers")).collect()
    };
    let before = of(&*model);
    model.train_on_batch(&x, &y).expect("a step");
    let after = of(&*model);
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
    model.get_layer_mut("dense").expect("a layer").set_trainable(true);
    model.train_on_batch(&x, &y).expect("a step");
    assert_ne!(of(&*model)[0], after[0]);
    // Nothing left to train is an error of Keras's optimiser too; here the step says so.
    for name in ["dense", "dense_1"] {
        model.get_layer_mut(name).expect("a layer").set_trainable(false);
    }
    let before = of(&*model);
    let _ = model.train_on_batch(&x, &y);
    assert_eq!(of(&*model), before);
}

#[test]
fn clipped_gradients_move_weights_no_further() {
    let (x, y) = (matrix(8, 3), Array2::from_elem((8, 2), 1e4));
    let moved = |optimizer: SGD| {
        let mut model =
            with_seed(1, || model!(Input(3) => Dense(2))).compile(optimizer, MeanSquaredError, ());
        let before = values(&*model);
        model.train_on_batch(&x, &y).expect("a step");
        values(&*model).iter().zip(&before).map(|(a, b)| a - b).collect::<Vec<f32>>()
    };
    let norm = |d: &[f32]| d.iter().map(|d| d * d).sum::<f32>().sqrt();
    let free = moved(SGD::new(0.5));
    assert!(norm(&free) > 100.0);
    let by_norm = moved(SGD::new(0.5).clipnorm(0.1));
    near("kernel and bias", &[norm(&by_norm[..6]), norm(&by_norm[6..])], &[0.05, 0.05], 1e-4);
    let together = moved(SGD::new(0.5).global_clipnorm(0.1));
    near("all", &[norm(&together)], &[0.05], 1e-4);
    // The direction stays.
    let scale = norm(&free) / norm(&together);
    near("direction", &together.iter().map(|d| d * scale).collect::<Vec<_>>(), &free, 1e-3);
    let by_value = moved(SGD::new(0.5).clipvalue(0.1));
    assert!(by_value.iter().all(|d| d.abs() <= 0.05 + 1e-6), "{by_value:?}");
    assert!(by_value.iter().any(|d| d.abs() > 0.049), "{by_value:?}");
}

#[test]
fn a_schedule_goes_by_steps() {
    let (x, y) = (matrix(8, 3), matrix(8, 1));
    let schedule = schedules::ExponentialDecay::new(0.1, 4, 0.5);
    let mut model = model!(Input(3) => Dense(1)).compile(SGD::new(schedule), MeanSquaredError, ());
    assert!((model.learning_rate() - 0.1).abs() < 1e-7);
    model.fit(&x, &y).epochs(3).batch_size(2).verbose(0).run().expect("a history");
    assert!((model.learning_rate() - 0.1 * 0.5f64.powi(3)).abs() < 1e-7, "{}", model.learning_rate());
    assert!(model.set_learning_rate(0.5).is_err());
    let changing =
        model.fit(&x, &y).verbose(0).callback(LearningRateScheduler::new(|_, rate: f64| rate)).run();
    assert!(changing.is_err());
}

// --------------------------------------------------------------------------------------------------------- printing

/// What `fit` prints where there is no terminal: this test, run once more as a process of its own.
#[test]
fn lines_for_a_file() {
    const CHILD: &str = "KERAS_TESTS_FIT";
    if let Ok(verbose) = std::env::var(CHILD) {
        let (x, y) = (matrix(10, 3), matrix(10, 1));
        let mut model =
            model!(Input(3) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, [metrics_mae()]);
        let fit = model.fit(&x, &y).epochs(2).batch_size(4).validation_split(0.2);
        let fit = if verbose == "auto" { fit } else { fit.verbose(verbose.parse::<u8>().expect("a level")) };
        fit.run().expect("a history");
        return;
    }
    let print = |verbose: &str| {
        let name = std::thread::current().name().expect("a test").to_string();
        let output = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args([&name, "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD, verbose)
            .output()
            .expect("a process");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(!text.contains('\r') && !text.contains('\u{1b}'), "{text:?}");
        assert!(text.contains("1 passed"), "{text}");
        let ours = |line: &&str| line.contains("Epoch ") || line.contains("loss");
        text.lines().filter(ours).map(str::to_string).collect::<Vec<String>>()
    };
    assert_eq!(print("0"), Vec::<String>::new());
    for verbose in ["auto", "1", "2"] {
        let lines = print(verbose);
        assert_eq!(lines.len(), 4, "{verbose}: {lines:?}");
        assert!(lines[0].ends_with("Epoch 1/2") && lines[2] == "Epoch 2/2", "{lines:?}");
        for line in [&lines[1], &lines[3]] {
            // 8 samples in batches of 4, and the names in Keras's order.
            assert!(line.starts_with("2/2 "), "{line}");
            let at: Vec<usize> =
                [" loss: ", " mean_absolute_error: ", " val_loss: ", " val_mean_absolute_error: "]
                    .map(|name| line.find(name).unwrap_or_else(|| panic!("no {name} in {line}")))
                    .into();
            assert!(at.is_sorted(), "{line}");
        }
    }
}

#[test]
fn sequences_too_short_for_a_layer_are_errors() {
    let model = model!(Input(None, 3) => Conv1D(4, 5) => MaxPooling1D(2) => GlobalMaxPooling1D() => Dense(2));
    assert!(model.predict(&Array3::<f32>::zeros((2, 6, 3))).is_ok());
    assert!(model.predict_one(&[0.5; 18]).is_ok());
    for steps in [1, 4, 5] {
        let x = Array3::<f32>::zeros((2, steps, 3));
        let found = model.predict(&x);
        assert!(matches!(found, Err(Error::Layer { .. })), "{steps}: {found:?}");
        let found = model.predict_one(&vec![0.5; steps * 3]);
        assert!(matches!(found, Err(Error::Layer { .. } | Error::Shape { .. })), "{steps}: {found:?}");
    }
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let found = model.train_on_batch(&Array3::<f32>::zeros((2, 4, 3)), &Array2::<f32>::zeros((2, 2)));
    assert!(matches!(found, Err(Error::Layer { .. })), "{found:?}");
}

#[test]
fn sequences_of_no_steps_are_errors() {
    fn refused<S: keras_core::tensor::Shape>(found: keras_core::Result<Tensor<S>>) {
        let Err(Error::Shape { message, .. }) = &found else { panic!("{found:?}") };
        assert!(message.contains("axis 1 is empty"), "{message}");
    }
    let model = model!(Input(None, 3) => LSTM(4) => Dense(2));
    refused(model.predict(&Array3::<f32>::zeros((2, 0, 3))));
    assert!(model.predict_one(&[]).is_err());
    let model = model!(Input(None, dtype = int32) => Embedding(5, 3) => GlobalAveragePooling1D());
    refused(model.predict(&Array2::<i32>::zeros((2, 0))));
    let model = model!(Input(None, 4) => TimeDistributed(Dense(3)) => GlobalMaxPooling1D());
    refused(model.predict(&Array3::<f32>::zeros((2, 0, 4))));
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let found = model.train_on_batch(&Array3::<f32>::zeros((2, 0, 4)), &Array2::<f32>::zeros((2, 3)));
    assert!(matches!(found, Err(Error::Shape { .. })), "{found:?}");
}
