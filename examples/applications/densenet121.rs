//! [DenseNet121](https://keras.io/api/applications/densenet/#densenet121-function), as keras.applications writes it.

use keras_core::prelude::*;

model! {
    /// DenseNet121 for 1000 classes, with the layer names of keras.applications.
    pub struct DenseNet121 {
        let conv_block = |x, growth_rate, name| {
            let x1 = x
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_0_bn")
                => Activation("relu", name = "{name}_0_relu")
                => Conv2D(4 * growth_rate, 1, use_bias = false, name = "{name}_1_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_1_bn")
                => Activation("relu", name = "{name}_1_relu")
                => Conv2D(growth_rate, 3, padding = "same", use_bias = false, name = "{name}_2_conv");
            [x, x1] => Concatenate(axis = 3, name = "{name}_concat")
        };
        let dense_block = |x, blocks, name| {
            let mut x = x;
            for i in 0..blocks {
                x = x => conv_block(32, name = "{name}_block{i + 1}");
            }
            x
        };
        let transition_block = |x, filters, name| {
            x => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_bn")
                => Activation("relu", name = "{name}_relu")
                => Conv2D(filters, 1, use_bias = false, name = "{name}_conv")
                => AveragePooling2D(2, strides = 2, name = "{name}_pool")
        };
        let mut filters = 64;
        let mut x = Input(224, 224, 3)
            => ZeroPadding2D(padding = ((3, 3), (3, 3)))
            => Conv2D(64, 7, strides = 2, use_bias = false, name = "conv1_conv")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "conv1_bn")
            => Activation("relu", name = "conv1_relu")
            => ZeroPadding2D(padding = ((1, 1), (1, 1)))
            => MaxPooling2D(3, strides = 2, name = "pool1");
        for (i, blocks) in [6, 12, 24].enumerate() {
            filters = (filters + 32 * blocks) / 2;
            x = x => dense_block(blocks, name = "conv{i + 2}") => transition_block(filters, name = "pool{i + 2}");
        }
        x => dense_block(16, name = "conv5")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "bn")
            => Activation("relu", name = "relu")
            => GlobalAveragePooling2D(name = "avg_pool")
            => Dense(1000, activation = "softmax", name = "predictions")
    }
}
