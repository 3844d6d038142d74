use super::check::{free, tri, weightless};
use super::merge::{elementwise, some};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The smallest of two tensors or more, number by number. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/minimum/).
    pub struct Minimum {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Minimum {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Minimum", inputs));
        elementwise("Minimum", inputs)
    }
}

weightless!(Minimum, PassAll);

free!(Minimum);

facts!(Minimum { takes_ids: false, uses_batch: false, named_mask: None, merges: |_layer| true });
