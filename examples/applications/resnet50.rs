//! [ResNet50](https://keras.io/api/applications/resnet/#resnet50-function), as keras.applications writes it.

use keras_core::prelude::*;

model! {
    /// ResNet50 for 1000 classes, with the layer names of keras.applications.
    pub struct ResNet50 {
        let residual_block_v1 = |x, filters, kernel_size = 3, stride = 1, conv_shortcut = true, name = None| {
            let shortcut = if conv_shortcut {
                x => Conv2D(4 * filters, 1, strides = stride, name = "{name}_0_conv")
                    => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_0_bn")
            } else {
                x
            };
            let x = x
                => Conv2D(filters, 1, strides = stride, name = "{name}_1_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_1_bn")
                => Activation("relu", name = "{name}_1_relu")
                => Conv2D(filters, kernel_size, padding = "SAME", name = "{name}_2_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_2_bn")
                => Activation("relu", name = "{name}_2_relu")
                => Conv2D(4 * filters, 1, name = "{name}_3_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_3_bn");
            [shortcut, x] => Add(name = "{name}_add") => Activation("relu", name = "{name}_out")
        };
        let stack_residual_blocks_v1 = |x, filters, blocks, stride1 = 2, name = None| {
            let mut x = x => residual_block_v1(filters, stride = stride1, name = "{name}_block1");
            for i in 2..=blocks {
                x = x => residual_block_v1(filters, conv_shortcut = false, name = "{name}_block{i}");
            }
            x
        };
        Input(224, 224, 3)
            => ZeroPadding2D(padding = ((3, 3), (3, 3)), name = "conv1_pad")
            => Conv2D(64, 7, strides = 2, name = "conv1_conv")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "conv1_bn")
            => Activation("relu", name = "conv1_relu")
            => ZeroPadding2D(padding = ((1, 1), (1, 1)), name = "pool1_pad")
            => MaxPooling2D(3, strides = 2, name = "pool1_pool")
            => stack_residual_blocks_v1(64, 3, stride1 = 1, name = "conv2")
            => stack_residual_blocks_v1(128, 4, name = "conv3")
            => stack_residual_blocks_v1(256, 6, name = "conv4")
            => stack_residual_blocks_v1(512, 3, name = "conv5")
            => GlobalAveragePooling2D(name = "avg_pool")
            => Dense(1000, activation = "softmax", name = "predictions")
    }
}
