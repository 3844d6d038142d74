use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::positive;
use crate::{DataFormat, Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Repeats each voxel, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling3d/).
    pub struct UpSampling3D {
        /// How many times: depth, height and width.
        size: Ints<3> = [2 = Ints::all(2)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl UpSampling3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("UpSampling3D", inputs, 3, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 3 {
            tri!(positive("UpSampling3D", "size", self.size.0[i]));
            let axis = spatial_axis(self.data_format) + i;
            out.shape = out.shape.with(axis, shape.dim(axis).times(self.size.0[i].dim()));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(UpSampling3D, Drop);
free!(UpSampling3D);
