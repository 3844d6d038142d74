use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomContrast;

use super::augment::{Augment, augmentation, clipped, for_each};
use super::images::axes;

impl Augment for RandomContrast {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [less, more] = self.factor.bounds(0.0);
        let mean = ops::mean(x, axes(2, self.data_format)).keepdims(true).build();
        let far = for_each(x, [1.0 - less, 1.0 + more], seed);
        clipped((x - &mean) * far + mean, self.value_range)
    }
}

augmentation!(RandomContrast);
