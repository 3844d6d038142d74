//! Calls, functions and loops as Python writes them around layers, in forms of their own. Counts are real Keras 3.15's.

use keras_core::prelude::*;

#[test]
fn functions_of_several_parameters_stand_in_dicts_and_lists() -> keras_core::Result<()> {
    let model = model!(
        let x = Input(2);
        let y = Input(2);
        let merges = {"add": |a, b| a + b, "mul": |a, b| { [a, b] => Multiply() }, "units": 3};
        let ends = [|a, b| a - b, |a, b| a * b];
        let s = merges["add"](x, y);
        let p = merges["mul"](x, y);
        ends[0](s, p)
    );
    let (x, y) = (ndarray::array![[2.0f32, 3.0]], ndarray::array![[5.0f32, 7.0]]);
    assert_eq!(model.predict((&x, &y))?.to_vec()?, [7.0 - 10.0, 10.0 - 21.0]);
    Ok(())
}

/// Keras gives the states of each cell of a stack in a list of its own.
#[test]
fn states_stand_in_patterns_of_their_own() {
    let model = model!(
        let e = keras.Input((5, 3));
        let d = keras.Input((None, 3));
        let (_, (h1, c1), (h2, c2)) = e => layers.RNN([layers.LSTMCell(8), layers.LSTMCell(4)], return_state = True);
        let cells = [layers.LSTMCell(8), layers.LSTMCell(4)];
        let y = d => layers.RNN(cells, initial_state = [[h1, c1], [h2, c2]]);
        let [_, h, c] = e => layers.LSTM(4, return_state = True);
        keras.Model([e, d], [y, d => layers.LSTM(4, initial_state = [h, c])])
    );
    assert_eq!(model.count_params(), 2 * (384 + 208) + 2 * 128);
}

/// The names of a nested pattern are those of a flat one, in their order: states that change places give other numbers.
#[test]
fn nested_patterns_are_flat_ones() -> keras_core::Result<()> {
    let nested = model!(
        let e = Input(5, 3);
        let (_, (h1, c1), (h2, c2)) = e => RNN([LSTMCell(2), LSTMCell(2)], return_state = true);
        [h1, c1, h2, c2] => Concatenate()
    );
    let flat = model!(
        let e = Input(5, 3);
        let (_, h1, c1, h2, c2) = e => RNN([LSTMCell(2), LSTMCell(2)], return_state = true);
        [h1, c1, h2, c2] => Concatenate()
    );
    let swapped = model!(
        let e = Input(5, 3);
        let (_, (c1, h1), (h2, c2)) = e => RNN([LSTMCell(2), LSTMCell(2)], return_state = true);
        [h1, c1, h2, c2] => Concatenate()
    );
    let x = ndarray::Array3::from_shape_fn((2, 5, 3), |(i, t, j)| {
        (i as f32 + 1.0) * 0.3 - (t * 3 + j) as f32 * 0.1
    });
    let weights: Vec<_> = nested.weights().into_iter().map(|(_, weight)| weight).collect();
    let (mut flat, mut swapped) = (flat, swapped);
    flat.set_weights(&weights)?;
    swapped.set_weights(&weights)?;
    let found = nested.predict(&x)?.to_vec()?;
    assert_eq!(found, flat.predict(&x)?.to_vec()?);
    assert_ne!(found, swapped.predict(&x)?.to_vec()?);
    Ok(())
}

/// A layer under the name of its module is one layer, however often the parameter or the loop's variable is applied.
#[test]
fn a_layer_that_is_an_argument_is_shared() {
    let twice = model!(
        let twice = |x, layer| { let y = x => layer; y => layer };
        twice(Input(4), layers.Dense(4))
    );
    let rounds = model!(
        let mut x = Input(4);
        for act in [layers.Dense(4)] {
            x = x => act;
            x = x => act;
        }
        x
    );
    assert_eq!(twice.count_params(), 20);
    assert_eq!(rounds.count_params(), 20);
}

/// States of a pattern of which another name is used hide nothing: a warning says that they are not used.
#[allow(unused_variables)]
#[test]
fn states_in_a_loop_may_be_called_as_those_before_it() {
    let model = model!(
        let mut x = Input(5, 3);
        let (_, h, c) = x => LSTM(8, return_state = true);
        for i in 0..2 {
            let (y, h, c) = x => LSTM(8, return_state = true);
            x = y => RepeatVector(5);
        }
        x => LSTM(8, initial_state = [h, c])
    );
    assert_eq!(model.count_params(), 384 + 384 + 544 + 544);
}

/// The blocks of a vision transformer, whose number of patches is a power of what is known.
#[test]
fn powers_and_computed_lists() {
    let model = model!(
        let image_size = 72;
        let patch_size = 6;
        let num_patches = (image_size / patch_size) ** 2;
        let sizes = [2 ** 3, int(2 ** -1 * 8), 3 ** 2 ** 1 - 1];
        let inputs = keras.Input(shape = (image_size, image_size, 3));
        let patches = inputs => layers.Conv2D(16, patch_size, strides = patch_size);
        let mut x = patches => layers.Reshape((num_patches, 16));
        for rate in (1, 2) * 2 {
            x = x => layers.Conv1D(sizes[0], 2, padding = "causal", dilation_rate = rate);
        }
        x => layers.Dense(sizes[1] + sizes[2])
    );
    assert_eq!(model.output_shape().to_string(), "(None, 144, 12)");
    assert_eq!(model.count_params(), 1_744 + 264 + 3 * 136 + 108);
}

/// The discriminator of keras.io's WGAN, whose activations are arguments: `activation(x)` is `x => activation`.
#[test]
fn layers_are_arguments_of_functions() {
    let model = model!(
        let conv_block = |mut x, filters, activation, use_dropout = False| {
            x = x => layers.Conv2D(filters, (5, 5), strides = (2, 2), padding = "same");
            x = x => activation;
            if use_dropout {
                x = x => layers.Dropout(0.3);
            }
            x
        };
        let img_input = layers.Input(shape = (28, 28, 1));
        let x = img_input => layers.ZeroPadding2D((2, 2));
        let x = conv_block(x, 64, activation = layers.LeakyReLU(0.2));
        let x = conv_block(x, 128, activation = layers.LeakyReLU(0.2), use_dropout = True);
        x => layers.Flatten() => layers.Dense(1)
    );
    assert_eq!(model.count_params(), 1_664 + 204_928 + 8_193);
    let summary = model.summary().to_string();
    assert!(summary.contains("leaky_re_lu_1 (LeakyReLU)"), "{summary}");
}

/// The distance of two embeddings, as keras.io has it for siamese networks.
#[test]
fn settings_of_keras_are_numbers() -> keras_core::Result<()> {
    let model = model!(
        let distance = |x, y| ops.sqrt(ops.maximum(ops.sum(ops.square(x - y), axis = 1, keepdims = True), keras.backend.epsilon()));
        let a = keras.Input((2,), dtype = keras.config.floatx());
        let b = keras.Input((2,));
        distance(a, b)
    );
    let (a, b) = (ndarray::array![[0.0f32, 3.0], [1.0, 1.0]], ndarray::array![[4.0f32, 0.0], [1.0, 1.0]]);
    let found = model.predict((&a, &b))?.to_vec()?;
    assert!((found[0] - 5.0).abs() < 1e-6 && (found[1] - 3.162_277_6e-4).abs() < 1e-9, "{found:?}");
    Ok(())
}

/// The generator of TensorFlow's pix2pix, smaller: lists of blocks that functions make, and skips taken in reverse.
#[test]
fn blocks_that_functions_make_stand_in_lists() {
    let model = model!(
        let downsample = |filters, size, apply_batchnorm = True| {
            let result = keras.Sequential();
            result.add(layers.Conv2D(filters, size, strides = 2, padding = "same", use_bias = False));
            if apply_batchnorm {
                result.add(layers.BatchNormalization());
            }
            result.add(layers.LeakyReLU());
            result
        };
        let upsample = |filters, size| {
            let result = keras.Sequential();
            result.add(layers.Conv2DTranspose(filters, size, strides = 2, padding = "same", use_bias = False));
            result.add(layers.BatchNormalization());
            result.add(layers.ReLU());
            result
        };
        let shape = (32, 32);
        let (height, width) = shape;
        let inputs = layers.Input(shape = [height, width, 3]);
        let down_stack = [downsample(64, 4, apply_batchnorm = False), downsample(128, 4), downsample(256, 4)];
        let up_stack = [upsample(128, 4), upsample(64, 4)];
        let last = layers.Conv2DTranspose(3, 4, strides = 2, padding = "same", activation = "tanh");
        let mut x = inputs;
        let mut skips = [];
        for down in down_stack {
            x = x => down;
            skips.append(x);
        }
        let skips = skips[:-1];
        for (up, skip) in zip(up_stack, reversed(skips)) {
            x = x => up;
            x = [x, skip] => layers.Concatenate();
        }
        x => last
    );
    let down = [3_072, 131_072 + 512, 524_288 + 1_024];
    let up = [524_288 + 512, 262_144 + 256];
    assert_eq!(model.count_params(), down.iter().chain(&up).sum::<usize>() + 6_147);
    assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
}

#[test]
fn lists_are_spread_among_arguments() -> keras_core::Result<()> {
    let model = model!(
        let size = (28, 28);
        let units = [8, "relu"];
        let config = {"use_bias": False};
        let inputs = keras.Input(shape = (*size, 3));
        let x = inputs => layers.Flatten() => layers.Dense(*units, **config);
        x => layers.Dense(2 * 3)
    );
    assert_eq!(model.count_params(), 2_352 * 8 + 54);
    // Of inputs of -1 a relu without bias leaves zeros where the sums are negative.
    let hidden = model!(
        let units = [8, "relu"];
        Input(4) => Dense(*units, kernel_initializer = Ones(), use_bias = false)
    );
    let negative = ndarray::array![[-1.0f32, -1.0, -1.0, -1.0]];
    assert_eq!(hidden.predict(&negative)?.to_vec()?, [0.0; 8]);
    let strides = model!(
        let sizes = [(3, 3), (5, 5)];
        Input(9, 9, 1) => Conv2D(8, *sizes[:1])
    );
    assert_eq!(strides.output_shape().to_string(), "(None, 7, 7, 8)");
    Ok(())
}
