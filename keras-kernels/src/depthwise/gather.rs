//! Results from images, and the gradients of images from those of results: each number is a sum over the elements of the
//! kernel that meet it.

use smallvec::SmallVec;

use super::Depthwise;
use crate::lanes::{Each, Lanes, PerLanes};
use crate::simd::{Isa, Path, path};
use crate::threads::{self, Rows, parts};

/// Elements of a kernel that are at hand without memory of their own.
const TAPS: usize = 64;

/// Where the vectors of kernel and source begin that meet in a number.
type Taps = SmallVec<[(usize, usize); TAPS]>;

/// What is summed, seen from the numbers that are computed.
struct Gather<'a> {
    of: &'a Depthwise,
    /// Whether images are computed, from results.
    back: bool,
    path: Path,
    source: &'a [f32],
    w: &'a [f32],
}

/// [`Depthwise::forward`].
pub fn results(of: &Depthwise, x: &[f32], w: &[f32], y: &mut [f32]) {
    Gather { of, back: false, path: path(), source: x, w }.all(y);
}

/// [`Depthwise::images`].
pub fn images(of: &Depthwise, dy: &[f32], w: &[f32], dx: &mut [f32]) {
    Gather { of, back: true, path: path(), source: dy, w }.all(dx);
}

impl Gather<'_> {
    /// Lengths of the axes of what is computed, and of what from.
    fn lengths(&self) -> [[usize; 3]; 2] {
        let both = [self.of.windows, self.of.image];
        if self.back { [both[1], both[0]] } else { both }
    }

    /// What element `tap` of the kernel meets for place `at` of an axis.
    fn source(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        if self.back { self.of.window_at(axis, at, tap) } else { self.of.pixel_at(axis, at, tap) }
    }

    fn all(&self, to: &mut [f32]) {
        let [[depth, height, width], _] = self.lengths();
        let (row, rows) = (width * self.of.channels, self.of.batch * depth * height);
        if to.is_empty() {
            return;
        }
        threads::each(rows, parts(self.of.work(), rows), Rows::new(to, row), &|these, to| {
            for (i, to) in these.zip(to.data.chunks_exact_mut(row)) {
                self.row(i / (depth * height), [i / height % depth, i % height], to);
            }
        });
    }

    /// One row of one sample.
    fn row(&self, sample: usize, at: [usize; 2], to: &mut [f32]) {
        let (channels, width) = (self.of.channels, to.len() / self.of.channels);
        let mut x = 0;
        while x < width {
            // So many places whose sources are as far apart as they themselves, by `step`.
            let (places, step) = self.alike(x, width);
            let taps = self.taps(sample, [at[0], at[1], x]);
            let block = Block {
                source: self.source,
                w: self.w,
                taps: &taps,
                step: step * channels,
                to: &mut to[x * channels..(x + places) * channels],
                channels,
            };
            self.path.run(Each(channels, block));
            x += places;
        }
    }

    /// How many places from `x` on meet the same elements of the kernel, and how far apart their sources are.
    fn alike(&self, x: usize, width: usize) -> (usize, usize) {
        let step = if self.back { 1 } else { self.of.stride[2] };
        if self.back && self.of.stride[2] != 1 {
            return (1, 1);
        }
        let inside = |places: usize| {
            x + places <= width
                && (0..self.of.kernel[2]).all(|tap| {
                    self.source(2, x, tap).is_some() && self.source(2, x + places - 1, tap).is_some()
                })
        };
        ([8, 4, 2].into_iter().find(|places| inside(*places)).unwrap_or(1), step)
    }

    /// What meets in a place.
    fn taps(&self, sample: usize, at: [usize; 3]) -> Taps {
        let [_, [depth, height, width]] = self.lengths();
        let ([kd, kh, kw], channels) = (self.of.kernel, self.of.channels);
        let mut taps = Taps::new();
        for kz in 0..kd {
            let Some(z) = self.source(0, at[0], kz) else { continue };
            for ky in 0..kh {
                let Some(y) = self.source(1, at[1], ky) else { continue };
                let row = ((sample * depth + z) * height + y) * width;
                for kx in 0..kw {
                    let Some(x) = self.source(2, at[2], kx) else { continue };
                    taps.push((((kz * kh + ky) * kw + kx) * channels, (row + x) * channels));
                }
            }
        }
        taps
    }
}

/// Some places of a row.
struct Block<'a> {
    source: &'a [f32],
    w: &'a [f32],
    taps: &'a [(usize, usize)],
    /// From the source of a place to that of the next.
    step: usize,
    to: &'a mut [f32],
    channels: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn places<S: Isa, const TAIL: bool, const PLACES: usize>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let mut sums = [s.splat_f32s(0.0); PLACES];
        for (w, source) in self.taps {
            let w = lanes.of(s, self.w, *w);
            let [x] = lanes.grid::<S, 1, PLACES>(s, self.source, *source, [0, self.step]);
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum = s.fma(x, w, *sum);
            }
        }
        lanes.put_grid(s, self.to, 0, [0, self.channels], [sums]);
    }
}

impl PerLanes for Block<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        match self.to.len() / self.channels {
            8 => self.places::<S, TAIL, 8>(s, lanes),
            4 => self.places::<S, TAIL, 4>(s, lanes),
            2 => self.places::<S, TAIL, 2>(s, lanes),
            _ => self.places::<S, TAIL, 1>(s, lanes),
        }
    }
}
