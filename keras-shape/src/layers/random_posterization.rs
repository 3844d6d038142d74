use super::augment::{same, value_range, whole, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, leaves only some of the eight bits of the values of each image.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_posterization/).
    pub struct RandomPosterization {
        /// How many bits: from 1 to below this, or from one number to below another; two equal numbers are one.
        factor: Factor,
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomPosterization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomPosterization", "factor", self.factor, 1.0, 8.0));
        tri!(whole("RandomPosterization", "factor", self.factor));
        tri!(value_range("RandomPosterization", self.value_range));
        same("RandomPosterization", inputs, self.data_format)
    }
}

weightless!(RandomPosterization, Drop);
free!(RandomPosterization);

facts!(RandomPosterization { takes_ids: false, uses_batch: false, named_mask: None });
