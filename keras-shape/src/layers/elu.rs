use super::check::{any, free, tri, weightless};
use crate::{Activates, Outputs, ShapeError, TensorSpec};

layer! {
    /// `x`, and `alpha * (exp(x) - 1)` below 0. [Keras](https://keras.io/api/layers/activation_layers/elu/).
    pub struct ELU {
        /// The limit far below 0, with its sign turned.
        alpha: f64 = 1.0,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl ELU {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        Ok(Outputs::float(tri!(any("ELU", inputs))))
    }
}

weightless!(ELU, Pass);

free!(ELU);

facts!(ELU {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    activates: |layer| Some(Activates::ELU(*layer)),
});
