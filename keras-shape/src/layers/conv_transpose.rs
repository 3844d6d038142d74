//! What the transposed convolutions share, however many spatial axes they have.

use super::check::{defined, tri};
use super::conv::stride_or_dilation;
use super::dense::activated;
use super::spatial::{channel_axis, lengths, spatial, spatial_axis};
use crate::geometry::{no_causal, positive, zero};
use crate::{
    Activation, DataFormat, Dim, Follows, Ints, Outputs, Padding, Shape, ShapeError, Size, TensorSpec, Text,
};

/// Declares a transposed convolution of `$n` spatial axes; its arguments are in Keras's order, which is another one in
/// three axes.
macro_rules! conv_transpose_layer {
    (
        $(#[$meta:meta])* $class:ident, $n:literal, $axes:literal,
        { $( $(#[doc = $doc:expr])* $arg:ident : $ty:ty = $default:tt ),* $(,)? }
    ) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                /// The channels of the output.
                filters: $crate::Size,
                #[doc = concat!(" The size of the window: ", $axes, ".")]
                kernel_size: $crate::Ints<$n>,
                /// How many times longer the output is: how far the window moves over it.
                strides: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// `valid` or `same`.
                padding: $crate::Padding = valid,
                $( $(#[doc = $doc])* $arg: $ty = $default, )*
                /// How far apart the window's positions are.
                dilation_rate: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// Applied to the result.
                activation: $crate::Activation = linear,
                /// Whether a bias is added.
                use_bias: bool = true,
                /// How the kernel begins.
                kernel_initializer: $crate::Initializer = glorot_uniform,
                /// How the bias begins.
                bias_initializer: $crate::Initializer = zeros,
                /// What the kernel adds to the loss.
                kernel_regularizer: $crate::Regularizer = None,
                /// What the bias adds to the loss.
                bias_regularizer: $crate::Regularizer = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
                /// What the kernel is held to.
                kernel_constraint: $crate::Constraint = None,
                /// What the bias is held to.
                bias_constraint: $crate::Constraint = None,
            }
        }

        impl $class {
            const fn conv(&self) -> super::conv_transpose::ConvTranspose<'_, $n> {
                super::conv_transpose::ConvTranspose {
                    class: stringify!($class),
                    filters: self.filters,
                    kernel: &self.kernel_size,
                    strides: &self.strides,
                    dilation: &self.dilation_rate,
                    padding: self.padding,
                    output_padding: self.output_padding,
                    format: self.data_format,
                    activation: self.activation,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.conv().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                let kernel = self.conv().kernel_shape(&inputs[0].shape);
                super::conv::kernel_and_bias!(self, kernel, $crate::Shape::new(&[self.filters.dim()]))
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }

            /// The multiply-adds of one sample: the kernel at each place of the input.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                let first = super::steps_axis(self.data_format);
                let kernel = $crate::cost::kernels(self.weights(inputs), 1);
                $crate::cost::along(kernel, &inputs[0].shape, first..first + $n)
            }
        }
    };
}
pub(crate) use conv_transpose_layer;

/// The arguments of a transposed convolution that decide its shapes.
pub(crate) struct ConvTranspose<'a, const N: usize> {
    pub class: &'static str,
    pub filters: Size,
    pub kernel: &'a Ints<N>,
    pub strides: &'a Ints<N>,
    pub dilation: &'a Ints<N>,
    pub padding: Padding,
    pub output_padding: Option<Ints<N>>,
    pub format: Option<DataFormat>,
    pub activation: Activation,
}

impl<const N: usize> ConvTranspose<'_, N> {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial(self.class, inputs, N, self.format));
        tri!(positive(self.class, "filters", self.filters));
        tri!(no_causal(self.class, self.padding));
        let channels = channel_axis(N, self.format);
        tri!(defined(self.class, "the channel axis", &shape, shape.dim(channels)));
        tri!(stride_or_dilation(self.class, &self.strides.0, &self.dilation.0));
        let mut out = shape.with(channels, self.filters.dim());
        let mut i = 0;
        while i < N {
            let axis = spatial_axis(self.format) + i;
            out = out.with(axis, tri!(self.length(shape.dim(axis), i)));
            i += 1;
        }
        activated(out, self.activation)
    }

    /// The length of spatial axis `i` of the output.
    const fn length(&self, length: Dim, i: usize) -> Result<Dim, ShapeError> {
        let (kernel, stride, dilation) = (self.kernel.0[i], self.strides.0[i], self.dilation.0[i]);
        if kernel.is_zero() {
            return Err(zero(self.class, "kernel_size"));
        }
        if stride.is_zero() {
            return Err(zero(self.class, "strides"));
        }
        if dilation.is_zero() {
            return Err(zero(self.class, "dilation_rate"));
        }
        let more = match self.output_padding {
            Some(more) => match (more.0[i], stride) {
                (Size::Known(more), Size::Known(stride)) if more >= stride => {
                    let text = Text::new().s(self.class).s(": `output_padding` of ").n(more);
                    let text = text.s(" is not less than `strides` of ").n(stride);
                    return Err(ShapeError::new(text).arg("output_padding"));
                }
                (Size::Known(more), _) => Some(more),
                _ => return Ok(Dim::Later),
            },
            None => None,
        };
        let (Size::Known(k), Size::Known(s), Size::Known(d)) = (kernel, stride, dilation) else {
            return Ok(if length.is_dynamic() { Dim::NONE } else { Dim::Later });
        };
        let reach = d.saturating_mul(k - 1).saturating_add(1);
        // What there is beyond `(length - 1) * stride`.
        let rest = match (self.padding, more) {
            (Padding::Same, None) => s,
            (Padding::Same, Some(more)) => reach % 2 + more,
            (_, None) => {
                if reach > s {
                    reach
                } else {
                    s
                }
            }
            (_, Some(more)) => reach.saturating_add(more),
        };
        let whole = length.times(Dim::Fixed(s));
        let out = if rest >= s {
            whole.then(Follows::plus(rest - s))
        } else {
            whole.then(Follows::window(s - rest + 1, 1))
        };
        if let Dim::Fixed(0) = out {
            let text = Text::new().s(self.class).s(": nothing is left of an axis of ").d(length);
            let help = Text::new().s("leave out `output_padding`, or use `padding = valid`");
            return Err(ShapeError::new(text).help(help).arg("output_padding"));
        }
        Ok(out)
    }

    /// `(kernel..., filters, channels)`.
    pub(crate) const fn kernel_shape(&self, input: &Shape) -> Shape {
        lengths(self.kernel).push(self.filters.dim()).push(input.dim(channel_axis(N, self.format)))
    }
}
