use super::check::{free, weightless};
use super::spatial::with_sides;
use crate::{DataFormat, Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Adds steps of zeros, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding1d/).
    #[doc(alias = "Pad")]
    pub struct ZeroPadding1D {
        /// How many before and after.
        padding: Ints<2> = [1 = Ints::all(1)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl ZeroPadding1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        with_sides("ZeroPadding1D", inputs, &[self.padding], self.data_format)
    }
}

weightless!(ZeroPadding1D, Drop);
free!(ZeroPadding1D);

facts!(ZeroPadding1D { takes_ids: false, uses_batch: false, named_mask: None });
