//! Transfer learning as Keras's guides write it, with the models that Python's functions make: counts are those of Keras 3.15.

use keras_core::prelude::*;

macro_rules! of_mobilenet {
    ($($more:tt)*) => {
        model!(
            let base = keras.applications.MobileNetV2(
                include_top = False, weights = None, input_shape = (32, 32, 3), alpha = 0.35
            );
            $($more)*
        )
    };
}

/// The parameters that are trained, and the rows of the summary, of which Keras has one for an input.
fn check(model: &impl Model, params: usize, trained: usize, layers: usize) {
    assert_eq!(model.count_params(), params);
    let weights = model.layers().into_iter().filter(|layer| layer.trainable());
    let weights = weights.flat_map(|layer| layer.params()).filter(|param| param.trainable);
    assert_eq!(weights.map(|param| param.value().shape().iter().product::<usize>()).sum::<usize>(), trained);
    assert_eq!(model.layers().len() + 1, layers);
}

#[test]
fn a_head_on_a_base_whose_last_layers_are_trained() {
    let model = of_mobilenet!(
        for layer in base.layers[:-4] {
            layer.trainable = False;
        }
        let x = base.output;
        let x = x => layers.GlobalAveragePooling2D();
        let y = x => layers.Dense(3, activation = "softmax");
        let model = keras.Model(base.input, y);
    );
    check(&model, 414_051, 149_987, 156);
}

#[test]
fn a_head_on_features_from_the_middle() {
    let model = of_mobilenet!(
        let x = base.get_layer("block_6_expand_relu").output;
        keras.Model(base.input, x => layers.GlobalAveragePooling2D() => layers.Dense(3))
    );
    check(&model, 17_875, 16_131, 59);
}

#[test]
fn a_frozen_base_is_one_layer() {
    let model = of_mobilenet!(
        base.trainable = False;
        let inputs = keras.Input((32, 32, 3));
        let x = inputs => base(training = False) => layers.GlobalAveragePooling2D();
        let outputs = x => layers.Dense(1);
        let model = keras.Model(inputs, outputs);
    );
    let wanted = "\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                             ┃ Output Shape                  ┃           Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
│ input_layer_1 (InputLayer)               │ (None, 32, 32, 3)             │                 0 │
├──────────────────────────────────────────┼───────────────────────────────┼───────────────────┤
│ mobilenetv2_0.35_32 (Functional)         │ (None, 1, 1, 1280)            │           410,208 │
├──────────────────────────────────────────┼───────────────────────────────┼───────────────────┤
│ global_average_pooling2d                 │ (None, 1280)                  │                 0 │
│ (GlobalAveragePooling2D)                 │                               │                   │
├──────────────────────────────────────────┼───────────────────────────────┼───────────────────┤
│ dense (Dense)                            │ (None, 1)                     │             1,281 │
└──────────────────────────────────────────┴───────────────────────────────┴───────────────────┘
 Total params: 411,489 (1.57 MB)
 Trainable params: 1,281 (5.00 KB)
 Non-trainable params: 410,208 (1.56 MB)
";
    let found = model.summary().line_length(96).to_string();
    assert_eq!(found.split_once('\n').unwrap().1.trim_end(), wanted.trim_end());
}

#[test]
fn layers_are_chosen_by_class_and_name() {
    let model = of_mobilenet!(
        for layer in base.layers {
            if isinstance(layer, layers.BatchNormalization) {
                layer.trainable = False;
            }
        }
        keras.Model(base.input, base.output)
    );
    check(&model, 410_208, 382_048, 154);
    let model = of_mobilenet!(
        for layer in base.layers {
            layer.trainable = not isinstance(layer, layers.BatchNormalization);
        }
        keras.Model(base.input, [layer.output for layer in base.layers if "project_BN" in layer.name])
    );
    assert_eq!(model.output_shapes().len(), 17);
    check(&model, 261_728, 238_688, 151);
}
