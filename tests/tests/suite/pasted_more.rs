//! More of what Python writes around layers: models that grow in loops, models of such models, functions of layers,
//! settings bound to names. Names and numbers are real Keras 3.15's.

use keras_core::prelude::*;
use keras_core::tensor::Raw;
use ndarray::array;

/// The names in the rows of the summary.
fn rows(model: &impl Model) -> Vec<String> {
    let summary = model.summary().to_string();
    let name = |line: &str| Some(line.strip_prefix("│ ")?.split_once(" (")?.0.to_string());
    summary.lines().filter_map(name).collect()
}

#[test]
fn layers_are_added_in_loops_and_choices() {
    let model = model!(
        let units = 16;
        let classes = 3;
        let model = Sequential(name="scorer");
        model.add(Input(shape=(8,)));
        for _ in range(2) {
            model.add(Dense(units, activation="relu"));
        }
        if units > 8 {
            model.add(Dropout(0.5));
        } else {
            model.add(Dropout(0.1));
        }
        model.add(Dense(classes));
    );
    assert_eq!(rows(&model), ["dense", "dense_1", "dropout", "dense_2"]);
    assert_eq!(model.count_params(), 144 + 272 + 51);
    assert!(model.summary().to_string().starts_with("Model: \"scorer\""), "{}", model.summary());
}

model! {
    /// A generator and a discriminator, one behind the other.
    pub struct Gan {
        let g = Sequential();
        g.add(Dense(8, input_dim=4));
        g.add(LeakyReLU(0.2));
        g.add(Dense(6));
        let d = Sequential();
        d.add(Dense(5, input_shape=(6,)));
        d.add(Dense(1, activation="sigmoid"));
        let gan = Sequential();
        gan.add(g);
        gan.add(d);
        gan
    }
}

#[test]
fn models_are_added_to_models() -> keras_core::Result<()> {
    let mut model = Gan::new();
    assert_eq!(rows(&model), ["sequential", "sequential_1"]);
    assert_eq!(model.input_shape().to_string(), "(None, 4)");
    assert_eq!(model.count_params(), 94 + 41);
    let tenths = model.weights().into_iter().map(|(_, weight)| {
        let shape = weight.shape();
        Raw::from_f32(vec![0.1; shape.iter().product()], &shape)
    });
    let tenths = tenths.collect::<keras_core::Result<Vec<Raw>>>()?;
    model.set_weights(&tenths)?;
    let score = model.predict(&array![[1.0f32, 1.0, 1.0, 1.0]])?.to_vec()?;
    assert!((score[0] - 0.574_442_5).abs() < 1e-6, "{score:?}");
    Ok(())
}

/// Keras has made the layers of a model, and its input, before those of the lines that follow.
#[test]
fn layers_are_counted_where_they_are_added() {
    let model = model!(
        let features = Sequential();
        features.add(Dense(3, input_shape=(4,)));
        let x = keras.Input((4,));
        let y = x => Dense(3);
        let z = x => features;
        let o = layers.add([y, z]) => Dense(2);
        keras.Model(x, o)
    );
    assert_eq!(rows(&model), ["input_layer_1", "dense_1", "sequential", "add", "dense_2"]);
}

/// Keras counts a `Sequential` where it begins, before the models that are added to it.
#[test]
fn a_sequential_is_counted_where_it_begins() {
    let model = model!(
        let gan = Sequential();
        let g = Sequential([Dense(3, input_shape=(4,))]);
        let d = Sequential();
        d.add(Dense(2));
        gan.add(g);
        gan.add(d);
        gan
    );
    assert_eq!(rows(&model), ["sequential_1", "sequential_2"]);
    assert!(model.summary().to_string().starts_with("Model: \"sequential\""), "{}", model.summary());
}

#[test]
fn shapes_of_inputs_stand_inside_of_blocks() {
    let model = model!(
        let lower = Sequential([Flatten(input_shape=(4, 4)), Dense(3)]);
        let upper = Sequential([Dense(2)]);
        Sequential([lower, upper])
    );
    assert_eq!((model.input_shape().to_string(), model.count_params()), ("(None, 4, 4)".to_string(), 59));
    let model = model!(
        let normalizer = layers.Normalization(input_shape=[3], axis=None);
        keras.Sequential([normalizer, Dense(1)])
    );
    assert_eq!((model.input_shape().to_string(), model.count_params()), ("(None, 3)".to_string(), 7));
    assert_eq!(rows(&model), ["normalization", "dense"]);
    // A size that has a name, lists that are put together, a tuple of layers.
    let model = model!(
        let size = (28, 28);
        let features = [Conv2D(8, 3, input_shape=size + (1,)), Flatten()];
        let classifier = [Dense(10)];
        keras.Sequential(features + classifier)
    );
    assert_eq!(model.input_shape().to_string(), "(None, 28, 28, 1)");
    assert_eq!(model.count_params(), 80 + 26 * 26 * 8 * 10 + 10);
    let model = model!(Sequential((Dense(4, input_shape = (3,)), Dense(1))));
    assert_eq!(model.count_params(), 16 + 5);
}

#[test]
fn functions_make_layers() {
    let model = model!(
        let conv = |filters, size = 3| layers.Conv2D(filters, size, padding="same");
        let encoder = || {
            let model = Sequential();
            model.add(conv(4));
            for i in range(2) {
                model.add(Conv2D(4 * (i + 1), 3, name="c%d" % i));
            }
            model
        };
        let x = keras.Input((8, 8, 3));
        let y = x => conv(6);
        let y = y => encoder();
        let y = y => Flatten();
        keras.Model(x, y => Dense(2), name="encoded")
    );
    assert_eq!(rows(&model), ["input_layer", "conv2d", "sequential", "flatten", "dense"]);
    assert_eq!(model.count_params(), 1090);
    assert!(model.summary().to_string().starts_with("Model: \"encoded\""));
    let model = model!(
        let Conv = functools.partial(keras.layers.Conv2D, kernel_size=3, padding="same", use_bias=false);
        Input(8, 8, 3) => Conv(4) => Conv(2, kernel_size=1, name="last".format()) => Flatten()
    );
    assert_eq!(model.count_params(), 3 * 9 * 4 + 4 * 2);
    assert_eq!(model.output_shape().to_string(), "(None, 128)");
}

#[test]
fn settings_have_names() -> keras_core::Result<()> {
    let mut model = model!(
        let penalty = keras.regularizers.L2(0.5);
        let half = || initializers.Constant(0.5);
        let act = tf.nn.relu;
        let Cell = layers.Dense;
        let axis = if K.image_data_format() == "channels_first" { 1 } else { -1 };
        let prefix = "block" + str(2);
        Input(2)
            => Cell(3, activation = act, kernel_initializer = half(), kernel_regularizer = penalty, name = prefix + "_{}".format(7))
            => BatchNormalization(axis = axis, name = "%s_bn" % prefix)
            => Dense(np.prod((2, 2)) - 3)
    )
    .compile(SGD::new(0.0), MeanSquaredError::new(), ());
    let names: Vec<&str> = model.layers().into_iter().map(|layer| layer.name()).collect();
    assert_eq!(names, ["block2_7", "block2_bn", "dense"]);
    // Nothing goes in: the loss is the penalty of six halves.
    let report = model.evaluate(&array![[0.0f32, 0.0]], &array![[0.0f32]]).verbose(0).run()?;
    assert!((report.loss() - 0.75).abs() < 1e-6, "{}", report.loss());
    Ok(())
}

#[test]
fn shapes_are_taken_apart() {
    let model = model!(
        let x = Input(8, 6, 3);
        let (_, h, w, c) = x.shape;
        let n = K.int_shape(x)[-1] + x.get_shape().as_list()[1];
        let (a, b) = (2, 3);
        x => Reshape((h * w, c)) => Dense(n) => Dense(a * b)
    );
    assert_eq!(model.output_shape().to_string(), "(None, 48, 6)");
    assert_eq!(model.count_params(), 4 * 11 + 12 * 6);
}

/// `x += y` once was `x = y`.
#[test]
fn tensors_are_added_in_place() -> keras_core::Result<()> {
    let model = model!(
        let mut x = Input(2);
        let y = x * 2.0;
        x += y;
        x *= 0.5;
        x -= 1;
        x
    );
    assert_eq!(model.predict(&array![[1.0f32, 4.0]])?.to_vec()?, [0.5, 5.0]);
    Ok(())
}

#[test]
fn lists_of_states_have_names() {
    let model = model!(
        let words = Input(None, 7);
        let (_, h, c) = words => LSTM(4, return_state=True);
        let states = [h, c];
        let next = Input(None, 9);
        let (y, _, _) = next => LSTM(4, return_sequences=True, return_state=True)(initial_state=states);
        keras.Model((words, next), y => Dense(9, activation="softmax"))
    );
    assert_eq!(model.count_params(), 4 * 4 * (7 + 4 + 1) + 4 * 4 * (9 + 4 + 1) + 9 * 5);
}
