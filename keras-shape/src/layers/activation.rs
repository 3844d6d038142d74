use super::check::{one, tri};
use super::dense::activated;
use crate::{Activation as Function, MaskRule, Outputs, ShapeError, TensorSpec, Weights};

layer! {
    /// Applies an activation function. [Keras](https://keras.io/api/layers/core_layers/activation/).
    pub struct Activation {
        /// The function.
        activation: Function,
    }
}

impl Activation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        activated(tri!(one("Activation", inputs)).shape, self.activation)
    }

    pub(crate) const fn weights(&self, _: &[TensorSpec]) -> Weights {
        Weights::NONE
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }
}
