use super::check::{any, free, not_negative, tri, weightless};
use crate::{Activates, Outputs, ShapeError, TensorSpec};

layer! {
    /// The rectified linear unit: what is below `threshold` becomes `negative_slope * (x - threshold)`, what is above
    /// `max_value` becomes that. [Keras](https://keras.io/api/layers/activation_layers/relu/).
    pub struct ReLU {
        /// The largest result.
        max_value: Option<f64> = None,
        /// The slope below the threshold.
        negative_slope: f64 = 0.0,
        /// Where the unit begins to pass its input.
        threshold: f64 = 0.0,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl ReLU {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        if let Some(max) = self.max_value {
            tri!(not_negative("ReLU", "max_value", max));
        }
        tri!(not_negative("ReLU", "negative_slope", self.negative_slope));
        tri!(not_negative("ReLU", "threshold", self.threshold));
        Ok(Outputs::float(tri!(any("ReLU", inputs))))
    }
}

weightless!(ReLU, Pass);

free!(ReLU);

facts!(ReLU {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    activates: |layer| Some(Activates::ReLU(*layer)),
});
