use keras_ops::{self as ops, Symbolic};
use keras_shape::Factor;
use keras_shape::layers::RandAugment;

use super::augment::{Augment, Policy, augmentation};

impl Augment for RandAugment {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [least, most] = self.factor.bounds(0.0);
        let policy = Policy {
            factor: Factor::between(least, most),
            value_range: self.value_range,
            interpolation: self.interpolation,
            data_format: self.data_format,
            all: true,
        };
        let seeds = ops::random::split(seed, 2 * self.num_ops.or(2));
        seeds.chunks(2).fold(x.clone(), |x, seeds| {
            let choice = ops::random::randint((), 0, policy.len(), &seeds[0]);
            policy.augmented(&x, &choice, &seeds[1])
        })
    }
}

augmentation!(RandAugment);
