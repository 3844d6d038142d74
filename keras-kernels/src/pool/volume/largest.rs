//! The largest of windows, and their gradients.

use super::Pool3d;
use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::pool::Largest;
use crate::simd::{Isa, Kernel};

/// A plane of results of one image; `which` is empty if it is not kept.
pub(super) struct MaxPlane<'a> {
    pub of: &'a Pool3d,
    pub x: &'a [f32],
    pub y: &'a mut [f32],
    pub which: &'a mut [u32],
    /// Which plane it is.
    pub at: usize,
}

impl Kernel for MaxPlane<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let MaxPlane { of, x, y, which, at } = self;
        let row = of.windows[2] * of.channels;
        for (i, y) in y.chunks_exact_mut(row).enumerate() {
            let which = which.get_mut(i * row..(i + 1) * row).unwrap_or_default();
            per_lanes(s, of.channels, &mut MaxRow { of, x, y, which, at: [at, i] });
        }
    }
}

/// One row of windows.
struct MaxRow<'a> {
    of: &'a Pool3d,
    x: &'a [f32],
    y: &'a mut [f32],
    which: &'a mut [u32],
    at: [usize; 2],
}

impl PerLanes for MaxRow<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (of, c) = (self.of, self.of.channels);
        let [_, h, w] = of.image;
        for ox in 0..of.windows[2] {
            let [zs, ys, xs] = of.window_at([self.at[0], self.at[1], ox]);
            let first = (zs.start * h + ys.start) * w + xs.start;
            let mut best = Largest::new(s, s.splat_f32s(f32::NEG_INFINITY), first as u32);
            // Nearly all windows are of two by two pixels in a plane: no loop over these.
            if ys.len() == 2 && xs.len() == 2 {
                for z in zs {
                    let p = (z * h + ys.start) * w + xs.start;
                    let [[v0, v1], [v2, v3]] = lanes.grid(s, self.x, p * c, [w * c, c]);
                    for (v, p) in [(v0, p), (v1, p + 1), (v2, p + w), (v3, p + w + 1)] {
                        best.see(s, v, p as u32);
                    }
                }
            } else {
                for z in zs {
                    for y in ys.clone() {
                        for x in xs.clone() {
                            let p = (z * h + y) * w + x;
                            best.see(s, lanes.of(s, self.x, p * c), p as u32);
                        }
                    }
                }
            }
            lanes.put(s, self.y, ox * c, best.result(s));
            if !self.which.is_empty() {
                let first = ox * c + lanes.j;
                if TAIL {
                    s.partial_store_u32s(&mut self.which[first..first + lanes.n], best.at);
                } else {
                    S::as_mut_simd_u32s(&mut self.which[first..first + S::U32_LANES]).0[0] = best.at;
                }
            }
        }
    }
}

/// The gradient of one image whose windows are apart: each pixel of a window gets its own, or 0.
pub(super) struct Scatter<'a> {
    pub of: &'a Pool3d,
    pub which: &'a [u32],
    pub dy: &'a [f32],
    pub dx: &'a mut [f32],
}

impl Kernel for Scatter<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Scatter { of, which, dy, dx } = self;
        let row = of.windows[2] * of.channels;
        for (i, (dy, which)) in dy.chunks_exact(row).zip(which.chunks_exact(row)).enumerate() {
            let at = [i / of.windows[1], i % of.windows[1]];
            per_lanes(s, of.channels, &mut ScatterRow { of, which, dy, dx: &mut *dx, at });
        }
    }
}

/// One row of windows.
struct ScatterRow<'a> {
    of: &'a Pool3d,
    which: &'a [u32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    at: [usize; 2],
}

impl PerLanes for ScatterRow<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (of, c, zero) = (self.of, self.of.channels, s.splat_f32s(0.0));
        let [_, h, w] = of.image;
        for ox in 0..of.windows[2] {
            let [zs, ys, xs] = of.window_at([self.at[0], self.at[1], ox]);
            let (d, first) = (lanes.of(s, self.dy, ox * c), ox * c + lanes.j);
            let at = if TAIL {
                s.partial_load_u32s(&self.which[first..first + lanes.n])
            } else {
                S::as_simd_u32s(&self.which[first..first + S::U32_LANES]).0[0]
            };
            let of_pixel = |p: usize| s.select_f32s(s.equal_u32s(at, s.splat_u32s(p as u32)), d, zero);
            if ys.len() == 2 && xs.len() == 2 {
                for z in zs {
                    let p = (z * h + ys.start) * w + xs.start;
                    let grid = [[of_pixel(p), of_pixel(p + 1)], [of_pixel(p + w), of_pixel(p + w + 1)]];
                    lanes.put_grid(s, self.dx, p * c, [w * c, c], grid);
                }
                continue;
            }
            for z in zs {
                for y in ys.clone() {
                    for x in xs.clone() {
                        let p = (z * h + y) * w + x;
                        lanes.put(s, self.dx, p * c, of_pixel(p));
                    }
                }
            }
        }
    }
}
