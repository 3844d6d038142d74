use super::check::{free, tri, weightless};
use super::resizing::sized;
use crate::{DataFormat, Outputs, ShapeError, Size, TensorSpec};

layer! {
    /// While training, cuts a part out of images, at the same place of all images of a batch. Otherwise, and where images
    /// are smaller than the part, they are resized: of them, the largest part of the same ratio.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_crop/).
    pub struct RandomCrop {
        /// The height of what is cut out.
        height: Size,
        /// The width of what is cut out.
        width: Size,
        /// Makes the places the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomCrop {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(sized("RandomCrop", inputs, self.height, self.width, self.data_format));
        Ok(Outputs::float(shape))
    }
}

weightless!(RandomCrop, Drop);
free!(RandomCrop);

facts!(RandomCrop { takes_ids: false, uses_batch: false, named_mask: None });
