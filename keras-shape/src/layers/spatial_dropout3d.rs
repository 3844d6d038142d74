use super::check::{free, share, tri, weightless};
use super::spatial::spatial;
use crate::{DataFormat, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, drops whole channels of a volume.
    /// [Keras](https://keras.io/api/layers/regularization_layers/spatial_dropout3d/).
    pub struct SpatialDropout3D {
        /// The share that is dropped.
        rate: f64,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the choice the same in every run.
        seed: Option<u64> = None,
    }
}

impl SpatialDropout3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("SpatialDropout3D", inputs, 3, self.data_format));
        tri!(share("SpatialDropout3D", "rate", self.rate));
        Ok(Outputs::float(shape))
    }
}

weightless!(SpatialDropout3D, Pass);

free!(SpatialDropout3D);
