use super::check::{free, tri, weightless};
use super::merge::{elementwise, some};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The product of two tensors or more, number by number. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/multiply/).
    pub struct Multiply {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Multiply {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Multiply", inputs));
        elementwise("Multiply", inputs)
    }
}

weightless!(Multiply, PassAll);

free!(Multiply);

facts!(Multiply { takes_ids: false, uses_batch: false, named_mask: None, merges: |_layer| true });
