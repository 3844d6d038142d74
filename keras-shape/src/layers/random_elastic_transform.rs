use super::augment::{looked_up, same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, FillMode, Interpolation, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, moves the pixels of images a little, neighbours alike.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_elastic_transform/).
    pub struct RandomElasticTransform {
        /// How likely it is for an image: a number between 0 and this, or between two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
        /// How far pixels move: a number between 0 and this, or between two numbers.
        scale: Factor = [1.0 = Factor::one(1.0)],
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// What lies beyond the edges.
        fill_mode: FillMode = reflect,
        /// The value beyond the edges where `fill_mode` is `constant`.
        fill_value: f64 = 0.0,
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

impl RandomElasticTransform {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomElasticTransform", "factor", self.factor, 0.0, 1.0));
        tri!(within("RandomElasticTransform", "scale", self.scale, 0.0, 1.0));
        tri!(looked_up("RandomElasticTransform", self.interpolation));
        tri!(value_range("RandomElasticTransform", self.value_range));
        same("RandomElasticTransform", inputs, self.data_format)
    }
}

weightless!(RandomElasticTransform, Drop);
free!(RandomElasticTransform);

facts!(RandomElasticTransform { takes_ids: false, uses_batch: false, named_mask: None });
