use super::augment::{same, value_range};
use super::check::{free, tri, weightless};
use crate::geometry::positive;
use crate::{DataFormat, Outputs, ShapeError, Size, TensorSpec, ValueRange};

layer! {
    /// While training, makes all values of a channel equally frequent in the images of a batch.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/equalization/).
    pub struct Equalization {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// How many values are told apart.
        bins: Size = [256 = Size::Known(256)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Equalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range("Equalization", self.value_range));
        tri!(positive("Equalization", "bins", self.bins));
        same("Equalization", inputs, self.data_format)
    }
}

weightless!(Equalization, Drop);
free!(Equalization);

facts!(Equalization { takes_ids: false, uses_batch: false, named_mask: None });
