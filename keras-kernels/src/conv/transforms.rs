//! The linear maps of Winograd's convolution: into and out of the space in which it is a product of numbers.
//!
//! Along one axis, two outputs of three taps (or three of two taps) take four inputs; there they are four products
//! instead of six. With polynomials through 0, 1, -1 and infinity every factor is 1 or 1/2, so nothing grows much and
//! what is rounded away stays about what it is in plain sums.

use crate::lanes::{Lanes, PerLanes};
use crate::math;
use crate::simd::Isa;

/// Four of the inputs.
#[inline(always)]
fn input<S: Isa>(s: S, d: [S::f32s; 4]) -> [S::f32s; 4] {
    [s.sub_f32s(d[0], d[2]), s.add_f32s(d[1], d[2]), s.sub_f32s(d[2], d[1]), s.sub_f32s(d[1], d[3])]
}

/// Three taps.
#[inline(always)]
fn three<S: Isa>(s: S, g: [S::f32s; 3]) -> [S::f32s; 4] {
    let half = s.splat_f32s(0.5);
    let (outer, inner) = (s.mul_f32s(half, s.add_f32s(g[0], g[2])), s.mul_f32s(half, g[1]));
    [g[0], s.add_f32s(outer, inner), s.sub_f32s(outer, inner), g[2]]
}

/// Two taps.
#[inline(always)]
fn two<S: Isa>(s: S, g: [S::f32s; 2]) -> [S::f32s; 4] {
    let half = s.splat_f32s(0.5);
    [g[0], s.mul_f32s(half, s.add_f32s(g[0], g[1])), s.mul_f32s(half, s.sub_f32s(g[0], g[1])), g[1]]
}

/// Two outputs of three taps.
#[inline(always)]
fn to_two<S: Isa>(s: S, m: [S::f32s; 4]) -> [S::f32s; 2] {
    [s.add_f32s(m[0], s.add_f32s(m[1], m[2])), s.sub_f32s(s.sub_f32s(m[1], m[2]), m[3])]
}

/// Three outputs of two taps.
#[inline(always)]
fn to_three<S: Isa>(s: S, m: [S::f32s; 4]) -> [S::f32s; 3] {
    let sum = s.add_f32s(m[1], m[2]);
    [s.add_f32s(m[0], sum), s.sub_f32s(m[1], m[2]), s.sub_f32s(sum, m[3])]
}

/// A map along both axes: of the rows of `$x ($n, $n)`, then of the columns.
macro_rules! both {
    ($s:expr, $f:ident, $x:expr, $n:literal => $m:literal) => {{
        let (s, x) = ($s, $x);
        let zero = s.splat_f32s(0.0);
        let (mut half, mut all) = ([[zero; $m]; $n], [[zero; $m]; $m]);
        for r in 0..$n {
            half[r] = $f(s, x[r]);
        }
        for q in 0..$m {
            let mut column = [zero; $n];
            for r in 0..$n {
                column[r] = half[r][q];
            }
            let column = $f(s, column);
            for r in 0..$m {
                all[r][q] = column[r];
            }
        }
        all
    }};
}

/// Which tiles of an image: those from `first` on, `n` of them, `across` in a row.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    pub first: usize,
    pub n: usize,
    pub across: usize,
}

impl Tiles {
    /// Calls `f(i, row, column)` for the `i`th of them. No division: it would take longer than a tile.
    #[inline(always)]
    fn each(self, mut f: impl FnMut(usize, usize, usize)) {
        let (mut ty, mut tx) = (self.first / self.across, self.first % self.across);
        for i in 0..self.n {
            f(i, ty, tx);
            tx += 1;
            if tx == self.across {
                (ty, tx) = (ty + 1, 0);
            }
        }
    }
}

/// Four by four inputs of each tile, two apart, into `v (16, tiles, channels)`, whose planes are `plane` apart. `x` is
/// an image of rows of `row` numbers.
pub(super) struct Input<'a> {
    pub x: &'a [f32],
    pub row: usize,
    pub channels: usize,
    pub tiles: Tiles,
    pub v: &'a mut [f32],
    pub plane: usize,
}

impl PerLanes for Input<'_> {
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (c, row) = (self.channels, self.row);
        self.tiles.each(
            #[inline(always)]
            |i, ty, tx| {
                let from = 2 * ty * row + 2 * tx * c;
                let d: [[S::f32s; 4]; 4] = lanes.grid(s, self.x, from, [row, c]);
                let v = both!(s, input, d, 4 => 4);
                lanes.put_grid(s, self.v, i * c, [4 * self.plane, self.plane], v);
            },
        );
    }
}

/// Weights `w (3, 3, channels, filters)` into `u`: 16 matrices `plane` apart, each in panels of `width` filters as
/// [`crate::product::pack`] makes them.
pub(super) struct Weights<'a> {
    pub w: &'a [f32],
    pub channels: usize,
    pub filters: usize,
    pub u: &'a mut [f32],
    pub plane: usize,
    pub width: usize,
}

impl PerLanes for Weights<'_> {
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (c, f, w) = (self.channels, self.filters, self.width);
        // The place in a panel instead of the filter.
        let (panel, to) = (lanes.j / w * c * w, Lanes::<TAIL> { j: lanes.j % w, n: lanes.n });
        for i in 0..c {
            let g: [[S::f32s; 3]; 3] = lanes.grid(s, self.w, i * f, [3 * c * f, c * f]);
            let u = both!(s, three, g, 3 => 4);
            to.put_grid(s, self.u, panel + i * w, [4 * self.plane, self.plane], u);
        }
    }
}

/// Products `m (16, tiles, width)`, whose planes are `plane` apart, into two by two pixels for each tile: filters
/// `from ..` of `y (height, width, filters)`, as many as the bias has.
pub(super) struct Output<'a> {
    pub m: &'a [f32],
    pub plane: usize,
    pub width: usize,
    pub tiles: Tiles,
    pub bias: Option<&'a [f32]>,
    pub relu: bool,
    pub y: &'a mut [f32],
    pub size: [usize; 2],
    pub filters: usize,
    pub from: usize,
}

impl PerLanes for Output<'_> {
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let ([h, w], zero) = (self.size, s.splat_f32s(0.0));
        let bias = self.bias.map_or(zero, |b| lanes.of(s, b, 0));
        self.tiles.each(
            #[inline(always)]
            |i, ty, tx| {
                let m: [[S::f32s; 4]; 4] =
                    lanes.grid(s, self.m, i * self.width, [4 * self.plane, self.plane]);
                let mut y = both!(s, to_two, m, 4 => 2);
                for r in 0..2 {
                    for q in 0..2 {
                        y[r][q] = s.add_f32s(y[r][q], bias);
                        if self.relu {
                            y[r][q] = math::relu(s, y[r][q]);
                        }
                    }
                }
                let (oy, ox) = (2 * ty, 2 * tx);
                let (f, at) = (self.filters, (oy * w + ox) * self.filters + self.from);
                if oy + 1 < h && ox + 1 < w {
                    return lanes.put_grid(s, self.y, at, [w * f, f], y);
                }
                // Constant bounds, so that `y` stays in registers.
                for r in 0..2 {
                    for q in 0..2 {
                        if oy + r < h && ox + q < w {
                            lanes.put(s, self.y, at + r * w * f + q * f, y[r][q]);
                        }
                    }
                }
            },
        );
    }
}

/// The gradient `dz (height, width, filters)`, two by two pixels for each tile, into `v (16, tiles, filters)`.
pub(super) struct Slope<'a> {
    pub dz: &'a [f32],
    pub size: [usize; 2],
    pub filters: usize,
    pub tiles: Tiles,
    pub v: &'a mut [f32],
    pub plane: usize,
}

impl PerLanes for Slope<'_> {
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let ([h, w], f) = (self.size, self.filters);
        self.tiles.each(
            #[inline(always)]
            |i, ty, tx| {
                let (oy, ox) = (2 * ty, 2 * tx);
                let at = (oy * w + ox) * f;
                let mut g = [[s.splat_f32s(0.0); 2]; 2];
                if oy + 1 < h && ox + 1 < w {
                    g = lanes.grid(s, self.dz, at, [w * f, f]);
                } else {
                    for r in 0..2 {
                        for q in 0..2 {
                            if oy + r < h && ox + q < w {
                                g[r][q] = lanes.of(s, self.dz, at + r * w * f + q * f);
                            }
                        }
                    }
                }
                let v = both!(s, two, g, 2 => 4);
                lanes.put_grid(s, self.v, i * f, [4 * self.plane, self.plane], v);
            },
        );
    }
}

/// Adds to `dw (3, 3, channels, filters)` what sums of products `m (16, channels, filters)` come to.
pub(super) struct WeightSums<'a> {
    pub m: &'a [f32],
    pub plane: usize,
    pub channels: usize,
    pub filters: usize,
    pub dw: &'a mut [f32],
}

impl PerLanes for WeightSums<'_> {
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (c, f) = (self.channels, self.filters);
        for i in 0..c {
            let m: [[S::f32s; 4]; 4] = lanes.grid(s, self.m, i * f, [4 * self.plane, self.plane]);
            let dw = both!(s, to_three, m, 4 => 3);
            for r in 0..3 {
                for q in 0..3 {
                    let at = ((3 * r + q) * c + i) * f;
                    let sum = s.add_f32s(lanes.of(s, self.dw, at), dw[r][q]);
                    lanes.put(s, self.dw, at, sum);
                }
            }
        }
    }
}
