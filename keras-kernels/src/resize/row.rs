//! Sums of rows, and sums along a row.

use super::Axis;
use crate::lanes::{Lanes, PerLanes};
use crate::simd::{Isa, Kernel};

/// `to` is the sum of rows as long as it, each times its weight.
pub(super) struct Down<'a> {
    pub rows: &'a [f32],
    pub weights: &'a [f32],
    pub to: &'a mut [f32],
}

impl Kernel for Down<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Down { rows, weights, to } = self;
        let n = to.len();
        match weights {
            [] => to.fill(0.0),
            [a] => to.iter_mut().zip(rows).for_each(|(to, x)| *to = a * x),
            [a, b, rest @ ..] => {
                let (x, more) = rows.split_at(n);
                let (z, more) = more.split_at(n);
                to.iter_mut().zip(x).zip(z).for_each(|((to, x), z)| *to = s.fma1(*b, *z, a * x));
                for (w, x) in rest.iter().zip(more.chunks_exact(n)) {
                    to.iter_mut().zip(x).for_each(|(to, x)| *to = s.fma1(*w, *x, *to));
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
    /// Whether also what has a weight of 0 is in a sum.
    pub all: bool,
    pub to: &'a mut [f32],
}

impl PerLanes for Across<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let c = self.channels;
        for i in 0..self.width.to {
            let (first, weights) = self.width.sum(i);
            let mut sum = s.splat_f32s(0.0);
            if self.all {
                for j in 0..self.width.from {
                    let x = lanes.of(s, self.row, j * c);
                    sum = s.fma(s.splat_f32s(self.width.weight(i, j)), x, sum);
                }
                lanes.put(s, self.to, i * c, sum);
                continue;
            }
            for (j, w) in weights.iter().enumerate() {
                let x = lanes.of(s, self.row, (first + j) * c);
                sum = s.fma(s.splat_f32s(*w), x, sum);
            }
            lanes.put(s, self.to, i * c, sum);
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
