use super::check::{free, tri, weightless};
use super::merge::{elementwise, some};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The sum of two tensors or more, number by number. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/add/).
    pub struct Add {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Add {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Add", inputs));
        elementwise("Add", inputs)
    }
}

weightless!(Add, PassAll);

free!(Add);

facts!(Add { takes_ids: false, uses_batch: false, named_mask: None, merges: |_layer| true });
