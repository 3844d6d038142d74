//! What the convolutions share, however many spatial axes they have.

use super::check::{defined, tri};
use super::dense::activated;
use super::spatial::{channel_axis, spatial, spatial_axis};
use crate::geometry::{Window, conv_length, positive};
use crate::{Activation, DataFormat, Dim, Ints, Outputs, Padding, Shape, ShapeError, Size, TensorSpec, Text};

/// Declares a convolution of `$n` spatial axes with Keras's arguments.
macro_rules! conv_layer {
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
                /// What happens at the border.
                padding: $crate::Padding = valid,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// How far apart the window's positions are.
                dilation_rate: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// Into how many groups the channels are split.
                groups: $crate::Size = [1 = $crate::Size::Known(1)],
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
            const fn conv(&self) -> super::conv::Conv<'_, $n> {
                super::conv::Conv {
                    class: stringify!($class),
                    filters: self.filters,
                    kernel: &self.kernel_size,
                    strides: &self.strides,
                    dilation: &self.dilation_rate,
                    padding: self.padding,
                    format: self.data_format,
                    groups: self.groups,
                    activation: self.activation,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.conv().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                let kernel = self.conv().kernel_shape(&inputs[0].shape);
                let bias = $crate::Shape::new(&[self.filters.dim()]);
                $crate::Weights::NONE
                    .with(
                        $crate::WeightSpec::new("kernel", kernel, self.kernel_initializer)
                            .regularizer(self.kernel_regularizer)
                            .constraint(self.kernel_constraint),
                    )
                    .with_if(
                        self.use_bias,
                        $crate::WeightSpec::new("bias", bias, self.bias_initializer)
                            .regularizer(self.bias_regularizer)
                            .constraint(self.bias_constraint),
                    )
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }
        }
    };
}
pub(crate) use conv_layer;

/// The arguments of a convolution that decide its shapes.
pub(crate) struct Conv<'a, const N: usize> {
    pub class: &'static str,
    pub filters: Size,
    pub kernel: &'a Ints<N>,
    pub strides: &'a Ints<N>,
    pub dilation: &'a Ints<N>,
    pub padding: Padding,
    pub format: Option<DataFormat>,
    pub groups: Size,
    pub activation: Activation,
}

impl<const N: usize> Conv<'_, N> {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial(self.class, inputs, N, self.format));
        tri!(positive(self.class, "filters", self.filters));
        if N > 1 && matches!(self.padding, Padding::Causal) {
            let text = Text::new()
                .s(self.class)
                .s(": `padding = causal` is for Conv1D; here it is `valid` or `same`");
            return Err(ShapeError::new(text).arg("padding"));
        }
        let channels = channel_axis(N, self.format);
        tri!(defined(self.class, "the channel axis", &shape, shape.dim(channels)));
        tri!(grouped(self.class, self.groups, shape.dim(channels), self.filters));
        tri!(stride_or_dilation(self.class, &self.strides.0, &self.dilation.0));
        let window = Window { layer: self.class, size_arg: "kernel_size", size_word: "kernel" };
        let mut out = shape.with(channels, self.filters.dim());
        let mut i = 0;
        while i < N {
            let axis = spatial_axis(self.format) + i;
            let (kernel, stride, dilation) = (self.kernel.0[i], self.strides.0[i], self.dilation.0[i]);
            let length = tri!(conv_length(shape.dim(axis), kernel, stride, dilation, self.padding, &window));
            out = out.with(axis, length);
            i += 1;
        }
        activated(out, self.activation)
    }

    /// `(kernel..., channels / groups, filters)`.
    pub(crate) const fn kernel_shape(&self, input: &Shape) -> Shape {
        let mut shape = Shape::new(&[]);
        let mut i = 0;
        while i < N {
            shape = shape.push(self.kernel.0[i].dim());
            i += 1;
        }
        shape.push(divided(input.dim(channel_axis(N, self.format)), self.groups)).push(self.filters.dim())
    }
}

/// `dim / by`, where both are known.
pub(crate) const fn divided(dim: Dim, by: Size) -> Dim {
    match (dim, by) {
        (Dim::Fixed(n), Size::Known(by)) if by > 0 => Dim::Fixed(n / by),
        (dim, Size::Known(1)) => dim,
        _ => Dim::Later,
    }
}

/// Groups must divide the channels that come in and those that go out.
pub(crate) const fn grouped(
    class: &str,
    groups: Size,
    channels: Dim,
    filters: Size,
) -> Result<(), ShapeError> {
    tri!(positive(class, "groups", groups));
    let Size::Known(g) = groups else { return Ok(()) };
    let text = Text::new().s(class).s(": ").n(g).s(" groups do not divide ");
    if let Dim::Fixed(n) = channels
        && n % g != 0
    {
        let help = Text::new().s("`groups` must divide the channels of the input and `filters`");
        return Err(ShapeError::new(text.s("the ").n(n).s(" channels of the input"))
            .help(help)
            .arg("groups"));
    }
    if let Size::Known(n) = filters
        && n % g != 0
    {
        let help = Text::new().s("with ").n(g).s(" groups, `filters` can be ");
        let help = match n.checked_next_multiple_of(g) {
            Some(more) => help.n(more),
            // `groups` beyond any number of channels.
            None => help.n(g),
        };
        return Err(ShapeError::new(text.s("its ").n(n).s(" filters")).help(help).arg("groups"));
    }
    Ok(())
}

/// Keras has no kernel that both skips positions and spreads its window.
pub(crate) const fn stride_or_dilation(
    class: &str,
    strides: &[Size],
    dilation: &[Size],
) -> Result<(), ShapeError> {
    let (mut moves, mut spreads) = (1, 1);
    let mut i = 0;
    while i < strides.len() {
        moves = if strides[i].or(1) > moves { strides[i].or(1) } else { moves };
        spreads = if dilation[i].or(1) > spreads { dilation[i].or(1) } else { spreads };
        i += 1;
    }
    if moves > 1 && spreads > 1 {
        let text = Text::new()
            .s(class)
            .s(": `strides` of ")
            .n(moves)
            .s(" cannot be combined with `dilation_rate` of ")
            .n(spreads);
        return Err(ShapeError::new(text)
            .help(Text::new().s("set one of the two to 1"))
            .arg("dilation_rate"));
    }
    Ok(())
}
