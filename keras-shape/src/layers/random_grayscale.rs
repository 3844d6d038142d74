use super::augment::colours;
use super::check::{free, share, tri, weightless};
use crate::{DataFormat, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, makes some of the images grey.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_grayscale/).
    pub struct RandomGrayscale {
        /// How likely it is for an image.
        factor: f64 = 0.5,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomGrayscale {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(share("RandomGrayscale", "factor", self.factor));
        colours("RandomGrayscale", inputs, self.data_format, true)
    }
}

weightless!(RandomGrayscale, Drop);
free!(RandomGrayscale);

facts!(RandomGrayscale { takes_ids: false, uses_batch: false, named_mask: None });
