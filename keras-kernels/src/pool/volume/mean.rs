//! The means of windows, and their gradients.

use super::{Covered, Pool3d};
use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::simd::{Isa, Kernel};

/// A plane of results of one image.
pub(super) struct MeanPlane<'a> {
    pub of: &'a Pool3d,
    pub x: &'a [f32],
    pub y: &'a mut [f32],
    /// Which plane it is.
    pub at: usize,
}

impl Kernel for MeanPlane<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let MeanPlane { of, x, y, at } = self;
        for (i, y) in y.chunks_exact_mut(of.windows[2] * of.channels).enumerate() {
            per_lanes(s, of.channels, &mut MeanRow { of, x, y, at: [at, i] });
        }
    }
}

/// One row of windows.
struct MeanRow<'a> {
    of: &'a Pool3d,
    x: &'a [f32],
    y: &'a mut [f32],
    at: [usize; 2],
}

impl PerLanes for MeanRow<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (of, c) = (self.of, self.of.channels);
        let [_, h, w] = of.image;
        for ox in 0..of.windows[2] {
            let covered = of.window_at([self.at[0], self.at[1], ox]);
            let n = pixels(&covered);
            let ([zs, ys, xs], mut sum) = (covered, s.splat_f32s(0.0));
            for z in zs {
                for y in ys.clone() {
                    for x in xs.clone() {
                        sum = s.add_f32s(sum, lanes.of(s, self.x, ((z * h + y) * w + x) * c));
                    }
                }
            }
            lanes.put(s, self.y, ox * c, s.div_f32s(sum, s.splat_f32s(n)));
        }
    }
}

/// How many pixels a window covers.
#[inline(always)]
fn pixels(covered: &Covered) -> f32 {
    covered.iter().map(ExactSizeIterator::len).product::<usize>() as f32
}

/// The gradient of one image: each pixel gets its share of those of its windows, added to what is there if `add`.
pub(super) struct Spread<'a> {
    pub of: &'a Pool3d,
    pub dy: &'a [f32],
    /// Memory for the share of a pixel.
    pub share: &'a mut [f32],
    pub add: bool,
    pub dx: &'a mut [f32],
}

impl Kernel for Spread<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let Spread { of, dy, share, add, dx } = self;
        let ([_, rows, columns], [_, h, w], c) = (of.windows, of.image, of.channels);
        for (i, dy) in dy.chunks_exact(c).enumerate() {
            let covered = of.window_at([i / (rows * columns), i / columns % rows, i % columns]);
            let n = pixels(&covered);
            share.iter_mut().zip(dy).for_each(|(share, d)| *share = d / n);
            let [zs, ys, xs] = covered;
            for z in zs {
                for y in ys.clone() {
                    let row = (z * h + y) * w;
                    for dx in dx[(row + xs.start) * c..(row + xs.end) * c].chunks_exact_mut(c) {
                        if add {
                            dx.iter_mut().zip(&*share).for_each(|(dx, share)| *dx += share);
                        } else {
                            dx.copy_from_slice(share);
                        }
                    }
                }
            }
        }
    }
}
