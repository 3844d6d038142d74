use super::augment::{looked_up, same, within};
use super::check::{free, share, tri, weightless};
use crate::{DataFormat, Factor, Interpolation, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, shows images as seen from elsewhere.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_perspective/).
    pub struct RandomPerspective {
        /// How likely it is for an image: a number between 0 and this, or between two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
        /// How far the corners move, of the image.
        scale: f64 = 1.0,
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// The value beyond the edges where `fill_mode` is `constant`.
        fill_value: f64 = 0.0,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomPerspective {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomPerspective", "factor", self.factor, 0.0, 1.0));
        tri!(share("RandomPerspective", "scale", self.scale));
        tri!(looked_up("RandomPerspective", self.interpolation));
        same("RandomPerspective", inputs, self.data_format)
    }
}

weightless!(RandomPerspective, Drop);
free!(RandomPerspective);

facts!(RandomPerspective { takes_ids: false, uses_batch: false, named_mask: None });
