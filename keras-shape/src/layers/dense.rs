use super::check::{defined, one, tri};
use crate::cost::{MultiplyAdds, along, kernels};
use crate::geometry::positive;
use crate::{
    Activation, Constraint, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size,
    TensorSpec, Text, WeightSpec, Weights, wording,
};

layer! {
    /// A fully connected layer: `activation(input · kernel + bias)` on the last axis, `(batch, ..., features)`
    /// to `(batch, ..., units)`. [Keras](https://keras.io/api/layers/core_layers/dense/).
    pub struct Dense {
        /// The size of the last axis of the output.
        units: Size,
        /// Applied to the result.
        activation: Activation = linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// What the kernel adds to the loss.
        kernel_regularizer: Regularizer = None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernel is held to.
        kernel_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
    }
}

impl Dense {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(one("Dense", inputs)).shape;
        tri!(positive("Dense", "units", self.units));
        if shape.rank() < 2 {
            let help = Text::new().s("`Reshape((1,))` makes one feature of each number");
            return Err(wording::too_few_axes("Dense", &shape, 2, "(batch, ..., features)", help));
        }
        tri!(defined("Dense", "the last axis", &shape, shape.last()));
        activated(shape.with_last(self.units.dim()), self.activation)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let units = self.units.dim();
        Weights::NONE
            .with(
                WeightSpec::new(
                    "kernel",
                    Shape::new(&[inputs[0].shape.last(), units]),
                    self.kernel_initializer,
                )
                .regularizer(self.kernel_regularizer)
                .constraint(self.kernel_constraint),
            )
            .with_if(
                self.use_bias,
                WeightSpec::new("bias", Shape::new(&[units]), self.bias_initializer)
                    .regularizer(self.bias_regularizer)
                    .constraint(self.bias_constraint),
            )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }
}

/// The shape after an activation of numbers without a mask.
pub(crate) const fn activated(shape: Shape, activation: Activation) -> Result<Outputs, ShapeError> {
    crate::activation::activated(&TensorSpec::float(shape), activation)
}

impl Dense {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let input = inputs[0].shape;
        along(kernels(self.weights(inputs), 1), &input, 1..input.rank().saturating_sub(1))
    }
}

facts!(Dense { takes_ids: false, uses_batch: false, named_mask: None });
