//! [MobileNet](https://keras.io/api/applications/mobilenet/#mobilenet-function).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::pooling::pooled;

model! {
    /// The layers of MobileNet behind images `x` of at least 32 x 32 pixels. `alpha` makes all of them wider or narrower,
    /// `depth_multiplier` is that of the depthwise convolutions, `dropout` what is dropped in front of the classes.
    ///
    /// ```
    /// use keras_applications::mobilenet::mobilenet;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Half { Input(96, 96, 3) => mobilenet(alpha = 0.5, classes = 10) } }
    /// assert_eq!(Half::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn mobilenet(
        x, alpha = 1.0, depth_multiplier = 1, dropout = 1e-3, include_top = true, pooling = None, classes = 1000,
        classifier_activation = "softmax"
    ) {
        let conv_block = |x, filters, strides| {
            x => Conv2D(
                int(filters * alpha), (3, 3), padding = "same", use_bias = false, strides = strides, name = "conv1"
            )
                => BatchNormalization(axis = -1, name = "conv1_bn")
                => ReLU(6.0, name = "conv1_relu")
        };
        let depthwise_conv_block = |x, pointwise_conv_filters, strides, block_id| {
            let x = if strides == 1 {
                x
            } else {
                x => ZeroPadding2D(((0, 1), (0, 1)), name = "conv_pad_{block_id}")
            };
            x => DepthwiseConv2D(
                (3, 3),
                padding = if strides == 1 { "same" } else { "valid" },
                depth_multiplier = depth_multiplier,
                strides = strides,
                use_bias = false,
                name = "conv_dw_{block_id}"
            )
                => BatchNormalization(axis = -1, name = "conv_dw_{block_id}_bn")
                => ReLU(6.0, name = "conv_dw_{block_id}_relu")
                => Conv2D(
                    int(pointwise_conv_filters * alpha), (1, 1), padding = "same", use_bias = false,
                    name = "conv_pw_{block_id}"
                )
                => BatchNormalization(axis = -1, name = "conv_pw_{block_id}_bn")
                => ReLU(6.0, name = "conv_pw_{block_id}_relu")
        };
        let mut x = x => conv_block(32, strides = 2);
        let blocks = [
            (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
            (1024, 2), (1024, 1)
        ];
        for (i, (filters, strides)) in blocks.enumerate() {
            x = x => depthwise_conv_block(filters, strides, block_id = i + 1);
        }
        if include_top {
            x => GlobalAveragePooling2D(keepdims = true)
                => Dropout(dropout, name = "dropout")
                => Conv2D(classes, (1, 1), padding = "same", name = "conv_preds")
                => Reshape((classes,), name = "reshape_2")
                => Activation(classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// MobileNet for 1000 classes and images of 224 x 224: 4,253,864 parameters.
    ///
    /// ```no_run
    /// use keras_applications::MobileNet;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = MobileNet::new();
    /// model.load_weights("mobilenet_1_0_224_tf.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct MobileNet {
        // A chain that binds no tensor would be a `Sequential`, which Keras's is not.
        let image = Input(224, 224, 3);
        image => mobilenet()
    }
}
