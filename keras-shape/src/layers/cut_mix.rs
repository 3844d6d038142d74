use super::augment::{mixed, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, puts a rectangle of another image of the batch into each: `images => CutMix()`. With labels
    /// `(batch, classes)` it gives both, the labels mixed by the size of the rectangle:
    /// `let (x, y) = [images, labels] => CutMix();`.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/cut_mix/).
    pub struct CutMix {
        /// What the parameter of the beta distribution that sizes are drawn from lies between: 0 and this, or two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
    }
}

impl CutMix {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("CutMix", "factor", self.factor, 0.0, 1.0));
        mixed("CutMix", inputs, self.data_format)
    }
}

weightless!(CutMix, Drop);
free!(CutMix);

facts!(CutMix { takes_ids: false, uses_batch: true, named_mask: None });
