use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, makes values of each image larger, then turns those beyond a threshold around.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/solarization/).
    pub struct Solarization {
        /// How much larger, of 255 for values up to 255: between 0 and this, or from one number of these to a part of 255.
        addition_factor: Factor = [0.0 = Factor::one(0.0)],
        /// Where the threshold is, of 255.
        threshold_factor: Factor = [0.0 = Factor::one(0.0)],
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Solarization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("Solarization", "addition_factor", self.addition_factor, 0.0, 1.0));
        tri!(within("Solarization", "threshold_factor", self.threshold_factor, 0.0, 1.0));
        tri!(value_range("Solarization", self.value_range));
        same("Solarization", inputs, self.data_format)
    }
}

weightless!(Solarization, Drop);
free!(Solarization);

facts!(Solarization { takes_ids: false, uses_batch: false, named_mask: None });
