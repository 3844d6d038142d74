use super::check::{any, below_one, free, tri, weightless};
use super::dropout::fits;
use crate::{Extents, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, sets a share of the numbers to the limit of `selu` far below 0, and shifts and scales all so that
    /// mean and variance stay ([Klambauer et al.](https://arxiv.org/abs/1706.02515)).
    /// [Keras](https://keras.io/api/layers/regularization_layers/alpha_dropout/).
    pub struct AlphaDropout {
        /// The share that is dropped, from 0 to below 1.
        rate: f64,
        /// The shape in which it is decided what to drop, batch axis included: `(None, 1, None)` drops whole features.
        noise_shape: Option<Extents> = None,
        /// Makes the choice the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl AlphaDropout {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("AlphaDropout", inputs));
        tri!(below_one("AlphaDropout", "rate", self.rate));
        if let Some(noise) = self.noise_shape {
            tri!(fits("AlphaDropout", noise.0, &shape));
        }
        Ok(Outputs::float(shape))
    }
}

weightless!(AlphaDropout, Pass);
free!(AlphaDropout);

facts!(AlphaDropout { takes_ids: false, uses_batch: false, named_mask: None });
