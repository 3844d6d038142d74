//! Augmentations of which one is chosen.

use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::{
    RandomBrightness, RandomColorDegeneration, RandomContrast, RandomPosterization, RandomRotation,
    RandomSharpness, RandomShear, RandomTranslation, Solarization,
};
use keras_shape::{DataFormat, Factor, FillMode, Interpolation, ValueRange};

use super::{Affine, Augment, count, lengths, seen_through};
use crate::layers::auto_contrast::stretched;
use crate::layers::equalization::equalized;

/// The augmentations that `RandAugment` and `AugMix` choose from.
pub(in crate::layers) struct Policy {
    /// How strong they are: between two numbers.
    pub factor: Factor,
    pub value_range: ValueRange,
    pub interpolation: Interpolation,
    pub data_format: Option<DataFormat>,
    /// Whether brightness, contrast, colours and sharpness are among them.
    pub all: bool,
}

impl Policy {
    /// How many there are to choose from.
    pub fn len(&self) -> i32 {
        if self.all { 11 } else { 7 }
    }

    /// Images after the augmentation of a number; there is none beyond the last.
    ///
    /// Only the matrices of those that turn and move images are computed one by one.
    pub fn augmented(&self, x: &Symbolic, choice: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 11);
        let chosen = |number: i32| ops::equal(choice, number);
        let (factor, n, size) = (self.factor, count(x), lengths(x, self.data_format));
        let affine: [&dyn Affine; 3] = [
            &RandomShear { x_factor: factor, y_factor: factor, ..RandomShear::DEFAULT },
            &RandomTranslation { height_factor: factor, width_factor: factor, ..RandomTranslation::DEFAULT },
            &RandomRotation { factor, ..RandomRotation::DEFAULT },
        ];
        let unchanged =
            ops::broadcast_to(ops::array(&[1.0f32, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [1, 8]), [n, 8]);
        let transforms = affine.iter().zip(0..).fold(unchanged, |by, (layer, k)| {
            ops::where_(chosen(k), layer.transforms(n, size, &seeds[k as usize]), by)
        });
        let fill = (FillMode::Reflect, 0.0);
        let x = seen_through(x, &transforms, self.interpolation, fill, self.data_format);
        let value_range = self.value_range;
        let bits = Factor::one((8.0 * factor.bounds(0.0)[1]).trunc().max(1.0));
        let solarization = Solarization {
            addition_factor: factor,
            threshold_factor: factor,
            value_range,
            ..Solarization::DEFAULT
        };
        let data_format = self.data_format;
        let mut others: Vec<Symbolic> = vec![
            RandomPosterization { factor: bits, value_range, ..RandomPosterization::DEFAULT }
                .augment(&x, &seeds[3]),
            solarization.augment(&x, &seeds[4]),
            stretched(&x, value_range, data_format),
            equalized(&x, value_range, 256, data_format),
        ];
        if self.all {
            let degeneration = RandomColorDegeneration {
                factor,
                value_range,
                data_format,
                ..RandomColorDegeneration::DEFAULT
            };
            let contrast = RandomContrast { factor, value_range, data_format, ..RandomContrast::DEFAULT };
            let sharpness = RandomSharpness { factor, value_range, data_format, ..RandomSharpness::DEFAULT };
            others.extend([
                RandomBrightness { factor, value_range, ..RandomBrightness::DEFAULT }.augment(&x, &seeds[7]),
                degeneration.augment(&x, &seeds[8]),
                contrast.augment(&x, &seeds[9]),
                sharpness.augment(&x, &seeds[10]),
            ]);
        }
        others.into_iter().zip(3..).fold(x, |x, (changed, k)| ops::where_(chosen(k), changed, x))
    }
}
