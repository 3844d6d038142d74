use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::BatchNormalization;

use super::Operations;
use super::axes::chosen;
use crate::Result;
use crate::engine::kernels::batch_normalization::EPSILON;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for BatchNormalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let axis = chosen(&[self.axis], x.ndim())?[0];
        let channels = Channels { axis, rank: x.ndim() };
        let mut scale = self.scale.then(|| channels.spread(&cx.weight("gamma")));
        let mut offset = self.center.then(|| channels.spread(&cx.weight("beta")));
        let (distance, variance) = if cx.training() && !cx.frozen() {
            let moments = channels.moments(x, cx.mask(0));
            if self.renorm {
                let (r, d) = self.correction(&channels, &moments, cx);
                let factor = |by: Symbolic| match &scale {
                    Some(gamma) => by * gamma,
                    None => by,
                };
                let shift = factor(d);
                offset = Some(match offset {
                    Some(beta) => shift + beta,
                    None => shift,
                });
                scale = Some(factor(r));
            }
            self.update(&channels, &moments, cx)?;
            (moments.distance, moments.variance)
        } else {
            let moving = |name: &str| channels.spread(&cx.weight(name));
            (x - moving("moving_mean"), moving("moving_variance"))
        };
        // The mean is taken off first: where it is large, a product with it would have lost the digits that count.
        let mut factor = ops::rsqrt(variance + self.epsilon);
        if let Some(scale) = scale {
            factor = factor * scale;
        }
        let y = distance * factor;
        Ok(vec![match offset {
            Some(offset) => y + offset,
            None => y,
        }])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        let synchronized = kernels::synchronized::choose(self, site);
        Ok(synchronized.unwrap_or_else(|| kernels::batch_normalization::choose(self, site)))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        (site.one_input() && !self.synchronized).then_some(Link::Normalization(self))
    }
}

/// The axis of the channels, among so many.
struct Channels {
    axis: usize,
    rank: usize,
}

/// Mean and variance of each channel, and how far each number is from its mean.
struct Moments {
    mean: Symbolic,
    variance: Symbolic,
    distance: Symbolic,
}

impl Channels {
    /// A number for each channel, as it fits the input.
    fn spread(&self, numbers: &Symbolic) -> Symbolic {
        let mut shape = vec![1; self.rank];
        shape[self.axis] = -1;
        ops::reshape(numbers, shape)
    }

    /// A row of the numbers for each channel.
    fn row(&self, numbers: &Symbolic) -> Symbolic {
        ops::reshape(numbers, [-1])
    }

    fn others(&self) -> Vec<isize> {
        (0..self.rank).filter(|axis| *axis != self.axis).map(|axis| axis as isize).collect()
    }

    /// The moments over all else; masked steps do not count.
    fn moments(&self, x: &Symbolic, mask: Option<Symbolic>) -> Moments {
        let Some(mask) = mask else {
            let mean = |x: &Symbolic| ops::mean(x, self.others()).keepdims(true).build();
            // A mean of large numbers is rounded by more than equal numbers differ; that of their distances is not.
            let near = ops::stop_gradient(mean(x));
            let rest = mean(&(x - &near));
            let distance = x - &near - &rest;
            let variance = mean(&ops::square(&distance));
            return Moments { mean: near + rest, variance, distance };
        };
        // A mask of (batch, time) tells of all that belongs to a step.
        let counts = (mask.ndim()..self.rank).fold(mask, |mask, _| ops::expand_dims(mask, -1));
        let counts = ops::broadcast_to(counts, x.shape());
        let sum = |x: &Symbolic| ops::sum(x, self.others()).keepdims(true).build();
        let total = sum(&ops::cast(&counts, DType::Float32)) + EPSILON;
        let mean = sum(&ops::where_(&counts, x, 0.0)) / &total;
        let distance = x - &mean;
        let variance = sum(&ops::square(ops::where_(counts, &distance, 0.0))) / total;
        Moments { mean, variance, distance }
    }
}

trait Renormalization {
    fn correction(&self, channels: &Channels, moments: &Moments, cx: &Trace<'_>) -> (Symbolic, Symbolic);
    fn update(&self, channels: &Channels, moments: &Moments, cx: &mut Trace<'_>) -> Result<()>;
}

impl Renormalization for BatchNormalization {
    /// What batch renormalisation draws the batch towards the moving averages with: a factor and a summand.
    fn correction(&self, channels: &Channels, moments: &Moments, cx: &Trace<'_>) -> (Symbolic, Symbolic) {
        let deviation = ops::sqrt(&moments.variance + self.epsilon);
        let moving = ops::maximum(channels.spread(&cx.weight("renorm_stddev")), self.epsilon.sqrt());
        let limits = self.renorm_clipping;
        let mut r = deviation / &moving;
        if let Some(rmin) = limits.rmin {
            r = ops::maximum(r, rmin);
        }
        if let Some(rmax) = limits.rmax {
            r = ops::minimum(r, rmax);
        }
        let mut d = (&moments.mean - channels.spread(&cx.weight("renorm_mean"))) / moving;
        if let Some(dmax) = limits.dmax {
            d = ops::clip(d, -dmax, dmax);
        }
        (ops::stop_gradient(r), ops::stop_gradient(d))
    }

    /// Moves the averages.
    fn update(&self, channels: &Channels, moments: &Moments, cx: &mut Trace<'_>) -> Result<()> {
        let (mean, variance) = (channels.row(&moments.mean), channels.row(&moments.variance));
        cx.move_average("moving_mean", &mean, self.momentum)?;
        if !self.renorm {
            cx.move_average("moving_variance", &variance, self.momentum)?;
            return Ok(());
        }
        let deviation = ops::sqrt(variance + self.epsilon);
        cx.move_average("renorm_mean", &mean, self.renorm_momentum)?;
        cx.move_average("renorm_stddev", &deviation, self.renorm_momentum)?;
        let moved = cx.move_average("moving_stddev", &deviation, self.momentum)?;
        cx.update("moving_variance", ops::relu(ops::square(moved) - self.epsilon))
    }
}
