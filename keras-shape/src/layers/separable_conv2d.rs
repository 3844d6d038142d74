use super::depthwise::Depthwise;
use crate::cost::{MultiplyAdds, along, kernels};
use crate::{
    Activation, Constraint, DataFormat, Initializer, Ints, MaskRule, Outputs, Padding, Regularizer, Shape, ShapeError,
    Size, TensorSpec, WeightSpec, Weights,
};

layer! {
    /// 2D convolution of each channel on its own, then of all channels at each place, `(batch, height, width, channels)` to
    /// `(batch, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/separable_convolution2d/).
    pub struct SeparableConv2D {
        /// The channels of the output.
        filters: Size,
        /// The size of the window: height and width.
        kernel_size: Ints<2>,
        /// How far the window moves.
        strides: Ints<2> = [1 = Ints::all(1)],
        /// `valid` or `same`.
        padding: Padding = valid,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// How far apart the window's positions are.
        dilation_rate: Ints<2> = [1 = Ints::all(1)],
        /// How many channels come of each one in between.
        depth_multiplier: Size = [1 = Size::Known(1)],
        /// Applied to the result.
        activation: Activation = linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel of each channel begins.
        depthwise_initializer: Initializer = glorot_uniform,
        /// How the kernel of all channels begins.
        pointwise_initializer: Initializer = glorot_uniform,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// What the kernel of each channel adds to the loss.
        depthwise_regularizer: Regularizer = None,
        /// What the kernel of all channels adds to the loss.
        pointwise_regularizer: Regularizer = None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernel of each channel is held to.
        depthwise_constraint: Constraint = None,
        /// What the kernel of all channels is held to.
        pointwise_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
    }
}

impl SeparableConv2D {
    const fn conv(&self) -> Depthwise<'_, 2> {
        Depthwise {
            class: "SeparableConv2D",
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

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        self.conv().output(inputs)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let input = inputs[0].shape;
        Weights::NONE
            .with(
                WeightSpec::new("depthwise_kernel", self.conv().kernel_shape(&input), self.depthwise_initializer)
                    .regularizer(self.depthwise_regularizer)
                    .constraint(self.depthwise_constraint),
            )
            .with(
                WeightSpec::new("pointwise_kernel", self.conv().pointwise_shape(&input), self.pointwise_initializer)
                    .regularizer(self.pointwise_regularizer)
                    .constraint(self.pointwise_constraint),
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

    /// The multiply-adds of one sample: both kernels at each place of the output.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(outputs) = self.output(inputs) else { return MultiplyAdds::unknown() };
        let first = super::steps_axis(self.data_format);
        along(kernels(self.weights(inputs), 2), &outputs.get(0).shape, first..first + 2)
    }
}
