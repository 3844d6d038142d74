use super::check::{any, below_one, free, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, multiplies by normally distributed noise of mean 1 and variance `rate / (1 - rate)`
    /// ([Srivastava et al.](https://jmlr.org/papers/v15/srivastava14a.html)).
    /// [Keras](https://keras.io/api/layers/regularization_layers/gaussian_dropout/).
    pub struct GaussianDropout {
        /// What `Dropout` of the same variance drops: from 0 to below 1.
        rate: f64,
        /// Makes the noise the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl GaussianDropout {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("GaussianDropout", inputs));
        tri!(below_one("GaussianDropout", "rate", self.rate));
        Ok(Outputs::float(shape))
    }
}

weightless!(GaussianDropout, Pass);
free!(GaussianDropout);

facts!(GaussianDropout { takes_ids: false, uses_batch: false, named_mask: None });
