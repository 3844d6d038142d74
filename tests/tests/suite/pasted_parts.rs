//! Parts of models as Keras's guides take them, `base.output`, `model.get_layer("a").output`, `base.layers[:-2]`, and layers that are
//! frozen one by one, against Keras (`tests/keras/make_parts.py`).

use std::sync::OnceLock;

use keras_core::prelude::*;
use keras_tests::json::{array, fixture, floats, near, set};
use serde_json::Value as Json;

fn case(id: &str) -> &'static Json {
    static ALL: OnceLock<Json> = OnceLock::new();
    let all = ALL.get_or_init(|| fixture("parts.json")).as_array().expect("a list");
    all.iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}"))
}

/// Its parameters and its summary, layers inside too, are those of Keras. Then it has the weights that Keras's had.
fn compare(id: &str, model: &mut impl Model) {
    let case = case(id);
    assert_eq!(Some(model.count_params() as u64), case["params"].as_u64(), "{id}");
    let wanted = case["summary"].as_str().expect("a text").trim_end();
    assert_eq!(model.summary().expand_nested(true).line_length(96).to_string().trim_end(), wanted, "{id}");
    set(model, &case["before"]);
}

/// What it computes is what Keras computes.
macro_rules! check {
    ($id:literal, $model:expr) => {
        check!($id, $model, y)
    };
    ($id:literal, $model:expr, $($y:ident),+) => {{
        let mut model = $model;
        compare($id, &mut model);
        let case = case($id);
        #[allow(unused_parens)]
        let ($($y),+) = model.predict(&array(&case["x"])).expect("outputs");
        let found = [$($y.to_vec().expect("numbers")),+];
        let wanted = case["outputs"].as_array().expect("a list");
        assert_eq!(found.len(), wanted.len(), $id);
        for (found, wanted) in found.iter().zip(wanted) {
            near($id, found, &floats(&wanted["values"]), 1e-5);
        }
    }};
}

macro_rules! of_small {
    ($($more:tt)*) => {
        model!(
            let inputs = keras.Input(shape = (6,));
            let h = inputs => layers.Dense(4, activation = "tanh", name = "features");
            let h = h => layers.BatchNormalization();
            let model = keras.Model(inputs, h => layers.Dense(3));
            $($more)*
        )
    };
}

macro_rules! of_conv {
    ($($more:tt)*) => {
        model!(
            let model = keras.Sequential([
                keras.Input(shape = (9, 2)),
                layers.Conv1D(3, 3, strides = 2, activation = "relu"),
                layers.Conv1D(4, 2, activation = "relu", name = "middle"),
                layers.Conv1D(2, 2),
            ]);
            $($more)*
        )
    };
}

mod asked;
mod frozen;

#[test]
fn a_model_ends_at_a_layer_of_another() {
    check!(
        "extractor",
        of_small!(let e = keras.Model(inputs = model.inputs, outputs = model.get_layer("features").output);)
    );
    check!(
        "before_the_last",
        of_small!(keras.Model(inputs = model.inputs, outputs = model.layers[-2].output => Dense(7)))
    );
    check!(
        "sequential_extractor",
        of_conv!(keras.Model(inputs = model.inputs, outputs = model.get_layer(name = "middle").output))
    );
    check!(
        "added",
        model!(
            let model = Sequential();
            model.add(Input((6,)));
            model.add(Dense(4, name = "a"));
            model.add(Dense(2));
            let extractor = keras.Model(model.inputs, model.get_layer("a").output, name = "extractor");
        )
    );
    check!(
        "nested",
        model!(
            let inputs = Input((6,));
            let block = Sequential([Input((6,)), Dense(4), Dense(3, name = "inner")], name = "block");
            let model = Model(inputs, inputs => block => Dense(2));
            let block = model.get_layer("block");
            Model(block.inputs, block.get_layer("inner").output)
        )
    );
}

#[test]
fn a_model_goes_on_where_another_ends() {
    check!(
        "head",
        of_small!(
            let x = model.output;
            let y = x => layers.Dense(2, activation = "softmax");
            let whole = keras.Model(model.input, y);
        )
    );
    check!("sequential_head", of_conv!(keras.Model(model.inputs, model.outputs[0] => Flatten() => Dense(2))));
    check!(
        "applied_block",
        model!(
            let inputs = Input((6,));
            let block = Sequential([Input((6,)), Dense(4), Dense(3)]);
            let _y = inputs => block;
            Model(block.input, block.output => Dense(2))
        )
    );
    check!(
        "renewed",
        model!(
            let inputs = keras.Input((6,));
            let features = inputs => Dense(4);
            let priority = features => Dense(1, activation = "sigmoid", name = "priority");
            let model = keras.Model(inputs, priority);
            let features = model.layers[1].output;
            let difficulty = features => layers.Dense(3, activation = "softmax", name = "difficulty");
            let new_model = keras.Model(inputs = inputs, outputs = [priority, difficulty]);
        ),
        a,
        b
    );
    check!(
        "operations",
        model!(
            let inputs = Input((6,));
            let a = inputs => Dense(4);
            let b = inputs => Dense(4);
            let base = Model(inputs, (a + b) * 0.5 => Dense(3));
            Model(base.input, base.layers[-2].output)
        )
    );
}

#[test]
fn a_model_gives_what_several_layers_give() {
    check!(
        "all_outputs",
        of_small!(keras.Model(inputs = model.inputs, outputs = [layer.output for layer in model.layers])),
        a,
        b,
        c,
        d
    );
    check!(
        "sequential_outputs",
        of_conv!(
            let outputs = [layer.output for layer in model.layers];
            let features = keras.Model(inputs = model.inputs, outputs = outputs);
        ),
        a,
        b,
        c
    );
    check!(
        "two_outputs",
        of_small!(keras.Model(model.inputs, [model.get_layer("features").output, model.output])),
        a,
        b
    );
    check!(
        "by_class",
        of_conv!(
            let outputs = [];
            for layer in model.layers {
                if isinstance(layer, (layers.Conv2D, layers.Conv1D)) {
                    outputs.append(layer.output);
                }
            }
            keras.Model(inputs = model.inputs, outputs = outputs)
        ),
        a,
        b,
        c
    );
    check!(
        "states",
        model!(
            let inputs = Input((5, 2));
            let lstm = LSTM(3, return_state = true);
            let (_y, ..) = inputs => lstm;
            keras.Model(inputs, lstm.output)
        ),
        a,
        b,
        c
    );
}

#[test]
fn layers_of_a_model_are_applied_elsewhere() {
    check!(
        "decoder",
        model!(
            let image = keras.Input((6,));
            let y = image => Dense(2, activation = "relu", name = "dense_1") => Dense(6, activation = "sigmoid", name = "dense");
            let autoencoder = keras.Model(image, y);
            let code = keras.Input((2,));
            let last = autoencoder.layers[-1];
            let decoder = keras.Model(code, code => last);
        )
    );
    check!(
        "rest",
        model!(
            let inputs = keras.Input((6,));
            let y = inputs => Dense(4, name = "conv") => Dropout(0.5, name = "drop") => Dense(3, name = "predictions");
            let model = keras.Model(inputs, y);
            let begin = keras.Input(shape = model.get_layer("conv").output.shape[1:]);
            let mut x = begin;
            for name in ["drop", "predictions"] {
                x = x => model.get_layer(name);
            }
            keras.Model(begin, x)
        )
    );
    check!("without_the_last", of_small!(let m = keras.Sequential(model.layers[:-1]);));
    check!(
        "bound_layer",
        model!(
            let inputs = keras.Input((6,));
            let dense = layers.Dense(4);
            let _y = inputs => dense;
            keras.Model(dense.input, dense.output)
        )
    );
}

#[test]
fn a_model_says_its_shapes() {
    check!(
        "shapes",
        model!(
            let inputs = keras.Input((6,));
            let base = keras.Model(inputs, inputs => Dense(4));
            let x = keras.Input(shape = base.input_shape[1:]);
            let y = x => base => Dense(base.output_shape[-1]);
            keras.Model(x, y => Dense(base.output.shape[-1] * 2))
        )
    );
}

#[test]
fn layers_are_frozen_where_the_model_is_made() {
    check!(
        "sequential_frozen",
        model!(
            let model = keras.Sequential([keras.Input((6,)), Dense(5), Dense(4), Dense(3)]);
            for layer in model.layers[:-1] {
                layer.trainable = False;
            }
        )
    );
    check!(
        "stacked",
        model!(
            let base = keras.Sequential([keras.Input((6,)), Dense(5)]);
            base.trainable = False;
            let model = keras.Sequential([base, Dense(3)]);
        )
    );
    check!(
        "frozen_inside",
        of_small!(
            model.trainable = False;
            let x = keras.Input((6,));
            keras.Model(x, x => model(training = False) => Dense(2))
        )
    );
    check!(
        "frozen_first",
        of_small!(
            for layer in model.layers[:-2] {
                layer.trainable = False;
            }
            keras.Model(model.input, model.output => Dense(2))
        )
    );
    check!(
        "frozen_by_class",
        of_small!(for layer in model.layers {
            if isinstance(layer, layers.BatchNormalization) {
                layer.trainable = False;
            }
        })
    );
    check!(
        "frozen_but_one",
        of_small!(
            model.trainable = False;
            model.get_layer("features").trainable = True;
            let x = keras.Input((6,));
            keras.Model(x, x => model => Dense(2))
        )
    );
    check!(
        "masked",
        model!(
            let ids = keras.Input((5,));
            let x = ids => Embedding(10, 4, mask_zero = true) => LSTM(3, return_sequences = true) => LSTM(3);
            let base = keras.Model(ids, x => Dense(2));
            for layer in base.layers[:2] {
                layer.trainable = False;
            }
            keras.Model(base.input, base.layers[-2].output => Dense(1))
        )
    );
}

model! {
    /// A model of another place.
    #[derive(Clone)]
    pub struct Features { Input(6) => Dense(4, activation = tanh) => Dense(3) }
}

/// Keras's summary would have the layers of the base in a row: here it is a layer, with as many parameters.
#[test]
fn a_model_of_another_place_begins_and_ends_here() {
    let mut model = model!(
        let base = Features;
        let y = base.output => Dense(2);
        base.trainable = False;
        keras.Model(base.input, y)
    );
    assert_eq!(model.input_shape().to_string(), "(None, 6)");
    assert_eq!(model.count_params(), 6 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
    assert!(model.summary().to_string().contains("\n Trainable params: 8 (32.00 B)\n"));
    let base = Features::with_seed(3);
    let x = ndarray::array![[0.1f32, -0.4, 0.3, 0.8, -0.2, 0.5]];
    let weights: Vec<Raw> = base.weights().into_iter().map(|(_, raw)| raw).collect();
    let own: Vec<Raw> = model.weights().into_iter().map(|(_, raw)| raw).skip(weights.len()).collect();
    let numbers = |raw: &Raw| raw.to_vec().expect("numbers");
    let (kernel, bias) = (numbers(&own[0]), numbers(&own[1]));
    model.set_weights(&[weights, own].concat()).expect("the weights fit");
    let y = base.predict(&x).expect("outputs").to_vec().expect("numbers");
    let wanted: Vec<f32> =
        (0..2).map(|j| bias[j] + (0..3).map(|i| y[i] * kernel[2 * i + j]).sum::<f32>()).collect();
    near("pair", &model.predict(&x).expect("outputs").to_vec().expect("numbers"), &wanted, 1e-6);
}

/// Keras has 43 parameters in the block, and a head of 16.
#[test]
fn a_wrapper_around_a_block_is_frozen() {
    let frozen = |summary: String| {
        summary.contains(" Trainable params: 16 (64.00 B)\n Non-trainable params: 43 (172.00 B)")
    };
    let model = model!(
        let block = Dense(4) => Dense(3);
        Input(5, 6) => TimeDistributed(block, trainable = false) => Flatten() => Dense(1)
    );
    assert!(frozen(model.summary().to_string()));
    let model = model!(
        let steps = TimeDistributed(Sequential([Dense(4), Dense(3)]));
        steps.trainable = False;
        Input(5, 6) => steps => Flatten() => Dense(1)
    );
    assert!(frozen(model.summary().to_string()));
}
