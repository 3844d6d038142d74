use super::depthwise::Depthwise;
use crate::cost::{MultiplyAdds, along, kernels};
use crate::{
    Activation, Constraint, DataFormat, Initializer, Ints, MaskRule, Outputs, Padding, Regularizer, Shape, ShapeError,
    Size, TensorSpec, WeightSpec, Weights,
};

layer! {
    /// 1D convolution of each channel on its own, `(batch, steps, channels)` to
    /// `(batch, new_steps, channels * depth_multiplier)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/).
    pub struct DepthwiseConv1D {
        /// The size of the window: steps.
        kernel_size: Ints<1>,
        /// How far the window moves.
        strides: Ints<1> = [1 = Ints::all(1)],
        /// `valid` or `same`.
        padding: Padding = valid,
        /// How many channels come of each one.
        depth_multiplier: Size = [1 = Size::Known(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// How far apart the window's positions are.
        dilation_rate: Ints<1> = [1 = Ints::all(1)],
        /// Applied to the result.
        activation: Activation = linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        depthwise_initializer: Initializer = glorot_uniform,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// What the kernel adds to the loss.
        depthwise_regularizer: Regularizer = None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernel is held to.
        depthwise_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
    }
}

impl DepthwiseConv1D {
    const fn conv(&self) -> Depthwise<'_, 1> {
        Depthwise {
            class: "DepthwiseConv1D",
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

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        self.conv().output(inputs)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let input = inputs[0].shape;
        Weights::NONE
            .with(
                WeightSpec::new("kernel", self.conv().kernel_shape(&input), self.depthwise_initializer)
                    .regularizer(self.depthwise_regularizer)
                    .constraint(self.depthwise_constraint),
            )
            .with_if(
                self.use_bias,
                WeightSpec::new("bias", Shape::new(&[self.conv().between(&input)]), self.bias_initializer)
                    .regularizer(self.bias_regularizer)
                    .constraint(self.bias_constraint),
            )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
    }

    /// The multiply-adds of one sample: the kernel at each place of the output.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(outputs) = self.output(inputs) else { return MultiplyAdds::unknown() };
        let first = super::steps_axis(self.data_format);
        along(kernels(self.weights(inputs), 1), &outputs.get(0).shape, first..first + 1)
    }
}
