use super::check::{free, tri, weightless};
use super::spatial::repeated;
use crate::{DataFormat, Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Repeats each voxel, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling3d/).
    #[doc(alias = "Upsample")]
    pub struct UpSampling3D {
        /// How many times: depth, height and width.
        size: Ints<3> = [2 = Ints::all(2)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl UpSampling3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        Ok(Outputs::one(tri!(repeated("UpSampling3D", inputs, &self.size, self.data_format))))
    }
}

weightless!(UpSampling3D, Drop);
free!(UpSampling3D);

facts!(UpSampling3D { takes_ids: false, uses_batch: false, named_mask: None });
