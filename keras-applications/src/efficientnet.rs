//! [EfficientNetB0 to EfficientNetB7](https://keras.io/api/applications/efficientnet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, unchanged as preprocess_input};
use crate::padding::correct_pad;
use crate::pooling::pooled_by_name;

model! {
    /// Any EfficientNet: `width_coefficient` times the filters, `depth_coefficient` times the blocks. The images have values
    /// from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Small { Input(32, 32, 3) => efficientnet(0.25, 0.5, classes = 10) } }
    /// assert_eq!(Small::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn efficientnet(
        x, width_coefficient, depth_coefficient, dropout_rate = 0.2, drop_connect_rate = 0.2, include_top = true,
        pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let round_filters = |v| {
            let filters = v * width_coefficient;
            let mut n = max(8, ((filters + 4) / 8).floor() * 8);
            if n < 0.9 * filters { n += 8; }
            n
        };
        let round_repeats = |repeats| (depth_coefficient * repeats).ceil();
        let block = |x, drop_rate, name, filters_in, filters_out, kernel_size, strides, expand_ratio| {
            let inputs = x;
            let filters = filters_in * expand_ratio;
            let mut x = inputs;
            if expand_ratio != 1 {
                x = x => Conv2D(
                    filters, 1, padding = "same", use_bias = false,
                    kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                    name = "{name}expand_conv"
                )
                    => BatchNormalization(axis = 3, name = "{name}expand_bn")
                    => Activation("swish", name = "{name}expand_activation");
            }
            if strides == 2 {
                x = x => correct_pad(kernel_size, name = "{name}dwconv_pad");
            }
            x = x => DepthwiseConv2D(
                kernel_size, strides = strides, padding = if strides == 2 { "valid" } else { "same" },
                use_bias = false,
                depthwise_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                name = "{name}dwconv"
            )
                => BatchNormalization(axis = 3, name = "{name}bn")
                => Activation("swish", name = "{name}activation");
            // Squeeze and excitation
            let se = x
                => GlobalAveragePooling2D(name = "{name}se_squeeze")
                => Reshape((1, 1, filters), name = "{name}se_reshape")
                => Conv2D(
                    max(1, int(filters_in * 0.25)), 1, padding = "same", activation = "swish",
                    kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                    name = "{name}se_reduce"
                )
                => Conv2D(
                    filters, 1, padding = "same", activation = "sigmoid",
                    kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                    name = "{name}se_expand"
                );
            let mut x = [x, se] => Multiply(name = "{name}se_excite")
                => Conv2D(
                    filters_out, 1, padding = "same", use_bias = false,
                    kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                    name = "{name}project_conv"
                )
                => BatchNormalization(axis = 3, name = "{name}project_bn");
            if strides == 1 && filters_in == filters_out {
                if drop_rate > 0 {
                    x = x => Dropout(drop_rate, noise_shape = (None, 1, 1, 1), name = "{name}drop");
                }
                x = [x, inputs] => Add(name = "{name}add");
            }
            x
        };
        // Size of the kernel, repeats, filters in and out, expansion, strides
        let stages = [
            (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
            (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1)
        ];
        let mut blocks = 0;
        for repeats in [1, 2, 2, 3, 3, 4, 1] { blocks += round_repeats(repeats); }
        let mut b = 0;
        let mut x = x
            => Rescaling(1.0 / 255.0)
            => Normalization(axis = 3)
            => correct_pad(3, name = "stem_conv_pad")
            => Conv2D(
                round_filters(32), 3, strides = 2, padding = "valid", use_bias = false,
                kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                name = "stem_conv"
            )
            => BatchNormalization(axis = 3, name = "stem_bn")
            => Activation("swish", name = "stem_activation");
        for (i, (kernel_size, repeats, filters_in, filters_out, expand_ratio, strides)) in stages.enumerate() {
            for j in 0..round_repeats(repeats) {
                x = x => block(
                    drop_connect_rate * b / blocks,
                    name = "block{i + 1}{chr(j + 97)}_",
                    filters_in = if j == 0 { round_filters(filters_in) } else { round_filters(filters_out) },
                    filters_out = round_filters(filters_out),
                    kernel_size = kernel_size,
                    strides = if j == 0 { strides } else { 1 },
                    expand_ratio = expand_ratio
                );
                b += 1;
            }
        }
        let x = x
            => Conv2D(
                round_filters(1280), 1, padding = "same", use_bias = false,
                kernel_initializer = VarianceScaling(2.0, mode = "fan_out", distribution = "truncated_normal"),
                name = "top_conv"
            )
            => BatchNormalization(axis = 3, name = "top_bn")
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

#[cfg(feature = "efficientnet_b0")]
model! {
    /// The layers of EfficientNetB0 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b0;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b0(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_b0(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.0, 1.0, 0.2, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b0")]
model! {
    /// EfficientNetB0 for 1000 classes and images of 224 x 224: 5,330,571 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB0;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB0::new();
    /// model.load_weights("efficientnetb0.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB0 { Input(224, 224, 3) => efficientnet_b0() }
}

#[cfg(feature = "efficientnet_b1")]
model! {
    /// The layers of EfficientNetB1 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b1;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b1(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1280)");
    /// ```
    pub fn efficientnet_b1(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.0, 1.1, 0.2, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b1")]
model! {
    /// EfficientNetB1 for 1000 classes and images of 240 x 240: 7,856,239 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB1;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB1::new();
    /// model.load_weights("efficientnetb1.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB1 { Input(240, 240, 3) => efficientnet_b1() }
}

#[cfg(feature = "efficientnet_b2")]
model! {
    /// The layers of EfficientNetB2 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1408)");
    /// ```
    pub fn efficientnet_b2(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.1, 1.2, 0.3, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b2")]
model! {
    /// EfficientNetB2 for 1000 classes and images of 260 x 260: 9,177,569 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB2::new();
    /// model.load_weights("efficientnetb2.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB2 { Input(260, 260, 3) => efficientnet_b2() }
}

#[cfg(feature = "efficientnet_b3")]
model! {
    /// The layers of EfficientNetB3 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b3;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b3(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1536)");
    /// ```
    pub fn efficientnet_b3(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.2, 1.4, 0.3, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b3")]
model! {
    /// EfficientNetB3 for 1000 classes and images of 300 x 300: 12,320,535 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB3;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB3::new();
    /// model.load_weights("efficientnetb3.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB3 { Input(300, 300, 3) => efficientnet_b3() }
}

#[cfg(feature = "efficientnet_b4")]
model! {
    /// The layers of EfficientNetB4 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b4;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b4(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1792)");
    /// ```
    pub fn efficientnet_b4(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.4, 1.8, 0.4, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b4")]
model! {
    /// EfficientNetB4 for 1000 classes and images of 380 x 380: 19,466,823 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB4;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB4::new();
    /// model.load_weights("efficientnetb4.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB4 { Input(380, 380, 3) => efficientnet_b4() }
}

#[cfg(feature = "efficientnet_b5")]
model! {
    /// The layers of EfficientNetB5 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b5;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b5(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn efficientnet_b5(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.6, 2.2, 0.4, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b5")]
model! {
    /// EfficientNetB5 for 1000 classes and images of 456 x 456: 30,562,527 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB5;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB5::new();
    /// model.load_weights("efficientnetb5.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB5 { Input(456, 456, 3) => efficientnet_b5() }
}

#[cfg(feature = "efficientnet_b6")]
model! {
    /// The layers of EfficientNetB6 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b6;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b6(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2304)");
    /// ```
    pub fn efficientnet_b6(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(1.8, 2.6, 0.5, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b6")]
model! {
    /// EfficientNetB6 for 1000 classes and images of 528 x 528: 43,265,143 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB6;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB6::new();
    /// model.load_weights("efficientnetb6.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB6 { Input(528, 528, 3) => efficientnet_b6() }
}

#[cfg(feature = "efficientnet_b7")]
model! {
    /// The layers of EfficientNetB7 behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::efficientnet::efficientnet_b7;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => efficientnet_b7(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2560)");
    /// ```
    pub fn efficientnet_b7(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => efficientnet(2.0, 3.1, 0.5, 0.2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "efficientnet_b7")]
model! {
    /// EfficientNetB7 for 1000 classes and images of 600 x 600: 66,658,687 parameters.
    ///
    /// ```no_run
    /// use keras_applications::EfficientNetB7;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = EfficientNetB7::new();
    /// model.load_weights("efficientnetb7.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct EfficientNetB7 { Input(600, 600, 3) => efficientnet_b7() }
}
