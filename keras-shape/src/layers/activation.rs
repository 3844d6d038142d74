use super::check::{free, one, tri, weightless};
use crate::activation::{Activates, activated};
use crate::{Activation as Function, Outputs, ShapeError, TensorSpec};

layer! {
    /// Applies an activation function. [Keras](https://keras.io/api/layers/core_layers/activation/).
    pub struct Activation {
        /// The function.
        activation: Function,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Activation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        activated(tri!(one("Activation", inputs)), self.activation)
    }
}

weightless!(Activation, Pass);

free!(Activation);

facts!(Activation {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    activates: |layer| Some(Activates::Function(layer.activation)),
});
