use super::check::{free, one, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// Hands its input on as it is. [Keras](https://keras.io/api/layers/core_layers/identity/).
    pub struct Identity {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Identity {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        Ok(Outputs::one(*tri!(one("Identity", inputs))))
    }
}

weightless!(Identity, Pass);

free!(Identity);

facts!(Identity {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});
