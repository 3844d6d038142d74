use super::augment::{colours, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, moves the colours of each image around the circle of colours.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_hue/).
    pub struct RandomHue {
        /// How far, of half the circle: between 0 and this either way, or between two numbers.
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

impl RandomHue {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomHue", "factor", self.factor, 0.0, 1.0));
        tri!(value_range("RandomHue", self.value_range));
        colours("RandomHue", inputs, self.data_format, false)
    }
}

weightless!(RandomHue, Drop);
free!(RandomHue);

facts!(RandomHue { takes_ids: false, uses_batch: false, named_mask: None });
