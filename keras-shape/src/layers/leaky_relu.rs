use super::check::{any, free, not_negative, tri, weightless};
use crate::{Activates, Outputs, ShapeError, TensorSpec};

layer! {
    /// `x`, and `negative_slope * x` below 0. [Keras](https://keras.io/api/layers/activation_layers/leaky_relu/).
    pub struct LeakyReLU {
        /// The slope below 0.
        negative_slope: f64 = 0.3,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl LeakyReLU {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(not_negative("LeakyReLU", "negative_slope", self.negative_slope));
        Ok(Outputs::float(tri!(any("LeakyReLU", inputs))))
    }
}

weightless!(LeakyReLU, Pass);

free!(LeakyReLU);

facts!(LeakyReLU {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    activates: |layer| Some(Activates::LeakyReLU(*layer)),
});
