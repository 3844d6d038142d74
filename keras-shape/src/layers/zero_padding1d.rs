use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::padded;
use crate::{DataFormat, Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Adds steps of zeros, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding1d/).
    pub struct ZeroPadding1D {
        /// How many before and after.
        padding: Ints<2> = [1 = Ints::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl ZeroPadding1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("ZeroPadding1D", inputs, 1, self.data_format));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 1 {
            let axis = spatial_axis(self.data_format) + i;
            let [before, after] = self.padding.0;
            out.shape = out.shape.with(axis, padded(shape.dim(axis), before, after));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(ZeroPadding1D, Drop);
free!(ZeroPadding1D);
