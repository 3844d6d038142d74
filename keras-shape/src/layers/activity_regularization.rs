use super::check::{any, free, not_negative, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// Hands its input on, and adds to the loss: `l1 * sum(|x|) + l2 * sum(x^2)`.
    /// [Keras](https://keras.io/api/layers/regularization_layers/activity_regularization/).
    pub struct ActivityRegularization {
        /// The factor of the sum of absolute values.
        l1: f64 = 0.0,
        /// The factor of the sum of squares.
        l2: f64 = 0.0,
    }
}

impl ActivityRegularization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("ActivityRegularization", inputs));
        tri!(not_negative("ActivityRegularization", "l1", self.l1));
        tri!(not_negative("ActivityRegularization", "l2", self.l2));
        Ok(Outputs::float(shape))
    }
}

weightless!(ActivityRegularization, Pass);
free!(ActivityRegularization);

facts!(ActivityRegularization { takes_ids: false, uses_batch: false, named_mask: None });
