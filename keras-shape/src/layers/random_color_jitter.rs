use super::augment::{colours, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Outputs, ShapeError, TensorSpec, ValueRange};

layer! {
    /// While training, changes brightness, contrast, saturation and hue of each image.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_color_jitter/).
    pub struct RandomColorJitter {
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// As `factor` of `RandomBrightness`; nothing if not given.
        brightness_factor: Option<Factor> = None,
        /// As `factor` of `RandomContrast`; nothing if not given.
        contrast_factor: Option<Factor> = None,
        /// As `factor` of `RandomSaturation`; nothing if not given.
        saturation_factor: Option<Factor> = None,
        /// As `factor` of `RandomHue`; nothing if not given.
        hue_factor: Option<Factor> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomColorJitter {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(value_range("RandomColorJitter", self.value_range));
        tri!(part("brightness_factor", self.brightness_factor, -1.0, 1.0));
        tri!(part("contrast_factor", self.contrast_factor, 0.0, 1.0));
        tri!(part("saturation_factor", self.saturation_factor, -1.0, 1.0));
        tri!(part("hue_factor", self.hue_factor, 0.0, 1.0));
        colours("RandomColorJitter", inputs, self.data_format, false)
    }
}

/// A factor that may be missing.
const fn part(arg: &'static str, factor: Option<Factor>, low: f64, high: f64) -> Result<(), ShapeError> {
    match factor {
        Some(factor) => within("RandomColorJitter", arg, factor, low, high),
        None => Ok(()),
    }
}

weightless!(RandomColorJitter, Drop);
free!(RandomColorJitter);

facts!(RandomColorJitter {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    makes: |layer| layer.parts(),
});

impl RandomColorJitter {
    /// The layers that the factors which are given make.
    const fn parts(&self) -> crate::Names {
        let mut names = crate::facts::NO_NAMES;
        if self.brightness_factor.is_some() {
            names[0] = "random_brightness";
        }
        if self.contrast_factor.is_some() {
            names[1] = "random_contrast";
        }
        if self.saturation_factor.is_some() {
            names[2] = "random_saturation";
        }
        if self.hue_factor.is_some() {
            names[3] = "random_hue";
        }
        names
    }
}
