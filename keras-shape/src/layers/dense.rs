use super::check::{defined, one, tri};
use super::lora;
use crate::cost::{MultiplyAdds, along, kernels};
use crate::geometry::positive;
use crate::{
    Activation, Constraint, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size, TensorSpec,
    Text, WeightSpec, Weights, wording,
};

layer! {
    /// A fully connected layer: `activation(input · kernel + bias)` on the last axis, `(batch, ..., features)`
    /// to `(batch, ..., units)`. [Keras](https://keras.io/api/layers/core_layers/dense/).
    #[doc(alias("Linear", "FullyConnected"))]
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
        /// The rank of what is trained in place of the kernel, which is frozen (LoRA).
        lora_rank: Option<Size> = None,
        /// What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Keras 3.15 forgets it where the layer is
        /// made with it, and not where `enable_lora` is called with it.
        lora_alpha: Option<f64> = None,
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
        tri!(lora::check(
            "Dense",
            self.lora_rank,
            self.lora_alpha,
            self.kernel_constraint,
            "kernel_constraint"
        ));
        tri!(defined("Dense", "the last axis", &shape, shape.last()));
        activated(shape.with_last(self.units.dim()), self.activation)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let units = self.units.dim();
        let shape = Shape::new(&[inputs[0].shape.last(), units]);
        let kernel = WeightSpec::new("kernel", shape, self.kernel_initializer);
        let kernel = lora::kernel(kernel, self.lora_rank, self.kernel_regularizer, self.kernel_constraint);
        let bias = WeightSpec::new("bias", Shape::new(&[units]), self.bias_initializer)
            .regularizer(self.bias_regularizer)
            .constraint(self.bias_constraint);
        let weights = Weights::NONE.with(kernel).with_if(self.use_bias, bias);
        lora::and_matrices(weights, lora::OF_KERNEL, &shape, self.lora_rank, self.kernel_regularizer)
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

facts!(Dense {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
