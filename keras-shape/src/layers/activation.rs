use super::check::{any, free, tri, weightless};
use super::dense::activated;
use crate::{Activation as Function, Outputs, ShapeError, TensorSpec};

layer! {
    /// Applies an activation function. [Keras](https://keras.io/api/layers/core_layers/activation/).
    pub struct Activation {
        /// The function.
        activation: Function,
    }
}

impl Activation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        activated(tri!(any("Activation", inputs)), self.activation)
    }
}

weightless!(Activation, Pass);

free!(Activation);

facts!(Activation { takes_ids: false, uses_batch: false, named_mask: None });
