use keras_ops::Symbolic;
use keras_shape::layers::RandomInvert;

use super::augment::{Augment, augmentation, sometimes};

impl Augment for RandomInvert {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [_, most] = self.value_range.bounds();
        sometimes(x, &(most - x), self.factor, seed)
    }
}

augmentation!(RandomInvert);
