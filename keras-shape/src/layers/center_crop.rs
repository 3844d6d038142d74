use super::check::{free, tri, weightless};
use super::resizing::sized;
use crate::{DataFormat, Outputs, ShapeError, Size, TensorSpec};

layer! {
    /// Cuts the middle out of images. Smaller ones are made larger: of them, the largest part of the same ratio.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/center_crop/).
    pub struct CenterCrop {
        /// The height of what is cut out.
        height: Size,
        /// The width of what is cut out.
        width: Size,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl CenterCrop {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(sized("CenterCrop", inputs, self.height, self.width, self.data_format));
        Ok(Outputs::float(shape))
    }
}

weightless!(CenterCrop, Drop);
free!(CenterCrop);

facts!(CenterCrop { takes_ids: false, uses_batch: false, named_mask: None });
