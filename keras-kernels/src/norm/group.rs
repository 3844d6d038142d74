//! Group normalisation.

use super::{BLOCK, COST, Combine, GradientSums, ScaleShift};
use crate::lanes::{Each, Lanes, PerLanes};
use crate::simd::{Isa, Path, path};
use crate::threads::{self, Rows, parts};
use crate::{scratch, vector};

/// Group normalisation: of `(samples, pixels, channels)`, where each group of channels of a sample has its own mean and
/// variance.
#[derive(Clone, Copy, Debug)]
pub struct GroupNorm {
    /// Samples.
    pub samples: usize,
    /// Channels, of which the groups have as many each.
    pub channels: usize,
    /// Groups.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl GroupNorm {
    fn check(&self, x: usize, saved: usize) {
        let GroupNorm { samples, channels, groups, .. } = *self;
        assert!(groups > 0 && channels > 0 && channels.is_multiple_of(groups), "groups");
        assert!(samples > 0 && x > 0 && x.is_multiple_of(samples * channels), "shapes");
        assert!(saved == 2 * samples * groups, "shapes");
    }

    /// Sums of each group of channels, as often as it has channels.
    fn of_groups(&self, sums: &mut [f32], times: f32) {
        for group in sums.chunks_exact_mut(self.channels / self.groups) {
            let sum: f32 = group.iter().sum();
            group.fill(sum * times);
        }
    }

    /// `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, with `gamma` and `beta (channels)`.
    /// `saved (2 * samples * groups)` keeps the means, then one over the deviations, for the gradient.
    ///
    /// # Panics
    /// A slice has not its shape or is empty; the groups do not divide the channels.
    pub fn forward(
        &self,
        x: &[f32],
        gamma: Option<&[f32]>,
        beta: Option<&[f32]>,
        y: &mut [f32],
        saved: &mut [f32],
    ) {
        self.check(x.len(), saved.len());
        let (n, sample, path) = (self.channels, x.len() / self.samples, path());
        assert!(y.len() == x.len() && [gamma, beta].iter().flatten().all(|g| g.len() == n), "shapes");
        let (means, inverses) = saved.split_at_mut(saved.len() / 2);
        let rows = |saved| Rows::new(saved, self.groups);
        let job = (Rows::new(y, sample), rows(means), rows(inverses));
        threads::each(self.samples, parts(x.len() * COST, self.samples), job, &|these, (y, means, invs)| {
            scratch::with(6 * n, |memory| {
                let (sums, memory) = memory.split_at_mut(2 * n);
                let (block, memory) = memory.split_at_mut(2 * n);
                let (mean, scale) = memory.split_at_mut(n);
                let saved =
                    means.data.chunks_exact_mut(self.groups).zip(invs.data.chunks_exact_mut(self.groups));
                let samples =
                    x[these.start * sample..].chunks_exact(sample).zip(y.data.chunks_exact_mut(sample));
                for ((x, y), (means, invs)) in samples.zip(saved) {
                    self.moments(path, x, (sums, block), mean, (means, invs));
                    for (c, scale) in scale.iter_mut().enumerate() {
                        *scale = invs[c * self.groups / n] * gamma.map_or(1.0, |gamma| gamma[c]);
                    }
                    sums[..n].fill(0.0);
                    let shift = beta.unwrap_or(&sums[..n]);
                    path.run(ScaleShift { x, mean, scale, shift, y });
                }
            });
        });
    }

    /// The means of the groups of a sample and one over the deviations; the former also for each channel.
    fn moments(
        &self,
        path: Path,
        x: &[f32],
        (sums, block): (&mut [f32], &mut [f32]),
        mean: &mut [f32],
        (means, inverses): (&mut [f32], &mut [f32]),
    ) {
        let n = self.channels;
        let share = self.groups as f32 / x.len() as f32;
        mean.fill(0.0);
        for rows in x.chunks(BLOCK * n) {
            block[..n].fill(0.0);
            vector::add_rows(path, &mut block[..n], rows);
            vector::add(path, mean, &block[..n]);
        }
        self.of_groups(mean, share);
        sums.fill(0.0);
        for rows in x.chunks(BLOCK * n) {
            path.run(Each(n, Distances { x: rows, mean, sums: block }));
            vector::add(path, sums, block);
        }
        let (rest, squares) = sums.split_at_mut(n);
        // A mean of large numbers is rounded by more than equal numbers differ; that of the distances is not.
        self.of_groups(rest, share);
        self.of_groups(squares, share);
        let each = n / self.groups;
        for g in 0..self.groups {
            let rest = rest[g * each];
            means[g] = mean[g * each] + rest;
            inverses[g] = 1.0 / ((squares[g * each] - rest * rest).max(0.0) + self.epsilon).sqrt();
        }
        mean.iter_mut().enumerate().for_each(|(c, mean)| *mean = means[c / each]);
    }

    /// The gradients of [`GroupNorm::forward`], from its input and what it saved; `dgamma` and `dbeta (channels)` are always
    /// filled.
    ///
    /// # Panics
    /// As [`GroupNorm::forward`].
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        x: &[f32],
        gamma: Option<&[f32]>,
        saved: &[f32],
        dy: &[f32],
        dx: Option<&mut [f32]>,
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) {
        self.check(x.len(), saved.len());
        let (n, sample, path) = (self.channels, x.len() / self.samples, path());
        let right = dy.len() == x.len() && dx.as_ref().is_none_or(|dx| dx.len() == x.len());
        assert!(right && dgamma.len() == n && dbeta.len() == n, "shapes");
        assert!(gamma.is_none_or(|gamma| gamma.len() == n), "shapes");
        let (means, inverses) = saved.split_at(saved.len() / 2);
        // The sums of each sample are added in their order, whatever the number of threads.
        scratch::with(self.samples * 2 * n, |all| {
            let job = (Rows::new(&mut *all, 2 * n), Rows::optional(dx, sample));
            threads::each(self.samples, parts(x.len() * COST, self.samples), job, &|these, (all, dx)| {
                let mut dx = dx.wanted();
                scratch::with(6 * n, |memory| {
                    for (i, (at, sums)) in these.zip(all.data.chunks_exact_mut(2 * n)).enumerate() {
                        let part = at * sample..(at + 1) * sample;
                        let (x, dy) = (&x[part.clone()], &dy[part]);
                        let groups = at * self.groups..(at + 1) * self.groups;
                        let saved = [&means[groups.clone()], &inverses[groups]];
                        let dx = dx.as_mut().map(|dx| &mut dx[i * sample..][..sample]);
                        self.sample_backward(path, [x, dy], gamma, saved, memory, sums, dx);
                    }
                });
            });
            dgamma.fill(0.0);
            dbeta.fill(0.0);
            for sums in all.chunks_exact(2 * n) {
                vector::add(path, dbeta, &sums[..n]);
                vector::add(path, dgamma, &sums[n..]);
            }
        });
    }

    /// The sums of one sample, of `dbeta` and `dgamma`, and `dx`.
    #[allow(clippy::too_many_arguments)]
    fn sample_backward(
        &self,
        path: Path,
        [x, dy]: [&[f32]; 2],
        gamma: Option<&[f32]>,
        [means, inverses]: [&[f32]; 2],
        memory: &mut [f32],
        sums: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (n, each) = (self.channels, self.channels / self.groups);
        let (block, memory) = memory.split_at_mut(2 * n);
        let (mean, memory) = memory.split_at_mut(n);
        let (a, memory) = memory.split_at_mut(n);
        let (b, c) = memory.split_at_mut(n);
        mean.iter_mut().enumerate().for_each(|(c, mean)| *mean = means[c / each]);
        sums.fill(0.0);
        for (x, dy) in x.chunks(BLOCK * n).zip(dy.chunks(BLOCK * n)) {
            block.fill(0.0);
            path.run(GradientSums { x, dy, mean, sum: block });
            vector::add(path, sums, block);
        }
        let (of_beta, of_gamma) = sums.split_at_mut(n);
        for j in 0..n {
            let inverse = inverses[j / each];
            of_gamma[j] *= inverse;
            a[j] = inverse * gamma.map_or(1.0, |gamma| gamma[j]);
            // What each of a group has of the other two terms: dx = a * dy + b * (x - mean) + c.
            b[j] = -a[j] * inverse * of_gamma[j];
            c[j] = -a[j] * of_beta[j];
        }
        if let Some(dx) = dx {
            let share = self.groups as f32 / x.len() as f32;
            self.of_groups(b, share);
            self.of_groups(c, share);
            path.run(Combine { x, dy, mean, a, b, c, dx });
        }
    }
}

/// The sums of the distances from the mean of each channel, then of their squares.
struct Distances<'a> {
    x: &'a [f32],
    mean: &'a [f32],
    sums: &'a mut [f32],
}

impl PerLanes for Distances<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let n = self.mean.len();
        let (mean, mut sum, mut squares) = (lanes.of(s, self.mean, 0), s.splat_f32s(0.0), s.splat_f32s(0.0));
        for row in 0..self.x.len() / n {
            let d = s.sub_f32s(lanes.of(s, self.x, row * n), mean);
            (sum, squares) = (s.add_f32s(sum, d), s.fma(d, d, squares));
        }
        lanes.put(s, self.sums, 0, sum);
        lanes.put(s, self.sums, n, squares);
    }
}
