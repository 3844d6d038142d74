//! What follows a batch normalisation, in the same pass over memory: relu and a pooling.
//!
//! Nothing in between is kept: the gradient normalises again, which costs less than reading it back.

use crate::pool::Pool;
use crate::simd::{Isa, Kernel};

/// A pooling after a normalisation.
#[derive(Clone, Copy, Debug)]
pub enum Tail {
    /// None.
    Whole,
    /// The largest of each window. No pixel is in two windows, and no window reaches over the border
    /// ([`Pool::is_apart`]).
    Max(Pool),
    /// The mean of the image.
    Mean,
}

/// One image on its way: `relu(z * scale + shift)`, pooled.
#[derive(Clone, Copy)]
pub(crate) struct After<'a> {
    /// Windows: single pixels where nothing is pooled, or everything.
    pub pool: &'a Pool,
    /// Whether all pixels have one mean.
    pub mean: bool,
    pub relu: bool,
    /// `(features)`.
    pub scale: &'a [f32],
    /// `(features)`.
    pub shift: &'a [f32],
}

impl After<'_> {
    /// The largest number of the window whose first pixel is `first`, which pixel that is, and what it was before.
    /// Of equal numbers it is the first; NaN stays.
    #[inline(always)]
    fn largest<S: Isa>(&self, s: S, z: &[f32], first: usize, j: usize, e: usize) -> Best<S> {
        let ([kh, kw], w, c) = (self.pool.window, self.pool.image[1], self.pool.channels);
        let (scale, shift) = (s.load(&self.scale[j..e]), s.load(&self.shift[j..e]));
        let before = s.load(&z[first * c + j..first * c + e]);
        let mut best = Best { value: s.fma(before, scale, shift), before, at: s.splat_u32s(first as u32) };
        for ky in 0..kh {
            for p in first + ky * w + usize::from(ky == 0)..first + ky * w + kw {
                let before = s.load(&z[p * c + j..p * c + e]);
                let value = s.fma(before, scale, shift);
                let smaller = s.less_than_or_equal_f32s(value, best.value);
                let take = s.and_m32s(s.not_m32s(smaller), s.equal_f32s(best.value, best.value));
                best.value = s.select_f32s(take, value, best.value);
                best.before = s.select_f32s(take, before, best.before);
                best.at = s.select_u32s(take, s.splat_u32s(p as u32), best.at);
            }
        }
        best
    }

    /// Calls `f(first pixel, output pixel)` for each window.
    #[inline(always)]
    fn windows(&self, mut f: impl FnMut(usize, usize)) {
        let ([oh, ow], [sh, sw], w) = (self.pool.output(), self.pool.stride, self.pool.image[1]);
        for oy in 0..oh {
            for ox in 0..ow {
                f(oy * sh * w + ox * sw, oy * ow + ox);
            }
        }
    }

    /// The gradient of the largest number: that of output pixel `o`, unless relu held it back.
    #[inline(always)]
    fn slope<S: Isa>(&self, s: S, best: &Best<S>, dy: &[f32], o: usize, j: usize, e: usize) -> S::f32s {
        let c = self.pool.channels;
        let mut d = if self.mean {
            let share = 1.0 / (self.pool.image[0] * self.pool.image[1]) as f32;
            s.mul_f32s(s.load(&dy[j..e]), s.splat_f32s(share))
        } else {
            s.load(&dy[o * c + j..o * c + e])
        };
        if self.relu {
            let zero = s.splat_f32s(0.0);
            d = s.select_f32s(s.greater_than_f32s(best.value, zero), d, zero);
        }
        d
    }
}

struct Best<S: Isa> {
    value: S::f32s,
    before: S::f32s,
    at: S::u32s,
}

/// `y` of one image.
pub(crate) struct Forward<'a>(pub After<'a>, pub &'a [f32], pub &'a mut [f32]);

impl Kernel for Forward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Forward(this, z, y) = self;
        let c = this.pool.channels;
        let share = s.splat_f32s(1.0 / (this.pool.image[0] * this.pool.image[1]) as f32);
        if this.mean {
            y.fill(0.0);
        }
        this.windows(
            #[inline(always)]
            |first, o| {
                let mut j = 0;
                while j < c {
                    let e = (j + S::F32_LANES).min(c);
                    let mut v = this.largest(s, z, first, j, e).value;
                    if this.relu {
                        v = crate::math::relu(s, v);
                    }
                    let to = if this.mean { &mut y[j..e] } else { &mut y[o * c + j..o * c + e] };
                    if this.mean {
                        v = s.add_f32s(v, s.load(to));
                    }
                    s.store(to, v);
                    j = e;
                }
            },
        );
        if this.mean {
            for y in y.chunks_mut(S::F32_LANES) {
                let v = s.mul_f32s(s.load(y), share);
                s.store(y, v);
            }
        }
    }
}

/// Adds the gradients of one image to `sums (2, features)`: as they are, and times the distance of `z` from its mean.
pub(crate) struct Sums<'a> {
    pub after: After<'a>,
    pub z: &'a [f32],
    pub mean: &'a [f32],
    pub dy: &'a [f32],
    pub sums: &'a mut [f32],
}

impl Kernel for Sums<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Sums { after, z, mean, dy, sums } = self;
        let c = after.pool.channels;
        let (beta, gamma) = sums.split_at_mut(c);
        after.windows(
            #[inline(always)]
            |first, o| {
                let mut j = 0;
                while j < c {
                    let e = (j + S::F32_LANES).min(c);
                    let best = after.largest(s, z, first, j, e);
                    let d = after.slope(s, &best, dy, o, j, e);
                    let far = s.sub_f32s(best.before, s.load(&mean[j..e]));
                    let sum = s.add_f32s(s.load(&beta[j..e]), d);
                    s.store(&mut beta[j..e], sum);
                    let sum = s.fma(d, far, s.load(&gamma[j..e]));
                    s.store(&mut gamma[j..e], sum);
                    j = e;
                }
            },
        );
    }
}

/// The gradient of one image's `z`: `a * gradient + b * z + c`.
pub(crate) struct Combine<'a> {
    pub after: After<'a>,
    pub z: &'a [f32],
    pub dy: &'a [f32],
    pub abc: [&'a [f32]; 3],
    pub dz: &'a mut [f32],
}

impl Kernel for Combine<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Combine { after, z, dy, abc: [a, b, k], dz } = self;
        let ([kh, kw], w, c) = (after.pool.window, after.pool.image[1], after.pool.channels);
        let zero = s.splat_f32s(0.0);
        let rest = |j: usize, e: usize, z: &[f32]| s.fma(s.load(&b[j..e]), s.load(z), s.load(&k[j..e]));
        // Pixels that are in no window.
        if !after.pool.is_covered() {
            for (z, dz) in z.chunks_exact(c).zip(dz.chunks_exact_mut(c)) {
                let mut j = 0;
                while j < c {
                    let e = (j + S::F32_LANES).min(c);
                    s.store(&mut dz[j..e], rest(j, e, &z[j..e]));
                    j = e;
                }
            }
        }
        after.windows(
            #[inline(always)]
            |first, o| {
                let mut j = 0;
                while j < c {
                    let e = (j + S::F32_LANES).min(c);
                    let best = after.largest(s, z, first, j, e);
                    let d = s.mul_f32s(after.slope(s, &best, dy, o, j, e), s.load(&a[j..e]));
                    for ky in 0..kh {
                        for p in first + ky * w..first + ky * w + kw {
                            let this = s.equal_u32s(best.at, s.splat_u32s(p as u32));
                            let own = s.select_f32s(this, d, zero);
                            let sum = s.add_f32s(own, rest(j, e, &z[p * c + j..p * c + e]));
                            s.store(&mut dz[p * c + j..p * c + e], sum);
                        }
                    }
                    j = e;
                }
            },
        );
    }
}
