//! Whole models as Python writes them.

use keras_core::prelude::*;

model! {
    /// A list of layers.
    pub struct Listed {
        keras.Sequential([
            keras.Input(shape=(784,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ])
    }
}

model! {
    /// Two inputs and two outputs.
    pub struct Functional {
        let left = keras.Input(shape=(4,), name="left");
        let right = keras.Input(shape=(4,), name="right");
        let sum = [left, right] => layers.Add();
        let score = sum => layers.Dense(1, name="score");
        let model = keras.Model(inputs=[left, right], outputs=[score, sum]);
        model
    }
}

#[test]
fn lists_of_layers_are_models() {
    let model = Listed::new();
    assert_eq!(model.count_params(), 784 * 64 + 64 + 64 * 10 + 10);
    assert_eq!(model.output_shape().to_string(), "(None, 10)");
    // The first model of TensorFlow's documentation: the shape stands at its first layer.
    let model = model!(tf.keras.models.Sequential([
        tf.keras.layers.Flatten(input_shape = (28, 28)),
        tf.keras.layers.Dense(128, activation = "relu"),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.Dense(10)
    ]));
    assert_eq!(model.input_shape().to_string(), "(None, 28, 28)");
    assert_eq!(model.count_params(), 784 * 128 + 128 + 128 * 10 + 10);
}

/// As Keras 1 and 2 were taught.
#[test]
fn layers_are_added_one_by_one() {
    let model = model!(
        let model = Sequential();
        model.add(Dense(64, activation="relu", input_dim=100));
        model.add(Dropout(0.5));
        model.add(Dense(10, activation="softmax"));
    );
    assert_eq!(model.input_shape().to_string(), "(None, 100)");
    assert_eq!(model.count_params(), 100 * 64 + 64 + 64 * 10 + 10);
}

#[test]
fn an_input_is_a_layer_too() {
    for shape in [
        model!(Sequential([InputLayer(input_shape = (4,)), Dense(3)])).input_shape(),
        model!(Sequential([keras.layers.InputLayer(shape = (4,), name = "numbers"), Dense(3)])).input_shape(),
        model!(InputLayer((4,)) => Dense(3)).input_shape(),
        model!(Sequential([Embedding(100, 8, input_length = 4), LSTM(3)])).input_shape(),
    ] {
        assert_eq!(shape.to_string(), "(None, 4)");
    }
}

#[test]
fn a_model_of_tensors_has_its_outputs_in_their_order() {
    let model = Functional::new();
    let shapes: Vec<String> = model.output_shapes().iter().map(ToString::to_string).collect();
    assert_eq!(shapes, ["(None, 1)", "(None, 4)"]);
    let (score, sum) = model
        .predict((&ndarray::array![[1.0f32, 2.0, 3.0, 4.0]], &ndarray::array![[4.0f32, 3.0, 2.0, 1.0]]))
        .expect("numbers");
    assert_eq!(score.shape(), [1, 1]);
    assert_eq!(sum.to_vec().expect("numbers"), [5.0; 4]);
}
