use super::check::{free, weightless};
use super::spatial::without_sides;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Takes off rows and columns, `(batch, height, width, channels)` to `(batch, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping2d/).
    pub struct Cropping2D {
        /// How many before and after, along each axis.
        cropping: Sides<2> = [0 = Sides::all(0)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Cropping2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        without_sides("Cropping2D", inputs, &self.cropping.0, self.data_format)
    }
}

weightless!(Cropping2D, Drop);
free!(Cropping2D);

facts!(Cropping2D { takes_ids: false, uses_batch: false, named_mask: None });
