use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::{RandomBrightness, RandomColorJitter, RandomContrast, RandomHue, RandomSaturation};

use super::augment::{Augment, augmentation};

impl Augment for RandomColorJitter {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 4);
        let (value_range, data_format) = (self.value_range, self.data_format);
        let mut x = x.clone();
        if let Some(factor) = self.brightness_factor {
            let layer = RandomBrightness { factor, value_range, ..RandomBrightness::DEFAULT };
            x = layer.augment(&x, &seeds[0]);
        }
        if let Some(factor) = self.contrast_factor {
            let layer = RandomContrast { factor, value_range, data_format, ..RandomContrast::DEFAULT };
            x = layer.augment(&x, &seeds[1]);
        }
        if let Some(factor) = self.saturation_factor {
            let layer = RandomSaturation { factor, value_range, data_format, ..RandomSaturation::DEFAULT };
            x = layer.augment(&x, &seeds[2]);
        }
        if let Some(factor) = self.hue_factor {
            let layer = RandomHue { factor, value_range, data_format, ..RandomHue::DEFAULT };
            x = layer.augment(&x, &seeds[3]);
        }
        x
    }
}

augmentation!(RandomColorJitter);
