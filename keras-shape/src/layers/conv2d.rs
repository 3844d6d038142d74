use super::check::{defined, ranked, tri};
use super::dense::activated;
use crate::geometry::{Window, conv_length, positive};
use crate::{
    Activation, Constraint, DataFormat, Dim, Initializer, Ints, MaskRule, Outputs, Padding, Regularizer, Shape,
    ShapeError, Size, TensorSpec, Text, WeightSpec, Weights,
};

layer! {
    /// 2D convolution, `(batch, height, width, channels)` to `(batch, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution2d/).
    pub struct Conv2D {
        /// The channels of the output.
        filters: Size,
        /// Height and width of the window.
        kernel_size: Ints<2>,
        /// How far the window moves.
        strides: Ints<2> = Ints::all(1),
        /// `valid` or `same`.
        padding: Padding = Padding::Valid,
        /// Where the channels are.
        data_format: Option<DataFormat> = None,
        /// How far apart the window's pixels are.
        dilation_rate: Ints<2> = Ints::all(1),
        /// Into how many groups the channels are split.
        groups: Size = Size::Known(1),
        /// Applied to the result.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        kernel_initializer: Initializer = Initializer::GLOROT_UNIFORM,
        /// How the bias begins.
        bias_initializer: Initializer = Initializer::Zeros,
        /// What the kernel adds to the loss.
        kernel_regularizer: Regularizer = Regularizer::None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = Regularizer::None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = Regularizer::None,
        /// What the kernel is held to.
        kernel_constraint: Constraint = Constraint::None,
        /// What the bias is held to.
        bias_constraint: Constraint = Constraint::None,
    }
}

const CLASS: &str = "Conv2D";
const WINDOW: Window = Window { layer: CLASS, size_arg: "kernel_size", size_word: "kernel" };

impl Conv2D {
    /// Whether the channels come before height and width.
    pub const fn channels_first(&self) -> bool {
        matches!(self.data_format, Some(DataFormat::ChannelsFirst))
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let axes = if self.channels_first() { "(batch, channels, height, width)" } else { "(batch, height, width, channels)" };
        let shape = tri!(ranked(CLASS, inputs, 4, axes));
        tri!(positive(CLASS, "filters", self.filters));
        if matches!(self.padding, Padding::Causal) {
            return Err(ShapeError::new(Text::new().s("Conv2D: `padding = causal` is for Conv1D; here it is `valid` or `same`")).arg("padding"));
        }
        let (channels, first) = if self.channels_first() { (1, 2) } else { (3, 1) };
        tri!(defined(CLASS, "the channel axis", &shape, shape.dim(channels)));
        tri!(grouped(CLASS, self.groups, shape.dim(channels), self.filters));
        tri!(stride_or_dilation(CLASS, &self.strides.0, &self.dilation_rate.0));
        let mut out = shape.with(channels, self.filters.dim());
        let mut i = 0;
        while i < 2 {
            let length = tri!(conv_length(
                shape.dim(first + i), self.kernel_size.0[i], self.strides.0[i], self.dilation_rate.0[i], self.padding, &WINDOW,
            ));
            out = out.with(first + i, length);
            i += 1;
        }
        activated(out, self.activation)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let channels = inputs[0].shape.dim(if self.channels_first() { 1 } else { 3 });
        let [h, w] = self.kernel_size.0;
        let shape = Shape::new(&[h.dim(), w.dim(), divided(channels, self.groups), self.filters.dim()]);
        Weights::NONE
            .with(
                WeightSpec::new("kernel", shape, self.kernel_initializer)
                    .regularizer(self.kernel_regularizer)
                    .constraint(self.kernel_constraint),
            )
            .with_if(
                self.use_bias,
                WeightSpec::new("bias", Shape::new(&[self.filters.dim()]), self.bias_initializer)
                    .regularizer(self.bias_regularizer)
                    .constraint(self.bias_constraint),
            )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
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
pub(crate) const fn grouped(class: &str, groups: Size, channels: Dim, filters: Size) -> Result<(), ShapeError> {
    tri!(positive(class, "groups", groups));
    let Size::Known(g) = groups else { return Ok(()) };
    if let Dim::Fixed(n) = channels
        && n % g != 0
    {
        let text = Text::new().s(class).s(": ").n(g).s(" groups do not divide the ").n(n).s(" channels of the input");
        return Err(ShapeError::new(text).arg("groups"));
    }
    if let Size::Known(n) = filters
        && n % g != 0
    {
        let text = Text::new().s(class).s(": ").n(g).s(" groups do not divide its ").n(n).s(" filters");
        return Err(ShapeError::new(text).arg("groups"));
    }
    Ok(())
}

/// Keras has no kernel that both skips positions and spreads its window.
pub(crate) const fn stride_or_dilation(class: &str, strides: &[Size], dilation: &[Size]) -> Result<(), ShapeError> {
    let (mut moves, mut spreads) = (false, false);
    let mut i = 0;
    while i < strides.len() {
        moves = moves || strides[i].or(1) > 1;
        spreads = spreads || dilation[i].or(1) > 1;
        i += 1;
    }
    if moves && spreads {
        let text = Text::new().s(class).s(": `strides` above 1 cannot be combined with `dilation_rate` above 1");
        return Err(ShapeError::new(text).help(Text::new().s("set one of the two to 1")).arg("dilation_rate"));
    }
    Ok(())
}
