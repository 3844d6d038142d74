use super::augment::same;
use super::check::{free, weightless};
use crate::{DataFormat, FlipMode, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, turns one half of the images over.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/).
    pub struct RandomFlip {
        /// Which way: `horizontal` (left and right), `vertical` or `horizontal_and_vertical`.
        mode: FlipMode = horizontal_and_vertical,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomFlip {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        same("RandomFlip", inputs, self.data_format)
    }
}

weightless!(RandomFlip, Drop);
free!(RandomFlip);

facts!(RandomFlip { takes_ids: false, uses_batch: false, named_mask: None });
