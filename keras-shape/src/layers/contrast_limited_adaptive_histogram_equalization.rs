use super::augment::{same, value_range};
use super::check::{free, not_negative, tri, weightless};
use crate::geometry::positive;
use crate::{DataFormat, Ints, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// Makes all values of a channel about equally frequent around each place of an image, in training and otherwise.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/).
    pub struct ContrastLimitedAdaptiveHistogramEqualization {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// How much more frequent than on average a value may be before what is more is shared by all; 0 is no limit.
        clip_limit: f64 = 4.0,
        /// Into how many tiles an image is divided, along height and width.
        tile_grid_size: Ints<2> = [(8, 8) = Ints::all(8)],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

/// The layer's name in messages.
const CLASS: &str = "ContrastLimitedAdaptiveHistogramEqualization";

impl ContrastLimitedAdaptiveHistogramEqualization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range(CLASS, self.value_range));
        tri!(not_negative(CLASS, "clip_limit", self.clip_limit));
        tri!(positive(CLASS, "tile_grid_size", self.tile_grid_size.0[0]));
        tri!(positive(CLASS, "tile_grid_size", self.tile_grid_size.0[1]));
        same(CLASS, inputs, self.data_format)
    }
}

weightless!(ContrastLimitedAdaptiveHistogramEqualization, Drop);
free!(ContrastLimitedAdaptiveHistogramEqualization);
facts!(ContrastLimitedAdaptiveHistogramEqualization {
    takes_ids: false,
    uses_batch: false,
    named_mask: None
});
