use super::check::{free, weightless};
use super::spatial::with_sides;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Adds rows and columns of zeros around an image.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding2d/).
    #[doc(alias("ZeroPad2d", "Pad"))]
    pub struct ZeroPadding2D {
        /// How many on each side.
        padding: Sides<2> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl ZeroPadding2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        with_sides("ZeroPadding2D", inputs, &self.padding.0, self.data_format)
    }
}

weightless!(ZeroPadding2D, Drop);

free!(ZeroPadding2D);

facts!(ZeroPadding2D { takes_ids: false, uses_batch: false, named_mask: None });
