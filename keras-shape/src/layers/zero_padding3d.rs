use super::check::{free, weightless};
use super::spatial::with_sides;
use crate::{DataFormat, Outputs, ShapeError, Sides, TensorSpec};

layer! {
    /// Adds zeros on all sides, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding3d/).
    #[doc(alias = "Pad")]
    pub struct ZeroPadding3D {
        /// How many before and after, along each axis.
        padding: Sides<3> = [1 = Sides::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl ZeroPadding3D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        with_sides("ZeroPadding3D", inputs, &self.padding.0, self.data_format)
    }
}

weightless!(ZeroPadding3D, Drop);
free!(ZeroPadding3D);

facts!(ZeroPadding3D { takes_ids: false, uses_batch: false, named_mask: None });
