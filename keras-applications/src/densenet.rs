//! [DenseNet121, DenseNet169 and DenseNet201](https://keras.io/api/applications/densenet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, torch as preprocess_input};
use crate::pooling::pooled_by_name;

model! {
    /// Any DenseNet: `blocks` says how many dense blocks each of the four stages has.
    ///
    /// ```
    /// use keras_applications::densenet::densenet;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Small { Input(64, 64, 3) => densenet([2, 2, 2, 2], classes = 10) } }
    /// assert_eq!(Small::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn densenet(
        x, blocks, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
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
        let mut x = x
            => ZeroPadding2D(padding = ((3, 3), (3, 3)))
            => Conv2D(64, 7, strides = 2, use_bias = false, name = "conv1_conv")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "conv1_bn")
            => Activation("relu", name = "conv1_relu")
            => ZeroPadding2D(padding = ((1, 1), (1, 1)))
            => MaxPooling2D(3, strides = 2, name = "pool1");
        for (i, count) in blocks.take(3).enumerate() {
            // A transition halves the channels.
            filters = (filters + 32 * count) / 2;
            x = x => dense_block(count, name = "conv{i + 2}") => transition_block(filters, name = "pool{i + 2}");
        }
        let x = x
            => dense_block(blocks[3], name = "conv5")
            => BatchNormalization(axis = 3, epsilon = 1.001e-5, name = "bn")
            => Activation("relu", name = "relu");
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled_by_name(pooling)
        }
    }
}

#[cfg(feature = "densenet121")]
model! {
    /// The layers of DenseNet121 behind images `x`.
    ///
    /// ```
    /// use keras_applications::densenet::densenet121;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => densenet121(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1024)");
    /// ```
    pub fn densenet121(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => densenet([6, 12, 24, 16], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "densenet121")]
model! {
    /// DenseNet121 for 1000 classes and images of 224 x 224: 8,062,504 parameters.
    ///
    /// ```no_run
    /// use keras_applications::DenseNet121;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = DenseNet121::new();
    /// model.load_weights("densenet121_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct DenseNet121 { Input(224, 224, 3) => densenet121() }
}

#[cfg(feature = "densenet169")]
model! {
    /// The layers of DenseNet169 behind images `x`.
    ///
    /// ```
    /// use keras_applications::densenet::densenet169;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => densenet169(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1664)");
    /// ```
    pub fn densenet169(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => densenet([6, 12, 32, 32], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "densenet169")]
model! {
    /// DenseNet169 for 1000 classes and images of 224 x 224: 14,307,880 parameters.
    ///
    /// ```no_run
    /// use keras_applications::DenseNet169;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = DenseNet169::new();
    /// model.load_weights("densenet169_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct DenseNet169 { Input(224, 224, 3) => densenet169() }
}

#[cfg(feature = "densenet201")]
model! {
    /// The layers of DenseNet201 behind images `x`.
    ///
    /// ```
    /// use keras_applications::densenet::densenet201;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => densenet201(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1920)");
    /// ```
    pub fn densenet201(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => densenet([6, 12, 48, 32], include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "densenet201")]
model! {
    /// DenseNet201 for 1000 classes and images of 224 x 224: 20,242,984 parameters.
    ///
    /// ```no_run
    /// use keras_applications::DenseNet201;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = DenseNet201::new();
    /// model.load_weights("densenet201_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct DenseNet201 { Input(224, 224, 3) => densenet201() }
}
