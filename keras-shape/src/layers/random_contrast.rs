use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, moves the values of each image away from their mean, or towards it.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/).
    pub struct RandomContrast {
        /// With two numbers: values are moved to between `1 - factor[0]` and `1 + factor[1]` of their distance; with one, to between 1 and `1 + factor`.
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

impl RandomContrast {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomContrast", "factor", self.factor, 0.0, 1.0));
        tri!(value_range("RandomContrast", self.value_range));
        same("RandomContrast", inputs, self.data_format)
    }
}

weightless!(RandomContrast, Drop);
free!(RandomContrast);

facts!(RandomContrast { takes_ids: false, uses_batch: false, named_mask: None });
