//! [InceptionResNetV2](https://keras.io/api/applications/inceptionresnetv2/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::pooling::pooled;

/// Adds a share of a second tensor to the first: Keras's own layer of this model.
///
/// ```
/// use keras_applications::inception_resnet_v2::CustomScaleLayer;
/// use keras_core::prelude::*;
///
/// let model = model!(
///     let x = Input(4, 4, 3);
///     let y = x => Conv2D(3, 1);
///     [x, y] => CustomScaleLayer(0.1)
/// );
/// assert_eq!(model.output_shape().to_string(), "(None, 4, 4, 3)");
/// ```
#[derive(Clone, Debug)]
pub struct CustomScaleLayer {
    scale: f32,
}

impl CustomScaleLayer {
    /// Adds `scale` times the second tensor.
    pub fn new(scale: f32) -> Self {
        CustomScaleLayer { scale }
    }
}

impl<S: Shape> Layer<(Of<S>, Of<S>)> for CustomScaleLayer {
    const OUTPUT: Dims = S::DIMS;

    fn trace(&self, (x, up): (Symbolic, Symbolic), _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x + up * self.scale)
    }
}

model! {
    /// A convolution; without bias a normalisation behind it; an activation, unless it is `None`.
    fn conv2d_bn(x, filters, kernel_size, strides = 1, padding = "same", activation = "relu", use_bias = false, name = None) {
        let bn_name = if name == None { None } else { "{name}_bn" };
        let ac_name = if name == None { None } else { "{name}_ac" };
        let mut x = x
            => Conv2D(filters, kernel_size, strides = strides, padding = padding, use_bias = use_bias, name = name);
        if !use_bias {
            x = x => BatchNormalization(axis = 3, scale = false, name = bn_name);
        }
        if activation != None {
            x = x => Activation(activation, name = ac_name);
        }
        x
    }
}

model! {
    /// A block whose branches are added to what comes in, which has `filters` channels.
    fn inception_resnet_block(x, filters, scale, block_type, block_idx, activation = "relu") {
        let block_name = "{block_type}_{block_idx}";
        let mixed = if block_type == "block35" {
            let branch_0 = x => conv2d_bn(32, 1);
            let branch_1 = x => conv2d_bn(32, 1) => conv2d_bn(32, 3);
            let branch_2 = x => conv2d_bn(32, 1) => conv2d_bn(48, 3) => conv2d_bn(64, 3);
            [branch_0, branch_1, branch_2] => Concatenate(axis = 3, name = "{block_name}_mixed")
        } else if block_type == "block17" {
            let branch_0 = x => conv2d_bn(192, 1);
            let branch_1 = x => conv2d_bn(128, 1) => conv2d_bn(160, (1, 7)) => conv2d_bn(192, (7, 1));
            [branch_0, branch_1] => Concatenate(axis = 3, name = "{block_name}_mixed")
        } else {
            let branch_0 = x => conv2d_bn(192, 1);
            let branch_1 = x => conv2d_bn(192, 1) => conv2d_bn(224, (1, 3)) => conv2d_bn(256, (3, 1));
            [branch_0, branch_1] => Concatenate(axis = 3, name = "{block_name}_mixed")
        };
        let up = mixed => conv2d_bn(filters, 1, activation = None, use_bias = true, name = "{block_name}_conv");
        let x = [x, up] => ::keras_applications::inception_resnet_v2::CustomScaleLayer(scale);
        if activation == None { x } else { x => Activation(activation, name = "{block_name}_ac") }
    }
}

model! {
    /// The layers of InceptionResNetV2 behind images `x` of at least 75 x 75 pixels.
    ///
    /// ```
    /// use keras_applications::inception_resnet_v2::inception_resnet_v2;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(75, 75, 3) => inception_resnet_v2(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1536)");
    /// ```
    pub fn inception_resnet_v2(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        // The stem: 35 x 35 x 192
        let x = x
            => conv2d_bn(32, 3, strides = 2, padding = "valid")
            => conv2d_bn(32, 3, padding = "valid")
            => conv2d_bn(64, 3)
            => MaxPooling2D(3, strides = 2)
            => conv2d_bn(80, 1, padding = "valid")
            => conv2d_bn(192, 3, padding = "valid")
            => MaxPooling2D(3, strides = 2);

        // Mixed 5b: 35 x 35 x 320
        let branch_0 = x => conv2d_bn(96, 1);
        let branch_1 = x => conv2d_bn(48, 1) => conv2d_bn(64, 5);
        let branch_2 = x => conv2d_bn(64, 1) => conv2d_bn(96, 3) => conv2d_bn(96, 3);
        let branch_pool = x => AveragePooling2D(3, strides = 1, padding = "same") => conv2d_bn(64, 1);
        let mut x = [branch_0, branch_1, branch_2, branch_pool] => Concatenate(axis = 3, name = "mixed_5b");
        for block_idx in 1..=10 {
            x = x => inception_resnet_block(320, 0.17, "block35", block_idx);
        }

        // Mixed 6a: 17 x 17 x 1088
        let branch_0 = x => conv2d_bn(384, 3, strides = 2, padding = "valid");
        let branch_1 = x
            => conv2d_bn(256, 1)
            => conv2d_bn(256, 3)
            => conv2d_bn(384, 3, strides = 2, padding = "valid");
        let branch_pool = x => MaxPooling2D(3, strides = 2, padding = "valid");
        let mut x = [branch_0, branch_1, branch_pool] => Concatenate(axis = 3, name = "mixed_6a");
        for block_idx in 1..=20 {
            x = x => inception_resnet_block(1088, 0.1, "block17", block_idx);
        }

        // Mixed 7a: 8 x 8 x 2080
        let branch_0 = x => conv2d_bn(256, 1) => conv2d_bn(384, 3, strides = 2, padding = "valid");
        let branch_1 = x => conv2d_bn(256, 1) => conv2d_bn(288, 3, strides = 2, padding = "valid");
        let branch_2 = x
            => conv2d_bn(256, 1)
            => conv2d_bn(288, 3)
            => conv2d_bn(320, 3, strides = 2, padding = "valid");
        let branch_pool = x => MaxPooling2D(3, strides = 2, padding = "valid");
        let mut x = [branch_0, branch_1, branch_2, branch_pool] => Concatenate(axis = 3, name = "mixed_7a");
        for block_idx in 1..=9 {
            x = x => inception_resnet_block(2080, 0.2, "block8", block_idx);
        }
        let x = x
            => inception_resnet_block(2080, 1.0, "block8", 10, activation = None)
            => conv2d_bn(1536, 1, name = "conv_7b");
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// InceptionResNetV2 for 1000 classes and images of 299 x 299: 55,873,736 parameters.
    ///
    /// ```no_run
    /// use keras_applications::InceptionResNetV2;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = InceptionResNetV2::new();
    /// model.load_weights("inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct InceptionResNetV2 { Input(299, 299, 3) => inception_resnet_v2() }
}
