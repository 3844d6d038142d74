//! Images of another height and width, channels last: each number is a sum of numbers of the image along both axes, each
//! times its weight.
//!
//! Interpolations weigh a few neighbours and nothing else. The sums go over these alone, first down, a row of the image at a
//! time, then along that row. The gradient of an image is the same with the weights turned round.

mod row;
#[cfg(test)]
mod tests;

use core::ops::Range;

use self::row::{Across, All, Down, FEW, Few};
use crate::lanes::Each;
use crate::scratch;
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Rows, parts};

/// What the numbers along an axis become: of each new one which of the old it is a sum of, with their weights.
#[derive(Clone, Debug)]
pub struct Axis {
    from: usize,
    to: usize,
    /// Of each number the first that counts, and where its weights begin; one more at the end.
    firsts: Vec<(usize, usize)>,
    weights: Vec<f32>,
}

impl Axis {
    /// An axis that stays as it is.
    pub fn same(n: usize) -> Axis {
        Axis { from: n, to: n, firsts: (0..=n).map(|i| (i, i)).collect(), weights: vec![1.0; n] }
    }

    /// The sums of a matrix `(to, from)`.
    ///
    /// # Panics
    /// It has not so many numbers.
    pub fn of(matrix: &[f32], from: usize, to: usize) -> Axis {
        assert!(matrix.len() == from * to, "shapes");
        Axis::filled(from, to, |i, j| matrix[i * from + j])
    }

    /// The way back: what each number counts in all that it has become.
    pub fn turned(&self) -> Axis {
        Axis::filled(self.to, self.from, |i, j| self.weight(j, i))
    }

    fn filled(from: usize, to: usize, weight: impl Fn(usize, usize) -> f32) -> Axis {
        let (mut firsts, mut weights) = (Vec::with_capacity(to + 1), Vec::new());
        for i in 0..to {
            let counts = |j: &usize| weight(i, *j) != 0.0;
            let first = (0..from).find(counts).unwrap_or(0);
            let end = (first..from).rev().find(counts).map_or(first, |last| last + 1);
            firsts.push((first, weights.len()));
            weights.extend((first..end).map(|j| weight(i, j)));
        }
        firsts.push((0, weights.len()));
        Axis { from, to, firsts, weights }
    }

    /// What number `j` counts in `i`.
    fn weight(&self, i: usize, j: usize) -> f32 {
        let (first, weights) = self.sum(i);
        j.checked_sub(first).and_then(|j| weights.get(j)).copied().unwrap_or(0.0)
    }

    /// The first number that counts in `i`, and the weights of it and those behind it.
    fn sum(&self, i: usize) -> (usize, &[f32]) {
        let (first, start) = self.firsts[i];
        (first, &self.weights[start..self.firsts[i + 1].1])
    }

    /// The terms of the longest sum.
    fn most(&self) -> usize {
        (0..self.to).map(|i| self.sum(i).1.len()).max().unwrap_or(0)
    }

    /// Whether nothing changes.
    fn is_same(&self) -> bool {
        // The first look says it of nearly all that change.
        let one = self.weights.len() == self.to && self.from == self.to && self.weights.first() == Some(&1.0);
        one && (0..self.to).all(|i| self.weight(i, i) == 1.0)
    }
}

/// Images `(batch, height, width, channels)` with another height and width.
#[derive(Clone, Debug)]
pub struct Resize {
    channels: usize,
    height: Axis,
    width: Axis,
}

impl Resize {
    /// What becomes of height and width.
    pub fn new(channels: usize, height: Axis, width: Axis) -> Resize {
        Resize { channels, height, width }
    }

    /// The way back, from gradients of the results to those of the images.
    pub fn turned(&self) -> Resize {
        Resize { channels: self.channels, height: self.height.turned(), width: self.width.turned() }
    }

    /// Fills `y (batch, new height, new width, channels)` from `x (batch, height, width, channels)`.
    ///
    /// As in the product with a matrix that Keras has, what is not finite is met by everything in its row and column, if
    /// these are not left as they are: also where its weight is 0.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn run(&self, x: &[f32], y: &mut [f32]) {
        let image = |height: usize, width: usize| height * width * self.channels;
        let (lx, ly) = (image(self.height.from, self.width.from), image(self.height.to, self.width.to));
        if lx == 0 || ly == 0 {
            return y.fill(0.0);
        }
        let batch = x.len() / lx;
        assert!(x.len() == batch * lx && y.len() == batch * ly, "shapes");
        let (path, row, rows) = (path(), self.width.to * self.channels, batch * self.height.to);
        // A row of a sum costs a pass over memory for each of its terms.
        let terms = |axis: &Axis| axis.weights.len().div_ceil(axis.to);
        let work = y.len() * (terms(&self.width) + terms(&self.height));
        let kept = if self.width.is_same() { 0 } else { self.height.most() };
        threads::each(rows, parts(work, rows), Rows::new(y, row), &|these, y| {
            scratch::with(kept * row, |memory| {
                let mut ring = Ring { rows: memory, kept: kept.max(1), there: 0..0 };
                let mut known: Option<(usize, bool)> = None;
                for (i, y) in these.zip(y.data.chunks_exact_mut(row)) {
                    let (sample, at) = (i / self.height.to, i % self.height.to);
                    let image = &x[sample * lx..][..lx];
                    let finite = match known {
                        Some((of, finite)) if of == sample => finite,
                        _ => {
                            ring.there = 0..0;
                            path.run(Finite(image))
                        }
                    };
                    known = Some((sample, finite));
                    match finite {
                        true => self.row(path, image, at, &mut ring, y),
                        false => self.row_of_all(path, image, at, y),
                    }
                }
            });
        });
    }

    /// One row of one image. Its rows are resized across first, and kept as long as sums down need them: the next sum
    /// mostly has the same terms.
    fn row(&self, path: Path, image: &[f32], at: usize, ring: &mut Ring, y: &mut [f32]) {
        let (n, (first, weights)) = (self.width.from * self.channels, self.height.sum(at));
        if self.width.is_same() {
            return path.run(Down { rows: &image[first * n..], at: 0, kept: weights.len(), weights, to: y });
        }
        let needed = first..first + weights.len();
        if first < ring.there.start || first > ring.there.end {
            ring.there = first..first;
        }
        for j in ring.there.end..needed.end {
            self.across(path, &image[j * n..][..n], false, ring.slot(j, y.len()));
            ring.there.end = j + 1;
        }
        ring.there.start = ring.there.start.max(ring.there.end.saturating_sub(ring.kept));
        path.run(Down { rows: ring.rows, at: first % ring.kept, kept: ring.kept, weights, to: y });
    }

    /// A row of an image with numbers that are not finite: each is met by all sums along an axis that changes.
    #[cold]
    fn row_of_all(&self, path: Path, image: &[f32], at: usize, y: &mut [f32]) {
        let n = self.width.from * self.channels;
        let (first, count) = if self.height.is_same() { (at, 1) } else { (0, self.height.from) };
        scratch::with(n + count, |memory| {
            let (row, weights) = memory.split_at_mut(n);
            weights.iter_mut().enumerate().for_each(|(j, w)| *w = self.height.weight(at, first + j));
            path.run(Down { rows: &image[first * n..], at: 0, kept: count, weights, to: row });
            self.across(path, row, !self.width.is_same(), y);
        });
    }

    /// The sums along a row: of all its numbers, also those with a weight of 0, or of those that count.
    fn across(&self, path: Path, row: &[f32], all: bool, y: &mut [f32]) {
        if self.width.is_same() {
            return y.copy_from_slice(row);
        }
        let across = Across { row, width: &self.width, channels: self.channels, to: y };
        match all {
            true => path.run(Each(self.channels, All(across))),
            false if self.channels <= FEW => path.run(Few(across)),
            false => path.run(across),
        }
    }
}

/// Rows of an image that were resized across, the last few of them: row `j` at place `j % kept`.
struct Ring<'a> {
    rows: &'a mut [f32],
    kept: usize,
    /// Which rows are there.
    there: Range<usize>,
}

impl Ring<'_> {
    fn slot(&mut self, j: usize, len: usize) -> &mut [f32] {
        &mut self.rows[j % self.kept * len..][..len]
    }
}

/// Whether all numbers are finite.
struct Finite<'a>(&'a [f32]);

impl Kernel for Finite<'_> {
    type Out = bool;

    #[inline(always)]
    fn run<S: Isa>(self, s: S) -> bool {
        // A number that is not finite is NaN times 0, and so is every sum with it.
        let (zero, mut sums) = (s.splat_f32s(0.0), [s.splat_f32s(0.0); 4]);
        let mut fours = self.0.chunks_exact(4 * S::F32_LANES);
        for four in &mut fours {
            for (sum, x) in sums.iter_mut().zip(four.chunks_exact(S::F32_LANES)) {
                *sum = s.fma(s.load(x), zero, *sum);
            }
        }
        for x in fours.remainder().chunks(S::F32_LANES) {
            sums[0] = s.fma(s.load(x), zero, sums[0]);
        }
        let sum = s.add_f32s(s.add_f32s(sums[0], sums[1]), s.add_f32s(sums[2], sums[3]));
        s.reduce_sum_f32s(sum) == 0.0
    }
}
