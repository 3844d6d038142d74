use super::check::{free, weightless};
use super::spatial::without_sides;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Takes off what is on the sides, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping3d/).
    pub struct Cropping3D {
        /// How many before and after, along each axis.
        cropping: Sides<3> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Cropping3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        without_sides("Cropping3D", inputs, &self.cropping.0, self.data_format)
    }
}

weightless!(Cropping3D, Drop);
free!(Cropping3D);

facts!(Cropping3D { takes_ids: false, uses_batch: false, named_mask: None });
