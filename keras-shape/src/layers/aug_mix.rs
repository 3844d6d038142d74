use super::augment::{above_zero, colours, looked_up, same, value_range, within};
use super::check::{free, tri, weightless};
use crate::geometry::positive;
use crate::{DataFormat, Factor, Interpolation, Outputs, ShapeError, Size, TensorSpec, ValueRange};

layer! {
    /// While training, mixes each image with what chains of other augmentations make of it.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/aug_mix/).
    pub struct AugMix {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// How many chains there are.
        num_chains: Size = [3 = Size::Known(3)],
        /// How many augmentations a chain has.
        chain_depth: Size = [3 = Size::Known(3)],
        /// How strong the augmentations are: between 0 and this, or between two numbers.
        factor: Factor = [0.3 = Factor::one(0.3)],
        /// How evenly the chains are mixed, and the image with them: the parameter of a Dirichlet and a beta distribution.
        alpha: f64 = 1.0,
        /// Whether brightness, contrast, colours and sharpness are changed too.
        all_ops: bool = true,
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

impl AugMix {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range("AugMix", self.value_range));
        tri!(positive("AugMix", "num_chains", self.num_chains));
        tri!(positive("AugMix", "chain_depth", self.chain_depth));
        tri!(within("AugMix", "factor", self.factor, 0.0, 1.0));
        tri!(above_zero("AugMix", "alpha", self.alpha));
        tri!(looked_up("AugMix", self.interpolation));
        // Colours are changed by some of all operations only.
        if self.all_ops {
            return colours("AugMix", inputs, self.data_format, true);
        }
        same("AugMix", inputs, self.data_format)
    }
}

weightless!(AugMix, Drop);
free!(AugMix);

facts!(AugMix {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    makes: |_layer| super::augment::TRANSFORMATIONS,
});
