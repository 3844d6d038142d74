//! Batch, layer and group normalisation, and that by the root of the mean of squares.
//!
//! The first two see `(rows, features)`, the last axis contiguous. Variances are means of squares (not corrected for the
//! sample), as in Keras.
//!
//! Errors are stated with `u = 2⁻²⁴` (half an ulp of 1). They hold on every instruction set for all numbers of f32 whose
//! squared distances from the mean, and the sums of them, are below its greatest number, and `tests/bounds` tests them
//! against f64. What is below 2⁻¹²⁶ may be 0. NaN and infinities stay in their own column, or row.

mod group;
mod rms;

pub use self::group::GroupNorm;
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

/// Layer normalisation: each row of `x (rows, features)` by its own mean and variance, times `gamma (features)`, plus
/// `beta (features)`. `saved (2 * rows)` keeps the means, then one over the deviations, for the gradient.
///
/// Error: `(12 + n) u` of the largest normalised number of the row times `|gamma|`, for `n` features, and `u` of `|beta|`: also
/// far from 0.
///
/// # Panics
/// A slice has not its shape.
pub fn layer_norm(
    x: &[f32],
    gamma: Option<&[f32]>,
    beta: Option<&[f32]>,
    epsilon: f32,
    y: &mut [f32],
    saved: &mut [f32],
) {
    let rows = saved.len() / 2;
    assert!(saved.len().is_multiple_of(2) && y.len() == x.len(), "shapes");
    if rows == 0 || x.is_empty() {
        return;
    }
    let n = x.len() / rows;
    assert!(n * rows == x.len() && [gamma, beta].iter().flatten().all(|g| g.len() == n), "shapes");
    let path = path();
    let (means, invs) = saved.split_at_mut(rows);
    let memory = (Rows::new(y, n), Rows::new(means, 1), Rows::new(invs, 1));
    threads::each(rows, parts(x.len() * COST, rows), memory, &|these, (y, means, invs)| {
        let x = &x[these.start * n..these.end * n];
        path.run(LayerNorm { x, gamma, beta, epsilon, y: y.data, means: means.data, invs: invs.data });
    });
}

struct LayerNorm<'a> {
    x: &'a [f32],
    gamma: Option<&'a [f32]>,
    beta: Option<&'a [f32]>,
    epsilon: f32,
    y: &'a mut [f32],
    means: &'a mut [f32],
    invs: &'a mut [f32],
}

/// The sum of `f` over a row, a vector at a time; lanes beyond the end count as 0.
#[inline(always)]
fn row_sum<S: Isa>(s: S, n: usize, f: impl Fn(std::ops::Range<usize>) -> S::f32s) -> f32 {
    let mut sum = s.splat_f32s(0.0);
    let mut j = 0;
    while j < n {
        let e = (j + S::F32_LANES).min(n);
        sum = s.add_f32s(sum, f(j..e));
        j = e;
    }
    s.reduce_sum_f32s(sum)
}

/// The sum of how far the numbers of a row are from two numbers that are taken off one after the other, or of the squares
/// of that. Not a [`row_sum`]: what several loops call need not be inlined, and then is no vector.
#[inline(always)]
fn distances<S: Isa, const SQUARED: bool>(s: S, row: &[f32], [mean, rest]: [f32; 2]) -> f32 {
    let l = S::F32_LANES;
    let (m, r) = (s.splat_f32s(mean), s.splat_f32s(rest));
    let mut sums = [s.splat_f32s(0.0); 4];
    let mut fours = row.chunks_exact(4 * l);
    for four in &mut fours {
        for (sum, x) in sums.iter_mut().zip(four.chunks_exact(l)) {
            let d = s.sub_f32s(s.sub_f32s(s.load(x), m), r);
            *sum = s.add_f32s(*sum, if SQUARED { s.mul_f32s(d, d) } else { d });
        }
    }
    let mut ones = fours.remainder().chunks_exact(l);
    for x in &mut ones {
        let d = s.sub_f32s(s.sub_f32s(s.load(x), m), r);
        sums[0] = s.add_f32s(sums[0], if SQUARED { s.mul_f32s(d, d) } else { d });
    }
    let tail = ones.remainder();
    if !tail.is_empty() {
        // Lanes beyond the end stay 0.
        let (m, r) = (s.load(&[mean; 16][..tail.len()]), s.load(&[rest; 16][..tail.len()]));
        let d = s.sub_f32s(s.sub_f32s(s.load(tail), m), r);
        sums[1] = s.add_f32s(sums[1], if SQUARED { s.mul_f32s(d, d) } else { d });
    }
    let [first, second, third, fourth] = sums;
    s.reduce_sum_f32s(s.add_f32s(s.add_f32s(first, second), s.add_f32s(third, fourth)))
}

impl Kernel for LayerNorm<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let LayerNorm { x, gamma, beta, epsilon, y, means, invs } = self;
        let n = x.len() / means.len();
        let many = together(n);
        let rows = x.chunks(many * n).zip(y.chunks_mut(many * n));
        let saved = means.chunks_mut(many).zip(invs.chunks_mut(many));
        // What rounding has left of the means.
        let mut rests = [0.0; TOGETHER];
        for ((x, y), (means, invs)) in rows.zip(saved) {
            let rows = || x.chunks_exact(n);
            for (mean, x) in means.iter_mut().zip(rows()) {
                *mean = distances::<S, false>(s, x, [0.0; 2]) / n as f32;
            }
            // A mean of large numbers is rounded by more than equal numbers differ; that of the distances is not.
            for (mean, x) in means.iter_mut().zip(rows()) {
                *mean += distances::<S, false>(s, x, [*mean, 0.0]) / n as f32;
            }
            for ((rest, mean), x) in rests.iter_mut().zip(&*means).zip(rows()) {
                *rest = distances::<S, false>(s, x, [*mean, 0.0]) / n as f32;
            }
            for (((inv, rest), mean), x) in invs.iter_mut().zip(rests).zip(&*means).zip(rows()) {
                *inv = distances::<S, true>(s, x, [*mean, rest]) / n as f32;
            }
            invs.iter_mut().for_each(|inv| *inv = 1.0 / (*inv + epsilon).sqrt());
            let rows = rows().zip(y.chunks_exact_mut(n)).zip(means.iter_mut().zip(&*invs).zip(rests));
            for ((x, y), ((mean, inv), rest)) in rows {
                let away = |x: f32| (x - *mean) - rest;
                match (gamma, beta) {
                    (Some(gamma), Some(beta)) => {
                        let each = y.iter_mut().zip(x).zip(gamma.iter().zip(beta));
                        each.for_each(|((y, x), (g, b))| *y = away(*x) * (inv * g) + b);
                    }
                    (Some(gamma), None) => {
                        let each = y.iter_mut().zip(x).zip(gamma);
                        each.for_each(|((y, x), g)| *y = away(*x) * (inv * g));
                    }
                    (None, Some(beta)) => {
                        let each = y.iter_mut().zip(x).zip(beta);
                        each.for_each(|((y, x), b)| *y = away(*x) * inv + b);
                    }
                    (None, None) => y.iter_mut().zip(x).for_each(|(y, x)| *y = away(*x) * inv),
                }
                *mean += rest;
            }
        }
    }
}

/// The most rows whose sums are taken together, so that one does not wait for the other.
const TOGETHER: usize = 16;

/// How many rows of `n` numbers are done together: they stay in the cache.
fn together(n: usize) -> usize {
    (2048 / n.max(1)).clamp(1, TOGETHER)
}

/// The gradients of [`layer_norm`], from its input and what it saved; `dgamma` and `dbeta (features)` are always filled.
///
/// Errors, by what was saved: `(10 + n) u` of the sizes of the three terms of `dx`, for `n` features; `(4 + rows) u` of the
/// sums of the sizes of the terms of `dgamma` and `dbeta`.
///
/// # Panics
/// A slice has not its shape.
#[allow(clippy::too_many_arguments)]
pub fn layer_norm_backward(
    x: &[f32],
    gamma: Option<&[f32]>,
    saved: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    dgamma: &mut [f32],
    dbeta: &mut [f32],
) {
    let (rows, n) = (saved.len() / 2, dgamma.len());
    assert!(
        saved.len().is_multiple_of(2) && x.len() == rows * n && dy.len() == x.len() && dx.len() == x.len(),
        "shapes"
    );
    assert!(dbeta.len() == n && gamma.is_none_or(|g| g.len() == n), "shapes");
    let path = path();
    let (means, invs) = saved.split_at(rows);
    let parts = parts(x.len() * COST, rows);
    scratch::with(2 * Total::memory(n, parts), |memory| {
        let (rg, rb) = memory.split_at_mut(Total::memory(n, parts));
        let totals = (Total::new(&mut *dgamma, rg), Total::new(&mut *dbeta, rb));
        threads::each(rows, parts, (totals, Rows::new(dx, n)), &|these, (totals, dx)| {
            let (dgamma, dbeta) = (totals.0.take(), totals.1.take());
            dgamma.fill(0.0);
            dbeta.fill(0.0);
            let range = these.start * n..these.end * n;
            let (x, dy) = (&x[range.clone()], &dy[range]);
            let (means, invs) = (&means[these.clone()], &invs[these]);
            path.run(LayerNormBackward { x, gamma, means, invs, dy, dx: dx.data, dgamma, dbeta });
        });
        Total::finish(path, dgamma, rg);
        Total::finish(path, dbeta, rb);
    });
}

struct LayerNormBackward<'a> {
    x: &'a [f32],
    gamma: Option<&'a [f32]>,
    means: &'a [f32],
    invs: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    dgamma: &'a mut [f32],
    dbeta: &'a mut [f32],
}

impl Kernel for LayerNormBackward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let LayerNormBackward { x, gamma, means, invs, dy, dx, dgamma, dbeta } = self;
        let n = dgamma.len();
        if n == 0 {
            return;
        }
        let rows =
            x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(dx.chunks_exact_mut(n)).zip(means.iter().zip(invs));
        for (((x, dy), dx), (mean, inv)) in rows {
            let (m, i) = (s.splat_f32s(*mean), s.splat_f32s(*inv));
            // Lanes beyond the end have dy = 0, so they add nothing.
            let g = |r: std::ops::Range<usize>| match gamma {
                Some(gamma) => s.mul_f32s(s.load(&dy[r.clone()]), s.load(&gamma[r])),
                None => s.load(&dy[r]),
            };
            let hat = |r: std::ops::Range<usize>| s.mul_f32s(s.sub_f32s(s.load(&x[r]), m), i);
            let a = row_sum(s, n, g) / n as f32;
            // Lanes beyond the end are far from the mean: divided by a small deviation that may overflow, and infinity
            // times 0 is NaN. So the sum comes first.
            let away = |r: std::ops::Range<usize>| s.mul_f32s(g(r.clone()), s.sub_f32s(s.load(&x[r]), m));
            let b = row_sum(s, n, away) / n as f32 * inv;
            let (a, b) = (s.splat_f32s(a), s.splat_f32s(b));
            let mut j = 0;
            while j < n {
                let e = (j + S::F32_LANES).min(n);
                let (h, d) = (hat(j..e), s.load(&dy[j..e]));
                let v = s.sub_f32s(s.sub_f32s(g(j..e), a), s.mul_f32s(h, b));
                s.store(&mut dx[j..e], s.mul_f32s(v, i));
                let sum = s.fma(d, h, s.load(&dgamma[j..e]));
                s.store(&mut dgamma[j..e], sum);
                let sum = s.add_f32s(d, s.load(&dbeta[j..e]));
                s.store(&mut dbeta[j..e], sum);
                j = e;
            }
        }
    }
}

#[cfg(test)]
mod tests;
