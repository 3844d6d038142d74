//! Which samples each step of `fit` sees.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

/// The order in which `fit` goes through the samples: it follows from the seed and the epoch alone, so that a training
/// can go on at any step. A pass over all samples takes an epoch, or several of `steps_per_epoch` steps.
pub(crate) struct Order {
    /// The samples in the order of `pass`.
    rows: Vec<usize>,
    pass: Option<usize>,
    seed: u64,
    shuffle: bool,
    batch_size: usize,
    steps_per_epoch: Option<usize>,
}

impl Order {
    pub fn new(
        samples: usize,
        batch_size: usize,
        steps_per_epoch: Option<usize>,
        shuffle: bool,
        seed: u64,
    ) -> Self {
        Order { rows: (0..samples).collect(), pass: None, seed, shuffle, batch_size, steps_per_epoch }
    }

    /// Samples per step, at least 1.
    pub fn batch_size(&self) -> usize {
        self.batch_size.max(1)
    }

    /// The samples of an epoch from its step `batch` on.
    pub fn rest(&mut self, epoch: usize, batch: usize) -> &[usize] {
        let (samples, size) = (self.rows.len(), self.batch_size.max(1));
        let batches = samples.div_ceil(size);
        let steps = self.steps_per_epoch.unwrap_or(batches).clamp(1, batches.max(1));
        let epochs = batches.div_ceil(steps).max(1);
        let (pass, part) = (epoch / epochs, epoch % epochs);
        if self.shuffle && self.pass != Some(pass) {
            self.rows.iter_mut().enumerate().for_each(|(i, row)| *row = i);
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(pass as u64);
            self.rows.shuffle(&mut rng);
        }
        self.pass = Some(pass);
        let end = ((part + 1) * steps * size).min(samples);
        let start = ((part * steps).saturating_add(batch)).saturating_mul(size).min(end);
        &self.rows[start..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(order: &mut Order, epoch: usize) -> Vec<usize> {
        order.rest(epoch, 0).to_vec()
    }

    #[test]
    fn every_pass_sees_each_sample_once() {
        for (samples, size, steps) in [
            (10, 3, None),
            (10, 3, Some(1)),
            (10, 3, Some(3)),
            (10, 3, Some(9)),
            (7, 7, Some(2)),
            (1, 32, None),
        ] {
            let mut order = Order::new(samples, size, steps, true, 5);
            let batches = samples.div_ceil(size);
            let epochs = batches.div_ceil(steps.unwrap_or(batches).min(batches));
            let mut passes = Vec::new();
            for pass in 0..3 {
                let mut seen: Vec<usize> =
                    (0..epochs).flat_map(|part| rows(&mut order, pass * epochs + part)).collect();
                passes.push(seen.clone());
                seen.sort_unstable();
                assert_eq!(seen, (0..samples).collect::<Vec<_>>());
            }
            assert!(samples < 7 || passes[0] != passes[1] && passes[1] != passes[2]);
        }
    }

    #[test]
    fn any_step_can_be_the_first() {
        for steps in [None, Some(2), Some(3)] {
            for shuffle in [false, true] {
                let new = || Order::new(11, 2, steps, shuffle, 9);
                let mut one = new();
                for epoch in 0..7 {
                    let whole = rows(&mut one, epoch);
                    assert_eq!(rows(&mut new(), epoch), whole);
                    for batch in 0..=whole.len().div_ceil(2) {
                        assert_eq!(new().rest(epoch, batch), &whole[(2 * batch).min(whole.len())..]);
                    }
                }
            }
        }
        let mut order = Order::new(11, 2, Some(2), false, 9);
        assert_eq!(rows(&mut order, 0), [0, 1, 2, 3]);
        assert_eq!(rows(&mut order, 2), [8, 9, 10]);
        assert_eq!(rows(&mut order, 3), [0, 1, 2, 3]);
        assert!(order.rest(3, usize::MAX).is_empty());
    }
}
