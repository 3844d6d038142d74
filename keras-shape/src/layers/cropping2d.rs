use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::cropped;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Takes off rows and columns, `(batch, height, width, channels)` to `(batch, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping2d/).
    pub struct Cropping2D {
        /// How many before and after, along each axis.
        cropping: Sides<2> = [0 = Sides::all(0)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl Cropping2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("Cropping2D", inputs, 2, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 2 {
            let axis = spatial_axis(self.data_format) + i;
            let [before, after] = self.cropping.0[i].0;
            out.shape = out.shape.with(axis, tri!(cropped("Cropping2D", &shape, axis, before, after)));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(Cropping2D, Drop);
free!(Cropping2D);
