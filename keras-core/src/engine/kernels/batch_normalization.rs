//! `BatchNormalization` of the last axis.

use keras_kernels::aligned::Aligned;
use keras_kernels::norm::{moments, normalize, normalize_backward};
use keras_shape::layers::BatchNormalization;

use crate::Result;
use crate::engine::kernel::{Backward, Change, Choice, Forward, Kernel, Site, Weights, blend, wanted};

/// What Keras adds to the number of steps that are not masked.
pub(crate) const EPSILON: f64 = 1e-7;

/// A batch normalisation where it stands.
pub(crate) fn choose(layer: &BatchNormalization, site: &Site<'_>) -> Choice {
    BatchNorm::new(layer, site).map_or(Choice::Operations, Choice::native)
}

pub(super) struct BatchNorm {
    /// Which weight is gamma, if there is one.
    scale: Option<usize>,
    /// Which weight is beta, if there is one.
    center: Option<usize>,
    /// Which weight is the moving mean; the variance is the next.
    moving: usize,
    pub epsilon: f32,
    momentum: f64,
    /// Whether mean and variance are those of the batch.
    pub by_batch: bool,
    /// Mean and variance of the batch.
    pub moments: [Aligned; 2],
    /// The moving averages as this application leaves them, where another one follows.
    moved: [Aligned; 2],
    /// Gradients of gamma and beta, where nobody else has asked for them.
    gradients: [Aligned; 2],
}

impl BatchNorm {
    /// One for a place where there is a kernel for it.
    pub fn new(layer: &BatchNormalization, site: &Site<'_>) -> Option<Self> {
        let rank = site.x(0).len() as isize;
        let last = layer.axis == -1 || layer.axis == rank - 1;
        let (rows, n) = site.rows(0);
        let by_batch = site.training && !site.frozen;
        // A mask changes the moments of the batch, nothing else.
        let masked = by_batch && site.masked();
        if !last || !site.one_input() || masked || layer.renorm || rows == 0 || n == 0 {
            return None;
        }
        let memory = |wanted: bool| Aligned::zeros(if wanted { n } else { 0 });
        let (scale, center) = (layer.scale, layer.center);
        let beta = usize::from(scale);
        Some(BatchNorm {
            scale: scale.then_some(0),
            center: center.then_some(beta),
            moving: beta + usize::from(center),
            epsilon: layer.epsilon as f32,
            momentum: layer.momentum,
            by_batch,
            moments: [memory(by_batch), memory(by_batch)],
            moved: [memory(by_batch && site.again), memory(by_batch && site.again)],
            gradients: [memory(site.gradients), memory(site.gradients)],
        })
    }

    /// The mean and variance that the layer goes by.
    pub fn given<'a>(&'a self, w: Weights<'a>) -> [&'a [f32]; 2] {
        if self.by_batch {
            self.moments.each_ref().map(Aligned::as_slice)
        } else {
            [w.at(self.moving), w.at(self.moving + 1)]
        }
    }

    /// Gamma and beta, where the layer has them.
    pub fn line<'a>(&self, w: Weights<'a>) -> [Option<&'a [f32]>; 2] {
        [self.scale, self.center].map(|i| i.map(|i| w.at(i)))
    }

    /// Moves the averages for the application that follows, where there is one.
    pub fn leave(&mut self, w: Weights<'_>) {
        for (i, (moved, new)) in self.moved.iter_mut().zip(&self.moments).enumerate() {
            if !moved.is_empty() {
                moved.copy_from_slice(w.at(self.moving + i));
                blend(moved, new, self.momentum);
            }
        }
    }

    /// Memory for the gradients that nobody asked for, to be given back.
    pub fn take_gradients(&mut self) -> [Aligned; 2] {
        core::mem::take(&mut self.gradients)
    }

    pub fn put_gradients(&mut self, gradients: [Aligned; 2]) {
        self.gradients = gradients;
    }

    /// Where the gradients of gamma and beta go.
    pub fn sums<'a>(&self, own: &'a mut [Aligned; 2], dw: &'a mut [Aligned]) -> [&'a mut [f32]; 2] {
        let [own_gamma, own_beta] = own;
        let (first, rest) = dw.split_at_mut(usize::from(self.scale.is_some()));
        let dgamma = wanted(first, 0).unwrap_or(own_gamma.as_mut_slice());
        let dbeta = self.center.and_then(|_| wanted(rest, 0)).unwrap_or(own_beta.as_mut_slice());
        [dgamma, dbeta]
    }
}

impl Kernel for BatchNorm {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w) = (io.x.at(0), io.w);
        if self.by_batch {
            let [mean, variance] = &mut self.moments;
            moments(x, mean, variance);
        }
        let [mean, variance] = self.given(w);
        let [gamma, beta] = self.line(w);
        normalize(x, mean, variance, gamma, beta, self.epsilon, &mut io.y[0]);
        self.leave(w);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (x, w, epsilon) = (io.x.at(0), io.w, self.epsilon);
        let dx = wanted(io.dx, 0);
        let mut own = self.take_gradients();
        {
            let [mean, variance] = self.given(w);
            let [dgamma, dbeta] = self.sums(&mut own, io.dw);
            let [gamma, _] = self.line(w);
            normalize_backward(self.by_batch, x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
        }
        self.put_gradients(own);
        Ok(())
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        if self.by_batch {
            for (i, new) in self.moments.iter().enumerate() {
                change(self.moving + i, &|average| blend(average, new, self.momentum));
            }
        }
    }

    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        for (i, moved) in self.moved.iter().enumerate().filter(|(_, moved)| !moved.is_empty()) {
            tell(self.moving + i, moved);
        }
    }
}
