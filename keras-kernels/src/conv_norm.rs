//! A convolution, the batch normalisation of its filters, and what follows, as one operation.
//!
//! Arrays of a batch are larger than the caches, so what such a chain costs is how often it goes through them. Alone,
//! its parts read or write the convolution's output some fifteen times in a step of training; here it is written once
//! and read three times, and the output of the normalisation never is in memory.

use crate::after::{After, Combine, Forward, Sums};
use crate::conv::{ConvGradients, Filters};
use crate::convolved::Convolved;
use crate::moments::{Running, merge};
use crate::pool::Pool;
use crate::scratch;
use crate::simd::path;
use crate::threads::{self, Rows, Total, parts};

pub use crate::after::{Rectify, Tail};

/// An element costs about as much as these multiply-adds of a product.
const COST: usize = 4;

/// `pool(relu(normalise(convolution)))`.
#[derive(Clone, Copy, Debug)]
pub struct ConvNorm {
    /// The convolution, without an activation.
    pub conv: Convolved,
    /// What is done to the normalised numbers.
    pub rectify: Rectify,
    /// What comes last.
    pub tail: Tail,
    /// Added to the variance.
    pub epsilon: f32,
}

/// What a normalisation goes by, each `(filters)`.
#[derive(Clone, Copy, Debug)]
pub struct Norm<'a> {
    /// Becomes 0.
    pub mean: &'a [f32],
    /// Becomes 1.
    pub variance: &'a [f32],
    /// What the result is multiplied by.
    pub gamma: Option<&'a [f32]>,
    /// What is then added.
    pub beta: Option<&'a [f32]>,
}

impl Norm<'_> {
    /// The normalisation as `(x - center) * scale + shift`, behind a `bias`: the three, one after the other.
    fn line<'m>(&self, epsilon: f32, bias: Option<&[f32]>, memory: &'m mut [f32]) -> [&'m [f32]; 3] {
        let (center, rest) = memory.split_at_mut(self.mean.len());
        let (scale, shift) = rest.split_at_mut(self.mean.len());
        for j in 0..center.len() {
            center[j] = self.mean[j] - bias.map_or(0.0, |b| b[j]);
            scale[j] = self.gamma.map_or(1.0, |g| g[j]) / (self.variance[j] + epsilon).sqrt();
            shift[j] = self.beta.map_or(0.0, |b| b[j]);
        }
        [center, scale, shift]
    }

    fn check(&self, n: usize) {
        let all = [Some(self.mean), Some(self.variance), self.gamma, self.beta];
        assert!(all.iter().flatten().all(|x| x.len() == n), "shapes");
    }
}

impl ConvNorm {
    /// Numbers of the convolution's output for one image.
    fn z_len(&self) -> usize {
        self.conv.output().iter().product::<usize>() * self.conv.filters()
    }

    /// Numbers of the output for one image.
    fn y_len(&self) -> usize {
        match self.tail {
            Tail::Whole => self.z_len(),
            Tail::Max(pool) => pool.output().iter().product::<usize>() * self.conv.filters(),
            Tail::Mean => self.conv.filters(),
        }
    }

    /// The windows of one image.
    fn pool(&self) -> Pool {
        let pixel = Pool {
            batch: 1,
            image: self.conv.output(),
            channels: self.conv.filters(),
            window: [1, 1],
            stride: [1, 1],
            pad_height: [0, 0],
            pad_width: [0, 0],
        };
        match self.tail {
            Tail::Max(pool) => Pool { batch: 1, ..pool },
            Tail::Whole | Tail::Mean => pixel,
        }
    }

    fn check(&self, y: usize) {
        assert!(self.conv.is_linear() && self.conv.filters() > 0, "a convolution of its own");
        assert!(self.z_len() > 0, "an empty image");
        let pool = self.pool();
        let fits = pool.image == self.conv.output() && pool.channels == self.conv.filters();
        assert!(fits && pool.is_apart(), "windows");
        assert!(y == self.conv.batch() * self.y_len(), "shapes");
    }

    /// By a mean and a variance that are known: when predicting.
    ///
    /// Error, from the convolution's sums on: `8 u` of the normalised number times `|gamma|`, with `u = 2⁻²⁴`, and of one step
    /// of f32 at the size of such a sum and its bias: the same for means far from 0.
    ///
    /// # Panics
    /// A slice has not its shape, the pooling not that of the convolution's output, or that is empty.
    pub fn predict<'a>(
        &self,
        x: &[f32],
        w: impl Into<Filters<'a>>,
        b: Option<&[f32]>,
        norm: Norm,
        y: &mut [f32],
    ) {
        let w = w.into();
        self.check(y.len());
        norm.check(self.conv.filters());
        let (path, n, lz, ly, pool) = (path(), self.conv.filters(), self.z_len(), self.y_len(), self.pool());
        self.conv.check(x.len(), w, self.conv.batch() * lz);
        scratch::with(3 * n, |memory| {
            let line = norm.line(self.epsilon, b, memory);
            let rows = Rows::new(y, ly);
            self.conv.forward_each(path, x, w, None, rows, &|these, y, image| {
                scratch::with(lz, |z| {
                    for (i, y) in these.zip(y.data.chunks_exact_mut(ly)) {
                        image(i, &mut *z);
                        path.run(Forward { after: self.after(&pool, line, z), y });
                    }
                });
            });
        });
    }

    /// By the mean and variance of the batch, which are found on the way: when training. `gamma` and `beta` are as
    /// in [`Norm`]; `z` keeps the convolution's output for [`ConvNorm::backward`].
    ///
    /// # Panics
    /// As [`ConvNorm::predict`].
    #[allow(clippy::too_many_arguments)]
    pub fn forward(
        &self,
        x: &[f32],
        w: &[f32],
        b: Option<&[f32]>,
        gamma: Option<&[f32]>,
        beta: Option<&[f32]>,
        mean: &mut [f32],
        variance: &mut [f32],
        z: &mut [f32],
        y: &mut [f32],
    ) {
        self.check(y.len());
        let (path, n, lz, ly, pool) = (path(), self.conv.filters(), self.z_len(), self.y_len(), self.pool());
        self.conv.check(x.len(), w.into(), z.len());
        scratch::with(2 * n * self.conv.batch(), |memory| {
            let job = (Rows::new(&mut *z, lz), Rows::new(&mut *memory, 2 * n));
            self.conv.forward_each(path, x, w.into(), b, job, &|these, (z, kept), image| {
                let rows = z.data.chunks_exact_mut(lz).zip(kept.data.chunks_exact_mut(2 * n));
                for (i, (z, kept)) in these.zip(rows) {
                    image(i, &mut *z);
                    Running::new(kept).see(path, z);
                }
            });
            merge(memory.chunks_exact(2 * n).map(|kept| (lz / n, kept)), mean, variance);
        });
        let norm = Norm { mean, variance, gamma, beta };
        norm.check(n);
        scratch::with(3 * n, |memory| {
            let line = norm.line(self.epsilon, None, memory);
            let after = |i: usize| self.after(&pool, line, &z[i * lz..][..lz]);
            let parts = parts(z.len() * COST, self.conv.batch());
            threads::each(self.conv.batch(), parts, Rows::new(y, ly), &|these, y| {
                // The last images first: those are still in the cache.
                for (i, y) in these.zip(y.data.chunks_exact_mut(ly)).rev() {
                    path.run(Forward { after: after(i), y });
                }
            });
        });
    }

    fn after<'a>(&self, pool: &'a Pool, [center, scale, shift]: [&'a [f32]; 3], z: &'a [f32]) -> After<'a> {
        After { pool, mean: matches!(self.tail, Tail::Mean), rectify: self.rectify, center, scale, shift, z }
    }

    /// The gradients, from what [`ConvNorm::forward`] was given and filled, and the gradient `dy` of its output.
    ///
    /// # Panics
    /// As [`ConvNorm::predict`].
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        x: &[f32],
        w: &[f32],
        z: &[f32],
        norm: Norm,
        dy: &[f32],
        to: ConvGradients,
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) {
        self.check(dy.len());
        let (path, n, lz, ly, pool) = (path(), self.conv.filters(), self.z_len(), self.y_len(), self.pool());
        self.conv.check(x.len(), w.into(), z.len());
        norm.check(n);
        assert!(dgamma.len() == n && dbeta.len() == n, "shapes");
        let dy_of = |i: usize| &dy[i * ly..][..ly];
        let batch = self.conv.batch();
        let parts = parts(z.len() * COST, batch);
        scratch::with(6 * n + 2 * n * parts, |memory| {
            let (line, memory) = memory.split_at_mut(3 * n);
            let line = norm.line(self.epsilon, None, line);
            let after = |i: usize| self.after(&pool, line, &z[i * lz..][..lz]);
            let (abc, memory) = memory.split_at_mut(3 * n);
            let (sums, rest) = memory.split_at_mut(2 * n);
            threads::each(batch, parts, Total::new(&mut *sums, &mut *rest), &|these, sums| {
                let sums = sums.take();
                sums.fill(0.0);
                // An image at a time: long sums lose digits. The first images last: those are wanted next.
                scratch::with(2 * n, |image| {
                    for i in these.rev() {
                        image.fill(0.0);
                        let image = &mut *image;
                        path.run(Sums { after: after(i), mean: norm.mean, dy: dy_of(i), sums: &mut *image });
                        sums.iter_mut().zip(&*image).for_each(|(sum, x)| *sum += x);
                    }
                });
            });
            Total::finish(path, sums, rest);
            // dz = a * gradient + b * (z - mean) + c.
            let (a, rest) = abc.split_at_mut(n);
            let (b, c) = rest.split_at_mut(n);
            let rows = (z.len() / n) as f32;
            for j in 0..n {
                let inv = 1.0 / (norm.variance[j] + self.epsilon).sqrt();
                dbeta[j] = sums[j];
                dgamma[j] = sums[n + j] * inv;
                a[j] = inv * norm.gamma.map_or(1.0, |g| g[j]);
                b[j] = -a[j] * inv * dgamma[j] / rows;
                c[j] = -a[j] * dbeta[j] / rows;
            }
            let abc = [&*a, &*b, &*c];
            let of = |i: usize, _: std::ops::Range<usize>, dz: &mut [f32]| {
                path.run(Combine { after: after(i), dy: dy_of(i), abc, dz });
            };
            self.conv.backward_each(path, x, w, &of, to);
        });
    }
}
