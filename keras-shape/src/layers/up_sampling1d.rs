use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::positive;
use crate::{Outputs, ShapeError, Size, TensorSpec};

layer! {
    /// Repeats each step, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling1d/).
    pub struct UpSampling1D {
        /// How many times.
        size: Size = [2 = Size::Known(2)],
    }
}

impl UpSampling1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("UpSampling1D", inputs, 1, None));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 1 {
            tri!(positive("UpSampling1D", "size", self.size));
            let axis = spatial_axis(None) + i;
            out.shape = out.shape.with(axis, shape.dim(axis).times(self.size.dim()));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(UpSampling1D, Drop);
free!(UpSampling1D);
