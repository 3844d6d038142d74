//! Sums of rows, and sums along a row.

use super::Axis;
use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::simd::{Isa, Kernel};

/// `to` is the sum of rows as long as it, each times its weight: those from place `at` on of a ring of `kept` rows.
pub(super) struct Down<'a> {
    pub rows: &'a [f32],
    pub at: usize,
    pub kept: usize,
    pub weights: &'a [f32],
    pub to: &'a mut [f32],
}

impl Kernel for Down<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Down { rows, at, kept, weights, to } = self;
        let n = to.len();
        let row = |i: usize| {
            let place = if at + i < kept { at + i } else { at + i - kept };
            &rows[place * n..][..n]
        };
        match weights {
            [] => to.fill(0.0),
            [1.0] => to.copy_from_slice(row(0)),
            [a] => to.iter_mut().zip(row(0)).for_each(|(to, x)| *to = a * x),
            [a, b] => {
                let terms = row(0).iter().zip(row(1));
                to.iter_mut().zip(terms).for_each(|(to, (x, y))| *to = s.fma1(*b, *y, a * x));
            }
            [a, b, c, rest @ ..] => {
                let terms = row(0).iter().zip(row(1)).zip(row(2));
                let sum = |x: f32, y: f32, z: f32| s.fma1(*c, z, s.fma1(*b, y, a * x));
                to.iter_mut().zip(terms).for_each(|(to, ((x, y), z))| *to = sum(*x, *y, *z));
                for (i, w) in rest.iter().enumerate() {
                    to.iter_mut().zip(row(3 + i)).for_each(|(to, x)| *to = s.fma1(*w, *x, *to));
                }
            }
        }
    }
}

/// The pixels of a row from those of another.
pub(super) struct Across<'a> {
    pub row: &'a [f32],
    pub width: &'a Axis,
    pub channels: usize,
    pub to: &'a mut [f32],
}

impl Kernel for Across<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Across { row, width, channels, to } = self;
        for (i, to) in to.chunks_exact_mut(channels).enumerate() {
            let (first, weights) = width.sum(i);
            let pixels = &row[first * channels..][..weights.len() * channels];
            per_lanes(s, channels, &mut Pixel { pixels, weights, to });
        }
    }
}

/// A pixel from those that count in it.
struct Pixel<'a> {
    pixels: &'a [f32],
    weights: &'a [f32],
    to: &'a mut [f32],
}

impl PerLanes for Pixel<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (c, of) = (self.to.len(), |at: usize| lanes.of(s, self.pixels, at));
        let sum = match self.weights {
            [] => s.splat_f32s(0.0),
            [a] => s.mul_f32s(s.splat_f32s(*a), of(0)),
            [a, rest @ ..] => {
                let mut sum = s.mul_f32s(s.splat_f32s(*a), of(0));
                for (i, w) in rest.iter().enumerate() {
                    sum = s.fma(s.splat_f32s(*w), of((i + 1) * c), sum);
                }
                sum
            }
        };
        lanes.put(s, self.to, 0, sum);
    }
}

/// The same where also what has a weight of 0 is in a sum.
pub(super) struct All<'a>(pub Across<'a>);

impl PerLanes for All<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let Across { row, width, channels: c, to } = &mut self.0;
        for i in 0..width.to {
            let mut sum = s.splat_f32s(0.0);
            for j in 0..width.from {
                sum = s.fma(s.splat_f32s(width.weight(i, j)), lanes.of(s, row, j * *c), sum);
            }
            lanes.put(s, to, i * *c, sum);
        }
    }
}

/// The same of up to [`FEW`] channels, a number at a time: most of a vector would be empty.
pub(super) struct Few<'a>(pub Across<'a>);

/// See [`Few`].
pub(super) const FEW: usize = 4;

impl Few<'_> {
    #[inline(always)]
    fn pixels<S: Isa, const C: usize>(self, s: S) {
        let Across { row, width, to, .. } = self.0;
        for (i, to) in to.chunks_exact_mut(C).enumerate() {
            let ((first, weights), mut sums) = (width.sum(i), [0.0; C]);
            for (w, x) in weights.iter().zip(row[first * C..].chunks_exact(C)) {
                sums.iter_mut().zip(x).for_each(|(sum, x)| *sum = s.fma1(*w, *x, *sum));
            }
            to.copy_from_slice(&sums);
        }
    }
}

impl Kernel for Few<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        match self.0.channels {
            1 => self.pixels::<S, 1>(s),
            2 => self.pixels::<S, 2>(s),
            3 => self.pixels::<S, 3>(s),
            _ => self.pixels::<S, FEW>(s),
        }
    }
}
