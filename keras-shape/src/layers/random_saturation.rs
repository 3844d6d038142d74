use super::augment::{colours, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, makes the colours of each image stronger or weaker.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_saturation/).
    pub struct RandomSaturation {
        /// Between `-factor` and `factor`, or between two numbers: 0.5 changes nothing, 0 makes images grey.
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

impl RandomSaturation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomSaturation", "factor", self.factor, -1.0, 1.0));
        tri!(value_range("RandomSaturation", self.value_range));
        colours("RandomSaturation", inputs, self.data_format, false)
    }
}

weightless!(RandomSaturation, Drop);
free!(RandomSaturation);

facts!(RandomSaturation { takes_ids: false, uses_batch: false, named_mask: None });
