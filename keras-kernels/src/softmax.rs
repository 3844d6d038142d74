//! Softmax, alone and with the crossentropy that follows it.
//!
//! Rows are short or long, the classes are the last axis: `(rows, classes)`.
//!
//! Errors are stated with `u = 2⁻²⁴` (half an ulp of 1), `n` classes, and `d`, the distance of a logit from the largest of its
//! row: the subtraction rounds it, so that its exponential is off by up to `d u` of itself. They hold for all numbers of
//! f32, on every instruction set, and `tests/bounds` tests them against f64. A NaN or infinity among the logits makes its
//! own row NaN, as in Keras, no other; a logit of minus infinity has the probability 0.

use crate::math;
use crate::scratch;
use crate::simd::{Isa, Kernel, path};
use crate::vector;

/// Keras's `epsilon()`: probabilities are kept this far from 0 and 1.
pub const EPSILON: f32 = 1e-7;

/// Makes every row of `x` a softmax of itself.
///
/// Error: `(12 + n + d) u` of each probability, and 2⁻¹²⁶.
///
/// # Panics
/// `x` is no whole number of rows.
pub fn softmax(x: &mut [f32], classes: usize) {
    if x.is_empty() {
        return;
    }
    assert_eq!(x.len() % classes, 0, "shapes");
    path().run(Softmax { x, classes });
}

struct Softmax<'a> {
    x: &'a mut [f32],
    classes: usize,
}

impl Kernel for Softmax<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        shares(s, self.x, self.classes, 1.0);
    }
}

/// Rows that are looked at together: what one of them waits for, another does not.
const TOGETHER: usize = 8;

/// Numbers that are looked at together, unless a row has more: half of the nearest cache, so that what one pass over the rows
/// has read is still there for the next.
const NEAR: usize = 4096;

/// Makes every row of `x` the softmax of `scale` times itself, where `scale` is a number above 0.
#[inline(always)]
pub(crate) fn shares<S: Isa>(s: S, x: &mut [f32], classes: usize, scale: f32) {
    let together = (NEAR / classes).clamp(1, TOGETHER);
    for rows in x.chunks_mut(classes * together) {
        let mut of = [0.0; TOGETHER];
        // The largest stays the largest when all are multiplied and rounded.
        for (row, top) in rows.chunks_exact(classes).zip(&mut of) {
            *top = largest(s, row) * scale;
        }
        for (row, k) in rows.chunks_exact_mut(classes).zip(&mut of) {
            *k = 1.0 / powers(s, row, scale, *k);
        }
        for (row, k) in rows.chunks_exact_mut(classes).zip(of) {
            row.iter_mut().for_each(|x| *x *= k);
        }
    }
}

/// The largest number of a row, whatever is NaN.
#[inline(always)]
fn largest<S: Isa>(s: S, row: &[f32]) -> f32 {
    let mut m = s.splat_f32s(f32::NEG_INFINITY);
    let (whole, rest) = S::as_simd_f32s(row);
    for v in whole {
        m = s.max_f32s(*v, m);
    }
    rest.iter().fold(s.reduce_max_f32s(m), |a, b| a.max(*b))
}

/// Replaces a row by `exp(scale * x - top)`, where nothing is above `top`; returns the sum of these.
#[inline(always)]
fn powers<S: Isa>(s: S, row: &mut [f32], scale: f32, top: f32) -> f32 {
    let (scale, top) = (s.splat_f32s(scale), s.splat_f32s(top));
    let (whole, rest) = S::as_mut_simd_f32s(row);
    let mut sum = s.splat_f32s(0.0);
    for v in whole {
        *v = power(s, *v, scale, top);
        sum = s.add_f32s(sum, *v);
    }
    if !rest.is_empty() {
        s.store(rest, power(s, s.load(rest), scale, top));
    }
    s.reduce_sum_f32s(sum) + rest.iter().sum::<f32>()
}

#[inline(always)]
fn power<S: Isa>(s: S, x: S::f32s, scale: S::f32s, top: S::f32s) -> S::f32s {
    math::exp_below_0(s, s.sub_f32s(s.mul_f32s(x, scale), top))
}

/// Replaces a row by `exp(x - max)`; returns the maximum and the sum of these.
#[inline(always)]
pub(crate) fn exponentials<S: Isa>(s: S, row: &mut [f32]) -> (f32, f32) {
    let max = largest(s, row);
    (max, powers(s, row, 1.0, max))
}

/// The gradient of [`softmax`]: `dx = y * (dy - sum(y * dy))` in each row.
///
/// Error: `(4 + n) u` of `y * (|dy| + sum(y * |dy|))`, and 2⁻¹²⁶.
///
/// # Panics
/// The lengths differ, or are no whole number of rows.
pub fn softmax_backward(y: &[f32], dy: &[f32], dx: &mut [f32], classes: usize) {
    assert!(y.len() == dy.len() && y.len() == dx.len(), "lengths differ");
    if y.is_empty() {
        return;
    }
    assert_eq!(y.len() % classes, 0, "shapes");
    path().run(SoftmaxBackward { y, dy, dx, classes });
}

struct SoftmaxBackward<'a> {
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    classes: usize,
}

impl Kernel for SoftmaxBackward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let n = self.classes;
        for ((y, dy), dx) in
            self.y.chunks_exact(n).zip(self.dy.chunks_exact(n)).zip(self.dx.chunks_exact_mut(n))
        {
            let sum = vector::dot(s, y, dy);
            for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
                *dx = y * (dy - sum);
            }
        }
    }
}

/// Makes every row of `x` the logarithm of its softmax.
///
/// Error: `(12 + n) u`, and `2 u` of the result: absolute near 0, where the class is nearly certain.
///
/// # Panics
/// `x` is no whole number of rows.
pub fn log_softmax(x: &mut [f32], classes: usize) {
    if x.is_empty() {
        return;
    }
    assert_eq!(x.len() % classes, 0, "shapes");
    scratch::with(classes, |e| path().run(LogSoftmax { x, classes, e }));
}

struct LogSoftmax<'a> {
    x: &'a mut [f32],
    classes: usize,
    /// Room for the exponentials of a row.
    e: &'a mut [f32],
}

impl Kernel for LogSoftmax<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        for row in self.x.chunks_exact_mut(self.classes) {
            self.e.copy_from_slice(row);
            let (max, sum) = exponentials(s, self.e);
            let log = sum.ln();
            row.iter_mut().for_each(|x| *x = *x - max - log);
        }
    }
}

/// The gradient of [`log_softmax`]: `dx = dy - exp(y) * sum(dy)` in each row.
///
/// Error: `(8 + n) u` of `|dy| + exp(y) * sum(|dy|)`, and 2⁻¹²⁶ times that sum.
///
/// # Panics
/// The lengths differ, or are no whole number of rows.
pub fn log_softmax_backward(y: &[f32], dy: &[f32], dx: &mut [f32], classes: usize) {
    assert!(y.len() == dy.len() && y.len() == dx.len(), "lengths differ");
    if y.is_empty() {
        return;
    }
    assert_eq!(y.len() % classes, 0, "shapes");
    path().run(LogSoftmaxBackward { y, dy, dx, classes });
}

struct LogSoftmaxBackward<'a> {
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    classes: usize,
}

impl Kernel for LogSoftmaxBackward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let (n, l) = (self.classes, S::F32_LANES);
        let rows = self.y.chunks_exact(n).zip(self.dy.chunks_exact(n)).zip(self.dx.chunks_exact_mut(n));
        for ((y, dy), dx) in rows {
            let sum = dy.chunks(l).fold(s.splat_f32s(0.0), |sum, dy| s.add_f32s(sum, s.load(dy)));
            let less = s.splat_f32s(-s.reduce_sum_f32s(sum));
            for ((y, dy), dx) in y.chunks(l).zip(dy.chunks(l)).zip(dx.chunks_mut(l)) {
                s.store(dx, s.fma(less, math::exp(s, s.load(y)), s.load(dy)));
            }
        }
    }
}

/// What each row should be.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Probabilities `(rows, classes)`: Keras's `categorical_crossentropy`.
    Dense(&'a [f32]),
    /// A class for each row: Keras's `sparse_categorical_crossentropy`.
    Classes(&'a [i64]),
}

impl Target<'_> {
    fn check(&self, rows: usize, classes: usize) {
        match self {
            Target::Dense(y) => assert!(y.len() == rows * classes, "targets"),
            Target::Classes(y) => {
                assert!(y.len() == rows, "targets");
                assert!(
                    y.iter().all(|c| *c >= 0 && *c < classes as i64),
                    "a class is outside of the classes"
                );
            }
        }
    }
}

/// The crossentropy of `softmax(logits)` with a target, in one pass: the loss of each row and its gradient by the
/// logits, `(rows, classes)`, times the weight of the row.
///
/// `weight` is what the gradient of a row is multiplied with: `1 / rows` for the mean of a batch without sample
/// weights. The losses are not multiplied.
///
/// Error of a loss: `(12 + n) u` times the sum of the row's targets, and `(4 + n) u` of the loss. Error of a gradient, as a
/// multiple of the weight and of that sum: `(16 + 2 n + d) u` of the probability, `2 u` of the target, and 2⁻¹²⁶.
///
/// # Panics
/// A slice has not its shape, or a class is outside of the classes.
pub fn crossentropy_from_logits(
    logits: &[f32],
    classes: usize,
    target: Target,
    weight: Weight,
    losses: &mut [f32],
    dlogits: &mut [f32],
) {
    let rows = losses.len();
    assert!(logits.len() == rows * classes && dlogits.len() == rows * classes, "shapes");
    target.check(rows, classes);
    weight.check(rows);
    if classes > 0 {
        path().run(FromLogits { logits, classes, target, weight, losses, dlogits });
    }
}

/// What a row counts.
#[derive(Clone, Copy, Debug)]
pub enum Weight<'a> {
    /// All the same.
    Same(f32),
    /// Each its own.
    Rows(&'a [f32]),
}

impl Weight<'_> {
    fn check(&self, rows: usize) {
        assert!(
            matches!(self, Weight::Same(_)) || matches!(self, Weight::Rows(w) if w.len() == rows),
            "weights"
        );
    }

    #[inline(always)]
    fn of(&self, row: usize) -> f32 {
        match self {
            Weight::Same(w) => *w,
            Weight::Rows(w) => w[row],
        }
    }
}

struct FromLogits<'a> {
    logits: &'a [f32],
    classes: usize,
    target: Target<'a>,
    weight: Weight<'a>,
    losses: &'a mut [f32],
    dlogits: &'a mut [f32],
}

impl Kernel for FromLogits<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let n = self.classes;
        let rows = self.logits.chunks_exact(n).zip(self.dlogits.chunks_exact_mut(n)).zip(self.losses);
        for (i, ((x, d), loss)) in rows.enumerate() {
            d.copy_from_slice(x);
            let (max, sum) = exponentials(s, d);
            let (log, w) = (sum.ln(), self.weight.of(i));
            match self.target {
                Target::Classes(y) => {
                    let c = y[i] as usize;
                    *loss = log - (x[c] - max);
                    d.iter_mut().for_each(|d| *d *= w / sum);
                    d[c] -= w;
                }
                Target::Dense(y) => {
                    let y = &y[i * n..][..n];
                    let (mut all, mut l) = (0.0, 0.0);
                    for (y, x) in y.iter().zip(x) {
                        all += y;
                        l += if *y == 0.0 { 0.0 } else { y * (log - (x - max)) };
                    }
                    *loss = l;
                    let k = all * w / sum;
                    for (d, y) in d.iter_mut().zip(y) {
                        *d = *d * k - y * w;
                    }
                }
            }
        }
    }
}

/// The crossentropy of probabilities with a target, as Keras computes it on JAX and torch: a row is divided by its
/// sum, then kept [`EPSILON`] away from 0 and 1; beyond that there is no gradient. The loss of each row, and its gradient by
/// the probabilities times the weight of the row.
///
/// Error of a loss: `(4 + n) u` times the sum of the row's targets, and `3 u` of the loss. Error of a gradient: `(4 + n) u` of
/// the sizes of its two terms, `1 / sum` and `target / probability`, and 2⁻¹²⁶.
///
/// # Panics
/// A slice has not its shape, or a class is outside of the classes.
pub fn crossentropy(
    p: &[f32],
    classes: usize,
    target: Target,
    weight: Weight,
    losses: &mut [f32],
    dp: &mut [f32],
) {
    let rows = losses.len();
    assert!(p.len() == rows * classes && dp.len() == rows * classes, "shapes");
    target.check(rows, classes);
    weight.check(rows);
    if classes == 0 {
        return;
    }
    let inside = |q: f32| (EPSILON..=1.0 - EPSILON).contains(&q);
    for (i, ((p, d), loss)) in
        p.chunks_exact(classes).zip(dp.chunks_exact_mut(classes)).zip(losses).enumerate()
    {
        let w = weight.of(i);
        let sum: f32 = p.iter().sum();
        let regular = sum.is_finite() && sum != 0.0;
        if !regular && p.iter().any(|p| (p / sum).is_nan()) {
            *loss = f32::NAN;
            d.fill(f32::NAN);
            continue;
        }
        match target {
            Target::Classes(y) => {
                let c = y[i] as usize;
                let q = p[c] / sum;
                let kept = q.clamp(EPSILON, 1.0 - EPSILON);
                *loss = -kept.ln();
                if inside(q) {
                    // d(-ln(p_c / sum)) = 1 / sum - [j = c] / p_c.
                    d.fill(w / sum);
                    d[c] -= w / p[c];
                } else {
                    d.fill(0.0);
                }
            }
            Target::Dense(y) => {
                let y = &y[i * classes..][..classes];
                let (mut l, mut all) = (0.0, 0.0);
                for (y, p) in y.iter().zip(p) {
                    let q = p / sum;
                    l -= y * q.clamp(EPSILON, 1.0 - EPSILON).ln();
                    all += if inside(q) { *y } else { 0.0 };
                }
                *loss = l;
                for ((d, y), p) in d.iter_mut().zip(y).zip(p) {
                    let direct = if inside(p / sum) { y / p } else { 0.0 };
                    *d = w * (all / sum - direct);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::of_test::on;

    #[test]
    fn rows_together_are_rows_alone() {
        for (rows, classes) in [(19, 3), (17, 512), (9, 513), (10, 1500), (3, 4096), (5, 4097), (9, 9001)] {
            let x: Vec<f32> = (0..rows * classes).map(|i| (i * 7919 % 1009) as f32 / 101.0 - 5.0).collect();
            for set in 0..4 {
                let (mut together, mut alone) = (x.clone(), x.clone());
                on(set, || {
                    softmax(&mut together, classes);
                    alone.chunks_exact_mut(classes).for_each(|row| softmax(row, classes));
                });
                assert!(together == alone, "{rows} rows of {classes}");
            }
        }
    }
}
