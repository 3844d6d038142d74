use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Solarization;
use keras_shape::{Factor, ValueRange};

use super::augment::{Augment, augmentation, clipped, for_each, rescaled};

impl Augment for Solarization {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 2);
        // As in Keras the lower number is none of 255 parts.
        let bounds = |factor: Factor| match factor.pair {
            true => [factor.bounds(0.0)[0], factor.bounds(0.0)[1] * 255.0],
            false => [0.0, factor.numbers[0] * 255.0],
        };
        let addition = for_each(x, bounds(self.addition_factor), &seeds[0]);
        let threshold = for_each(x, bounds(self.threshold_factor), &seeds[1]);
        let y = clipped(rescaled(x, self.value_range, ValueRange::BYTES) + addition, ValueRange::BYTES);
        let y = ops::where_(ops::less(&y, threshold), &y, 255.0 - &y);
        rescaled(&y, ValueRange::BYTES, self.value_range)
    }
}

augmentation!(Solarization);
