//! [MobileNetV2](https://keras.io/api/applications/mobilenet/#mobilenetv2-function).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::padding::correct_pad;
use crate::pooling::pooled;

model! {
    /// The layers of MobileNetV2 behind images `x` of at least 32 x 32 pixels. `alpha` makes all of them wider or narrower.
    ///
    /// ```
    /// use keras_applications::mobilenet_v2::mobilenet_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Narrow { Input(96, 96, 3) => mobilenet_v2(alpha = 0.35, include_top = false, pooling = "avg") } }
    /// assert_eq!(Narrow::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn mobilenet_v2(
        x, alpha = 1.0, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let make_divisible = |v| {
            let mut n = max(8, ((v + 4) / 8).floor() * 8);
            if n < 0.9 * v { n += 8; }
            n
        };
        let inverted_res_block = |x, filters, stride, expansion, block_id| {
            let inputs = x;
            let in_channels = inputs.shape[-1];
            let pointwise_filters = make_divisible(int(filters * alpha));
            let prefix = if block_id > 0 { "block_{block_id}_" } else { "expanded_conv_" };
            let mut x = inputs;
            if block_id > 0 {
                x = x => Conv2D(
                    expansion * in_channels, kernel_size = 1, padding = "same", use_bias = false, activation = None,
                    name = "{prefix}expand"
                )
                    => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}expand_BN")
                    => ReLU(6.0, name = "{prefix}expand_relu");
            }
            if stride == 2 {
                x = x => correct_pad(3, name = "{prefix}pad");
            }
            x = x => DepthwiseConv2D(
                kernel_size = 3, strides = stride, activation = None, use_bias = false,
                padding = if stride == 1 { "same" } else { "valid" },
                name = "{prefix}depthwise"
            )
                => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}depthwise_BN")
                => ReLU(6.0, name = "{prefix}depthwise_relu")
                => Conv2D(
                    pointwise_filters, kernel_size = 1, padding = "same", use_bias = false, activation = None,
                    name = "{prefix}project"
                )
                => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}project_BN");
            if in_channels == pointwise_filters && stride == 1 {
                [inputs, x] => Add(name = "{prefix}add")
            } else {
                x
            }
        };
        let mut x = x
            => Conv2D(
                make_divisible(32 * alpha), kernel_size = 3, strides = (2, 2), padding = "same", use_bias = false,
                name = "Conv1"
            )
            => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "bn_Conv1")
            => ReLU(6.0, name = "Conv1_relu");
        let blocks = [
            (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6), (32, 1, 6), (64, 2, 6), (64, 1, 6), (64, 1, 6),
            (64, 1, 6), (96, 1, 6), (96, 1, 6), (96, 1, 6), (160, 2, 6), (160, 1, 6), (160, 1, 6), (320, 1, 6)
        ];
        for (block_id, (filters, stride, expansion)) in blocks.enumerate() {
            x = x => inverted_res_block(filters, stride, expansion, block_id);
        }
        let last_block_filters = if alpha > 1.0 { make_divisible(1280 * alpha) } else { 1280 };
        let x = x
            => Conv2D(last_block_filters, kernel_size = 1, use_bias = false, name = "Conv_1")
            => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "Conv_1_bn")
            => ReLU(6.0, name = "out_relu");
        if include_top {
            x => GlobalAveragePooling2D() => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// MobileNetV2 for 1000 classes and images of 224 x 224: 3,538,984 parameters.
    ///
    /// ```no_run
    /// use keras_applications::MobileNetV2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = MobileNetV2::new();
    /// model.load_weights("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct MobileNetV2 { Input(224, 224, 3) => mobilenet_v2() }
}
