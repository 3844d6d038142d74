//! [ResNet50V2, ResNet101V2 and ResNet152V2](https://keras.io/api/applications/resnet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::pooling::pooled_by_name;

model! {
    /// Any ResNet of the second version, which normalises before its convolutions: `blocks` says how many residual
    /// blocks each of the four stages has.
    ///
    /// ```
    /// use keras_applications::resnet_v2::resnet_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct ResNet26V2 { Input(64, 64, 3) => resnet_v2([2, 2, 2, 2], classes = 10) } }
    /// assert_eq!(ResNet26V2::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn resnet_v2(
        x, blocks, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let residual_block_v2 = |x, filters, kernel_size = 3, stride = 1, conv_shortcut = false, name = None| {
            let preact = x
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_preact_bn")
                => Activation("relu", name = "{name}_preact_relu");
            let shortcut = if conv_shortcut {
                preact => Conv2D(4 * filters, 1, strides = stride, name = "{name}_0_conv")
            } else if stride > 1 {
                x => MaxPooling2D(1, strides = stride)
            } else {
                x
            };
            let x = preact
                => Conv2D(filters, 1, strides = 1, use_bias = false, name = "{name}_1_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_1_bn")
                => Activation("relu", name = "{name}_1_relu")
                => ZeroPadding2D(padding = ((1, 1), (1, 1)), name = "{name}_2_pad")
                => Conv2D(filters, kernel_size, strides = stride, use_bias = false, name = "{name}_2_conv")
                => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "{name}_2_bn")
                => Activation("relu", name = "{name}_2_relu")
                => Conv2D(4 * filters, 1, name = "{name}_3_conv");
            [shortcut, x] => Add(name = "{name}_out")
        };
        let stack_residual_blocks_v2 = |x, filters, blocks, stride1 = 2, name = None| {
            let mut x = x => residual_block_v2(filters, conv_shortcut = true, name = "{name}_block1");
            for i in 2..blocks {
                x = x => residual_block_v2(filters, name = "{name}_block{i}");
            }
            x => residual_block_v2(filters, stride = stride1, name = "{name}_block{blocks}")
        };
        let x = x
            => ZeroPadding2D(padding = ((3, 3), (3, 3)), name = "conv1_pad")
            => Conv2D(64, 7, strides = 2, name = "conv1_conv")
            => ZeroPadding2D(padding = ((1, 1), (1, 1)), name = "pool1_pad")
            => MaxPooling2D(3, strides = 2, name = "pool1_pool")
            => stack_residual_blocks_v2(64, blocks[0], name = "conv2")
            => stack_residual_blocks_v2(128, blocks[1], name = "conv3")
            => stack_residual_blocks_v2(256, blocks[2], name = "conv4")
            => stack_residual_blocks_v2(512, blocks[3], stride1 = 1, name = "conv5")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "post_bn")
            => Activation("relu", name = "post_relu");
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled_by_name(pooling)
        }
    }
}

#[cfg(feature = "resnet50_v2")]
model! {
    /// The layers of ResNet50V2 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet_v2::resnet50_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet50_v2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet50_v2(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet_v2([3, 4, 6, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet50_v2")]
model! {
    /// ResNet50V2 for 1000 classes and images of 224 x 224: 25,613,800 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet50V2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet50V2::new();
    /// model.load_weights("resnet50v2_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet50V2 { Input(224, 224, 3) => resnet50_v2() }
}

#[cfg(feature = "resnet101_v2")]
model! {
    /// The layers of ResNet101V2 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet_v2::resnet101_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet101_v2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet101_v2(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet_v2([3, 4, 23, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet101_v2")]
model! {
    /// ResNet101V2 for 1000 classes and images of 224 x 224: 44,675,560 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet101V2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet101V2::new();
    /// model.load_weights("resnet101v2_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet101V2 { Input(224, 224, 3) => resnet101_v2() }
}

#[cfg(feature = "resnet152_v2")]
model! {
    /// The layers of ResNet152V2 behind images `x`.
    ///
    /// ```
    /// use keras_applications::resnet_v2::resnet152_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => resnet152_v2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn resnet152_v2(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => resnet_v2([3, 8, 36, 3], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "resnet152_v2")]
model! {
    /// ResNet152V2 for 1000 classes and images of 224 x 224: 60,380,648 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ResNet152V2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ResNet152V2::new();
    /// model.load_weights("resnet152v2_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ResNet152V2 { Input(224, 224, 3) => resnet152_v2() }
}
