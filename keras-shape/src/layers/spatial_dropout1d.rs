use super::check::{free, ranked, share, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, drops whole features of a sequence `(batch, time, features)`.
    /// [Keras](https://keras.io/api/layers/regularization_layers/spatial_dropout1d/).
    #[doc(alias = "Dropout1d")]
    pub struct SpatialDropout1D {
        /// The share that is dropped.
        rate: f64,
        /// Makes the choice the same in every run.
        seed: Option<u64> = None,
    }
}

impl SpatialDropout1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(ranked("SpatialDropout1D", inputs, 3, "(batch, time, features)"));
        tri!(share("SpatialDropout1D", "rate", self.rate));
        Ok(Outputs::float(shape))
    }
}

weightless!(SpatialDropout1D, Pass);

free!(SpatialDropout1D);

facts!(SpatialDropout1D { takes_ids: false, uses_batch: false, named_mask: None });
