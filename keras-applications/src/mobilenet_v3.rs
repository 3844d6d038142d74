//! [MobileNetV3Small and MobileNetV3Large](https://keras.io/api/applications/mobilenet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, unchanged as preprocess_input};
use crate::padding::correct_pad;
use crate::pooling::pooled_by_name;

model! {
    /// Any MobileNetV3: of each of the `blocks` the expansion, the filters at `alpha = 1`, the size of the kernel, the
    /// stride, whether it has a squeeze and excitation, and whether its activation is `hard_swish`.
    fn mobilenet_v3(
        x, blocks, last_point_ch, alpha, minimalistic, include_top, pooling, classes, dropout_rate,
        classifier_activation, include_preprocessing
    ) {
        let depth = |v| {
            let mut n = max(8, ((v + 4) / 8).floor() * 8);
            if n < 0.9 * v { n += 8; }
            n
        };
        let activation = |x, hard_swish| {
            if hard_swish && !minimalistic { x => Activation("hard_swish") } else { x => ReLU() }
        };
        let se_block = |x, filters, prefix| {
            let y = x
                => GlobalAveragePooling2D(keepdims = true, name = "{prefix}squeeze_excite_avg_pool")
                => Conv2D(depth(filters * 0.25), kernel_size = 1, padding = "same", name = "{prefix}squeeze_excite_conv")
                => ReLU(name = "{prefix}squeeze_excite_relu")
                => Conv2D(filters, kernel_size = 1, padding = "same", name = "{prefix}squeeze_excite_conv_1");
            // The hard sigmoid of the paper, in operations.
            let y = y + 3.0;
            let y = y => ReLU(6.0);
            let y = y * (1.0 / 6.0);
            [x, y] => Multiply(name = "{prefix}squeeze_excite_mul")
        };
        let inverted_res_block = |x, expansion, filters, kernel_size, stride, se, hard_swish, block_id| {
            let shortcut = x;
            let infilters = shortcut.shape[-1];
            let prefix = if block_id > 0 { "expanded_conv_{block_id}_" } else { "expanded_conv_" };
            let mut x = shortcut;
            if block_id > 0 {
                x = x => Conv2D(
                    depth(infilters * expansion), kernel_size = 1, padding = "same", use_bias = false,
                    name = "{prefix}expand"
                )
                    => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}expand_bn")
                    => activation(hard_swish);
            }
            if stride == 2 {
                x = x => correct_pad(kernel_size, name = "{prefix}depthwise_pad");
            }
            x = x => DepthwiseConv2D(
                kernel_size, strides = stride, padding = if stride == 1 { "same" } else { "valid" }, use_bias = false,
                name = "{prefix}depthwise"
            )
                => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}depthwise_bn")
                => activation(hard_swish);
            if se && !minimalistic {
                x = x => se_block(depth(infilters * expansion), prefix);
            }
            x = x => Conv2D(filters, kernel_size = 1, padding = "same", use_bias = false, name = "{prefix}project")
                => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "{prefix}project_bn");
            if stride == 1 && infilters == filters {
                [shortcut, x] => Add(name = "{prefix}add")
            } else {
                x
            }
        };
        let mut x = if include_preprocessing { x => Rescaling(scale = 1.0 / 127.5, offset = -1.0) } else { x };
        x = x => Conv2D(16, kernel_size = 3, strides = (2, 2), padding = "same", use_bias = false, name = "conv")
            => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "conv_bn")
            => activation(true);
        for (block_id, (expansion, filters, kernel, stride, se, hard_swish)) in blocks.enumerate() {
            let kernel_size = if minimalistic { 3 } else { kernel };
            x = x => inverted_res_block(
                expansion, depth(filters * alpha), kernel_size, stride, se, hard_swish, block_id
            );
        }
        let last_conv_ch = depth(x.shape[-1] * 6);
        let last_point_ch = if alpha > 1.0 { depth(last_point_ch * alpha) } else { last_point_ch };
        let mut x = x
            => Conv2D(last_conv_ch, kernel_size = 1, padding = "same", use_bias = false, name = "conv_1")
            => BatchNormalization(axis = -1, epsilon = 1e-3, momentum = 0.999, name = "conv_1_bn")
            => activation(true);
        if include_top {
            x = x => GlobalAveragePooling2D(keepdims = true)
                => Conv2D(last_point_ch, kernel_size = 1, padding = "same", use_bias = true, name = "conv_2")
                => activation(true);
            if dropout_rate > 0 { x = x => Dropout(dropout_rate); }
            x => Conv2D(classes, kernel_size = 1, padding = "same", name = "logits")
                => Flatten()
                => Activation(classifier_activation, name = "predictions")
        } else {
            x => pooled_by_name(pooling)
        }
    }
}

#[cfg(feature = "mobilenet_v3_small")]
model! {
    /// The layers of MobileNetV3Small behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false. `alpha` makes all of them wider or narrower; with `minimalistic` there are neither
    /// squeeze and excitation nor `hard_swish` nor kernels of 5 x 5.
    ///
    /// ```
    /// use keras_applications::mobilenet_v3::mobilenet_v3_small;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Narrow { Input(None, None, 3) => mobilenet_v3_small(alpha = 0.75, classes = 10) } }
    /// assert_eq!(Narrow::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn mobilenet_v3_small(
        x, alpha = 1.0, minimalistic = false, include_top = true, pooling = None, classes = 1000, dropout_rate = 0.2,
        classifier_activation = "softmax", include_preprocessing = true
    ) {
        let blocks = [
            (1, 16, 3, 2, true, false),
            (72 / 16, 24, 3, 2, false, false),
            (88 / 24, 24, 3, 1, false, false),
            (4, 40, 5, 2, true, true),
            (6, 40, 5, 1, true, true),
            (6, 40, 5, 1, true, true),
            (3, 48, 5, 1, true, true),
            (3, 48, 5, 1, true, true),
            (6, 96, 5, 2, true, true),
            (6, 96, 5, 1, true, true),
            (6, 96, 5, 1, true, true)
        ];
        x => mobilenet_v3(
            blocks, 1024, alpha, minimalistic, include_top, pooling, classes, dropout_rate, classifier_activation,
            include_preprocessing
        )
    }
}

#[cfg(feature = "mobilenet_v3_small")]
model! {
    /// MobileNetV3Small for 1000 classes and images of any size of at least 32 x 32: 2,554,968 parameters.
    ///
    /// ```no_run
    /// use keras_applications::MobileNetV3Small;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = MobileNetV3Small::new();
    /// model.load_weights("weights_mobilenet_v3_small_224_1.0_float.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct MobileNetV3Small { Input(None, None, 3) => mobilenet_v3_small() }
}

#[cfg(feature = "mobilenet_v3_large")]
model! {
    /// The layers of MobileNetV3Large behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false. `alpha` makes all of them wider or narrower; with `minimalistic` there are neither
    /// squeeze and excitation nor `hard_swish` nor kernels of 5 x 5.
    ///
    /// ```
    /// use keras_applications::mobilenet_v3::mobilenet_v3_large;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Narrow { Input(None, None, 3) => mobilenet_v3_large(alpha = 0.75, classes = 10) } }
    /// assert_eq!(Narrow::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn mobilenet_v3_large(
        x, alpha = 1.0, minimalistic = false, include_top = true, pooling = None, classes = 1000, dropout_rate = 0.2,
        classifier_activation = "softmax", include_preprocessing = true
    ) {
        let blocks = [
            (1, 16, 3, 1, false, false),
            (4, 24, 3, 2, false, false),
            (3, 24, 3, 1, false, false),
            (3, 40, 5, 2, true, false),
            (3, 40, 5, 1, true, false),
            (3, 40, 5, 1, true, false),
            (6, 80, 3, 2, false, true),
            (2.5, 80, 3, 1, false, true),
            (2.3, 80, 3, 1, false, true),
            (2.3, 80, 3, 1, false, true),
            (6, 112, 3, 1, true, true),
            (6, 112, 3, 1, true, true),
            (6, 160, 5, 2, true, true),
            (6, 160, 5, 1, true, true),
            (6, 160, 5, 1, true, true)
        ];
        x => mobilenet_v3(
            blocks, 1280, alpha, minimalistic, include_top, pooling, classes, dropout_rate, classifier_activation,
            include_preprocessing
        )
    }
}

#[cfg(feature = "mobilenet_v3_large")]
model! {
    /// MobileNetV3Large for 1000 classes and images of any size of at least 32 x 32: 5,507,432 parameters.
    ///
    /// ```no_run
    /// use keras_applications::MobileNetV3Large;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = MobileNetV3Large::new();
    /// model.load_weights("weights_mobilenet_v3_large_224_1.0_float.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct MobileNetV3Large { Input(None, None, 3) => mobilenet_v3_large() }
}
