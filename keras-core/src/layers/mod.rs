//! The layers of [`model!`](crate::model!): a page for each, with its arguments, their defaults, an example, its weights and
//! what it makes of masks.
//!
//! The types are what a layer's arguments are to this crate; in a program a layer stands in `model!`, which knows it by
//! its name without a `use`. Words that stand for an argument (`activation = relu`) are listed in
//! [`vocabulary`](crate::shape::vocabulary): [activations](crate::shape::vocabulary::activations),
//! [initializers](crate::shape::vocabulary::initializers), [regularizers](crate::shape::vocabulary::regularizers),
//! [constraints](crate::shape::vocabulary::constraints). A layer of your own implements [`Layer`](crate::model::Layer).
//!
//! **Core**: [`Input`], [`Dense`], [`EinsumDense`], [`Embedding`], [`ReversibleEmbedding`], [`Activation`],
//! [`Masking`], [`Lambda`], [`Identity`].
//!
//! **Convolution**: [`Conv1D`], [`Conv2D`], [`Conv3D`], [`SeparableConv1D`], [`SeparableConv2D`],
//! [`DepthwiseConv1D`], [`DepthwiseConv2D`], [`Conv1DTranspose`], [`Conv2DTranspose`], [`Conv3DTranspose`].
//!
//! **Pooling**: [`MaxPooling1D`], [`MaxPooling2D`], [`MaxPooling3D`], [`AveragePooling1D`], [`AveragePooling2D`],
//! [`AveragePooling3D`], [`GlobalMaxPooling1D`], [`GlobalMaxPooling2D`], [`GlobalMaxPooling3D`],
//! [`GlobalAveragePooling1D`], [`GlobalAveragePooling2D`], [`GlobalAveragePooling3D`], [`AdaptiveMaxPooling1D`],
//! [`AdaptiveMaxPooling2D`], [`AdaptiveMaxPooling3D`], [`AdaptiveAveragePooling1D`], [`AdaptiveAveragePooling2D`],
//! [`AdaptiveAveragePooling3D`].
//!
//! **Recurrent**: [`LSTM`], [`GRU`], [`SimpleRNN`], [`RNN`], [`LSTMCell`], [`GRUCell`], [`SimpleRNNCell`],
//! [`StackedRNNCells`], [`Bidirectional`], [`TimeDistributed`], [`ConvLSTM1D`], [`ConvLSTM2D`], [`ConvLSTM3D`].
//!
//! **Attention**: [`MultiHeadAttention`], [`GroupedQueryAttention`], [`Attention`], [`AdditiveAttention`].
//!
//! **Normalisation**: [`BatchNormalization`], [`LayerNormalization`], [`GroupNormalization`], [`RMSNormalization`],
//! [`UnitNormalization`], [`SpectralNormalization`].
//!
//! **Regularisation**: [`Dropout`], [`SpatialDropout1D`], [`SpatialDropout2D`], [`SpatialDropout3D`],
//! [`GaussianDropout`], [`GaussianNoise`], [`AlphaDropout`], [`ActivityRegularization`].
//!
//! **Activation**: [`ReLU`], [`LeakyReLU`], [`PReLU`], [`ELU`], [`Softmax`].
//!
//! **Shape**: [`Flatten`], [`Reshape`], [`Permute`], [`RepeatVector`], [`ZeroPadding1D`], [`ZeroPadding2D`],
//! [`ZeroPadding3D`], [`Cropping1D`], [`Cropping2D`], [`Cropping3D`], [`UpSampling1D`], [`UpSampling2D`],
//! [`UpSampling3D`].
//!
//! **Merging**: [`Concatenate`], [`Add`], [`Subtract`], [`Multiply`], [`Average`], [`Maximum`], [`Minimum`], [`Dot`].
//!
//! **Preprocessing of numbers and words**: [`Normalization`], [`Discretization`], [`CategoryEncoding`], [`Hashing`],
//! [`HashedCrossing`], [`IntegerLookup`], [`StringLookup`], [`TextVectorization`], [`MelSpectrogram`],
//! [`STFTSpectrogram`].
//!
//! **Images**: [`Rescaling`], [`Resizing`], [`CenterCrop`], [`MaxNumBoundingBoxes`].
//!
//! **Augmentation of images**: [`RandomFlip`], [`RandomRotation`], [`RandomTranslation`], [`RandomZoom`],
//! [`RandomCrop`], [`RandomShear`], [`RandomPerspective`], [`RandomElasticTransform`], [`RandomErasing`],
//! [`RandomBrightness`], [`RandomContrast`], [`RandomSaturation`], [`RandomHue`], [`RandomColorJitter`],
//! [`RandomColorDegeneration`], [`RandomGrayscale`], [`RandomInvert`], [`RandomSharpness`], [`RandomGaussianBlur`],
//! [`RandomPosterization`], [`Solarization`], [`AutoContrast`], [`Equalization`],
//! [`ContrastLimitedAdaptiveHistogramEqualization`], [`RandAugment`], [`AugMix`], [`MixUp`], [`CutMix`].

use keras_ops::Symbolic;
use keras_shape::for_each_layer;
use keras_shape::layers::Variant;

use crate::Result;
use crate::engine::{Choice, Link, Site};
use crate::model::Trace;
use crate::preprocessing::Reader;

#[doc(inline)]
pub use keras_shape::vocabulary::{Input, Lambda};

/// The arithmetic of a layer, written in operations: plans run it, and have its gradient.
pub(crate) trait Operations {
    /// The layer's tensors for `inputs`. Its weights, which the trace has by name, and the lengths of the inputs are
    /// those that its rule has let through.
    ///
    /// # Errors
    /// An operation does not take its tensors.
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>>;

    /// Looks at the numbers that it is given before they are computed with: `input(i)` has those of input `i`.
    ///
    /// # Errors
    /// They are not what the layer takes.
    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        let _ = input;
        Ok(())
    }

    /// The kernel that is written for the layer where it stands, if there is one. Without one it is run by its
    /// operations, which all layers have: a kernel is only faster.
    ///
    /// # Errors
    /// A layer inside of it does not take what it is given.
    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        let _ = site;
        Ok(Choice::Operations)
    }

    /// What makes numbers of strings, of a layer that takes strings.
    ///
    /// # Errors
    /// A string stands twice in a vocabulary, and the like.
    fn reader(&self) -> Option<Result<Reader>> {
        None
    }

    /// What the layer is to a kernel that does several layers at once, if it is anything to one.
    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        let _ = site;
        None
    }
}

/// The arithmetic of layers that are alike: of each, what makes its one output of the layer, its inputs and the trace,
/// and, where one is written, its kernel, and what it is to a kernel for several layers.
macro_rules! one_output {
    ($class:ident, $output:expr $(, $kernel:expr $(, $link:expr)?)?) => {
        impl $crate::layers::Operations for keras_shape::layers::$class {
            fn operations(
                &self,
                inputs: &[keras_ops::Symbolic],
                cx: &mut $crate::model::Trace<'_>,
            ) -> $crate::Result<Vec<keras_ops::Symbolic>> {
                let output: fn(
                    &Self,
                    &[keras_ops::Symbolic],
                    &mut $crate::model::Trace<'_>,
                ) -> keras_ops::Symbolic = $output;
                Ok(vec![output(self, inputs, cx)])
            }

            $(
                fn kernel(&self, site: &$crate::engine::Site<'_>) -> $crate::Result<$crate::engine::Choice> {
                    let kernel: fn(&Self, &$crate::engine::Site<'_>) -> $crate::engine::Choice = $kernel;
                    Ok(kernel(self, site))
                }

                $(
                    fn link<'a>(
                        &'a self,
                        site: &$crate::engine::Site<'_>,
                    ) -> Option<$crate::engine::Link<'a>> {
                        let link: fn(&Self, &$crate::engine::Site<'_>) -> Option<$crate::engine::Link<'static>> =
                            $link;
                        link(self, site)
                    }
                )?
            )?
        }
    };
}
pub(crate) use one_output;

/// The numbers of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Each a float, or an integer in the bits of one.
    pub data: &'a [f32],
    /// Whether they are integers.
    pub whole: bool,
}

pub(crate) mod activate;
mod attend;
mod augment;
mod axes;
mod categories;
mod class;
mod conv_lstm;
mod images;
mod lora;
mod merge;
mod own_cells;
mod recurrent;

pub(crate) use categories::key;
pub(crate) use class::Arithmetic;
pub use class::{Class, Computes};
pub(crate) use conv_lstm::ConvLstm;
pub(crate) use embedding::{id_of, no_id, out_of_range};
pub(crate) use own_cells::over_cells;
pub(crate) use time_distributed::{folded, mask_of_output, steps_of, unfolded};

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; )*

        $(
            #[doc(inline)]
            pub use keras_shape::layers::{$class $(, $class as $alias)*};
        )*

        /// The examples on the pages run.
        #[cfg(doctest)]
        mod pages {
            $(
#[doc = concat!(keras_shape::page!($class))]
                pub struct $class;
            )*
        }

        $(
            impl Computes for $class {
                const CLASS: &'static Class = &Class::of::<$class>();
            }
        )*

        impl Class {
            /// What a layer computes whose class only its arguments say: a program with this contains all layers.
            pub(super) const ANY: &'static Class = &Class {
                trace: |config, inputs, cx| match config.variant() {
                    $( Variant::$class(layer) => layer.operations(inputs, cx), )*
                },
                check: |config, input| match config.variant() {
                    $( Variant::$class(layer) => Operations::check(layer, input), )*
                },
                kernel: |config, site| match config.variant() {
                    $( Variant::$class(layer) => Operations::kernel(layer, site), )*
                },
                link: |config, site| match config.variant() {
                    $( Variant::$class(layer) => Operations::link(layer, site), )*
                },
                reader: |config| match config.variant() {
                    $( Variant::$class(layer) => Operations::reader(layer), )*
                },
            };
        }
    };
}
for_each_layer!(table);
