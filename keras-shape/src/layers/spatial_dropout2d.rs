use super::check::{free, share, tri, weightless};
use super::spatial::spatial;
use crate::{DataFormat, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, drops whole channels of an image.
    /// [Keras](https://keras.io/api/layers/regularization_layers/spatial_dropout2d/).
    pub struct SpatialDropout2D {
        /// The share that is dropped.
        rate: f64,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the choice the same in every run.
        seed: Option<u64> = None,
    }
}

impl SpatialDropout2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("SpatialDropout2D", inputs, 2, self.data_format));
        tri!(share("SpatialDropout2D", "rate", self.rate));
        Ok(Outputs::float(shape))
    }
}

weightless!(SpatialDropout2D, Pass);

free!(SpatialDropout2D);
