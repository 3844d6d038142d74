use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::padded;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Adds rows and columns of zeros around an image.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding2d/).
    pub struct ZeroPadding2D {
        /// How many on each side.
        padding: Sides<2> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl ZeroPadding2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("ZeroPadding2D", inputs, 2, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 2 {
            let axis = spatial_axis(self.data_format) + i;
            let [before, after] = self.padding.0[i].0;
            out.shape = out.shape.with(axis, padded(shape.dim(axis), before, after));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(ZeroPadding2D, Drop);

free!(ZeroPadding2D);
