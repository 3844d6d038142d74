use super::augment::{colours, looked_up, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Interpolation, Outputs, ShapeError, Size, TensorSpec, ValueRange};

layer! {
    /// While training, applies augmentations of chance, one after the other, to all images of a batch.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/rand_augment/).
    pub struct RandAugment {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// How many are applied.
        num_ops: Size = [2 = Size::Known(2)],
        /// How strong they are: between 0 and this, or between two numbers.
        factor: Factor = [0.5 = Factor::one(0.5)],
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandAugment {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range("RandAugment", self.value_range));
        tri!(within("RandAugment", "factor", self.factor, 0.0, 1.0));
        tri!(looked_up("RandAugment", self.interpolation));
        colours("RandAugment", inputs, self.data_format, true)
    }
}

weightless!(RandAugment, Drop);
free!(RandAugment);

facts!(RandAugment {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    makes: |_layer| super::augment::TRANSFORMATIONS,
});
