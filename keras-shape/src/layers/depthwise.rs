//! What convolutions of each channel on its own share: depthwise and separable ones.

use super::check::{defined, tri};
use super::conv::stride_or_dilation;
use super::dense::activated;
use super::spatial::{channel_axis, lengths, slid, spatial};
use crate::geometry::{Window, no_causal, positive};
use crate::{
    Activation, DataFormat, Dim, Ints, LinearIn, Outputs, Padding, Shape, ShapeError, Size, TensorSpec,
};

/// Declares a convolution of each channel on its own with `$n` spatial axes and Keras's arguments.
macro_rules! depthwise_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal, $axes:literal) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                #[doc = concat!(" The size of the window: ", $axes, ".")]
                kernel_size: $crate::Ints<$n>,
                /// How far the window moves.
                strides: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// `valid` or `same`.
                padding: $crate::Padding = valid,
                /// How many channels come of each one.
                depth_multiplier: $crate::Size = [1 = $crate::Size::Known(1)],
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// How far apart the window's positions are.
                dilation_rate: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// Applied to the result.
                activation: $crate::Activation = linear,
                /// Whether a bias is added.
                use_bias: bool = true,
                /// How the kernel begins.
                depthwise_initializer: $crate::Initializer = glorot_uniform,
                /// How the bias begins.
                bias_initializer: $crate::Initializer = zeros,
                /// What the kernel adds to the loss.
                depthwise_regularizer: $crate::Regularizer = None,
                /// What the bias adds to the loss.
                bias_regularizer: $crate::Regularizer = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
                /// What the kernel is held to.
                depthwise_constraint: $crate::Constraint = None,
                /// What the bias is held to.
                bias_constraint: $crate::Constraint = None,
            }
        }

        impl $class {
            const fn conv(&self) -> super::depthwise::Depthwise<'_, $n> {
                super::depthwise::Depthwise {
                    class: stringify!($class),
                    kernel: &self.kernel_size,
                    strides: &self.strides,
                    dilation: &self.dilation_rate,
                    padding: self.padding,
                    depth_multiplier: self.depth_multiplier,
                    format: self.data_format,
                    filters: None,
                    activation: self.activation,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.conv().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                use super::check::weight;
                let input = inputs[0].shape;
                $crate::Weights::NONE
                    .with(
                        weight!(self, "kernel", self.conv().kernel_shape(&input), depthwise_initializer, depthwise_regularizer, depthwise_constraint),
                    )
                    .with_if(
                        self.use_bias,
                        weight!(self, "bias", $crate::Shape::new(&[self.conv().between(&input)]), bias_initializer, bias_regularizer, bias_constraint),
                    )
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }

            /// The multiply-adds of one sample: the kernel at each place of the output.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                super::conv::at_outputs(self.output(inputs), self.weights(inputs), 1, $n, self.data_format)
            }
        }
    };
}
pub(crate) use depthwise_layer;

/// The activation of a separable convolution is given what the second of its kernels makes.
pub(crate) const LINEAR_IN_POINTWISE: &[LinearIn] = &[LinearIn::all(&["pointwise_kernel", "bias"])];

/// Declares a convolution of each channel, then of all of them, with `$n` spatial axes and Keras's arguments.
macro_rules! separable_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal, $axes:literal) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                /// The channels of the output.
                filters: $crate::Size,
                #[doc = concat!(" The size of the window: ", $axes, ".")]
                kernel_size: $crate::Ints<$n>,
                /// How far the window moves.
                strides: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// `valid` or `same`.
                padding: $crate::Padding = valid,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// How far apart the window's positions are.
                dilation_rate: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// How many channels come of each one in between.
                depth_multiplier: $crate::Size = [1 = $crate::Size::Known(1)],
                /// Applied to the result.
                activation: $crate::Activation = linear,
                /// Whether a bias is added.
                use_bias: bool = true,
                /// How the kernel of each channel begins.
                depthwise_initializer: $crate::Initializer = glorot_uniform,
                /// How the kernel of all channels begins.
                pointwise_initializer: $crate::Initializer = glorot_uniform,
                /// How the bias begins.
                bias_initializer: $crate::Initializer = zeros,
                /// What the kernel of each channel adds to the loss.
                depthwise_regularizer: $crate::Regularizer = None,
                /// What the kernel of all channels adds to the loss.
                pointwise_regularizer: $crate::Regularizer = None,
                /// What the bias adds to the loss.
                bias_regularizer: $crate::Regularizer = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
                /// What the kernel of each channel is held to.
                depthwise_constraint: $crate::Constraint = None,
                /// What the kernel of all channels is held to.
                pointwise_constraint: $crate::Constraint = None,
                /// What the bias is held to.
                bias_constraint: $crate::Constraint = None,
            }
        }

        impl $class {
            const fn conv(&self) -> super::depthwise::Depthwise<'_, $n> {
                super::depthwise::Depthwise {
                    class: stringify!($class),
                    kernel: &self.kernel_size,
                    strides: &self.strides,
                    dilation: &self.dilation_rate,
                    padding: self.padding,
                    depth_multiplier: self.depth_multiplier,
                    format: self.data_format,
                    filters: Some(self.filters),
                    activation: self.activation,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.conv().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                use super::check::weight;
                let input = inputs[0].shape;
                $crate::Weights::NONE
                    .with(
                        weight!(self, "depthwise_kernel", self.conv().kernel_shape(&input), depthwise_initializer, depthwise_regularizer, depthwise_constraint),
                    )
                    .with(
                        weight!(self, "pointwise_kernel", self.conv().pointwise_shape(&input), pointwise_initializer, pointwise_regularizer, pointwise_constraint),
                    )
                    .with_if(
                        self.use_bias,
                        weight!(self, "bias", $crate::Shape::new(&[self.filters.dim()]), bias_initializer, bias_regularizer, bias_constraint),
                    )
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }

            /// The multiply-adds of one sample: both kernels at each place of the output.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                super::conv::at_outputs(self.output(inputs), self.weights(inputs), 2, $n, self.data_format)
            }
        }
    };
}
pub(crate) use separable_layer;

/// The arguments that decide the shapes.
pub(crate) struct Depthwise<'a, const N: usize> {
    pub class: &'static str,
    pub kernel: &'a Ints<N>,
    pub strides: &'a Ints<N>,
    pub dilation: &'a Ints<N>,
    pub padding: Padding,
    pub depth_multiplier: Size,
    pub format: Option<DataFormat>,
    /// The channels of the output, where a convolution of all channels follows.
    pub filters: Option<Size>,
    pub activation: Activation,
}

impl<const N: usize> Depthwise<'_, N> {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial(self.class, inputs, N, self.format));
        if let Some(filters) = self.filters {
            tri!(positive(self.class, "filters", filters));
        }
        tri!(positive(self.class, "depth_multiplier", self.depth_multiplier));
        tri!(no_causal(self.class, self.padding));
        let channels = channel_axis(N, self.format);
        tri!(defined(self.class, "the channel axis", &shape, shape.dim(channels)));
        tri!(stride_or_dilation(self.class, &self.strides.0, &self.dilation.0));
        let window = Window { layer: self.class, size_arg: "kernel_size", size_word: "kernel" };
        let filters = match self.filters {
            Some(filters) => filters.dim(),
            None => self.between(&shape),
        };
        let slid = slid(&shape, self.kernel, self.strides, self.dilation, self.padding, self.format, &window);
        let out = tri!(slid).with(channels, filters);
        activated(out, self.activation)
    }

    /// The channels that the convolution of each channel gives.
    pub(crate) const fn between(&self, input: &Shape) -> Dim {
        input.dim(channel_axis(N, self.format)).times(self.depth_multiplier.dim())
    }

    /// `(kernel..., channels, depth_multiplier)`.
    pub(crate) const fn kernel_shape(&self, input: &Shape) -> Shape {
        lengths(self.kernel).push(input.dim(channel_axis(N, self.format))).push(self.depth_multiplier.dim())
    }

    /// `(1..., channels * depth_multiplier, filters)`.
    pub(crate) const fn pointwise_shape(&self, input: &Shape) -> Shape {
        let filters = match self.filters {
            Some(filters) => filters.dim(),
            None => Dim::Later,
        };
        lengths(&Ints::<N>::all(1)).push(self.between(input)).push(filters)
    }
}
