use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomSaturation;

use super::augment::{Augment, augmentation, channels, channels_last, clipped, for_each};

impl Augment for RandomSaturation {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let factor = for_each(x, self.factor.bounds(-1.0), seed);
        // Keras's epsilon keeps 1 finite.
        let times = &factor / (1.0 - &factor + 1e-7);
        channels_last(x, self.data_format, |x| {
            let hsv = channels(&ops::image::rgb_to_hsv(x));
            let saturation = clipped(&hsv[1] * times, self.value_range);
            ops::image::hsv_to_rgb(ops::concatenate([&hsv[0], &saturation, &hsv[2]], -1)).build()
        })
    }
}

augmentation!(RandomSaturation);
