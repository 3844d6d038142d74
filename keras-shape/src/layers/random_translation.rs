use super::augment::{looked_up, same, unmirrored, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, FillMode, Interpolation, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, moves each image.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/).
    pub struct RandomTranslation {
        /// How far down, of the height: between `-height_factor` and `height_factor`, or between two numbers.
        height_factor: Factor,
        /// How far to the right, of the width.
        width_factor: Factor,
        /// What lies beyond the edges.
        fill_mode: FillMode = reflect,
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// The value beyond the edges where `fill_mode` is `constant`.
        fill_value: f64 = 0.0,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomTranslation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomTranslation", "height_factor", self.height_factor, -1.0, 1.0));
        tri!(within("RandomTranslation", "width_factor", self.width_factor, -1.0, 1.0));
        tri!(looked_up("RandomTranslation", self.interpolation));
        tri!(unmirrored("RandomTranslation", self.fill_mode));
        same("RandomTranslation", inputs, self.data_format)
    }
}

weightless!(RandomTranslation, Drop);
free!(RandomTranslation);

facts!(RandomTranslation { takes_ids: false, uses_batch: false, named_mask: None });
