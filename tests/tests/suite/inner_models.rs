//! Calls with arguments (`x => encoder(training = false)`) and wrappers around blocks, models and own layers, against
//! Keras (`tests/keras/make_inner.py`), on plans and as Burn code.

use std::sync::OnceLock;

use keras_core::prelude::*;
use keras_core::shape::Dim;
use keras_tests::json::{array, fixture, floats, near, set, values};
use ndarray::{Array2, ArrayD};
use serde_json::Value as Json;

pub(super) fn case(id: &str) -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    let all = ALL.get_or_init(|| fixture("inner.json")).as_array().expect("a list");
    all.iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}"))
}

pub(super) fn arrays(json: &'static Json) -> Vec<ArrayD<f32>> {
    json.as_array().expect("a list").iter().map(array).collect()
}

/// Predicts and trains as Keras did, on a plan and as Burn code.
macro_rules! check {
    ($id:literal, $model:expr) => {{
        for burn in [false, true] {
            let run = || {
                let case = case($id);
                let mut model = $model;
                let counted = case["params"].as_u64().expect("a number") as usize;
                assert_eq!(model.count_params(), counted, $id);
                set(&mut model, &case["before"]);
                let x = arrays(&case["x"]);
                let y = model.predict(&x[0]).expect("outputs").to_vec().expect("numbers");
                near(concat!($id, ": outputs"), &y, &floats(&case["outputs"][0]["values"]), 1e-5);
                let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
                let target = array(&case["y"]);
                let fit = model.fit(&x[0], &target).batch_size(x[0].shape()[0]).epochs(3).shuffle(false);
                let history = fit.verbose(0).run().expect("a history");
                let loss: Vec<f32> = history.get("loss").expect("losses").iter().map(|v| *v as f32).collect();
                near(concat!($id, ": loss"), &loss, &floats(&case["loss"]), 1e-4);
                let after: Vec<f32> = arrays(&case["after"]).iter().flat_map(|w| w.iter().copied()).collect();
                near(concat!($id, ": weights"), &values(&*model), &after, 1e-4);
                let found = model.evaluate(&x[0], &target).batch_size(x[0].shape()[0]).verbose(0).run();
                let found = found.expect("a loss").loss() as f32;
                near(concat!($id, ": evaluate"), &[found], &floats(&case["evaluate"]), 1e-4);
            };
            if burn { keras_core::engine::without(run) } else { run() }
        }
    }};
}
pub(super) use check;

model! {
    /// A frozen base, as transfer learning has one.
    #[derive(Clone)]
    pub struct Encoder { Input(4) => Dense(5) => BatchNormalization(momentum = 0.5) => Dropout(0.5) }
}

#[test]
fn a_call_says_whether_its_layer_trains() {
    check!(
        "bn_false",
        model!(Input(4) => Dense(5) => BatchNormalization(momentum = 0.5)(training = false) => Dense(2))
    );
    check!(
        "bn_false",
        model!(Input(4) => Dense(5) => BatchNormalization(momentum = 0.5, training = False) => Dense(2))
    );
    check!(
        "bn_true",
        model!(Input(4) => Dense(5) => BatchNormalization(momentum = 0.5)(training = true) => Dense(2))
    );
    check!(
        "dropout_false",
        model!(
            let drop = Dropout(0.5);
            Input(4) => Dense(5) => drop(training = false) => Dense(2)
        )
    );
    check!(
        "bn_shared",
        model!(
            let x = Input(4);
            let norm = BatchNormalization(momentum = 0.5);
            let a = x => norm(training = false);
            let b = x => norm;
            [a, b] => Add() => Dense(2)
        )
    );
    check!(
        "lstm_false",
        model!(Input(5, 3) => LSTM(4, dropout = 0.5, recurrent_dropout = 0.3)(training = false))
    );
    check!(
        "bidirectional_false",
        model!(Input(5, 3) => Bidirectional(LSTM(2, dropout = 0.5))(training = false))
    );
    check!(
        "distributed_bn_false",
        model!(Input(5, 3) => TimeDistributed(BatchNormalization(momentum = 0.5))(training = false))
    );
}

#[test]
fn a_call_says_whether_blocks_and_models_train() {
    check!("encoder_false", model!(Input(4) => Encoder()(training = false) => Dense(2)));
    check!(
        "encoder_false",
        model!(
            let encoder = Encoder;
            Input(4) => encoder(training = false) => Dense(2)
        )
    );
    check!(
        "encoder_false",
        model!(
            let encoder = Dense(5) => BatchNormalization(momentum = 0.5) => Dropout(0.5);
            let frozen = |x, layer, training = true| x => layer(training = training);
            Input(4) => frozen(encoder, training = false) => Dense(2)
        )
    );
}

#[test]
fn a_call_of_attention_has_arguments_of_its_own() {
    for burn in [false, true] {
        let run = || {
            let case = case("mha_call");
            let mut model = model!(
                let x = Input(5, 4);
                let attend = MultiHeadAttention(2, 3, dropout = 0.5);
                let (y, scores) =
                    [x, x] => attend(use_causal_mask = true, return_attention_scores = true, training = false);
                (y, scores)
            );
            set(&mut model, &case["before"]);
            let (y, scores) = model.predict(&array(&case["x"][0])).expect("outputs");
            near("y", &y.to_vec().expect("numbers"), &floats(&case["outputs"][0]["values"]), 1e-5);
            near("scores", &scores.to_vec().expect("numbers"), &floats(&case["outputs"][1]["values"]), 1e-5);
        };
        if burn { keras_core::engine::without(run) } else { run() }
    }
    check!(
        "mha_twice",
        model!(
            let x = Input(5, 4);
            let attend = MultiHeadAttention(2, 3);
            let a = [x, x] => attend(use_causal_mask = true);
            let b = [x, x] => attend;
            [a, b] => Add()
        )
    );
}

/// With `training = true` dropout drops in `predict`, others each time, and only where it says so.
#[test]
fn dropout_drops_where_it_is_told_to() {
    for burn in [false, true] {
        let run = || {
            set_random_seed(3);
            let model = model!(Input(2000) => Dropout(0.25)(training = true) => Dropout(0.5));
            let x = Array2::from_elem((2, 2000), 3.0);
            let first = model.predict(&x).expect("outputs").to_vec().expect("numbers");
            let second = model.predict(&x).expect("outputs").to_vec().expect("numbers");
            assert_ne!(first, second);
            let one = model.predict_one(&[3.0; 2000]).expect("numbers").to_vec();
            for y in [&first[..], &second, &one] {
                assert!(y.iter().all(|y| *y == 0.0 || *y == 4.0));
                let dropped = y.iter().filter(|y| **y == 0.0).count() as f32 / y.len() as f32;
                assert!((dropped - 0.25).abs() < 0.05, "{dropped}");
            }
            // One seed gives one sequence of passes.
            let seeded = || model!(Input(50) => Dropout(0.5, seed = 4)(training = true));
            let x = Array2::<f32>::ones((3, 50));
            let (a, b) = (seeded(), seeded());
            let pass = |y: keras_core::Result<_>| -> Vec<f32> {
                let y: Tensor<(Dyn, Len<50>)> = y.expect("outputs");
                y.to_vec().expect("numbers")
            };
            let (a1, a2) = (pass(a.predict(&x)), pass(a.predict(&x)));
            assert_ne!(a1, a2);
            assert_eq!((a1, a2), (pass(b.predict(&x)), pass(b.predict(&x))));
        };
        if burn { keras_core::engine::without(run) } else { run() }
    }
}

model! {
    #[derive(Clone)]
    pub struct Sentence { Input(7, dtype = int32) => Embedding(10, 4) => LSTM(3) }
}
model! {
    #[derive(Clone)]
    pub struct Branches {
        let x = Input(3);
        let a = x => Dense(4, activation = tanh);
        let b = x => Dense(2);
        [a, b] => Concatenate()
    }
}

#[test]
fn steps_go_through_blocks_and_models() {
    check!(
        "document",
        model!(
            let sentence = Embedding(10, 4, mask_zero = true) => LSTM(3);
            Input(5, 7, dtype = int32) => TimeDistributed(sentence) => GRU(2)
        )
    );
    check!("document_model", model!(Input(None, 7, dtype = int32) => TimeDistributed(Sentence) => GRU(2)));
    check!(
        "distributed_bn",
        model!(
            let block = Dense(5, activation = tanh) => BatchNormalization(momentum = 0.5) => Dense(2);
            Input(4, 3) => TimeDistributed(block)
        )
    );
    check!(
        "distributed_twice",
        model!(Input(2, 3, 4) => TimeDistributed(TimeDistributed(Dense(5, activation = tanh) => Dense(2))))
    );
    check!(
        "distributed_masked",
        model!(
            let each = |x, layer| x => TimeDistributed(layer);
            Input(5, 3) => Masking() => each(Dense(4, activation = tanh) => Dense(2)) => LSTM(2)
        )
    );
    check!(
        "distributed_masked_steps",
        model!(
            let block = Reshape((3, 1)) => LSTM(2);
            Input(5, 3) => Masking() => TimeDistributed(block)
        )
    );
    check!(
        "distributed_masked_directions",
        model!(
            let block = Reshape((3, 1)) => Bidirectional(GRU(2, return_sequences = true)) => GlobalMaxPooling1D();
            Input(5, 3) => Masking() => TimeDistributed(block)
        )
    );
    check!(
        "distributed_words",
        model!(
            let words = Sequential([LSTM(3)]);
            Input(3, 6, dtype = int32) => Embedding(10, 4, mask_zero = true) => TimeDistributed(words) => LSTM(2)
        )
    );
    check!(
        "video",
        model!(
            let cnn = Conv2D(2, 3, activation = relu) => MaxPooling2D() => Flatten();
            Input(3, 6, 6, 1) => TimeDistributed(cnn) => LSTM(2)
        )
    );
    check!("branches", model!(Input(4, 3) => TimeDistributed(Branches)));
    check!(
        "bound_directions",
        model!(
            let there = LSTM(2, return_sequences = true);
            let back = GRU(2, return_sequences = true, go_backwards = true);
            Input(5, 3) => Bidirectional(there, backward_layer = back)
        )
    );
}

#[test]
fn wrapped_blocks_run_in_plans() {
    let model = model!(
        let cnn = Conv2D(2, 3, activation = relu) => MaxPooling2D() => Flatten() => Dropout(0.2);
        Input(3, 6, 6, 1) => TimeDistributed(cnn) => LSTM(2)
    );
    for training in [false, true] {
        let by_operations = keras_core::engine::by_operations(&model, &[&[4, 3, 6, 6, 1]], training);
        assert!(by_operations.expect("a plan").is_empty());
    }
}

#[test]
fn lengths_behind_two_models_are_those_of_the_second() {
    model! {
        struct Encoder {
            let (_, h, c) = Input(None, 3) => LSTM(4, return_state = true);
            (h, c)
        }
    }
    model! {
        struct Decoder {
            let words = Input(None, 2);
            let h = Input(4);
            let c = Input(4);
            let y = words => LSTM(4, return_sequences = true, initial_state = [h, c]);
            y => Dense(5)
        }
    }
    model! {
        struct Translator {
            let from = Input(None, 3);
            let to = Input(None, 2);
            let (h, c) = from => Encoder;
            [to, h, c] => Decoder
        }
    }
    let (from, to) = (ndarray::Array3::<f32>::ones((2, 7, 3)), ndarray::Array3::<f32>::ones((2, 6, 2)));
    let mut model = Translator::new().compile(Adam::new(0.01), MeanSquaredError::new(), ());
    assert_eq!(model.predict((&from, &to)).expect("outputs").shape(), [2, 6, 5]);
    let y = ndarray::Array3::<f32>::ones((2, 6, 5));
    let history = model.fit((&from, &to), &y).epochs(5).verbose(0).run().expect("training");
    let losses = history.get("loss").expect("losses");
    assert!(losses[4] < losses[0], "{losses:?}");
}

#[test]
fn brackets_around_a_wrapped_layer_change_nothing() {
    let x = ndarray::Array4::from_shape_fn((2, 3, 2, 2), |(a, b, c, d)| (a * 12 + b * 4 + c * 2 + d) as f32);
    let model = model!(Input(3, 2, 2) => TimeDistributed((((Flatten())))));
    let found = model.predict(&x).expect("outputs");
    assert_eq!(found.shape(), [2, 3, 4]);
    assert_eq!(found.to_vec().expect("numbers"), x.into_raw_vec_and_offset().0);
}

/// Doubles, and looks at nothing else.
#[derive(Clone, Default)]
struct Twice;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Twice {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * 2.0)
    }
}

#[test]
fn own_layers_are_wrapped() {
    let x = ndarray::Array3::from_shape_fn((2, 3, 4), |(a, b, c)| (a * 12 + b * 4 + c) as f32);
    let wanted: Vec<f32> = x.iter().map(|x| x * 2.0).collect();
    let model = model!(Input(3, 4) => TimeDistributed(Twice));
    assert_eq!(model.predict(&x).expect("outputs").to_vec().expect("numbers"), wanted);
    let model = model!(
        let block = Twice => Lambda(|x| x / 2.0) => self::Twice;
        Input(None, 4) => TimeDistributed(block)
    );
    assert_eq!(model.predict(&x).expect("outputs").to_vec().expect("numbers"), wanted);
    assert_eq!(model.output_shape().dim(1), Dim::NONE);
}

#[test]
fn weights_have_keras_paths_and_come_back_from_files() {
    let paths = |id: &str| -> Vec<String> {
        let paths = case(id)["paths"].as_array().expect("paths");
        paths.iter().map(|path| path.as_str().expect("a path").to_string()).collect()
    };
    fn names(model: &impl Model) -> Vec<String> {
        model.weights().into_iter().map(|(path, _)| path).collect()
    }
    let make = || {
        model!(
            let sentence = Embedding(10, 4, mask_zero = true) => LSTM(3);
            Input(5, 7, dtype = int32) => TimeDistributed(sentence) => GRU(2)
        )
    };
    let (mut a, b) = (make(), make());
    assert_eq!(names(&a), paths("document"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("document.safetensors");
    b.save_weights(&file).expect("a file");
    a.load_weights(&file).expect("weights");
    assert_eq!(values(&a), values(&b));
    let twice =
        model!(Input(2, 3, 4) => TimeDistributed(TimeDistributed(Dense(5, activation = tanh) => Dense(2))));
    assert_eq!(names(&twice), paths("distributed_twice"));
    assert_eq!(twice.time_distributed_1.dense.weight("kernel").expect("a kernel").value().shape(), [4, 5]);
}

/// What Keras prints of a model, layers inside too.
fn check_summary(id: &str, model: &impl Model) {
    let wanted = case(id)["summary"].as_str().expect("a text").trim_end();
    assert_eq!(model.summary().expand_nested(true).to_string().trim_end(), wanted, "{id}");
}

#[test]
fn a_block_has_a_name_of_its_own() {
    let make = || {
        model!(
            let encoder = keras.Sequential(
                [keras.Input(shape = (6,)), layers.Dense(4, activation = "relu"), layers.Dense(3)],
                name = "encoder",
            );
            let inputs = Input(6);
            inputs => encoder => Dense(2)
        )
    };
    check!("named_block", make());
    let model = make();
    check_summary("named_block", &model);
    let paths: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    let wanted: Vec<&str> =
        case("named_block")["paths"].as_array().expect("paths").iter().filter_map(Json::as_str).collect();
    assert_eq!(paths, wanted);
}

#[test]
fn wrappers_have_one_row_in_a_summary() {
    check_summary(
        "document",
        &model!(
            let x = Input(5, 7, dtype = int32);
            x => TimeDistributed(Sequential([Embedding(10, 4, mask_zero = true), LSTM(3)])) => GRU(2)
        ),
    );
    let x = model!(
        let x = Input(2, 3, 4);
        x => TimeDistributed(TimeDistributed(Dense(5, activation = tanh) => Dense(2)))
    );
    check_summary("distributed_twice", &x);
}

#[test]
fn the_length_of_an_axis_is_a_number() {
    let model = model!(
        let project = |x, filters| {
            let shortcut = if x.shape[-1] != filters { x => Dense(filters, name = "short_{filters}") } else { x };
            let y = x => Dense(x.shape[-1] * 2) => Dense(filters);
            [shortcut, y] => Add()
        };
        let same = |x| x => Dense(x.shape[-1]);
        let mut x = Input(8);
        for filters in [8, 16, 16] {
            x = x => project(filters);
        }
        let n = x.shape[-1] / 2;
        let y = x => Dense(n) => same();
        y => Dense(units = y.shape[1] + x.shape[-1])
    );
    let written = model!(
        let x = Input(8);
        let y = x => Dense(16) => Dense(8);
        let a = [x, y] => Add();
        let s = a => Dense(16, name = "short_16");
        let y = a => Dense(16) => Dense(16);
        let b = [s, y] => Add();
        let y = b => Dense(32) => Dense(16);
        let c = [b, y] => Add();
        c => Dense(8) => Dense(8) => Dense(24)
    );
    assert_eq!(model.summary().to_string(), written.summary().to_string());
}

model! {
    pub struct Step { Input(4) => Dense(6, activation = tanh) => LayerNormalization() => Dense(3) }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    /// What is wrapped gives at each step what it gives for that step alone, whatever the lengths.
    #[test]
    fn a_wrapper_gives_at_each_step_what_is_inside_gives(batch in 1usize..5, time in 1usize..6, seed in 0u64..1000) {
        let model = model!(Input(None, 4) => TimeDistributed(Step));
        let number = |i: usize| ((i as u64 * 2_654_435_761 + seed * 97) % 1000) as f32 / 250.0 - 2.0;
        let x = ndarray::Array3::from_shape_fn((batch, time, 4), |(b, t, f)| number((b * time + t) * 4 + f));
        let all = model.predict(&x).expect("outputs").to_vec().expect("numbers");
        for t in 0..time {
            let step = x.index_axis(ndarray::Axis(1), t).to_owned();
            let one = model.time_distributed.predict(&step).expect("outputs").to_vec().expect("numbers");
            for b in 0..batch {
                let found = &all[(b * time + t) * 3..][..3];
                near("a step", found, &one[b * 3..][..3], 1e-6);
            }
        }
    }

    /// A layer that a call keeps from training computes as in `predict`, whatever is trained around it.
    #[test]
    fn a_call_outside_of_training_is_that_of_predict(seed in 0u64..1000) {
        let model = model!(Input(3) => Dropout(0.9)(training = false) => Dense(2, use_bias = false));
        let x = Array2::from_shape_fn((4, 3), |(i, j)| ((i * 3 + j) as u64 * 31 + seed) as f32 % 7.0);
        let kernel = values(&model);
        set_random_seed(seed);
        let y = model.predict(&x).expect("outputs").to_vec().expect("numbers");
        let target = Array2::from_shape_vec((4, 2), y).expect("an array");
        let mut compiled = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        // Its own predictions are right, if nothing is dropped: there is nothing to learn.
        let history = compiled.fit(&x, &target).verbose(0).run().expect("a history");
        proptest::prop_assert!(history.get("loss").expect("losses")[0] < 1e-10);
        near("kernel", &values(&*compiled), &kernel, 1e-6);
    }
}

/// While the macro runs nothing is known of what an inner model gives: that is no mistake of who reads it.
#[test]
fn a_condition_that_asks_an_inner_model_is_none_of_the_macros_mistakes() -> keras_core::Result<()> {
    model! {
        struct Threshold { Input(3) => Dense(3, kernel_initializer = zeros) }
    }
    let model = model! {
        let x = Input(3);
        let limit = x => Threshold;
        let above = ops::greater(x, limit);
        let kept = ops::where(above, x, 0.5);
        ops::where(above, kept, limit)
    };
    assert_eq!(model.predict(&ndarray::arr2(&[[1.0, -2.0, 3.0]]))?.to_vec()?, [1.0, 0.0, 3.0]);
    Ok(())
}
