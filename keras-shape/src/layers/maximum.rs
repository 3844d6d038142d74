use super::check::{free, tri, weightless};
use super::merge::{elementwise, some};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The largest of two tensors or more, number by number. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/maximum/).
    pub struct Maximum {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Maximum {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Maximum", inputs));
        elementwise("Maximum", inputs)
    }
}

weightless!(Maximum, PassAll);

free!(Maximum);

facts!(Maximum { takes_ids: false, uses_batch: false, named_mask: None, merges: |_layer| true });
