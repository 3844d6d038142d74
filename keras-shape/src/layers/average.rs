use super::check::{free, tri, weightless};
use super::merge::{elementwise, some};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The mean of two tensors or more, number by number. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/average/).
    pub struct Average {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Average {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Average", inputs));
        // A mean of integers is not always whole.
        Ok(Outputs::float(tri!(elementwise("Average", inputs)).get(0).shape))
    }
}

weightless!(Average, PassAll);

free!(Average);

facts!(Average { takes_ids: false, uses_batch: false, named_mask: None, merges: |_layer| true });
