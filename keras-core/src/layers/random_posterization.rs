use keras_ops::{self as ops, Symbolic};
use keras_shape::ValueRange;
use keras_shape::layers::RandomPosterization;

use super::augment::{Augment, augmentation, clipped, count, for_all, rescaled};

impl Augment for RandomPosterization {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let (n, [least, most]) = (count(x), self.factor.bounds(1.0).map(|bits| bits as i32));
        let bits = match least == most {
            true => ops::broadcast_to(least, [n]),
            false => ops::random::randint([n], least, most, seed),
        };
        // What the last bit that stays is worth.
        let steps: Vec<f32> = (0..9).map(|bits| f32::from(1u16 << (8 - bits))).collect();
        let step = for_all(&ops::take(ops::array(&steps, 9), bits, 0));
        let bytes = clipped(rescaled(x, self.value_range, ValueRange::BYTES), ValueRange::BYTES);
        let left = ops::floor(ops::floor(bytes) / &step) * step;
        rescaled(&left, ValueRange::BYTES, self.value_range)
    }
}

augmentation!(RandomPosterization);
