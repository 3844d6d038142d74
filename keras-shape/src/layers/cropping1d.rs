use super::check::{free, tri, weightless};
use super::spatial::{spatial, spatial_axis};
use crate::geometry::cropped;
use crate::{Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Takes off steps, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping1d/).
    pub struct Cropping1D {
        /// How many before and after.
        cropping: Ints<2> = [1 = Ints::all(1)],
    }
}

impl Cropping1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial("Cropping1D", inputs, 1, None));
        let mut out = inputs[0];
        let mut i = 0;
        while i < 1 {
            let axis = spatial_axis(None) + i;
            let [before, after] = self.cropping.0;
            out.shape = out.shape.with(axis, tri!(cropped("Cropping1D", &shape, axis, before, after)));
            i += 1;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(Cropping1D, Drop);
free!(Cropping1D);
