use super::check::{any, free, share, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, adds normally distributed noise of mean 0.
    /// [Keras](https://keras.io/api/layers/regularization_layers/gaussian_noise/).
    pub struct GaussianNoise {
        /// The standard deviation of the noise, between 0 and 1.
        stddev: f64,
        /// Makes the noise the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl GaussianNoise {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("GaussianNoise", inputs));
        tri!(share("GaussianNoise", "stddev", self.stddev));
        Ok(Outputs::float(shape))
    }
}

weightless!(GaussianNoise, Pass);
free!(GaussianNoise);

facts!(GaussianNoise { takes_ids: false, uses_batch: false, named_mask: None });
