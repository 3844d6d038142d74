use super::augment::{same, value_range};
use super::check::{free, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// Stretches the values of each channel of each image to the whole range, in training and otherwise.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/auto_contrast/).
    pub struct AutoContrast {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl AutoContrast {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range("AutoContrast", self.value_range));
        same("AutoContrast", inputs, None)
    }
}

weightless!(AutoContrast, Drop);
free!(AutoContrast);

facts!(AutoContrast { takes_ids: false, uses_batch: false, named_mask: None });
