//! Normalisation by the root of the mean of squares.

use core::ops::Range;

use super::COST;
use super::layer::{TOGETHER, distances, row_sum, together};
use crate::scratch;
use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, Total, parts};

#[cfg(test)]
mod tests;

/// `y = x / sqrt(mean(x^2) + epsilon) * scale`, for each row of `x (rows, features)` by itself, with `scale (features)`.
/// `saved (rows)` keeps one over the roots for the gradient.
///
/// As Keras has it: where the squares overflow the row becomes 0, where they vanish only `epsilon` is left.
///
/// # Panics
/// A slice has not its shape.
pub fn rms_norm(x: &[f32], scale: &[f32], epsilon: f32, y: &mut [f32], saved: &mut [f32]) {
    let (rows, n) = (saved.len(), scale.len());
    assert!(x.len() == rows * n && y.len() == x.len(), "shapes");
    if x.is_empty() {
        return;
    }
    let path = path();
    let memory = (Rows::new(y, n), Rows::new(saved, 1));
    threads::each(rows, parts(x.len() * COST, rows), memory, &|these, (y, inverses)| {
        let x = &x[these.start * n..these.end * n];
        path.run(RmsNorm { x, scale, epsilon, y: y.data, inverses: inverses.data });
    });
}

struct RmsNorm<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    epsilon: f32,
    y: &'a mut [f32],
    inverses: &'a mut [f32],
}

impl Kernel for RmsNorm<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let RmsNorm { x, scale, epsilon, y, inverses } = self;
        let (n, many) = (scale.len(), together(scale.len()));
        let rows = x.chunks(many * n).zip(y.chunks_mut(many * n));
        for ((x, y), inverses) in rows.zip(inverses.chunks_mut(many)) {
            for (mean, x) in inverses.iter_mut().zip(x.chunks_exact(n)) {
                *mean = distances::<S, true>(s, x, [0.0; 2]) / n as f32 + epsilon;
            }
            inverses.iter_mut().for_each(|mean| *mean = 1.0 / mean.sqrt());
            for ((x, y), inverse) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)).zip(&*inverses) {
                x.iter().zip(y).zip(scale).for_each(|((x, y), scale)| *y = x * inverse * scale);
            }
        }
    }
}

/// The gradients of [`rms_norm`], from its input and what it saved: `dx`, and `dscale (features)`, which is always filled.
///
/// # Panics
/// A slice has not its shape.
pub fn rms_norm_backward(
    x: &[f32],
    scale: &[f32],
    saved: &[f32],
    dy: &[f32],
    dx: Option<&mut [f32]>,
    dscale: &mut [f32],
) {
    let (rows, n) = (saved.len(), scale.len());
    assert!(x.len() == rows * n && dy.len() == x.len(), "shapes");
    assert!(dscale.len() == n && dx.as_ref().is_none_or(|dx| dx.len() == x.len()), "shapes");
    if x.is_empty() {
        return dscale.fill(0.0);
    }
    let (path, parts) = (path(), parts(x.len() * COST, rows));
    scratch::with(Total::memory(n, parts), |rest| {
        let memory = (Total::new(&mut *dscale, &mut *rest), Rows::optional(dx, n));
        threads::each(rows, parts, memory, &|these, (dscale, dx)| {
            let dscale = dscale.take();
            dscale.fill(0.0);
            let range = these.start * n..these.end * n;
            let (x, dy) = (&x[range.clone()], &dy[range]);
            let (inverses, dx) = (&saved[these], dx.wanted());
            path.run(Backward { x, scale, inverses, dy, dx, dscale });
        });
        Total::finish(path, dscale, rest);
    });
}

struct Backward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    inverses: &'a [f32],
    dy: &'a [f32],
    dx: Option<&'a mut [f32]>,
    dscale: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Backward { x, scale, inverses, dy, mut dx, dscale } = self;
        let (n, many) = (scale.len(), together(scale.len()));
        let rows = x.chunks(many * n).zip(dy.chunks(many * n));
        for (i, ((x, dy), inverses)) in rows.zip(inverses.chunks(many)).enumerate() {
            for ((x, dy), inverse) in x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(inverses) {
                for ((to, x), dy) in dscale.iter_mut().zip(x).zip(dy) {
                    *to = s.fma1(x * inverse, *dy, *to);
                }
            }
            let Some(dx) = dx.as_deref_mut() else { continue };
            // What normalised numbers of a row are multiplied with, for the way through the root.
            let mut slopes = [0.0; TOGETHER];
            for ((slope, x), dy) in slopes.iter_mut().zip(x.chunks_exact(n)).zip(dy.chunks_exact(n)) {
                let term = |at: Range<usize>| {
                    let scaled = s.mul_f32s(s.load(&dy[at.clone()]), s.load(&scale[at.clone()]));
                    s.mul_f32s(scaled, s.load(&x[at]))
                };
                *slope = row_sum(s, n, term);
            }
            let share = -1.0 / n as f32;
            slopes.iter_mut().zip(inverses).for_each(|(slope, inverse)| *slope *= inverse * share);
            let dx = &mut dx[i * many * n..][..x.len()];
            let rows = x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(dx.chunks_exact_mut(n));
            for (((x, dy), dx), (inverse, slope)) in rows.zip(inverses.iter().zip(slopes)) {
                for (((x, dy), dx), scale) in x.iter().zip(dy).zip(dx).zip(scale) {
                    *dx = s.fma1(x * inverse, slope, dy * scale) * inverse;
                }
            }
        }
    }
}
