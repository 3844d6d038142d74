//! What users of Keras and PyTorch reported, tried here: the numbers are real Keras's (`tests/keras/make_reports.py`) or
//! sums in double precision. Each case names its report. Models of one pass are in `keras/reports_generated.rs`.

use std::path::Path;
use std::sync::OnceLock;

use keras_core::prelude::*;
use keras_core::training::callbacks::Mode;
use ndarray::{Array2, ArrayD};
use serde_json::Value as Json;

use keras_tests::json::{array, floats, near, set, values};

fn keras() -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    ALL.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports.json");
        serde_json::from_str(&std::fs::read_to_string(path).expect("reports.json")).expect("JSON")
    })
}

fn list(json: &'static Json) -> &'static Vec<Json> {
    json.as_array().expect("a list")
}

fn training_case(id: &str) -> &'static Json {
    list(&keras()["fits"]).iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}"))
}

fn arrays(json: &'static Json) -> Vec<ArrayD<f32>> {
    list(json).iter().map(array).collect()
}

fn length(json: &Json) -> usize {
    json.as_u64().expect("a length") as usize
}

// -------------------------------------------------------------------------------------------------------- trainings

/// History, final weights and evaluation against Keras's.
fn check_history(id: &str, case: &'static Json, history: &History, model: &impl Model) {
    let wanted = case["history"].as_object().expect("a history");
    let mut names: Vec<&str> = history.names().collect();
    let mut keys: Vec<&str> = wanted.keys().map(String::as_str).collect();
    names.sort_unstable();
    keys.sort_unstable();
    assert_eq!(names, keys, "{id}");
    for (name, wanted) in wanted {
        let found: Vec<f32> = history.get(name).expect("values").iter().map(|v| *v as f32).collect();
        near(&format!("{id}: {name}"), &found, &floats(wanted), 2e-5);
    }
    let after: Vec<f32> = arrays(&case["after"]).iter().flat_map(|w| w.iter().copied()).collect();
    near(&format!("{id}: weights"), &values(model), &after, 2e-5);
}

fn check_evaluation(id: &str, case: &'static Json, found: &Evaluation) {
    for (name, wanted) in case["evaluate"].as_object().expect("an evaluation") {
        if id == "precision_of_padded" && name == "precision" {
            continue;
        }
        let found = found.get(name).unwrap_or_else(|| panic!("{id}: no {name}")) as f32;
        near(&format!("{id}: {name} of evaluate"), &[found], &floats(wanted), 2e-5);
    }
}

/// Trains three epochs as Keras did, evaluates where Keras did, and compares: the compiled model and its inputs.
macro_rules! trained {
    ($id:literal, $model:expr, $optimizer:expr, $loss:expr, $metrics:expr, |$x:ident, $y:ident| $inputs:expr, $targets:expr) => {{
        let case = training_case($id);
        let ($x, $y) = (arrays(&case["x"]), arrays(&case["y"]));
        let mut model = $model;
        set(&mut model, &case["before"]);
        let mut model = model.compile($optimizer, $loss, $metrics);
        let size = length(&case["batch_size"]);
        if case["history"].is_object() {
            let fit = model.fit($inputs, $targets).batch_size(size).epochs(3).shuffle(false).verbose(0);
            let history = fit.run().expect("a history");
            check_history($id, case, &history, &*model);
        }
        if case["evaluate"].is_object() {
            let found = model.evaluate($inputs, $targets).batch_size(size).verbose(0).run();
            check_evaluation($id, case, &found.expect("an evaluation"));
        }
        (model, $x)
    }};
    ($id:literal, $model:expr, $optimizer:expr, $loss:expr, $metrics:expr) => {
        trained!($id, $model, $optimizer, $loss, $metrics, |x, y| &x[0], &y[0])
    };
    ($id:literal, $model:expr) => {
        trained!($id, $model, SGD::new(0.3), MeanSquaredError::new(), ())
    };
}

/// What `predict` gives after that.
macro_rules! predicted {
    ($id:literal, $($rest:tt)*) => {{
        let (model, x) = trained!($id, $($rest)*);
        let wanted = arrays(&training_case($id)["predict"]);
        let found = model.predict(&x[0]).expect("outputs").to_vec().expect("numbers");
        near(concat!($id, ": predict"), &found, wanted[0].as_slice().expect("numbers"), 2e-5);
        (model, x)
    }};
}

// keras#8794: `moving_variance` of a BatchNormalization that two inputs share.
#[test]
fn one_normalisation_of_two_inputs() {
    let model = model!(
        let a = Input(3);
        let b = Input(3);
        let norm = BatchNormalization(momentum = 0.5);
        [a => norm, b => norm] => Concatenate() => Dense(1)
    );
    trained!("siamese", model, SGD::new(0.3), MeanSquaredError::new(), (), |x, y| (&x[0], &x[1]), &y[0]);
}

// keras#6623: moving averages of a normalisation that one model calls three times in a row.
#[test]
fn one_normalisation_three_times_in_a_row() {
    trained!(
        "again",
        model!(
            let a = Input(3);
            let block = Dense(3) => BatchNormalization(momentum = 0.5);
            a => block => block => block
        )
    );
}

// keras#8794 and keras#18759: the same for sequences, one of them padded.
#[test]
fn one_normalisation_of_two_sequences() {
    // Keras computes the second input first here.
    let model = model!(
        let a = Input(4, 2);
        let b = Input(3, 2);
        let norm = BatchNormalization(momentum = 0.8);
        let rnn = LSTM(2);
        let y = b => norm => rnn;
        [a => Masking(-7.0) => norm => rnn, y] => Add() => Dense(1)
    );
    trained!(
        "shared_sequences",
        model,
        SGD::new(0.3),
        MeanSquaredError::new(),
        (),
        |x, y| (&x[0], &x[1]),
        &y[0]
    );
}

#[test]
fn moving_averages() {
    // keras#8982: batches of two samples, whose variance is kept as it is.
    trained!("small_batches", model!(Input(2) => BatchNormalization(momentum = 0.9)));
    // keras#10443: with a momentum of 0 the averages are those of the last batch.
    predicted!("no_momentum", model!(Input(2, 3) => BatchNormalization(momentum = 0.0, axis = 1)));
    // pytorch#156051: batches of one sample.
    predicted!("one_sample", model!(Input(2) => Dense(3) => BatchNormalization() => Dense(1)));
    // pytorch#3122: a smaller last batch counts as any other; then evaluated by the averages.
    predicted!(
        "norm_then_evaluate",
        model!(
            Input(4, 2) => Conv1D(3, 2, use_bias = false) => BatchNormalization(momentum = 0.7) => ReLU()
                => GlobalAveragePooling1D() => Dense(1)
        )
    );
    // keras#9522 and keras#7085: a frozen one goes by its averages in training, and keeps them.
    predicted!(
        "frozen_norm",
        model!(
            Input(3) => Dense(3) => BatchNormalization(trainable = false, momentum = 0.5)
                => Dense(2, trainable = false) => Dense(1)
        )
    );
    // keras#7466: averages of a normalisation inside TimeDistributed.
    predicted!(
        "norm_at_steps",
        model!(
            Input(4, 2) => TimeDistributed(BatchNormalization(momentum = 0.8)) => GRU(2)
        )
    );
    // keras#18759: padding does not count, one sample being nothing else.
    predicted!(
        "norm_of_padded",
        model!(
            Input(4, 2) => Masking(-7.0) => BatchNormalization(momentum = 0.8) => Bidirectional(GRU(2))
        )
    );
}

#[test]
fn states_go_on() {
    // keras#2849: from batch to batch, from epoch to epoch, and into `evaluate`.
    trained!("stateful", model!(Input(3, 2, batch = 2) => LSTM(3, stateful = true) => Dense(1)));
    // keras#20327: two stateful layers.
    trained!(
        "stateful_stack",
        model!(
            Input(3, 2, batch = 2) => LSTM(3, stateful = true, return_sequences = true)
                => GRU(2, stateful = true, reset_after = false)
        )
    );
}

#[test]
fn losses_of_parts() {
    // tf-keras#734: an ignored class of -1, a batch with nothing else in it.
    predicted!(
        "ignore_class",
        model!(Input(3) => Dense(4, activation = softmax)),
        SGD::new(0.3),
        SparseCategoricalCrossentropy::new().ignore_class(-1),
        [Accuracy::new()]
    );
    // keras#6118: ignored steps among padded ones.
    predicted!(
        "ignore_class_steps",
        model!(Input(3, 2) => Masking(-7.0) => SimpleRNN(4, return_sequences = true)),
        SGD::new(0.3),
        SparseCategoricalCrossentropy::new().from_logits(true).ignore_class(2),
        ()
    );
    // keras#22018: what regularisers add where the last batch is smaller, beside the loss of each output.
    let heads = model!(
        let a = Input(3);
        let x = a => Dense(4, activation = tanh, kernel_regularizer = L2(0.1));
        let kind = x => Dense(3, activation = softmax, name = "kind");
        let score = x => Dense(1, name = "score", activity_regularizer = L2(0.2));
        (kind, score)
    );
    let losses = (SparseCategoricalCrossentropy::new(), MeanSquaredError::new());
    trained!("two_heads", heads, SGD::new(0.3), losses, (), |x, y| &x[0], (&y[0], &y[1]));
}

#[test]
fn metrics_of_batches() {
    // keras#12632: metrics over an epoch whose last batch is smaller.
    predicted!(
        "metrics",
        model!(Input(3) => Dense(4, activation = softmax)),
        SGD::new(0.3),
        CategoricalCrossentropy::new(),
        (
            TopKCategoricalAccuracy::new().k(2),
            AUC::new(),
            Precision::new(),
            Recall::new().top_k(2),
            RootMeanSquaredError::new()
        )
    );
    // keras#16271: the precision of one class, where steps are masked. Of 11 steps that count, 6 are said to be of the
    // class and 3 are; Keras counts padding here, though not in its accuracies.
    let (mut model, x) = predicted!(
        "precision_of_padded",
        model!(Input(3, 2) => Masking(-7.0) => Dense(3, activation = softmax)),
        SGD::new(0.3),
        CategoricalCrossentropy::new(),
        [Precision::new().class_id(2).threshold(0.2)]
    );
    let y = arrays(&training_case("precision_of_padded")["y"]);
    let found = model.evaluate(&x[0], &y[0]).verbose(0).run().expect("an evaluation");
    assert_eq!(found.get("precision"), Some(0.5));
}

#[test]
fn optimizers_on_models() {
    let mse = MeanSquaredError::new;
    // transformers#4360: weight decay leaves out what it is told to, and frozen weights.
    predicted!(
        "weight_decay",
        model!(Input(3) => Dense(3, trainable = false) => LayerNormalization() => Dense(1)),
        AdamW::new(0.05).weight_decay(0.2).exclude_from_weight_decay(["bias", "gamma"]),
        mse(),
        ()
    );
    // pytorch#1099: Nesterov momentum under a rate that changes.
    trained!(
        "nesterov",
        model!(Input(3) => Dense(1)),
        SGD::new(schedules::PiecewiseConstantDecay::new([2, 4], [0.3, 0.1, 0.03]))
            .momentum(0.8)
            .nesterov(true),
        mse(),
        ()
    );
    // keras#13575: `clipnorm` is of each weight.
    let optimizer = RMSprop::new(0.02).clipnorm(0.1).centered(true).momentum(0.5);
    trained!("clipnorm", model!(Input(4, 3) => LSTM(3) => Dense(1)), optimizer, mse(), ());
    // pytorch#142323: AMSGrad, here with the norm of all gradients.
    let optimizer = Adam::new(0.05).amsgrad(true).global_clipnorm(0.5);
    trained!("amsgrad", model!(Input(4, 3) => GRU(3) => Dense(1)), optimizer, mse(), ());
}

// -------------------------------------------------------------------------------------------------------- callbacks

/// Puts given values into the logs, before the other callbacks see them.
struct Given(Vec<f32>);

impl Callback for Given {
    fn on_epoch_end(
        &mut self,
        epoch: usize,
        _: &[(String, f64)],
        control: &mut Control<'_>,
    ) -> keras_core::Result<()> {
        control.log("score", f64::from(self.0[epoch]));
        Ok(())
    }
}

fn given_float(arguments: &Json, name: &str) -> Option<f64> {
    arguments.get(name).map(|value| value.as_f64().expect("a number"))
}

fn early_stopping(arguments: &Json) -> EarlyStopping {
    let mode = if arguments["mode"] == "max" { Mode::Max } else { Mode::Min };
    let mut callback = EarlyStopping::new().monitor("score").mode(mode);
    if let Some(patience) = given_float(arguments, "patience") {
        callback = callback.patience(patience as usize);
    }
    if let Some(baseline) = given_float(arguments, "baseline") {
        callback = callback.baseline(baseline);
    }
    if let Some(epoch) = given_float(arguments, "start_from_epoch") {
        callback = callback.start_from_epoch(epoch as usize);
    }
    callback
        .min_delta(given_float(arguments, "min_delta").unwrap_or(0.0))
        .restore_best_weights(arguments["restore_best_weights"] == true)
}

fn plateau(arguments: &Json) -> ReduceLROnPlateau {
    let mode = if arguments["mode"] == "max" { Mode::Max } else { Mode::Min };
    let of = |name: &str, default: f64| given_float(arguments, name).unwrap_or(default);
    ReduceLROnPlateau::new()
        .monitor("score")
        .mode(mode)
        .patience(of("patience", 10.0) as usize)
        .cooldown(of("cooldown", 0.0) as usize)
        .min_delta(of("min_delta", 1e-4))
        .min_lr(of("min_lr", 0.0))
        .factor(of("factor", 0.1))
}

// tensorflow#45187, keras#12511, keras#13860, keras#20323: what EarlyStopping restores, with and without a baseline;
// pytorch#2545, keras#3991, keras#10924, pytorch#119763: patience and cooldown of ReduceLROnPlateau.
#[test]
fn callbacks_on_given_values() {
    let cases = list(&keras()["callbacks"]);
    assert_eq!(cases.len(), 120);
    let (x, y) = (Array2::<f32>::ones((1, 1)), Array2::from_elem((1, 1), 1e6f32));
    for case in cases {
        let (arguments, given) = (&case["arguments"], floats(&case["values"]));
        let what = format!("{} {arguments} on {given:?}", case["kind"]);
        let model = model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = ones));
        let mut model = model.compile(SGD::new(0.1), MeanAbsoluteError::new(), ());
        let mut stopping = early_stopping(arguments);
        let is_stopping = case["kind"] == "EarlyStopping";
        let fit = model.fit(&x, &y).epochs(given.len()).verbose(0).callback(Given(given.clone()));
        let fit = if is_stopping { fit.callback(&mut stopping) } else { fit.callback(plateau(arguments)) };
        let history = fit.run().expect("a history");
        assert_eq!(history.epoch().len(), length(&case["epochs"]), "{what}");
        near(&what, &values(&*model), &floats(&case["weight"]), 1e-5);
        if is_stopping {
            let found = (stopping.stopped_epoch(), stopping.best_epoch());
            assert_eq!(found, (length(&case["stopped"]), length(&case["best"])), "{what}");
        } else {
            let rates = history.get("learning_rate").expect("rates");
            for (found, wanted) in rates.iter().zip(floats(&case["rates"])) {
                assert!((*found as f32 - wanted).abs() <= 1e-5 * wanted, "{what}: {rates:?}");
            }
        }
    }
}
