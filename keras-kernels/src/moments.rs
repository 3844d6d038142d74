//! Means and variances of features over many rows, in one pass over memory.

use std::ops::Range;

use crate::scratch;
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Total, part, parts};

/// An element costs about as much as these multiply-adds of a product.
const COST: usize = 4;

/// Numbers that are looked at twice, once for their mean and once for their distance from it: they stay in the
/// first-level cache in between.
const BLOCK: usize = 4096;

/// `mean (features)` and `variance (features)` of `x (rows, features)`.
///
/// With `s = 2⁻²³ |mean|`, what rounding leaves of a number near the mean, and the deviation `v`: the mean is off by up to
/// `s + 1e-5 v`, the variance by up to `1e-5 v² + s (s + v)`; and both by 2⁻¹²⁶. Tested against f64 for up to 70,000 rows.
///
/// # Panics
/// A slice has not its shape.
pub fn moments(x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let n = mean.len();
    assert!(variance.len() == n && n > 0 && x.len().is_multiple_of(n), "shapes");
    let (rows, path) = (x.len() / n, path());
    let parts = parts(rows * n * COST, rows);
    scratch::with(2 * n * parts, |memory| {
        let (first, rest) = memory.split_at_mut(2 * n);
        threads::each(rows, parts, Total::new(first, rest), &|these, own| {
            Running::new(own.take()).see(path, &x[these.start * n..these.end * n]);
        });
        let each = memory.chunks_exact(2 * n).enumerate().map(|(i, own)| (part(rows, i, parts).len(), own));
        merge(each, mean, variance);
    });
}

/// The moments of all rows from what [`Running`] kept of some and of others: `(rows, what was kept)`.
pub(crate) fn merge<'a>(
    parts: impl Iterator<Item = (usize, &'a [f32])>,
    mean: &mut [f32],
    variance: &mut [f32],
) {
    let n = mean.len();
    mean.fill(0.0);
    variance.fill(0.0);
    let mut before = 0;
    for (rows, kept) in parts {
        let (take, cross) = weights(before, rows);
        let pairs = kept[..n].iter().zip(&kept[n..]);
        for ((mean, squares), (m, q)) in mean.iter_mut().zip(&mut *variance).zip(pairs) {
            let far = m - *mean;
            *mean += far * take;
            *squares += q + far * far * cross;
        }
        before += rows;
    }
    let k = 1.0 / before as f32;
    variance.iter_mut().for_each(|v| *v *= k);
}

/// How far the common mean lies from the mean of `before` rows towards that of `rows` more, and what the square of
/// their distance counts.
fn weights(before: usize, rows: usize) -> (f32, f32) {
    let take = if rows == 0 { 0.0 } else { rows as f64 / (before + rows) as f64 };
    (take as f32, (take * before as f64) as f32)
}

/// What is known of the rows seen so far: their mean and the sum of the squares of the distances from it.
pub(crate) struct Running<'a> {
    rows: usize,
    kept: &'a mut [f32],
}

impl<'a> Running<'a> {
    /// No rows yet, with memory for twice the features.
    pub fn new(kept: &'a mut [f32]) -> Self {
        kept.fill(0.0);
        Running { rows: 0, kept }
    }

    /// Takes the rows of `x` in.
    pub fn see(&mut self, path: Path, x: &[f32]) {
        let n = self.kept.len() / 2;
        for block in x.chunks((BLOCK / n).max(1) * n) {
            let rows = block.len() / n;
            path.run(See { block, rows, weights: weights(self.rows, rows), kept: self.kept });
            self.rows += rows;
        }
    }
}

struct See<'a> {
    block: &'a [f32],
    rows: usize,
    weights: (f32, f32),
    kept: &'a mut [f32],
}

impl Kernel for See<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let See { block, rows, weights: (take, cross), kept } = self;
        let n = kept.len() / 2;
        let (mean, squares) = kept.split_at_mut(n);
        let mut j = 0;
        while j < n {
            let e = (j + S::F32_LANES).min(n);
            let sum = rows_of(
                s,
                block,
                n,
                j..e,
                #[inline(always)]
                |sum, x| s.add_f32s(sum, x),
            );
            let share = s.splat_f32s(1.0 / rows as f32);
            let near = s.mul_f32s(sum, share);
            // A mean of large numbers is rounded by more than equal numbers differ; that of their distances is not.
            let (rest, squares_near) = distances(s, block, n, j..e, near);
            let drift = s.mul_f32s(rest, share);
            let center = s.add_f32s(near, drift);
            let zero = s.splat_f32s(0.0);
            let squared = s.sub_f32s(squares_near, s.mul_f32s(rest, drift));
            // Rounding must not leave a variance below 0; NaN stays.
            let squared = s.select_f32s(s.greater_than_f32s(zero, squared), zero, squared);
            let old = s.load(&mean[j..e]);
            let far = s.sub_f32s(center, old);
            s.store(&mut mean[j..e], s.fma(far, s.splat_f32s(take), old));
            let more = s.fma(s.mul_f32s(far, far), s.splat_f32s(cross), squared);
            let old = s.load(&squares[j..e]);
            s.store(&mut squares[j..e], s.add_f32s(old, more));
            j = e;
        }
    }
}

/// What `f` adds up to over the rows of `block (rows, n)`, of these columns.
#[inline(always)]
fn rows_of<S: Isa>(
    s: S,
    block: &[f32],
    n: usize,
    columns: Range<usize>,
    f: impl Fn(S::f32s, S::f32s) -> S::f32s,
) -> S::f32s {
    // Four sums at once, or each would wait for its last addition.
    let mut sums = [s.splat_f32s(0.0); 4];
    let mut fours = block.chunks_exact(4 * n);
    for four in &mut fours {
        for (r, sum) in sums.iter_mut().enumerate() {
            *sum = f(*sum, s.load(&four[r * n + columns.start..r * n + columns.end]));
        }
    }
    for row in fours.remainder().chunks_exact(n) {
        sums[0] = f(sums[0], s.load(&row[columns.clone()]));
    }
    total(s, sums)
}

/// The sums of the distances of these columns from `center`, and of their squares, over the rows of `block (rows, n)`.
#[inline(always)]
fn distances<S: Isa>(
    s: S,
    block: &[f32],
    n: usize,
    columns: Range<usize>,
    center: S::f32s,
) -> (S::f32s, S::f32s) {
    let zero = s.splat_f32s(0.0);
    let (mut sums, mut squares) = ([zero; 4], [zero; 4]);
    let mut fours = block.chunks_exact(4 * n);
    for four in &mut fours {
        for (r, (sum, square)) in sums.iter_mut().zip(&mut squares).enumerate() {
            let d = s.sub_f32s(s.load(&four[r * n + columns.start..r * n + columns.end]), center);
            *sum = s.add_f32s(*sum, d);
            *square = s.fma(d, d, *square);
        }
    }
    for row in fours.remainder().chunks_exact(n) {
        let d = s.sub_f32s(s.load(&row[columns.clone()]), center);
        sums[0] = s.add_f32s(sums[0], d);
        squares[0] = s.fma(d, d, squares[0]);
    }
    (total(s, sums), total(s, squares))
}

#[inline(always)]
fn total<S: Isa>(s: S, x: [S::f32s; 4]) -> S::f32s {
    s.add_f32s(s.add_f32s(x[0], x[1]), s.add_f32s(x[2], x[3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_zero_the_variance_is_still_right() {
        for path in Path::all() {
            for (n, rows) in [(1, 10_000), (3, 4097), (16, 700), (37, 450), (5000, 3)] {
                let x: Vec<f32> = (0..rows * n)
                    .map(|i| 1000.0 + ((i * 7919) % 1009) as f32 / 1009.0 * (1.0 + (i % n) as f32))
                    .collect();
                let (mut a, mut b) = (vec![9.0; 2 * n], vec![9.0; 2 * n]);
                let cut = rows / 3;
                Running::new(&mut a).see(path, &x[..cut * n]);
                Running::new(&mut b).see(path, &x[cut * n..]);
                let (mut mean, mut variance) = (vec![9.0; n], vec![9.0; n]);
                merge([(cut, &*a), (rows - cut, &*b)].into_iter(), &mut mean, &mut variance);
                for j in 0..n {
                    let column = || x.iter().skip(j).step_by(n).map(|x| f64::from(*x));
                    let m = column().sum::<f64>() / rows as f64;
                    let v = column().map(|x| (x - m) * (x - m)).sum::<f64>() / rows as f64;
                    assert!((f64::from(mean[j]) - m).abs() < 1e-6 * m, "{path:?} {n}: {} {m}", mean[j]);
                    assert!(
                        (f64::from(variance[j]) - v).abs() < 1e-4 * v,
                        "{path:?} {n}: {} {v}",
                        variance[j]
                    );
                }
            }
        }
    }
}
