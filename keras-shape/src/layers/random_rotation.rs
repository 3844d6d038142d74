use super::augment::{looked_up, same, unmirrored, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, FillMode, Interpolation, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, turns each image about its middle.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/).
    pub struct RandomRotation {
        /// How far, in whole turns: between `-factor` and `factor`, or between two numbers.
        factor: Factor,
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

impl RandomRotation {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomRotation", "factor", self.factor, -1.0, 1.0));
        tri!(looked_up("RandomRotation", self.interpolation));
        tri!(unmirrored("RandomRotation", self.fill_mode));
        same("RandomRotation", inputs, self.data_format)
    }
}

weightless!(RandomRotation, Drop);
free!(RandomRotation);

facts!(RandomRotation { takes_ids: false, uses_batch: false, named_mask: None });
