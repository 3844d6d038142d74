//! What the convolutions share, however many spatial axes they have.

use super::check::{defined, tri};
use super::dense::activated;
use super::spatial::{channel_axis, lengths, slid, spatial, spatial_axis};
use crate::cost::{MultiplyAdds, along, kernels};
use crate::geometry::{Window, no_causal, positive};
use crate::{
    Activation, DataFormat, Dim, Ints, Outputs, Padding, Shape, ShapeError, Size, TensorSpec, Text, Weights,
};

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
                /// The rank of what is trained in place of the kernel, which is frozen (LoRA).
                lora_rank: Option<$crate::Size> = None,
                /// What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`.
                lora_alpha: Option<f64> = None,
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
                use super::{check::tri, lora};
                let (rank, alpha) = (self.lora_rank, self.lora_alpha);
                tri!(lora::check(stringify!($class), rank, alpha, self.kernel_constraint, "kernel_constraint"));
                self.conv().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                use super::lora;
                let shape = self.conv().kernel_shape(&inputs[0].shape);
                let (rank, regularizer) = (self.lora_rank, self.kernel_regularizer);
                let kernel = $crate::WeightSpec::new("kernel", shape, self.kernel_initializer);
                let kernel = lora::kernel(kernel, rank, regularizer, self.kernel_constraint);
                let bias = $crate::Shape::new(&[self.filters.dim()]);
                let bias = super::check::weight!(
                    self, "bias", bias, bias_initializer, bias_regularizer, bias_constraint
                );
                let weights = $crate::Weights::NONE.with(kernel).with_if(self.use_bias, bias);
                lora::and_matrices(weights, lora::OF_KERNEL, &shape, rank, regularizer)
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }

            /// The multiply-adds of one sample: the kernel at each place that it takes, which is that of an output.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                super::conv::at_outputs(self.output(inputs), self.weights(inputs), 1, $n, self.data_format)
            }
        }
    };
}
pub(crate) use conv_layer;

/// The weights of a convolution with one kernel.
macro_rules! kernel_and_bias {
    ($layer:ident, $kernel:expr, $bias:expr) => {{
        use super::check::weight;
        let kernel =
            weight!($layer, "kernel", $kernel, kernel_initializer, kernel_regularizer, kernel_constraint);
        let bias = weight!($layer, "bias", $bias, bias_initializer, bias_regularizer, bias_constraint);
        $crate::Weights::NONE.with(kernel).with_if($layer.use_bias, bias)
    }};
}
pub(crate) use kernel_and_bias;

/// The multiply-adds of the first `count` weights at each place of the output, which has `n` spatial axes.
pub(crate) fn at_outputs(
    outputs: Result<Outputs, ShapeError>,
    weights: Weights,
    count: usize,
    n: usize,
    format: Option<DataFormat>,
) -> MultiplyAdds {
    let Ok(outputs) = outputs else { return MultiplyAdds::unknown() };
    let first = spatial_axis(format);
    along(kernels(weights, count), &outputs.get(0).shape, first..first + n)
}

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
        if N > 1 {
            tri!(no_causal(self.class, self.padding));
        }
        let channels = channel_axis(N, self.format);
        tri!(defined(self.class, "the channel axis", &shape, shape.dim(channels)));
        tri!(grouped(self.class, self.groups, shape.dim(channels), self.filters));
        tri!(stride_or_dilation(self.class, &self.strides.0, &self.dilation.0));
        let window = Window { layer: self.class, size_arg: "kernel_size", size_word: "kernel" };
        let slid = slid(&shape, self.kernel, self.strides, self.dilation, self.padding, self.format, &window);
        let out = tri!(slid).with(channels, self.filters.dim());
        activated(out, self.activation)
    }

    /// `(kernel..., channels / groups, filters)`.
    pub(crate) const fn kernel_shape(&self, input: &Shape) -> Shape {
        lengths(self.kernel)
            .push(divided(input.dim(channel_axis(N, self.format)), self.groups))
            .push(self.filters.dim())
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
