use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, makes what is light in some of the images dark.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_invert/).
    pub struct RandomInvert {
        /// How likely it is for an image: a number between 0 and this, or between two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
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

impl RandomInvert {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomInvert", "factor", self.factor, 0.0, 1.0));
        tri!(value_range("RandomInvert", self.value_range));
        same("RandomInvert", inputs, self.data_format)
    }
}

weightless!(RandomInvert, Drop);
free!(RandomInvert);

facts!(RandomInvert { takes_ids: false, uses_batch: false, named_mask: None });
