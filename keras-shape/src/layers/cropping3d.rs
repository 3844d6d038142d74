use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::cropped;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Takes off what is on the sides, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping3d/).
    pub struct Cropping3D {
        /// How many before and after, along each axis.
        cropping: Sides<3> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl Cropping3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("Cropping3D", inputs, 3, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 3 {
            let axis = spatial_axis(self.data_format) + i;
            let [before, after] = self.cropping.0[i].0;
            out.shape = out.shape.with(axis, tri!(cropped("Cropping3D", &shape, axis, before, after)));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(Cropping3D, Drop);
free!(Cropping3D);
