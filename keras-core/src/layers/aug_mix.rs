use keras_ops::{self as ops, Symbolic};
use keras_shape::Factor;
use keras_shape::layers::AugMix;

use super::augment::{Augment, Policy, augmentation, clipped};

impl Augment for AugMix {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [least, most] = self.factor.bounds(0.0);
        let policy = Policy {
            factor: Factor::between(least, most),
            value_range: self.value_range,
            interpolation: self.interpolation,
            data_format: self.data_format,
            all: self.all_ops,
        };
        let (chains, depth, alpha) = (self.num_chains.or(3), self.chain_depth.or(3), self.alpha as f32);
        let seeds = ops::random::split(seed, 2 + 2 * chains * depth);
        let weights = ops::random::gamma([chains], alpha, &seeds[0]);
        let weights = &weights / ops::sum(&weights, None);
        let mixed = (0..chains).zip(seeds[2..].chunks(2 * depth)).map(|(i, seeds)| {
            let y = seeds.chunks(2).fold(x.clone(), |x, seeds| {
                // The last number is that of no augmentation.
                let choice = ops::random::randint((), 0, policy.len() + 1, &seeds[0]);
                policy.augmented(&x, &choice, &seeds[1])
            });
            y * ops::take(&weights, ops::array(&[i as i32], ()), 0)
        });
        let mixed = mixed.reduce(|a, b| a + b).unwrap_or_else(|| x.clone());
        let stays = ops::random::beta((), alpha, alpha, &seeds[1]);
        clipped(&stays * x + (1.0 - &stays) * mixed, self.value_range)
    }
}

augmentation!(AugMix);
