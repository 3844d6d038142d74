//! [ConvNeXtTiny to ConvNeXtXLarge](https://keras.io/api/applications/convnext/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, unchanged as preprocess_input};
use crate::pooling::pooled;

/// Multiplies each channel by a number that is learnt and begins as the same for all: Keras's own layer of these models.
///
/// ```
/// use keras_applications::convnext::LayerScale;
/// use keras_core::prelude::*;
///
/// let model = model!(Input(4, 4, 3) => LayerScale(1e-6));
/// assert_eq!(model.count_params(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct LayerScale {
    init_values: f64,
}

impl LayerScale {
    /// The numbers are `init_values` at first.
    pub fn new(init_values: f64) -> Self {
        LayerScale { init_values }
    }
}

impl<B: Axis, H: Axis, W: Axis, const C: usize> Layer<(B, H, W, Len<C>)> for LayerScale {
    const OUTPUT: Dims = <(B, H, W, Len<C>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("gamma", Dims::fixed(&[C]), Initializer::Constant(self.init_values))]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * cx.weight("gamma"))
    }
}

/// While the model trains, leaves out what a block adds: for each sample with the chance `drop_path_rate`, and scales up
/// what stays. Keras's own layer of these models.
///
/// ```
/// use keras_applications::convnext::StochasticDepth;
/// use keras_core::prelude::*;
///
/// let model = model!(Input(4, 4, 3) => StochasticDepth(0.1));
/// let x = ndarray::Array4::<f32>::ones((1, 4, 4, 3));
/// assert_eq!(model.predict(&x)?.to_vec()?, vec![1.0; 48]);
/// # use keras_core::ndarray;
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StochasticDepth {
    drop_path_rate: f32,
}

impl StochasticDepth {
    /// Leaves out with this chance, which is less than 1.
    pub fn new(drop_path_rate: f32) -> Self {
        StochasticDepth { drop_path_rate }
    }
}

impl<B: Axis, H: Axis, W: Axis, C: Axis> Layer<(B, H, W, C)> for StochasticDepth {
    const OUTPUT: Dims = <(B, H, W, C) as Shape>::DIMS;

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        if !cx.training() {
            return Ok(x);
        }
        let keep = 1.0 - self.drop_path_rate;
        let chance = ops::random::uniform([x.shape()[0], 1, 1, 1], 0.0, 1.0, cx.seed());
        Ok(x / keep * ops::floor(chance + keep))
    }
}

model! {
    /// Any ConvNeXt: of each of the four stages the blocks, `depths`, and the channels, `projection_dims`. The images have
    /// values from 0 to 255 and at least 32 x 32 pixels. While it trains, a block is left out with a chance that grows from
    /// 0 to `drop_path_rate`. `name` stands in front of the names of the layers, as in Keras.
    ///
    /// ```
    /// use keras_applications::convnext::convnext;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Small { Input(32, 32, 3) => convnext([1, 1, 1, 1], [8, 16, 32, 64], "small", classes = 10) } }
    /// assert_eq!(Small::new().output_shape().to_string(), "(None, 10)");
    /// ```
    pub fn convnext(
        x, depths, projection_dims, name, drop_path_rate = 0.0, layer_scale_init_value = 1e-6,
        include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let convnext_block = |x, projection_dim, drop_path, name| {
            let inputs = x;
            let mut x = inputs
                => Conv2D(
                    filters = projection_dim, kernel_size = 7, padding = "same", groups = projection_dim,
                    name = "{name}_depthwise_conv"
                )
                => LayerNormalization(epsilon = 1e-6, name = "{name}_layernorm")
                => Dense(4 * projection_dim, name = "{name}_pointwise_conv_1")
                => Activation("gelu", name = "{name}_gelu")
                => Dense(projection_dim, name = "{name}_pointwise_conv_2");
            if layer_scale_init_value != None {
                x = x => ::keras_applications::convnext::LayerScale(layer_scale_init_value, name = "{name}_layer_scale");
            }
            if drop_path > 0 {
                x = x => ::keras_applications::convnext::StochasticDepth(drop_path, name = "{name}_stochastic_depth");
            } else {
                x = x => Activation("linear", name = "{name}_identity");
            }
            inputs + x
        };
        let mut x = x;
        if include_preprocessing && x.shape[-1] == 3 {
            x = x => Normalization(
                mean = [0.485 * 255, 0.456 * 255, 0.406 * 255],
                variance = [3409.976025, 3262.6944, 3291.890625],
                name = "{name}_prestem_normalization"
            );
        }
        let mut blocks = 0;
        for depth in depths { blocks += depth; }
        let mut cur = 0;
        for (i, (depth, projection_dim)) in depths.zip(projection_dims).enumerate() {
            if i == 0 {
                x = x => Sequential([
                    Conv2D(projection_dim, kernel_size = 4, strides = 4, name = "{name}_stem_conv"),
                    LayerNormalization(epsilon = 1e-6, name = "{name}_stem_layernorm")
                ], name = "{name}_stem");
            } else {
                x = x => Sequential([
                    LayerNormalization(epsilon = 1e-6, name = "{name}_downsampling_layernorm_{i - 1}"),
                    Conv2D(projection_dim, kernel_size = 2, strides = 2, name = "{name}_downsampling_conv_{i - 1}")
                ], name = "{name}_downsampling_block_{i - 1}");
            }
            for j in 0..depth {
                x = x => convnext_block(
                    projection_dim, drop_path_rate * cur / max(blocks - 1, 1), name = "{name}_stage_{i}_block_{j}"
                );
                cur += 1;
            }
        }
        if include_top {
            x => GlobalAveragePooling2D(name = "{name}_head_gap")
                => LayerNormalization(epsilon = 1e-6, name = "{name}_head_layernorm")
                => Dense(classes, activation = classifier_activation, name = "{name}_head_dense")
        } else {
            x => pooled(pooling) => LayerNormalization(epsilon = 1e-6)
        }
    }
}

#[cfg(feature = "convnext_tiny")]
model! {
    /// The layers of ConvNeXtTiny behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::convnext::convnext_tiny;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => convnext_tiny(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 768)");
    /// ```
    pub fn convnext_tiny(
        x, include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        name = "convnext_tiny"
    ) {
        x => convnext(
            [3, 3, 9, 3], [96, 192, 384, 768], name, include_preprocessing = include_preprocessing,
            include_top = include_top, pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "convnext_tiny")]
model! {
    /// ConvNeXtTiny for 1000 classes and images of 224 x 224: 28,589,128 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ConvNeXtTiny;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ConvNeXtTiny::new();
    /// model.load_weights("convnext_tiny.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ConvNeXtTiny { Input(224, 224, 3) => convnext_tiny() }
}

#[cfg(feature = "convnext_small")]
model! {
    /// The layers of ConvNeXtSmall behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::convnext::convnext_small;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => convnext_small(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 768)");
    /// ```
    pub fn convnext_small(
        x, include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        name = "convnext_small"
    ) {
        x => convnext(
            [3, 3, 27, 3], [96, 192, 384, 768], name, include_preprocessing = include_preprocessing,
            include_top = include_top, pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "convnext_small")]
model! {
    /// ConvNeXtSmall for 1000 classes and images of 224 x 224: 50,223,688 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ConvNeXtSmall;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ConvNeXtSmall::new();
    /// model.load_weights("convnext_small.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ConvNeXtSmall { Input(224, 224, 3) => convnext_small() }
}

#[cfg(feature = "convnext_base")]
model! {
    /// The layers of ConvNeXtBase behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::convnext::convnext_base;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => convnext_base(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1024)");
    /// ```
    pub fn convnext_base(
        x, include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        name = "convnext_base"
    ) {
        x => convnext(
            [3, 3, 27, 3], [128, 256, 512, 1024], name, include_preprocessing = include_preprocessing,
            include_top = include_top, pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "convnext_base")]
model! {
    /// ConvNeXtBase for 1000 classes and images of 224 x 224: 88,591,464 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ConvNeXtBase;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ConvNeXtBase::new();
    /// model.load_weights("convnext_base.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ConvNeXtBase { Input(224, 224, 3) => convnext_base() }
}

#[cfg(feature = "convnext_large")]
model! {
    /// The layers of ConvNeXtLarge behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::convnext::convnext_large;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => convnext_large(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 1536)");
    /// ```
    pub fn convnext_large(
        x, include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        name = "convnext_large"
    ) {
        x => convnext(
            [3, 3, 27, 3], [192, 384, 768, 1536], name, include_preprocessing = include_preprocessing,
            include_top = include_top, pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "convnext_large")]
model! {
    /// ConvNeXtLarge for 1000 classes and images of 224 x 224: 197,767,336 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ConvNeXtLarge;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ConvNeXtLarge::new();
    /// model.load_weights("convnext_large.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ConvNeXtLarge { Input(224, 224, 3) => convnext_large() }
}

#[cfg(feature = "convnext_xlarge")]
model! {
    /// The layers of ConvNeXtXLarge behind images `x` of at least 32 x 32 pixels, with values from 0 to 255.
    ///
    /// ```
    /// use keras_applications::convnext::convnext_xlarge;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(32, 32, 3) => convnext_xlarge(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn convnext_xlarge(
        x, include_preprocessing = true, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax",
        name = "convnext_xlarge"
    ) {
        x => convnext(
            [3, 3, 27, 3], [256, 512, 1024, 2048], name, include_preprocessing = include_preprocessing,
            include_top = include_top, pooling = pooling, classes = classes, classifier_activation = classifier_activation
        )
    }
}

#[cfg(feature = "convnext_xlarge")]
model! {
    /// ConvNeXtXLarge for 1000 classes and images of 224 x 224: 350,196,968 parameters.
    ///
    /// ```no_run
    /// use keras_applications::ConvNeXtXLarge;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = ConvNeXtXLarge::new();
    /// model.load_weights("convnext_xlarge.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct ConvNeXtXLarge { Input(224, 224, 3) => convnext_xlarge() }
}
