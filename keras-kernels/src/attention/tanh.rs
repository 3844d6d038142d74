//! Scores that are sums of hyperbolic tangents. The backward pass computes them once more: they would take the width
//! times the memory of the scores.

use crate::gemm::Matrix;
use crate::math;
use crate::simd::{Isa, Kernel};

/// `to (rows, columns)`: the sums over the features of `weights * tanh(inner * (q + k))`.
pub(super) struct Scores<'a> {
    pub q: Matrix<'a>,
    pub k: Matrix<'a>,
    pub inner: f32,
    pub weights: &'a [f32],
    pub columns: usize,
    pub to: &'a mut [f32],
}

impl Kernel for Scores<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Scores { q, k, inner, weights, columns, to } = self;
        let (l, width, inner) = (S::F32_LANES, weights.len(), s.splat_f32s(inner));
        for (i, to) in to.chunks_exact_mut(columns).enumerate() {
            let q = &q.data[i * q.row..][..width];
            for (j, to) in to.iter_mut().enumerate() {
                let k = &k.data[j * k.row..][..width];
                let mut sum = s.splat_f32s(0.0);
                for ((q, k), w) in q.chunks(l).zip(k.chunks(l)).zip(weights.chunks(l)) {
                    let x = s.mul_f32s(inner, s.add_f32s(s.load(q), s.load(k)));
                    sum = s.fma(s.load(w), math::tanh(s, x), sum);
                }
                *to = s.reduce_sum_f32s(sum);
            }
        }
    }
}

/// Adds the gradients of [`Scores`], from those of the scores, `d (rows, columns)`.
pub(super) struct Gradients<'a> {
    pub q: Matrix<'a>,
    pub k: Matrix<'a>,
    pub inner: f32,
    pub weights: &'a [f32],
    pub columns: usize,
    pub d: &'a [f32],
    /// As far apart as the rows of `q`.
    pub dq: &'a mut [f32],
    /// As far apart as the rows of `k`.
    pub dk: &'a mut [f32],
    /// Of the weights, and of the inner number.
    pub dscore: &'a mut [f32],
}

impl Kernel for Gradients<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Gradients { q, k, inner, weights, columns, d, dq, dk, dscore } = self;
        let (l, width) = (S::F32_LANES, weights.len());
        let (one, by) = (s.splat_f32s(1.0), s.splat_f32s(inner));
        let mut dinner = s.splat_f32s(0.0);
        for f in (0..width).step_by(l) {
            let n = l.min(width - f);
            let w = s.load(&weights[f..f + n]);
            let mut dw = s.load(&dscore[f..f + n]);
            for (i, d) in d.chunks_exact(columns).enumerate() {
                let own = i * q.row + f..i * q.row + f + n;
                let q = s.load(&q.data[own.clone()]);
                let mut sum = s.load(&dq[own.clone()]);
                for (j, d) in d.iter().enumerate() {
                    let at = j * k.row + f..j * k.row + f + n;
                    let d = s.splat_f32s(*d);
                    let x = s.add_f32s(q, s.load(&k.data[at.clone()]));
                    let t = math::tanh(s, s.mul_f32s(by, x));
                    dw = s.fma(d, t, dw);
                    let slope = s.mul_f32s(s.mul_f32s(d, w), s.sub_f32s(one, s.mul_f32s(t, t)));
                    dinner = s.fma(slope, x, dinner);
                    sum = s.fma(slope, by, sum);
                    let dk = &mut dk[at];
                    let more = s.fma(slope, by, s.load(dk));
                    s.store(dk, more);
                }
                s.store(&mut dq[own], sum);
            }
            s.store(&mut dscore[f..f + n], dw);
        }
        dscore[width] += s.reduce_sum_f32s(dinner);
    }
}
