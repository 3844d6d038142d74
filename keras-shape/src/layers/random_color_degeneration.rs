use super::augment::{colours, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, moves the colours of each image towards grey, or away from it.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_color_degeneration/).
    pub struct RandomColorDegeneration {
        /// How far, of the way to grey: between `-factor` and `factor`, or between two numbers.
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

impl RandomColorDegeneration {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomColorDegeneration", "factor", self.factor, -1.0, 1.0));
        tri!(value_range("RandomColorDegeneration", self.value_range));
        colours("RandomColorDegeneration", inputs, self.data_format, false)
    }
}

weightless!(RandomColorDegeneration, Drop);
free!(RandomColorDegeneration);

facts!(RandomColorDegeneration { takes_ids: false, uses_batch: false, named_mask: None });
