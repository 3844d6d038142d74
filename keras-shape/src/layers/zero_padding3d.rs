use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::padded;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Adds zeros on all sides, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding3d/).
    pub struct ZeroPadding3D {
        /// How many before and after, along each axis.
        padding: Sides<3> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl ZeroPadding3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("ZeroPadding3D", inputs, 3, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 3 {
            let axis = spatial_axis(self.data_format) + i;
            let [before, after] = self.padding.0[i].0;
            out.shape = out.shape.with(axis, padded(shape.dim(axis), before, after));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(ZeroPadding3D, Drop);
free!(ZeroPadding3D);
