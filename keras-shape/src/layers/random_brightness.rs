use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, makes each image lighter or darker.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/).
    pub struct RandomBrightness {
        /// How much, of the range of values: between `-factor` and `factor`, or between two numbers.
        factor: Factor,
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

impl RandomBrightness {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomBrightness", "factor", self.factor, -1.0, 1.0));
        tri!(value_range("RandomBrightness", self.value_range));
        same("RandomBrightness", inputs, self.data_format)
    }
}

weightless!(RandomBrightness, Drop);
free!(RandomBrightness);

facts!(RandomBrightness { takes_ids: false, uses_batch: false, named_mask: None });
