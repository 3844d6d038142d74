//! Normalisation of each row by its own mean and variance.

use core::ops::Range;

use super::COST;
use crate::scratch;
use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, Total, parts};

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
pub(super) fn row_sum<S: Isa>(s: S, n: usize, f: impl Fn(Range<usize>) -> S::f32s) -> f32 {
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
pub(super) fn distances<S: Isa, const SQUARED: bool>(s: S, row: &[f32], [mean, rest]: [f32; 2]) -> f32 {
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
pub(super) const TOGETHER: usize = 16;

/// How many rows of `n` numbers are done together: they stay in the cache.
pub(super) fn together(n: usize) -> usize {
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
            let g = |r: Range<usize>| match gamma {
                Some(gamma) => s.mul_f32s(s.load(&dy[r.clone()]), s.load(&gamma[r])),
                None => s.load(&dy[r]),
            };
            let hat = |r: Range<usize>| s.mul_f32s(s.sub_f32s(s.load(&x[r]), m), i);
            let a = row_sum(s, n, g) / n as f32;
            // Lanes beyond the end are far from the mean: divided by a small deviation that may overflow, and infinity
            // times 0 is NaN. So the sum comes first.
            let away = |r: Range<usize>| s.mul_f32s(g(r.clone()), s.sub_f32s(s.load(&x[r]), m));
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
