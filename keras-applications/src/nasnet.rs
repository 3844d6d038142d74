//! [NASNetMobile and NASNetLarge](https://keras.io/api/applications/nasnet/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::padding::correct_pad;
use crate::pooling::pooled;

model! {
    /// Two separable convolutions, each with a ReLU before and a normalisation behind it.
    fn separable_conv_block(ip, filters, kernel_size = 3, strides = 1, block_id = "") {
        let mut x = ip => Activation("relu");
        if strides == 2 {
            x = x => correct_pad(kernel_size, name = "separable_conv_1_pad_{block_id}");
        }
        x => SeparableConv2D(
            filters, kernel_size, strides = strides, name = "separable_conv_1_{block_id}",
            padding = if strides == 2 { "valid" } else { "same" }, use_bias = false
        )
            => BatchNormalization(
                axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "separable_conv_1_bn_{block_id}"
            )
            => Activation("relu")
            => SeparableConv2D(
                filters, kernel_size, name = "separable_conv_2_{block_id}", padding = "same", use_bias = false
            )
            => BatchNormalization(
                axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "separable_conv_2_bn_{block_id}"
            )
    }
}

model! {
    /// Brings the output `p` of the cell before the last to the size and the filters of `ip`, that of the last.
    fn adjust_block(ip, p, filters, block_id) {
        if p == None {
            ip
        } else if p.shape[-2] != ip.shape[-2] {
            let p = p => Activation("relu", name = "adjust_relu_1_{block_id}");
            let p1 = p
                => AveragePooling2D((1, 1), strides = (2, 2), padding = "valid", name = "adjust_avg_pool_1_{block_id}")
                => Conv2D(
                    (filters / 2).floor(), (1, 1), padding = "same", use_bias = false,
                    name = "adjust_conv_1_{block_id}", kernel_initializer = "he_normal"
                );
            let p2 = p
                => ZeroPadding2D(padding = ((0, 1), (0, 1)))
                => Cropping2D(cropping = ((1, 0), (1, 0)))
                => AveragePooling2D((1, 1), strides = (2, 2), padding = "valid", name = "adjust_avg_pool_2_{block_id}")
                => Conv2D(
                    (filters / 2).floor(), (1, 1), padding = "same", use_bias = false,
                    name = "adjust_conv_2_{block_id}", kernel_initializer = "he_normal"
                );
            [p1, p2] => Concatenate(axis = -1)
                => BatchNormalization(axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "adjust_bn_{block_id}")
        } else if p.shape[-1] != filters {
            p => Activation("relu")
                => Conv2D(
                    filters, (1, 1), strides = (1, 1), padding = "same", name = "adjust_conv_projection_{block_id}",
                    use_bias = false, kernel_initializer = "he_normal"
                )
                => BatchNormalization(axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "adjust_bn_{block_id}")
        } else {
            p
        }
    }
}

model! {
    /// A cell that keeps the size of the images.
    fn normal_a_cell(ip, p, filters, block_id) {
        let p = adjust_block(ip, p, filters, block_id);
        let h = ip
            => Activation("relu")
            => Conv2D(
                filters, (1, 1), strides = (1, 1), padding = "same", name = "normal_conv_1_{block_id}",
                use_bias = false, kernel_initializer = "he_normal"
            )
            => BatchNormalization(axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "normal_bn_1_{block_id}");
        let x1_1 = h => separable_conv_block(filters, kernel_size = 5, block_id = "normal_left1_{block_id}");
        let x1_2 = p => separable_conv_block(filters, block_id = "normal_right1_{block_id}");
        let x1 = [x1_1, x1_2] => Add(name = "normal_add_1_{block_id}");
        let x2_1 = p => separable_conv_block(filters, 5, block_id = "normal_left2_{block_id}");
        let x2_2 = p => separable_conv_block(filters, 3, block_id = "normal_right2_{block_id}");
        let x2 = [x2_1, x2_2] => Add(name = "normal_add_2_{block_id}");
        let x3 = h => AveragePooling2D((3, 3), strides = (1, 1), padding = "same", name = "normal_left3_{block_id}");
        let x3 = [x3, p] => Add(name = "normal_add_3_{block_id}");
        let x4_1 = p => AveragePooling2D((3, 3), strides = (1, 1), padding = "same", name = "normal_left4_{block_id}");
        let x4_2 = p => AveragePooling2D((3, 3), strides = (1, 1), padding = "same", name = "normal_right4_{block_id}");
        let x4 = [x4_1, x4_2] => Add(name = "normal_add_4_{block_id}");
        let x5 = h => separable_conv_block(filters, block_id = "normal_left5_{block_id}");
        let x5 = [x5, h] => Add(name = "normal_add_5_{block_id}");
        [p, x1, x2, x3, x4, x5] => Concatenate(axis = -1, name = "normal_concat_{block_id}")
    }
}

model! {
    /// A cell that halves the size of the images.
    fn reduction_a_cell(ip, p, filters, block_id) {
        let p = adjust_block(ip, p, filters, block_id);
        let h = ip
            => Activation("relu")
            => Conv2D(
                filters, (1, 1), strides = (1, 1), padding = "same", name = "reduction_conv_1_{block_id}",
                use_bias = false, kernel_initializer = "he_normal"
            )
            => BatchNormalization(axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "reduction_bn_1_{block_id}");
        let h3 = h => correct_pad(3, name = "reduction_pad_1_{block_id}");
        let x1_1 = h => separable_conv_block(filters, 5, strides = 2, block_id = "reduction_left1_{block_id}");
        let x1_2 = p => separable_conv_block(filters, 7, strides = 2, block_id = "reduction_right1_{block_id}");
        let x1 = [x1_1, x1_2] => Add(name = "reduction_add_1_{block_id}");
        let x2_1 = h3 => MaxPooling2D((3, 3), strides = (2, 2), padding = "valid", name = "reduction_left2_{block_id}");
        let x2_2 = p => separable_conv_block(filters, 7, strides = 2, block_id = "reduction_right2_{block_id}");
        let x2 = [x2_1, x2_2] => Add(name = "reduction_add_2_{block_id}");
        let x3_1 = h3
            => AveragePooling2D((3, 3), strides = (2, 2), padding = "valid", name = "reduction_left3_{block_id}");
        let x3_2 = p => separable_conv_block(filters, 5, strides = 2, block_id = "reduction_right3_{block_id}");
        let x3 = [x3_1, x3_2] => Add(name = "reduction_add3_{block_id}");
        let x4 = x1 => AveragePooling2D((3, 3), strides = (1, 1), padding = "same", name = "reduction_left4_{block_id}");
        let x4 = [x2, x4] => Add();
        let x5_1 = x1 => separable_conv_block(filters, 3, block_id = "reduction_left4_{block_id}");
        let x5_2 = h3 => MaxPooling2D((3, 3), strides = (2, 2), padding = "valid", name = "reduction_right5_{block_id}");
        let x5 = [x5_1, x5_2] => Add(name = "reduction_add4_{block_id}");
        [x2, x3, x4, x5] => Concatenate(axis = -1, name = "reduction_concat_{block_id}")
    }
}

model! {
    /// Any NASNet-A of `num_blocks` cells between two reductions, with `penultimate_filters` in front of the classes.
    ///
    /// ```
    /// use keras_applications::nasnet::nasnet;
    /// use keras_core::prelude::*;
    ///
    /// model! {
    ///     struct Small {
    ///         Input(64, 64, 3) => nasnet(
    ///             penultimate_filters = 192, num_blocks = 1, stem_block_filters = 8, skip_reduction = false, classes = 10
    ///         )
    ///     }
    /// }
    /// assert_eq!(Small::OUTPUT_SHAPE.to_string(), "(None, 10)");
    /// ```
    pub fn nasnet(
        x, penultimate_filters = 4032, num_blocks = 6, stem_block_filters = 96, skip_reduction = true,
        filter_multiplier = 2, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        assert!(
            penultimate_filters % (24 * filter_multiplier * filter_multiplier) == 0,
            "`penultimate_filters` is {penultimate_filters}, and must be a multiple of 24 * `filter_multiplier` * `filter_multiplier`"
        );
        let filters = penultimate_filters / 24;
        let stem = x
            => Conv2D(
                stem_block_filters, (3, 3), strides = (2, 2), padding = "valid", use_bias = false, name = "stem_conv1",
                kernel_initializer = "he_normal"
            )
            => BatchNormalization(axis = -1, momentum = 0.9997, epsilon = 1e-3, name = "stem_bn1");
        let stem_1 = reduction_a_cell(stem, None, filters / filter_multiplier / filter_multiplier, "stem_1");
        // The last two outputs: of `x` and of `p` the next cell is made.
        let mut x = reduction_a_cell(stem_1, stem, filters / filter_multiplier, "stem_2");
        let mut p = stem_1;
        let mut width = filters;
        for stage in 0..3 {
            if stage > 0 {
                width *= filter_multiplier;
                let before = x;
                x = reduction_a_cell(x, p, width, block_id = "reduce_{stage * num_blocks}");
                if !skip_reduction { p = before; }
            }
            for i in 0..num_blocks {
                let before = x;
                x = normal_a_cell(x, p, width, block_id = "{stage * num_blocks + i + min(stage, 1)}");
                p = before;
            }
        }
        x = x => Activation("relu");
        if include_top {
            x => GlobalAveragePooling2D() => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

#[cfg(feature = "nasnet_mobile")]
model! {
    /// The layers of NASNetMobile behind images `x` of at least 32 x 32 pixels, whose size is fixed.
    ///
    /// ```
    /// use keras_applications::nasnet::nasnet_mobile;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => nasnet_mobile(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1056)");
    /// ```
    pub fn nasnet_mobile(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => nasnet(1056, 4, 32, false, 2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "nasnet_mobile")]
model! {
    /// NASNetMobile for 1000 classes and images of 224 x 224: 5,326,716 parameters.
    ///
    /// ```no_run
    /// use keras_applications::NASNetMobile;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = NASNetMobile::new();
    /// model.load_weights("NASNet-mobile.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct NASNetMobile { Input(224, 224, 3) => nasnet_mobile() }
}

#[cfg(feature = "nasnet_large")]
model! {
    /// The layers of NASNetLarge behind images `x` of at least 32 x 32 pixels, whose size is fixed.
    ///
    /// ```
    /// use keras_applications::nasnet::nasnet_large;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => nasnet_large(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 4032)");
    /// ```
    pub fn nasnet_large(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        x => nasnet(4032, 6, 96, true, 2, include_top, pooling, classes, classifier_activation)
    }
}

#[cfg(feature = "nasnet_large")]
model! {
    /// NASNetLarge for 1000 classes and images of 331 x 331: 88,949,818 parameters.
    ///
    /// ```no_run
    /// use keras_applications::NASNetLarge;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = NASNetLarge::new();
    /// model.load_weights("NASNet-large.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct NASNetLarge { Input(331, 331, 3) => nasnet_large() }
}
