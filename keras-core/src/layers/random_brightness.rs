use keras_ops::Symbolic;
use keras_shape::layers::RandomBrightness;

use super::augment::{Augment, augmentation, clipped, for_each};

impl Augment for RandomBrightness {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [low, high] = self.value_range.bounds();
        clipped(x + for_each(x, self.factor.bounds(-1.0), seed) * (high - low), self.value_range)
    }
}

augmentation!(RandomBrightness);
