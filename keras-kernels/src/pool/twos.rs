//! The largest of windows of two by two pixels, which nearly all are: four vectors, no loop over the window.

use super::{Largest, Pool};
use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::simd::{Isa, Kernel};

impl Pool {
    /// Whether all windows are of two by two pixels of the image.
    pub(super) fn is_twos(&self) -> bool {
        self.window == [2, 2] && self.pad_height == [0, 0] && self.pad_width == [0, 0]
    }
}

/// As `Max` for one image.
pub(super) struct MaxOfTwos<'a> {
    pub pool: &'a Pool,
    pub x: &'a [f32],
    pub y: &'a mut [f32],
    pub which: &'a mut [u32],
}

impl Kernel for MaxOfTwos<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        for oy in 0..self.pool.output()[0] {
            let (pool, x) = (self.pool, self.x);
            per_lanes(s, pool.channels, &mut MaxRow { pool, x, y: self.y, which: self.which, oy });
        }
    }
}

/// One row of windows.
struct MaxRow<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    y: &'a mut [f32],
    which: &'a mut [u32],
    oy: usize,
}

impl PerLanes for MaxRow<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let ([_, ow], [sh, sw], w, c) =
            (self.pool.output(), self.pool.stride, self.pool.image[1], self.pool.channels);
        for ox in 0..ow {
            let p = self.oy * sh * w + ox * sw;
            let [[v0, v1], [v2, v3]] = lanes.grid(s, self.x, p * c, [w * c, c]);
            let mut best = Largest::new(s, v0, p as u32);
            for (v, p) in [(v1, p + 1), (v2, p + w), (v3, p + w + 1)] {
                best.see(s, v, p as u32);
            }
            let o = (self.oy * ow + ox) * c;
            lanes.put(s, self.y, o, best.result(s));
            if !self.which.is_empty() {
                let first = o + lanes.j;
                if TAIL {
                    s.partial_store_u32s(&mut self.which[first..first + lanes.n], best.at);
                } else {
                    S::as_mut_simd_u32s(&mut self.which[first..first + S::U32_LANES]).0[0] = best.at;
                }
            }
        }
    }
}

/// As `Scatter` for one image: windows apart, and numbers that are in no window filled in already.
pub(super) struct ScatterTwos<'a> {
    pub pool: &'a Pool,
    pub which: &'a [u32],
    pub dy: &'a [f32],
    pub dx: &'a mut [f32],
}

impl Kernel for ScatterTwos<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        for oy in 0..self.pool.output()[0] {
            let (pool, which, dy) = (self.pool, self.which, self.dy);
            per_lanes(s, pool.channels, &mut ScatterRow { pool, which, dy, dx: self.dx, oy });
        }
    }
}

/// One row of windows.
struct ScatterRow<'a> {
    pool: &'a Pool,
    which: &'a [u32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    oy: usize,
}

impl PerLanes for ScatterRow<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let ([_, ow], [sh, sw], w, c) =
            (self.pool.output(), self.pool.stride, self.pool.image[1], self.pool.channels);
        let zero = s.splat_f32s(0.0);
        for ox in 0..ow {
            let (p, o) = (self.oy * sh * w + ox * sw, (self.oy * ow + ox) * c);
            let d = lanes.of(s, self.dy, o);
            let first = o + lanes.j;
            let at = if TAIL {
                s.partial_load_u32s(&self.which[first..first + lanes.n])
            } else {
                S::as_simd_u32s(&self.which[first..first + S::U32_LANES]).0[0]
            };
            let mut grid = [[zero; 2]; 2];
            for (row, first) in grid.iter_mut().zip([p, p + w]) {
                for (to, p) in row.iter_mut().zip([first, first + 1]) {
                    *to = s.select_f32s(s.equal_u32s(at, s.splat_u32s(p as u32)), d, zero);
                }
            }
            lanes.put_grid(s, self.dx, p * c, [w * c, c], grid);
        }
    }
}
