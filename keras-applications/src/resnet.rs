//! [ResNet50, ResNet101 and ResNet152](https://keras.io/api/applications/resnet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{caffe as preprocess_input, decode_predictions};
use crate::pooling::pooled_by_name;

model! {
    /// Any ResNet of the first version: `blocks` says how many residual blocks each of the four stages has.
    ///
    /// ```
    /// use keras_applications::resnet::resnet;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct ResNet14 { Input(64, 64, 3) => resnet([1, 1, 1, 1], classes = 10) } }
    /// assert_eq!(ResNet14::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn resnet(
        x, blocks, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
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
        let x = x
            => ZeroPadding2D(padding = ((3, 3), (3, 3)), name = "conv1_pad")
            => Conv2D(64, 7, strides = 2, name = "conv1_conv")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "conv1_bn")
            => Activation("relu", name = "conv1_relu")
            => ZeroPadding2D(padding = ((1, 1), (1, 1)), name = "pool1_pad")
            => MaxPooling2D(3, strides = 2, name = "pool1_pool")
            => stack_residual_blocks_v1(64, blocks[0], stride1 = 1, name = "conv2")
            => stack_residual_blocks_v1(128, blocks[1], name = "conv3")
            => stack_residual_blocks_v1(256, blocks[2], name = "conv4")
            => stack_residual_blocks_v1(512, blocks[3], name = "conv5");
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled_by_name(pooling)
        }
    }
}

#[cfg(feature = "resnet50")]
model! {
    /// The layers of ResNet50 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet::resnet50;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet50(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet50(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet([3, 4, 6, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet50")]
model! {
    /// ResNet50 for 1000 classes and images of 224 x 224: 25,636,712 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet50;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet50::new();
    /// model.load_weights("resnet50_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet50 { Input(224, 224, 3) => resnet50() }
}

#[cfg(feature = "resnet101")]
model! {
    /// The layers of ResNet101 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet::resnet101;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet101(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet101(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet([3, 4, 23, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet101")]
model! {
    /// ResNet101 for 1000 classes and images of 224 x 224: 44,707,176 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet101;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet101::new();
    /// model.load_weights("resnet101_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet101 { Input(224, 224, 3) => resnet101() }
}

#[cfg(feature = "resnet152")]
model! {
    /// The layers of ResNet152 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet::resnet152;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet152(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet152(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet([3, 8, 36, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet152")]
model! {
    /// ResNet152 for 1000 classes and images of 224 x 224: 60,419,944 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet152;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet152::new();
    /// model.load_weights("resnet152_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet152 { Input(224, 224, 3) => resnet152() }
}
