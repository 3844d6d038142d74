use super::augment::{above_zero, mixed};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, mixes each image with another one of the batch: `images => MixUp()`. With labels `(batch, classes)`
    /// it gives both, mixed alike: `let (x, y) = [images, labels] => MixUp();`.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/mix_up/).
    pub struct MixUp {
        /// How evenly two images are mixed: the parameter of a beta distribution.
        alpha: f64 = 0.2,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
    }
}

impl MixUp {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(above_zero("MixUp", "alpha", self.alpha));
        mixed("MixUp", inputs, self.data_format)
    }
}

weightless!(MixUp, Drop);
free!(MixUp);

facts!(MixUp { takes_ids: false, uses_batch: true, named_mask: None });
