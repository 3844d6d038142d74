//! Batch, layer and group normalisation, and that by the root of the mean of squares.
//!
//! The first two see `(rows, features)`, the last axis contiguous. Variances are means of squares (not corrected for the
//! sample), as in Keras.
//!
//! Errors are stated with `u = 2⁻²⁴` (half an ulp of 1). They hold on every instruction set for all numbers of f32 whose
//! squared distances from the mean, and the sums of them, are below its greatest number, and `tests/bounds` tests them
//! against f64. What is below 2⁻¹²⁶ may be 0. NaN and infinities stay in their own column, or row.

mod group;
mod layer;
mod rms;

pub use self::group::GroupNorm;
pub use self::layer::{layer_norm, layer_norm_backward};
pub use self::rms::{rms_norm, rms_norm_backward};
pub use crate::moments::moments;
use crate::scratch;
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Rows, Total, parts};

/// An element costs about as much as these multiply-adds of a product.
const COST: usize = 5;

/// Rows that are summed before the sum is added to the total: long sums lose digits otherwise.
const BLOCK: usize = 256;

/// Sums over all rows: `f` adds those of some rows to its second argument.
fn column_sums(
    path: Path,
    rows: usize,
    n: usize,
    out: &mut [f32],
    f: &(impl Fn(usize, usize, &mut [f32]) + Sync),
) {
    let parts = parts(rows * n * COST, rows);
    let width = out.len();
    scratch::with(Total::memory(width, parts), |rest| {
        threads::each(rows, parts, Total::new(&mut *out, rest), &|these, sum| {
            let sum = sum.take();
            sum.fill(0.0);
            scratch::with(width, |block| {
                for from in these.clone().step_by(BLOCK) {
                    block.fill(0.0);
                    f(from, (from + BLOCK).min(these.end), block);
                    sum.iter_mut().zip(&*block).for_each(|(s, b)| *s += b);
                }
            });
        });
        Total::finish(path, out, rest);
    });
}

/// `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, for `x` and `y (rows, features)` and the others
/// `(features)`: the second half of batch normalisation when training, all of it when predicting.
///
/// Error: `6 u` of the normalised number times `|gamma|`, and `u` of `|beta|`, for every number of f32: also far from 0,
/// and where `gamma` and the variance are very large or small, as long as their quotient is a number of f32.
///
/// # Panics
/// A slice has not its shape.
#[allow(clippy::too_many_arguments)]
pub fn normalize(
    x: &[f32],
    mean: &[f32],
    variance: &[f32],
    gamma: Option<&[f32]>,
    beta: Option<&[f32]>,
    epsilon: f32,
    y: &mut [f32],
) {
    let n = mean.len();
    assert!(variance.len() == n && n > 0 && x.len().is_multiple_of(n) && y.len() == x.len(), "shapes");
    assert!([gamma, beta].iter().flatten().all(|g| g.len() == n), "shapes");
    let (rows, path) = (x.len() / n, path());
    scratch::with(2 * n, |memory| {
        let (scale, shift) = memory.split_at_mut(n);
        for j in 0..n {
            scale[j] = gamma.map_or(1.0, |g| g[j]) / (variance[j] + epsilon).sqrt();
            shift[j] = beta.map_or(0.0, |b| b[j]);
        }
        let (scale, shift) = (&*scale, &*shift);
        threads::each(rows, parts(x.len() * COST, rows), Rows::new(y, n), &|these, y| {
            path.run(ScaleShift { x: &x[these.start * n..these.end * n], mean, scale, shift, y: y.data });
        });
    });
}

/// `y = (x - mean) * scale + shift`. The mean is taken off first: where it is large beside the deviation, a product with
/// it would have lost the digits that count.
struct ScaleShift<'a> {
    x: &'a [f32],
    mean: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for ScaleShift<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let n = self.scale.len();
        for (x, y) in self.x.chunks_exact(n).zip(self.y.chunks_exact_mut(n)) {
            for ((((x, y), m), k), b) in x.iter().zip(y).zip(self.mean).zip(self.scale).zip(self.shift) {
                *y = s.fma1(x - m, *k, *b);
            }
        }
    }
}

/// The gradients of [`normalize`] with the [`moments`] of its own input (`training`), or with given ones.
///
/// `dx (rows, features)`, and `dgamma` and `dbeta (features)`, which are always filled.
///
/// Errors, by the mean and variance that are given: `1e-5` of the sum of the sizes of the terms for `dgamma` and `dbeta`; for
/// `dx` `8 u` of its first term and `2e-5` of the sizes of the others.
///
/// # Panics
/// A slice has not its shape.
#[allow(clippy::too_many_arguments)]
pub fn normalize_backward(
    training: bool,
    x: &[f32],
    mean: &[f32],
    variance: &[f32],
    gamma: Option<&[f32]>,
    epsilon: f32,
    dy: &[f32],
    dx: Option<&mut [f32]>,
    dgamma: &mut [f32],
    dbeta: &mut [f32],
) {
    let n = mean.len();
    assert!(variance.len() == n && n > 0 && x.len().is_multiple_of(n) && dy.len() == x.len(), "shapes");
    assert!(dgamma.len() == n && dbeta.len() == n && gamma.is_none_or(|g| g.len() == n), "shapes");
    let (rows, path) = (x.len() / n, path());
    scratch::with(5 * n, |memory| {
        let (sums, memory) = memory.split_at_mut(2 * n);
        column_sums(path, rows, n, sums, &|from, to, sum| {
            path.run(GradientSums { x: &x[from * n..to * n], dy: &dy[from * n..to * n], mean, sum });
        });
        // dx = a * dy + b * (x - mean) + c.
        let (a, memory) = memory.split_at_mut(n);
        let (b, c) = memory.split_at_mut(n);
        for j in 0..n {
            let inv = 1.0 / (variance[j] + epsilon).sqrt();
            dbeta[j] = sums[j];
            dgamma[j] = sums[n + j] * inv;
            a[j] = inv * gamma.map_or(1.0, |g| g[j]);
            if training {
                b[j] = -a[j] * inv * dgamma[j] / rows as f32;
                c[j] = -a[j] * dbeta[j] / rows as f32;
            } else {
                (b[j], c[j]) = (0.0, 0.0);
            }
        }
        let (a, b, c) = (&*a, &*b, &*c);
        if let Some(dx) = dx {
            assert_eq!(dx.len(), x.len());
            threads::each(rows, parts(x.len() * COST, rows), Rows::new(dx, n), &|these, dx| {
                let range = these.start * n..these.end * n;
                if training {
                    path.run(Combine { x: &x[range.clone()], dy: &dy[range], mean, a, b, c, dx: dx.data });
                } else {
                    // Whatever the input is: of an infinite one, 0 times its distance would be NaN.
                    path.run(Scale { dy: &dy[range], a, dx: dx.data });
                }
            });
        }
    });
}

/// Adds up `dy`, then `dy * (x - mean)`.
struct GradientSums<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    sum: &'a mut [f32],
}

impl Kernel for GradientSums<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let GradientSums { x, dy, mean, sum } = self;
        let n = mean.len();
        let (beta, gamma) = sum.split_at_mut(n);
        for (x, dy) in x.chunks_exact(n).zip(dy.chunks_exact(n)) {
            for ((((x, dy), m), b), g) in x.iter().zip(dy).zip(mean).zip(&mut *beta).zip(&mut *gamma) {
                *b += dy;
                *g = s.fma1(*dy, x - m, *g);
            }
        }
    }
}

/// `dx = a * dy`.
struct Scale<'a> {
    dy: &'a [f32],
    a: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Scale<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let n = self.a.len();
        for (dx, dy) in self.dx.chunks_exact_mut(n).zip(self.dy.chunks_exact(n)) {
            dx.iter_mut().zip(dy).zip(self.a).for_each(|((dx, dy), a)| *dx = a * dy);
        }
    }
}

struct Combine<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: &'a [f32],
    a: &'a [f32],
    b: &'a [f32],
    c: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Combine<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Combine { x, dy, mean, a, b, c, dx } = self;
        let n = a.len();
        for ((x, dy), dx) in x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(dx.chunks_exact_mut(n)) {
            let line = a.iter().zip(b).zip(c).zip(mean);
            for (((x, dy), dx), (((a, b), c), m)) in x.iter().zip(dy).zip(dx).zip(line) {
                *dx = s.fma1(*a, *dy, s.fma1(*b, x - m, *c));
            }
        }
    }
}

#[cfg(test)]
mod tests;
