//! [Xception](https://keras.io/api/applications/xception/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::pooling::pooled;

model! {
    /// The layers of Xception behind images `x` of at least 71 x 71 pixels.
    ///
    /// ```
    /// use keras_applications::xception::xception;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(71, 71, 3) => xception(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn xception(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        let sepconv = |x, filters, name| {
            x => SeparableConv2D(filters, (3, 3), padding = "same", use_bias = false, name = name)
                => BatchNormalization(axis = -1, name = "{name}_bn")
        };
        let residual_of = |x, filters| {
            x => Conv2D(filters, (1, 1), strides = (2, 2), padding = "same", use_bias = false)
                => BatchNormalization(axis = -1)
        };
        let mut x = x
            => Conv2D(32, (3, 3), strides = (2, 2), use_bias = false, name = "block1_conv1")
            => BatchNormalization(axis = -1, name = "block1_conv1_bn")
            => Activation("relu", name = "block1_conv1_act")
            => Conv2D(64, (3, 3), use_bias = false, name = "block1_conv2")
            => BatchNormalization(axis = -1, name = "block1_conv2_bn")
            => Activation("relu", name = "block1_conv2_act");
        for (block, filters) in [(2, 128), (3, 256), (4, 728)] {
            let residual = x => residual_of(filters);
            if block > 2 {
                x = x => Activation("relu", name = "block{block}_sepconv1_act");
            }
            x = x => sepconv(filters, name = "block{block}_sepconv1")
                => Activation("relu", name = "block{block}_sepconv2_act")
                => sepconv(filters, name = "block{block}_sepconv2")
                => MaxPooling2D((3, 3), strides = (2, 2), padding = "same", name = "block{block}_pool");
            x = [x, residual] => Add();
        }
        for block in 5..13 {
            let residual = x;
            for i in 1..4 {
                x = x => Activation("relu", name = "block{block}_sepconv{i}_act")
                    => sepconv(728, name = "block{block}_sepconv{i}");
            }
            x = [x, residual] => Add();
        }
        let residual = x => residual_of(1024);
        x = x => Activation("relu", name = "block13_sepconv1_act")
            => sepconv(728, name = "block13_sepconv1")
            => Activation("relu", name = "block13_sepconv2_act")
            => sepconv(1024, name = "block13_sepconv2")
            => MaxPooling2D((3, 3), strides = (2, 2), padding = "same", name = "block13_pool");
        x = [x, residual] => Add();
        for (i, filters) in [(1, 1536), (2, 2048)] {
            x = x => sepconv(filters, name = "block14_sepconv{i}")
                => Activation("relu", name = "block14_sepconv{i}_act");
        }
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// Xception for 1000 classes and images of 299 x 299: 22,910,480 parameters.
    ///
    /// ```no_run
    /// use keras_applications::Xception;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = Xception::new();
    /// model.load_weights("xception_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct Xception { Input(299, 299, 3) => xception() }
}
