use super::check::{free, tri, weightless};
use super::merge::{elementwise, exactly_two};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// The difference of two tensors, number by number: the first less the second. Axes of length 1 are stretched.
    /// [Keras](https://keras.io/api/layers/merging_layers/subtract/).
    pub struct Subtract {
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Subtract {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(exactly_two("Subtract", inputs));
        elementwise("Subtract", inputs)
    }
}

weightless!(Subtract, PassAll);

free!(Subtract);

facts!(Subtract { takes_ids: false, uses_batch: false, named_mask: None });
