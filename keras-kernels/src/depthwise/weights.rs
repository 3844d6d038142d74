//! Gradients of the kernel: each element is a sum over all places where it is applied.

use core::ops::Range;

use super::Depthwise;
use crate::lanes::{Each, Lanes, PerLanes};
use crate::simd::{Isa, Path};

/// How many of so many rows of the kernel, or elements of a row, are summed together: a gradient is read once for all of them.
/// Four are twice two, as the sums of one alone wait for each other.
fn together(left: usize) -> usize {
    match left {
        4 => 2,
        _ => left.min(3),
    }
}

/// Adds to `dw` the sums over one sample.
pub(super) fn add(of: &Depthwise, path: Path, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let ([kd, kh, kw], [depth, height, width]) = (of.kernel, of.windows);
    for z in 0..depth {
        for y in 0..height {
            for kz in 0..kd {
                let Some(pz) = of.pixel_at(0, z, kz) else { continue };
                let mut ky = inside(of, 1, y, kh);
                while !ky.is_empty() {
                    let rows = together(ky.len());
                    let Some(py) = of.pixel_at(1, y, ky.start) else { break };
                    let line = Line {
                        of,
                        path,
                        x,
                        dy,
                        pixels: (pz * of.image[1] + py) * of.image[2],
                        windows: (z * height + y) * width,
                        taps: (kz * kh + ky.start) * kw,
                        rows,
                    };
                    line.add(dw);
                    ky.start += rows;
                }
            }
        }
    }
}

/// The elements of the kernel that are inside the image at window `at` of an axis, which lie side by side.
fn inside(of: &Depthwise, axis: usize, at: usize, elements: usize) -> Range<usize> {
    let within = |tap: &usize| of.pixel_at(axis, at, *tap).is_some();
    let first = (0..elements).find(within).unwrap_or(elements);
    let count = (first..elements).take_while(within).count();
    first..first + count
}

/// A row of windows and the rows of pixels that rows of the kernel meet there.
struct Line<'a> {
    of: &'a Depthwise,
    path: Path,
    x: &'a [f32],
    dy: &'a [f32],
    /// The first pixel of the first row, and the first window.
    pixels: usize,
    windows: usize,
    /// The first element of the first row of the kernel, and how many rows there are.
    taps: usize,
    rows: usize,
}

impl Line<'_> {
    /// The windows whose element `kx` is inside the image.
    fn inside(&self, kx: usize) -> Range<usize> {
        let of = self.of;
        let (offset, stride) = (kx * of.dilation[2], of.stride[2]);
        let first = of.before[2].saturating_sub(offset).div_ceil(stride);
        let end = (of.image[2] + of.before[2]).saturating_sub(offset).div_ceil(stride).min(of.windows[2]);
        first.min(end)..end
    }

    /// Adds what the elements of the rows meet here.
    fn add(&self, dw: &mut [f32]) {
        let (mut next, end) = (0, self.of.kernel[2]);
        while next < end {
            let (kx, elements) = (next, together(end - next));
            next += elements;
            let [first, last] = [self.inside(kx), self.inside(kx + elements - 1)];
            let common = first.start.max(last.start)..first.end.min(last.end);
            if !common.is_empty() {
                self.sum(kx, elements, common.clone(), dw);
            }
            for kx in kx..kx + elements {
                let own = self.inside(kx);
                let rest = if common.is_empty() {
                    [own.clone(), own.end..own.end]
                } else {
                    [own.start..common.start, common.end..own.end]
                };
                for rest in rest.into_iter().filter(|rest| !rest.is_empty()) {
                    self.sum(kx, 1, rest, dw);
                }
            }
        }
    }

    /// Adds what these windows give for some elements from `kx` on.
    fn sum(&self, kx: usize, elements: usize, windows: Range<usize>, dw: &mut [f32]) {
        let (of, channels) = (self.of, self.of.channels);
        let Some(pixel) = of.pixel_at(2, windows.start, kx) else { return };
        let sum = Sum {
            x: self.x,
            dy: self.dy,
            pixel: (self.pixels + pixel) * channels,
            window: (self.windows + windows.start) * channels,
            count: windows.len(),
            step: of.stride[2] * channels,
            apart: [of.dilation[1] * of.image[2] * channels, of.dilation[2] * channels],
            channels,
            size: [self.rows, elements],
            dw,
            taps: (self.taps + kx) * channels,
            row: of.kernel[2] * channels,
        };
        self.path.run(Each(channels, sum));
    }
}

/// Windows of one row.
struct Sum<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    pixel: usize,
    window: usize,
    count: usize,
    /// From the pixel of a window to that of the next.
    step: usize,
    /// From the pixel of a row of the kernel, and of an element of it, to that of the next.
    apart: [usize; 2],
    channels: usize,
    /// Rows of the kernel, and elements of each.
    size: [usize; 2],
    dw: &'a mut [f32],
    /// Where the first element is, and how far it is from a row to the next.
    taps: usize,
    row: usize,
}

impl Sum<'_> {
    /// Adds windows in fours, where the next element of a window is the same element of the next window: the six pixels of a
    /// row that they meet are read once. Returns how many windows these were; the terms of a sum come in their order.
    // Vectors that are chosen by known numbers stay in registers.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn slide<S: Isa, const TAIL: bool, const R: usize, const Q: usize>(
        &self,
        s: S,
        lanes: Lanes<TAIL>,
        sums: &mut [[S::f32s; Q]; R],
    ) -> usize {
        let fours = self.count / 4 * 4;
        for i in (0..fours).step_by(4) {
            let [dy] = lanes.grid::<S, 1, 4>(s, self.dy, self.window + i * self.channels, [0, self.channels]);
            for r in 0..R {
                let first = self.pixel + i * self.step + r * self.apart[0];
                let [x] = lanes.grid::<S, 1, 6>(s, self.x, first, [0, self.step]);
                for n in 0..4 {
                    for q in 0..Q.min(3) {
                        sums[r][q] = s.fma(x[n + q], dy[n], sums[r][q]);
                    }
                }
            }
        }
        fours
    }

    #[inline(always)]
    fn elements<S: Isa, const TAIL: bool, const R: usize, const Q: usize>(
        &mut self,
        s: S,
        lanes: Lanes<TAIL>,
    ) {
        let mut sums = [[s.splat_f32s(0.0); Q]; R];
        let slid = if self.step == self.apart[1] && Q == 3 { self.slide(s, lanes, &mut sums) } else { 0 };
        for i in slid..self.count {
            let dy = lanes.of(s, self.dy, self.window + i * self.channels);
            let x = lanes.grid::<S, R, Q>(s, self.x, self.pixel + i * self.step, self.apart);
            for (sums, x) in sums.iter_mut().zip(x) {
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = s.fma(x, dy, *sum);
                }
            }
        }
        let by = [self.row, self.channels];
        let mut before = lanes.grid::<S, R, Q>(s, self.dw, self.taps, by);
        for (before, sums) in before.iter_mut().zip(sums) {
            for (before, sum) in before.iter_mut().zip(sums) {
                *before = s.add_f32s(*before, sum);
            }
        }
        lanes.put_grid(s, self.dw, self.taps, by, before);
    }
}

impl PerLanes for Sum<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        match self.size {
            [3, 3] => self.elements::<S, TAIL, 3, 3>(s, lanes),
            [3, 2] => self.elements::<S, TAIL, 3, 2>(s, lanes),
            [3, _] => self.elements::<S, TAIL, 3, 1>(s, lanes),
            [2, 3] => self.elements::<S, TAIL, 2, 3>(s, lanes),
            [2, 2] => self.elements::<S, TAIL, 2, 2>(s, lanes),
            [2, _] => self.elements::<S, TAIL, 2, 1>(s, lanes),
            [_, 3] => self.elements::<S, TAIL, 1, 3>(s, lanes),
            [_, 2] => self.elements::<S, TAIL, 1, 2>(s, lanes),
            _ => self.elements::<S, TAIL, 1, 1>(s, lanes),
        }
    }
}
