use super::augment::{filled, same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Numbers, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, fills a rectangle in some of the images.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_erasing/).
    pub struct RandomErasing {
        /// How likely it is for an image: a number between 0 and this, or between two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
        /// How large the rectangle is, of the image: between 0 and this, or between two numbers.
        scale: Factor = [(0.02, 0.33) = Factor::between(0.02, 0.33)],
        /// With what it is filled, or with one value for each of three channels; with noise if not given.
        fill_value: Option<Numbers> = None,
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

impl RandomErasing {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomErasing", "factor", self.factor, 0.0, 1.0));
        tri!(within("RandomErasing", "scale", self.scale, 0.0, 1.0));
        tri!(value_range("RandomErasing", self.value_range));
        let out = tri!(same("RandomErasing", inputs, self.data_format));
        tri!(filled("RandomErasing", self.fill_value, &inputs[0].shape, self.data_format));
        Ok(out)
    }
}

weightless!(RandomErasing, Drop);
free!(RandomErasing);

facts!(RandomErasing { takes_ids: false, uses_batch: false, named_mask: None });
