//! [EfficientNetV2B0 to B3, S, M and L](https://keras.io/api/applications/efficientnet_v2/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, unchanged as preprocess_input};
use crate::pooling::pooled_by_name;

model! {
    /// Squeeze and excitation: each channel times a number that follows from the means of all channels.
    fn squeeze_and_excite(x, filters, filters_se, name) {
        let se = x
            => GlobalAveragePooling2D(name = "{name}se_squeeze")
            => Reshape((1, 1, filters), name = "{name}se_reshape")
            => Conv2D(
                filters_se, 1, padding = "same", activation = "swish",
                kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                name = "{name}se_reduce"
            )
            => Conv2D(
                filters, 1, padding = "same", activation = "sigmoid",
                kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                name = "{name}se_expand"
            );
        [x, se] => Multiply(name = "{name}se_excite")
    }
}

model! {
    /// A convolution with Keras's initializer for these models, and a normalisation.
    fn conv_bn(x, filters, kernel_size, strides, conv_name, bn_name) {
        x => Conv2D(
            filters, kernel_size = kernel_size, strides = strides, padding = "same", use_bias = false,
            kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
            name = conv_name
        )
            => BatchNormalization(axis = 3, momentum = 0.9, name = bn_name)
    }
}

model! {
    /// Any EfficientNetV2: `width_coefficient` times the filters, `depth_coefficient` times the blocks of `stages`, each of
    /// which says its repeats, filters in and out, expansion, strides, whether its convolutions are fused, and whether it has
    /// a squeeze and excitation. `scaling` says how pixels from 0 to 255 are scaled: `"imagenet"`, `"half"` or `None`.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! {
    ///     struct Small {
    ///         Input(32, 32, 3) => efficientnet_v2(
    ///             [(1, 16, 8, 1, 1, true, false), (2, 8, 16, 4, 2, false, true)], 1.0, 1.0, None, classes = 10
    ///         )
    ///     }
    /// }
    /// assert_eq!(Small::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn efficientnet_v2(
        x, stages, width_coefficient, depth_coefficient, scaling, dropout_rate = 0.2, drop_connect_rate = 0.2,
        include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let round_filters = |filters| max(8, ((filters * width_coefficient + 4) / 8).floor() * 8);
        let round_repeats = |repeats| (depth_coefficient * repeats).ceil();
        let block = |x, drop_rate, name, filters_in, filters_out, strides, expand_ratio, fused, se| {
            let inputs = x;
            let filters = filters_in * expand_ratio;
            let filters_se = max(1, int(filters_in * 0.25));
            let mut x = inputs;
            if expand_ratio != 1 {
                x = x => conv_bn(
                    filters, if fused { 3 } else { 1 }, if fused { strides } else { 1 }, "{name}expand_conv",
                    "{name}expand_bn"
                )
                    => Activation("swish", name = "{name}expand_activation");
            }
            if !fused {
                x = x => DepthwiseConv2D(
                    kernel_size = 3, strides = strides, padding = "same", use_bias = false,
                    depthwise_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                    name = "{name}dwconv2"
                )
                    => BatchNormalization(axis = 3, momentum = 0.9, name = "{name}bn")
                    => Activation("swish", name = "{name}activation");
            }
            if se {
                x = x => squeeze_and_excite(filters, filters_se, name);
            }
            let is_only = fused && expand_ratio == 1;
            x = x => conv_bn(
                filters_out, if is_only { 3 } else { 1 }, if is_only { strides } else { 1 }, "{name}project_conv",
                "{name}project_bn"
            );
            if is_only {
                x = x => Activation("swish", name = "{name}project_activation");
            }
            if strides == 1 && filters_in == filters_out {
                if drop_rate > 0 {
                    x = x => Dropout(drop_rate, noise_shape = (None, 1, 1, 1), name = "{name}drop");
                }
                x = [x, inputs] => Add(name = "{name}add");
            }
            x
        };
        let mut x = x;
        if scaling == "imagenet" {
            x = x => Rescaling(1.0 / 255)
                => Normalization(mean = [0.485, 0.456, 0.406], variance = [0.052441, 0.050176, 0.050625], axis = 3);
        } else if scaling == "half" {
            x = x => Rescaling(1.0 / 128.0, offset = -1);
        }
        let mut blocks = 0;
        for stage in stages { blocks += stage[0]; }
        let mut b = 0;
        x = x => conv_bn(round_filters(stages[0][1]), 3, 2, "stem_conv", "stem_bn")
            => Activation("swish", name = "stem_activation");
        for (i, (repeats, filters_in, filters_out, expand_ratio, strides, fused, se)) in stages.enumerate() {
            for j in 0..round_repeats(repeats) {
                x = x => block(
                    drop_connect_rate * b / blocks,
                    name = "block{i + 1}{chr(j + 97)}_",
                    filters_in = if j == 0 { round_filters(filters_in) } else { round_filters(filters_out) },
                    filters_out = round_filters(filters_out),
                    strides = if j == 0 { strides } else { 1 },
                    expand_ratio = expand_ratio,
                    fused = fused,
                    se = se
                );
                b += 1;
            }
        }
        let x = x
            => conv_bn(round_filters(1280), 1, 1, "top_conv", "top_bn")
            => Activation("swish", name = "top_activation");
        if include_top {
            let x = x => GlobalAveragePooling2D(name = "avg_pool");
            let x = if dropout_rate > 0 { x => Dropout(dropout_rate, name = "top_dropout") } else { x };
            x => Dense(
                classes, activation = classifier_activation,
                kernel_initializer = VarianceScaling(1.0 / 3.0, mode = "fan_out", distribution = "uniform"),
                name = "predictions"
            )
        } else {
            x => pooled_by_name(pooling)
        }
    }
}

#[cfg(feature = "efficientnet_v2_b0")]
model! {
    /// The layers of EfficientNetV2B0 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_b0;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_b0(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_v2_b0(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (1, 32, 16, 1, 1, true, false),
            (2, 16, 32, 4, 2, true, false),
            (2, 32, 48, 4, 2, true, false),
            (3, 48, 96, 4, 2, false, true),
            (5, 96, 112, 6, 1, false, true),
            (8, 112, 192, 6, 2, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.0, 1.0, if include_preprocessing { "imagenet" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_b0")]
model! {
    /// EfficientNetV2B0 for 1000 classes and images of 224 x 224: 7,200,312 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2B0;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2B0::new();
    /// model.load_weights("efficientnetv2-b0.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2B0 { Input(224, 224, 3) => efficientnet_v2_b0() }
}

#[cfg(feature = "efficientnet_v2_b1")]
model! {
    /// The layers of EfficientNetV2B1 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_b1;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_b1(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_v2_b1(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (1, 32, 16, 1, 1, true, false),
            (2, 16, 32, 4, 2, true, false),
            (2, 32, 48, 4, 2, true, false),
            (3, 48, 96, 4, 2, false, true),
            (5, 96, 112, 6, 1, false, true),
            (8, 112, 192, 6, 2, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.0, 1.1, if include_preprocessing { "imagenet" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_b1")]
model! {
    /// EfficientNetV2B1 for 1000 classes and images of 240 x 240: 8,212,124 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2B1;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2B1::new();
    /// model.load_weights("efficientnetv2-b1.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2B1 { Input(240, 240, 3) => efficientnet_v2_b1() }
}

#[cfg(feature = "efficientnet_v2_b2")]
model! {
    /// The layers of EfficientNetV2B2 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_b2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_b2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1408)");
    /// ```
    pub fn efficientnet_v2_b2(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (1, 32, 16, 1, 1, true, false),
            (2, 16, 32, 4, 2, true, false),
            (2, 32, 48, 4, 2, true, false),
            (3, 48, 96, 4, 2, false, true),
            (5, 96, 112, 6, 1, false, true),
            (8, 112, 192, 6, 2, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.1, 1.2, if include_preprocessing { "imagenet" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_b2")]
model! {
    /// EfficientNetV2B2 for 1000 classes and images of 260 x 260: 10,178,374 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2B2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2B2::new();
    /// model.load_weights("efficientnetv2-b2.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2B2 { Input(260, 260, 3) => efficientnet_v2_b2() }
}

#[cfg(feature = "efficientnet_v2_b3")]
model! {
    /// The layers of EfficientNetV2B3 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_b3;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_b3(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1536)");
    /// ```
    pub fn efficientnet_v2_b3(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (1, 32, 16, 1, 1, true, false),
            (2, 16, 32, 4, 2, true, false),
            (2, 32, 48, 4, 2, true, false),
            (3, 48, 96, 4, 2, false, true),
            (5, 96, 112, 6, 1, false, true),
            (8, 112, 192, 6, 2, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.2, 1.4, if include_preprocessing { "imagenet" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_b3")]
model! {
    /// EfficientNetV2B3 for 1000 classes and images of 300 x 300: 14,467,622 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2B3;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2B3::new();
    /// model.load_weights("efficientnetv2-b3.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2B3 { Input(300, 300, 3) => efficientnet_v2_b3() }
}

#[cfg(feature = "efficientnet_v2_s")]
model! {
    /// The layers of EfficientNetV2S behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_s;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_s(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_v2_s(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (2, 24, 24, 1, 1, true, false),
            (4, 24, 48, 4, 2, true, false),
            (4, 48, 64, 4, 2, true, false),
            (6, 64, 128, 4, 2, false, true),
            (9, 128, 160, 6, 1, false, true),
            (15, 160, 256, 6, 2, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.0, 1.0, if include_preprocessing { "half" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_s")]
model! {
    /// EfficientNetV2S for 1000 classes and images of 384 x 384: 21,612,360 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2S;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2S::new();
    /// model.load_weights("efficientnetv2-s.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2S { Input(384, 384, 3) => efficientnet_v2_s() }
}

#[cfg(feature = "efficientnet_v2_m")]
model! {
    /// The layers of EfficientNetV2M behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_m;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_m(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_v2_m(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (3, 24, 24, 1, 1, true, false),
            (5, 24, 48, 4, 2, true, false),
            (5, 48, 80, 4, 2, true, false),
            (7, 80, 160, 4, 2, false, true),
            (14, 160, 176, 6, 1, false, true),
            (18, 176, 304, 6, 2, false, true),
            (5, 304, 512, 6, 1, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.0, 1.0, if include_preprocessing { "half" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_m")]
model! {
    /// EfficientNetV2M for 1000 classes and images of 480 x 480: 54,431,388 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2M;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2M::new();
    /// model.load_weights("efficientnetv2-m.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2M { Input(480, 480, 3) => efficientnet_v2_m() }
}

#[cfg(feature = "efficientnet_v2_l")]
model! {
    /// The layers of EfficientNetV2L behind images `x` of at least 32 x 32 pixels, with values from 0 to 255 unless
    /// `include_preprocessing` is false.
    ///
    /// ```
    /// use keras_applications::efficientnet_v2::efficientnet_v2_l;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_v2_l(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_v2_l(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        include_preprocessing = true
    ) {
        let stages = [
            (4, 32, 32, 1, 1, true, false),
            (7, 32, 64, 4, 2, true, false),
            (7, 64, 96, 4, 2, true, false),
            (10, 96, 192, 4, 2, false, true),
            (19, 192, 224, 6, 1, false, true),
            (25, 224, 384, 6, 2, false, true),
            (7, 384, 640, 6, 1, false, true)
        ];
        x => efficientnet_v2(
            stages, 1.0, 1.0, if include_preprocessing { "half" } else { None }, include_top = include_top,
            pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "efficientnet_v2_l")]
model! {
    /// EfficientNetV2L for 1000 classes and images of 480 x 480: 119,027,848 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetV2L;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetV2L::new();
    /// model.load_weights("efficientnetv2-l.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetV2L { Input(480, 480, 3) => efficientnet_v2_l() }
}
