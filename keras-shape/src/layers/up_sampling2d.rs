use super::check::{free, tri, weightless};
use super::spatial::repeated;
use crate::{DType, DataFormat, Interpolation, Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Makes an image a whole number of times larger.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling2d/).
    #[doc(alias = "Upsample")]
    pub struct UpSampling2D {
        /// How many times, in height and width.
        size: Ints<2> = [2 = Ints::all(2)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// How new pixels come from old ones.
        interpolation: Interpolation = nearest,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl UpSampling2D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let mut out = tri!(repeated("UpSampling2D", inputs, &self.size, self.data_format));
        if !matches!(self.interpolation, Interpolation::Nearest) {
            out.dtype = DType::Float32;
        }
        Ok(Outputs::one(out))
    }
}

weightless!(UpSampling2D, Drop);

free!(UpSampling2D);

facts!(UpSampling2D { takes_ids: false, uses_batch: false, named_mask: None });
