use super::check::{free, tri, weightless};
use super::spatial::repeated;
use crate::{Ints, Outputs, ShapeError, Size, TensorSpec};

layer! {
    /// Repeats each step, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling1d/).
    #[doc(alias = "Upsample")]
    pub struct UpSampling1D {
        /// How many times.
        size: Size = [2 = Size::Known(2)],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl UpSampling1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        Ok(Outputs::one(tri!(repeated("UpSampling1D", inputs, &Ints([self.size]), None))))
    }
}

weightless!(UpSampling1D, Drop);
free!(UpSampling1D);

facts!(UpSampling1D { takes_ids: false, uses_batch: false, named_mask: None });
