//! Lists as Python has them around layers: lists that grow, lists made by loops, their elements and parts, dicts of settings. Names
//! and numbers are real Keras 3.15's.

use keras_core::prelude::*;

/// The names in the rows of the summary.
fn rows(model: &impl Model) -> Vec<String> {
    let summary = model.summary().to_string();
    let name = |line: &str| Some(line.strip_prefix("│ ")?.split([' ', '│']).next()?.to_string());
    summary.lines().filter_map(name).filter(|name| !name.is_empty() && !name.starts_with('(')).collect()
}

#[test]
fn lists_grow_in_loops() {
    let model = model!(
        let x = Input(8);
        let outs = [];
        for i in range(3) {
            let h = x => Dense(4 + i, activation="relu");
            outs.append(h);
        }
        outs.append(x => Dense(2));
        let y = outs => Concatenate();
        y => Dense(len(outs))
    );
    let names = ["input_layer", "dense", "dense_1", "dense_2", "dense_3", "concatenate", "dense_4"];
    assert_eq!(rows(&model), names);
    assert_eq!(model.count_params(), 225);
    assert_eq!(model.output_shape().to_string(), "(None, 4)");
}

#[test]
fn lists_are_made_by_loops() {
    let model = model!(
        let x = Input(8);
        let heads = [x => Dense(4, name="head_{i}") for i in range(3) if i != 1];
        let y = layers.concatenate(heads);
        y => Dense(1)
    );
    assert_eq!(rows(&model), ["input_layer", "head_0", "head_2", "concatenate", "dense"]);
    assert_eq!(model.count_params(), 81);

    let model = model!(
        let x = Input(8);
        let hidden = [Dense(2 ** (i + 2), activation="relu") for i in range(3)];
        let mut y = x;
        for layer in hidden { y = y => layer; }
        let z = [y => Dense(1) for _ in range(2)] => Average();
        let sizes = [n + 1 for n in range(3)];
        z => Dense(sizes[-1])
    );
    let names = ["input_layer", "dense", "dense_1", "dense_2", "dense_3", "dense_4", "average", "dense_5"];
    assert_eq!(rows(&model), names);
    assert_eq!(model.count_params(), 260);
}

#[test]
fn skips_of_a_unet_are_a_list() {
    let model = model!(
        let inputs = Input(shape=(32, 32, 3));
        let config = {"kernel_size": 3, "padding": "same", "activation": "relu"};
        let skips = [];
        let mut x = inputs;
        for filters in [8, 16] {
            x = x => Conv2D(filters, **config);
            skips.append(x);
            x = x => MaxPooling2D(2);
        }
        x = x => Conv2D(32, **config);
        for (filters, skip) in zip([16, 8], reversed(skips)) {
            x = x => Conv2DTranspose(filters, 2, strides=2);
            x = layers.concatenate([x, skip]);
            x = x => Conv2D(filters, config["kernel_size"], padding="same");
        }
        let sizes = (32, 32, 3);
        let flat = x => Reshape((x.shape[1] * x.shape[2], x.shape[-1]));
        let again = flat => Reshape(x.shape[1:]);
        let z = again => Flatten() => Dense(prod(sizes[1:])) => Dense(skips[0].shape[-1]);
        z => Reshape((2,) + sizes[:1][1:] + (4,))
    );
    let names = [
        "input_layer",
        "conv2d",
        "max_pooling2d",
        "conv2d_1",
        "max_pooling2d_1",
        "conv2d_2",
        "conv2d_transpose",
        "concatenate",
        "conv2d_3",
        "conv2d_transpose_1",
        "concatenate_1",
        "conv2d_4",
        "reshape",
        "reshape_1",
        "flatten",
        "dense",
        "dense_1",
        "reshape_2",
    ];
    assert_eq!(rows(&model), names);
    assert_eq!(model.count_params(), 801_704);
    assert_eq!(model.output_shape().to_string(), "(None, 2, 4)");
}

/// The skips of Keras's example of denoising diffusion, of which the last is taken first.
#[test]
fn elements_are_taken_out_of_lists() {
    let model = model!(
        let noisy_images = keras.Input(shape=(16, 16, 3));
        let mut x = noisy_images => Conv2D(8, kernel_size=1);
        let skips = [];
        for width in [8, 12] {
            for _ in range(2) {
                let residual = x => Conv2D(width, kernel_size=1);
                x = x => BatchNormalization(center=False, scale=False);
                x = x => Conv2D(width, kernel_size=3, padding="same", activation="swish");
                x = layers.add([x, residual]);
                skips.append(x);
            }
            x = x => AveragePooling2D(pool_size=2);
        }
        for width in reversed([8, 12]) {
            x = x => UpSampling2D(size=2, interpolation="bilinear");
            for _ in range(2) {
                x = [x, skips.pop()] => Concatenate();
                x = x => Conv2D(width, kernel_size=3, padding="same");
            }
        }
        x => Conv2D(3, kernel_size=1, kernel_initializer="zeros")
    );
    assert_eq!(model.count_params(), 11_707);
    let summary = model.summary().to_string();
    for row in ["up_sampling2d[0][0],", "add_3[0][0]", "conv2d_9[0][0],", "add_2[0][0]", "conv2d_11[0][0],"] {
        assert!(summary.contains(row), "{row}: {summary}");
    }
}

#[test]
fn lists_are_put_together_and_turned() {
    let model = model!(
        let history = Input(4, 3);
        let abs_outputs = [];
        let delta_outputs = [];
        for horizon in [30, 60] {
            let z = history => LSTM(4);
            abs_outputs.append(z => Dense(1, name="abs_{horizon}"));
            delta_outputs.append(z => Dense(1, name="delta_{horizon}"));
        }
        let outputs = abs_outputs + delta_outputs;
        let turned = outputs[::-1];
        Model(history, turned)
    );
    assert_eq!(rows(&model)[3..], ["delta_60", "delta_30", "abs_60", "abs_30"]);
}

#[test]
fn a_list_may_be_the_outputs() -> keras_core::Result<()> {
    let model = model!(
        let x = Input(8);
        let outs = [x => Dense(1) for i in range(2)];
        outs += [x];
        keras.Model(x, outs)
    );
    assert_eq!(model.count_params(), 18);
    let (_, _, x) = model.predict(&ndarray::Array2::<f32>::ones((1, 8)))?;
    assert_eq!(x.to_vec()?, [1.0; 8]);
    Ok(())
}

/// What is in a list stays what it was, whatever its name stands for later.
#[test]
fn elements_stay_what_they_were() -> keras_core::Result<()> {
    let model = model!(
        let mut x = Input(2);
        let seen = [x];
        for _ in range(2) {
            x = x * 2.0;
            seen.insert(0, x);
        }
        seen => Concatenate()
    );
    let y = model.predict(&ndarray::array![[1.0f32, 3.0]])?.to_vec()?;
    assert_eq!(y, [4.0, 12.0, 2.0, 6.0, 1.0, 3.0]);
    Ok(())
}

#[test]
fn the_shape_of_the_input_may_stand_inside_of_a_wrapper() {
    let model = model!(
        let model = Sequential();
        model.add(Bidirectional(LSTM(10, input_shape=(5, 8))));
        model.add(Dense(1));
        model
    );
    assert_eq!(rows(&model), ["bidirectional", "dense"]);
    assert_eq!(model.count_params(), 1541);
}

/// A length that the data knows is `None` in a shape, as in Keras.
#[test]
fn shapes_may_have_lengths_of_the_data() {
    let model = model!(
        let x = Input(None, 2);
        let y = x => Dense(2) => Reshape(x.shape[1:]);
        y => LSTM(3)
    );
    assert_eq!(model.output_shape().to_string(), "(None, 3)");
}
