use super::augment::{looked_up, same, unmirrored, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, FillMode, Interpolation, Outputs, ShapeError, TensorSpec};

layer! {
    /// While training, moves the rows of each image against each other, and the columns.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_shear/).
    pub struct RandomShear {
        /// How far each row lies from the one above it: between `-x_factor` and `x_factor`, or between two numbers to either side.
        x_factor: Factor = [0.0 = Factor::one(0.0)],
        /// How far each column lies from the one before it.
        y_factor: Factor = [0.0 = Factor::one(0.0)],
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// What lies beyond the edges.
        fill_mode: FillMode = reflect,
        /// The value beyond the edges where `fill_mode` is `constant`.
        fill_value: f64 = 0.0,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomShear {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomShear", "x_factor", self.x_factor, 0.0, 1.0));
        tri!(within("RandomShear", "y_factor", self.y_factor, 0.0, 1.0));
        tri!(looked_up("RandomShear", self.interpolation));
        tri!(unmirrored("RandomShear", self.fill_mode));
        same("RandomShear", inputs, self.data_format)
    }
}

weightless!(RandomShear, Drop);
free!(RandomShear);

facts!(RandomShear { takes_ids: false, uses_batch: false, named_mask: None });
