use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, makes each image sharper, or less sharp.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_sharpness/).
    pub struct RandomSharpness {
        /// Between 0 and this, or between two numbers: 0.5 changes nothing, 0 is the least sharp.
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

impl RandomSharpness {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomSharpness", "factor", self.factor, 0.0, 1.0));
        tri!(value_range("RandomSharpness", self.value_range));
        same("RandomSharpness", inputs, self.data_format)
    }
}

weightless!(RandomSharpness, Drop);
free!(RandomSharpness);

facts!(RandomSharpness { takes_ids: false, uses_batch: false, named_mask: None });
