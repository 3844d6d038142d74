//! What follows a batch normalisation, in the same pass over memory: relu and a pooling.
//!
//! Nothing in between is kept: the gradient normalises again, which costs less than reading it back.

use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::math;
use crate::pool::{Largest, Pool};
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

/// What is done to normalised numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectify {
    /// Nothing.
    No,
    /// What is below 0 becomes 0.
    Relu,
    /// The same, and what is above 6 becomes 6.
    Relu6,
}

impl Rectify {
    /// The numbers after it.
    #[inline(always)]
    pub(crate) fn of<S: Isa>(self, s: S, v: S::f32s) -> S::f32s {
        match self {
            Rectify::No => v,
            Rectify::Relu => math::relu(s, v),
            Rectify::Relu6 => s.at_most(s.at_least(v, 0.0), 6.0),
        }
    }

    /// The gradient `d` where something goes through, which the numbers `v` before it decide.
    #[inline(always)]
    pub(crate) fn slope<S: Isa>(self, s: S, v: S::f32s, d: S::f32s) -> S::f32s {
        let zero = s.splat_f32s(0.0);
        let above = |d| s.select_f32s(s.greater_than_f32s(v, zero), d, zero);
        match self {
            Rectify::No => d,
            Rectify::Relu => above(d),
            Rectify::Relu6 => above(s.select_f32s(s.less_than_f32s(v, s.splat_f32s(6.0)), d, zero)),
        }
    }
}

/// One image on its way: `rectify((z - center) * scale + shift)`, pooled. The center is taken off first: where it is large
/// beside the spread of `z`, a product with it would have lost the digits that count.
#[derive(Clone, Copy)]
pub(crate) struct After<'a> {
    /// Windows: single pixels where nothing is pooled, or everything.
    pub pool: &'a Pool,
    /// Whether all pixels have one mean.
    pub mean: bool,
    pub rectify: Rectify,
    /// `(features)`.
    pub center: &'a [f32],
    /// `(features)`.
    pub scale: &'a [f32],
    /// `(features)`.
    pub shift: &'a [f32],
    /// The numbers before.
    pub z: &'a [f32],
}

/// The largest number of a window.
struct Best<S: Isa> {
    /// Which it is, and what.
    largest: Largest<S>,
    /// What it was before.
    before: S::f32s,
    /// Which window it is.
    window: usize,
    /// The window's first pixel.
    first: usize,
}

/// What is done with the windows: those of one row of windows at a time, and of them one vector of features, whose
/// constants stay in registers.
trait Visit {
    fn after(&self) -> After<'_>;

    /// `K` is the size of square windows, 0 for others.
    fn row<S: Isa, const K: usize, const TAIL: bool>(&mut self, s: S, oy: usize, lanes: Lanes<TAIL>);
}

#[inline(always)]
fn visit<S: Isa>(s: S, v: &mut impl Visit) {
    match v.after().pool.window {
        [1, 1] => rows::<S, 1>(s, v),
        [2, 2] => rows::<S, 2>(s, v),
        _ => rows::<S, 0>(s, v),
    }
}

#[inline(always)]
fn rows<S: Isa, const K: usize>(s: S, v: &mut impl Visit) {
    let ([oh, _], c) = (v.after().pool.output(), v.after().pool.channels);
    for oy in 0..oh {
        per_lanes(s, c, &mut Row::<_, K>(v, oy));
    }
}

/// A visit of one row of windows.
struct Row<'a, V, const K: usize>(&'a mut V, usize);

impl<V: Visit, const K: usize> PerLanes for Row<'_, V, K> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        self.0.row::<S, K, TAIL>(s, self.1, lanes);
    }
}

/// `(z - center) * scale + shift`.
#[inline(always)]
fn line<S: Isa>(s: S, z: S::f32s, [center, scale, shift]: [S::f32s; 3]) -> S::f32s {
    s.fma(s.sub_f32s(z, center), scale, shift)
}

impl After<'_> {
    /// Calls `f` with the largest number of each window of a row, as [`Pool::max`] has it.
    #[inline(always)]
    fn largest<S: Isa, const K: usize, const TAIL: bool>(
        &self,
        s: S,
        oy: usize,
        lanes: Lanes<TAIL>,
        mut f: impl FnMut(Best<S>),
    ) {
        let ([_, ow], [sh, sw], w, c) =
            (self.pool.output(), self.pool.stride, self.pool.image[1], self.pool.channels);
        let [kh, kw] = if K > 0 { [K, K] } else { self.pool.window };
        let own = [lanes.of(s, self.center, 0), lanes.of(s, self.scale, 0), lanes.of(s, self.shift, 0)];
        for ox in 0..ow {
            let (first, window) = (oy * sh * w + ox * sw, oy * ow + ox);
            let before = lanes.of(s, self.z, first * c);
            let largest = Largest::new(s, line(s, before, own), first as u32);
            let mut best = Best { largest, before, window, first };
            for ky in 0..kh {
                for kx in usize::from(ky == 0)..kw {
                    let p = first + ky * w + kx;
                    let before = lanes.of(s, self.z, p * c);
                    let take = best.largest.see(s, line(s, before, own), p as u32);
                    best.before = s.select_f32s(take, before, best.before);
                }
            }
            f(best);
        }
    }

    /// The gradient of the largest number: that of its window, unless it was held back.
    #[inline(always)]
    fn slope<S: Isa, const TAIL: bool>(
        &self,
        s: S,
        best: &Best<S>,
        dy: &[f32],
        share: S::f32s,
        lanes: Lanes<TAIL>,
    ) -> S::f32s {
        let d = if self.mean {
            s.mul_f32s(lanes.of(s, dy, 0), share)
        } else {
            lanes.of(s, dy, best.window * self.pool.channels)
        };
        self.rectify.slope(s, best.largest.chosen, d)
    }

    /// What each pixel counts in a mean.
    #[inline(always)]
    fn share<S: Isa>(&self, s: S) -> S::f32s {
        s.splat_f32s(1.0 / (self.pool.image[0] * self.pool.image[1]) as f32)
    }
}

/// `y` of one image.
pub(crate) struct Forward<'a> {
    pub after: After<'a>,
    pub y: &'a mut [f32],
}

impl Visit for Forward<'_> {
    fn after(&self) -> After<'_> {
        self.after
    }

    #[inline(always)]
    fn row<S: Isa, const K: usize, const TAIL: bool>(&mut self, s: S, oy: usize, lanes: Lanes<TAIL>) {
        let (this, y) = (self.after, &mut *self.y);
        let c = this.pool.channels;
        let mut sum = if this.mean { lanes.of(s, y, 0) } else { s.splat_f32s(0.0) };
        this.largest::<S, K, TAIL>(
            s,
            oy,
            lanes,
            #[inline(always)]
            |best| {
                let v = this.rectify.of(s, best.largest.result(s));
                if this.mean {
                    sum = s.add_f32s(sum, v);
                } else {
                    lanes.put(s, y, best.window * c, v);
                }
            },
        );
        if this.mean {
            lanes.put(s, y, 0, sum);
        }
    }
}

impl Kernel for Forward<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(mut self, s: S) {
        if self.after.mean {
            self.y.fill(0.0);
        }
        visit(s, &mut self);
        if self.after.mean {
            let share = self.after.share(s);
            for y in self.y.chunks_mut(S::F32_LANES) {
                let v = s.mul_f32s(s.load(y), share);
                s.store(y, v);
            }
        }
    }
}

/// Adds the gradients of one image to `sums (2, features)`: as they are, and times the distance of `z` from its mean.
pub(crate) struct Sums<'a> {
    pub after: After<'a>,
    pub mean: &'a [f32],
    pub dy: &'a [f32],
    pub sums: &'a mut [f32],
}

impl Visit for Sums<'_> {
    fn after(&self) -> After<'_> {
        self.after
    }

    #[inline(always)]
    fn row<S: Isa, const K: usize, const TAIL: bool>(&mut self, s: S, oy: usize, lanes: Lanes<TAIL>) {
        let (this, c) = (self.after, self.after.pool.channels);
        let (mean, share) = (lanes.of(s, self.mean, 0), this.share(s));
        let (mut beta, mut gamma) = (lanes.of(s, self.sums, 0), lanes.of(s, self.sums, c));
        this.largest::<S, K, TAIL>(
            s,
            oy,
            lanes,
            #[inline(always)]
            |best| {
                let d = this.slope(s, &best, self.dy, share, lanes);
                beta = s.add_f32s(beta, d);
                gamma = s.fma(d, s.sub_f32s(best.before, mean), gamma);
            },
        );
        lanes.put(s, self.sums, 0, beta);
        lanes.put(s, self.sums, c, gamma);
    }
}

impl Kernel for Sums<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(mut self, s: S) {
        visit(s, &mut self);
    }
}

/// The gradient of one image's `z`: `a * gradient + b * (z - center) + c`.
pub(crate) struct Combine<'a> {
    pub after: After<'a>,
    pub dy: &'a [f32],
    pub abc: [&'a [f32]; 3],
    pub dz: &'a mut [f32],
}

impl Visit for Combine<'_> {
    fn after(&self) -> After<'_> {
        self.after
    }

    #[inline(always)]
    fn row<S: Isa, const K: usize, const TAIL: bool>(&mut self, s: S, oy: usize, lanes: Lanes<TAIL>) {
        let (this, dz) = (self.after, &mut *self.dz);
        let (w, c) = (this.pool.image[1], this.pool.channels);
        let [kh, kw] = if K > 0 { [K, K] } else { this.pool.window };
        let [a, b, k] = self.abc.map(|x| lanes.of(s, x, 0));
        let center = lanes.of(s, this.center, 0);
        let (zero, share) = (s.splat_f32s(0.0), this.share(s));
        this.largest::<S, K, TAIL>(
            s,
            oy,
            lanes,
            #[inline(always)]
            |best| {
                let d = this.slope(s, &best, self.dy, share, lanes);
                if K == 1 {
                    let rest = s.fma(b, s.sub_f32s(best.before, center), k);
                    return lanes.put(s, dz, best.first * c, s.fma(a, d, rest));
                }
                for ky in 0..kh {
                    for kx in 0..kw {
                        let p = best.first + ky * w + kx;
                        let own = s.equal_u32s(best.largest.at, s.splat_u32s(p as u32));
                        let rest = s.fma(b, s.sub_f32s(lanes.of(s, this.z, p * c), center), k);
                        lanes.put(s, dz, p * c, s.fma(a, s.select_f32s(own, d, zero), rest));
                    }
                }
            },
        );
    }
}

impl Kernel for Combine<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(mut self, s: S) {
        // Pixels that are in no window have no gradient of their own.
        if !self.after.pool.is_covered() {
            let (z, c) = (self.after.z, self.after.pool.channels);
            for (z, dz) in z.chunks_exact(c).zip(self.dz.chunks_exact_mut(c)) {
                let line = self.abc[1].iter().zip(self.abc[2]).zip(self.after.center);
                for ((z, dz), ((b, k), center)) in z.iter().zip(dz).zip(line) {
                    *dz = s.fma1(*b, z - center, *k);
                }
            }
        }
        visit(s, &mut self);
    }
}
