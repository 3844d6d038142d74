//! `BatchNormalization(synchronized = true)`: mean and variance are those of the batches of all ranks.

use keras_shape::layers::BatchNormalization;

use std::sync::Arc;

use super::batch_normalization::EPSILON;
use crate::Result;
use crate::distribution::Ranks;
use crate::engine::kernel::{
    Backward, Change, Choice, Forward, Inputs, Kernel, Site, Weights, blend, wanted,
};

/// The layer where it goes by the batch, along any axis and with any mask; where it does not there is nothing to exchange.
pub(crate) fn choose(layer: &BatchNormalization, site: &Site<'_>) -> Option<Choice> {
    let (shape, by_batch) = (site.x(0), site.training && !site.frozen);
    let axis = if layer.axis < 0 { layer.axis + shape.len() as isize } else { layer.axis };
    let axis = usize::try_from(axis).ok().filter(|axis| *axis < shape.len())?;
    let n = shape[axis];
    if !layer.synchronized || !by_batch || layer.renorm || n == 0 {
        return None;
    }
    let beta = usize::from(layer.scale);
    Some(Choice::native(Synchronized {
        scale: layer.scale.then_some(0),
        center: layer.center.then_some(beta),
        moving: beta + usize::from(layer.center),
        epsilon: layer.epsilon,
        momentum: layer.momentum,
        inner: shape[axis + 1..].iter().product(),
        mean: vec![0.0; n],
        variance: vec![0.0; n],
        total: 0.0,
        counts: Vec::new(),
        ranks: None,
        moved: core::array::from_fn(|_| vec![0.0; if site.again { n } else { 0 }]),
    }))
}

struct Synchronized {
    /// Which weight is gamma, and which beta, if there is one.
    scale: Option<usize>,
    center: Option<usize>,
    /// Which weight is the moving mean; the variance is the next.
    moving: usize,
    epsilon: f64,
    momentum: f64,
    /// How many numbers of a channel follow each other.
    inner: usize,
    /// Of all ranks.
    mean: Vec<f64>,
    variance: Vec<f64>,
    /// How many numbers of each channel count, on all ranks.
    total: f64,
    /// Whether each number counts; empty where all do.
    counts: Vec<bool>,
    ranks: Option<Arc<Ranks>>,
    /// The moving averages as this application leaves them, where another one follows.
    moved: [Vec<f32>; 2],
}

impl Synchronized {
    /// Does `f` for each run of numbers of one channel: the channel, and where the run is.
    fn runs(&self, numbers: usize, mut f: impl FnMut(usize, core::ops::Range<usize>)) {
        let (n, inner) = (self.mean.len(), self.inner.max(1));
        for (run, from) in (0..numbers).step_by(inner).enumerate() {
            f(run % n, from..from + inner);
        }
    }

    /// Which numbers a mask of the first axes counts.
    fn take_mask(&mut self, x: Inputs<'_>) {
        self.counts.clear();
        let Some(mask) = x.mask_place(0) else { return };
        let tail: usize = x.shape(0).get(mask.shape.len()..).unwrap_or_default().iter().product();
        self.counts.extend(mask.counts.iter().flat_map(|counts| core::iter::repeat_n(*counts, tail)));
    }

    fn counts(&self, i: usize) -> bool {
        self.counts.get(i).copied().unwrap_or(true)
    }

    /// How many numbers of each channel count, their means, and the sums of the squares of the distances from these.
    fn own(&self, x: &[f32]) -> Vec<f64> {
        let n = self.mean.len();
        let mut found = vec![0.0; 3 * n];
        if self.ranks.as_ref().is_some_and(|ranks| ranks.is_idle()) {
            return found;
        }
        let (count, rest) = found.split_at_mut(n);
        let (mean, squares) = rest.split_at_mut(n);
        self.runs(x.len(), |channel, run| {
            for i in run.filter(|i| self.counts(*i)) {
                count[channel] += 1.0;
                mean[channel] += f64::from(x[i]);
            }
        });
        mean.iter_mut().zip(&*count).for_each(|(mean, count)| *mean /= count.max(1.0));
        self.runs(x.len(), |channel, run| {
            for i in run.filter(|i| self.counts(*i)) {
                let far = f64::from(x[i]) - mean[channel];
                squares[channel] += far * far;
            }
        });
        found
    }

    /// What every rank says, or this one if it is alone.
    fn exchange(&self, at: &str, own: Vec<f64>) -> Result<Vec<Vec<f64>>> {
        match &self.ranks {
            Some(ranks) => ranks.agree(at, Ok(own)),
            None => Ok(vec![own]),
        }
    }

    /// Mean and variance of the batches of all ranks.
    fn moments(&mut self, x: &[f32]) -> Result<()> {
        let n = self.mean.len();
        let all = self.exchange("the moments of a batch", self.own(x))?;
        // What Keras adds to the number of steps that are not masked.
        let added = if self.counts.is_empty() { 0.0 } else { EPSILON };
        for channel in 0..n {
            let at = |own: &Vec<f64>| [own[channel], own[n + channel], own[2 * n + channel]];
            let total = all.iter().map(|own| at(own)[0]).sum::<f64>() + added;
            let mean = all.iter().map(at).map(|[count, mean, _]| count * mean).sum::<f64>() / total;
            let squares =
                all.iter().map(at).map(|[count, own, squares]| squares + count * (own - mean) * (own - mean));
            (self.variance[channel], self.mean[channel]) = (squares.sum::<f64>() / total, mean);
            self.total = total;
        }
        Ok(())
    }

    /// Mean and variance as the averages are moved towards them.
    fn found(&self) -> [Vec<f32>; 2] {
        [&self.mean, &self.variance].map(|found| found.iter().map(|x| *x as f32).collect())
    }

    fn line(&self, w: Weights<'_>, channel: usize) -> [f32; 2] {
        [self.scale.map_or(1.0, |i| w.at(i)[channel]), self.center.map_or(0.0, |i| w.at(i)[channel])]
    }

    fn inverse(&self, channel: usize) -> f64 {
        1.0 / (self.variance[channel] + self.epsilon).sqrt()
    }
}

impl Kernel for Synchronized {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let x = io.x.at(0);
        self.ranks = io.context.and_then(|context| context.ranks().cloned());
        self.take_mask(io.x);
        self.moments(x)?;
        let y = &mut io.y[0];
        self.runs(x.len(), |channel, run| {
            let [gamma, beta] = self.line(io.w, channel);
            let (mean, factor) = (self.mean[channel], (self.inverse(channel) * f64::from(gamma)) as f32);
            for (y, x) in y[run.clone()].iter_mut().zip(&x[run]) {
                *y = (f64::from(*x) - mean) as f32 * factor + beta;
            }
        });
        if !self.moved[0].is_empty() {
            let found = self.found();
            for (i, (moved, new)) in self.moved.iter_mut().zip(&found).enumerate() {
                moved.copy_from_slice(io.w.at(self.moving + i));
                blend(moved, new, self.momentum);
            }
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (x, dy, n) = (io.x.at(0), io.y.dy(0), self.mean.len());
        let mut own = vec![0.0; 2 * n];
        let (gammas, betas) = own.split_at_mut(n);
        if let Some(dy) = dy {
            self.runs(x.len(), |channel, run| {
                let (mean, inverse) = (self.mean[channel], self.inverse(channel));
                for i in run {
                    gammas[channel] += f64::from(dy[i]) * (f64::from(x[i]) - mean) * inverse;
                    betas[channel] += f64::from(dy[i]);
                }
            });
        }
        let (first, rest) = io.dw.split_at_mut(usize::from(self.scale.is_some()));
        let weights = [wanted(first, 0), self.center.and_then(|_| wanted(rest, 0))];
        for (to, sums) in weights.into_iter().zip([&*gammas, betas]) {
            if let Some(to) = to {
                to.iter_mut().zip(sums).for_each(|(to, sum)| *to = *sum as f32);
            }
        }
        if self.ranks.as_ref().is_some_and(|ranks| ranks.is_idle()) {
            own.fill(0.0);
        }
        let all = self.exchange("the gradients of moments", own)?;
        let (Some(dx), Some(dy)) = (wanted(io.dx, 0), dy) else { return Ok(()) };
        self.runs(x.len(), |channel, run| {
            let sum = |at: usize| all.iter().map(|own| own[at]).sum::<f64>() / self.total;
            let ([gamma, _], inverse, mean) =
                (self.line(io.w, channel), self.inverse(channel), self.mean[channel]);
            let (by_variance, by_mean) = (sum(channel), sum(n + channel));
            for i in run {
                let far = (f64::from(x[i]) - mean) * inverse;
                let moved = if self.counts(i) { by_mean + far * by_variance } else { 0.0 };
                dx[i] = ((f64::from(dy[i]) - moved) * inverse * f64::from(gamma)) as f32;
            }
        });
        Ok(())
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        for (i, new) in self.found().iter().enumerate() {
            change(self.moving + i, &|average| blend(average, new, self.momentum));
        }
    }

    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        for (i, moved) in self.moved.iter().enumerate().filter(|(_, moved)| !moved.is_empty()) {
            tell(self.moving + i, moved);
        }
    }

    fn needs_context(&self) -> bool {
        true
    }
}
