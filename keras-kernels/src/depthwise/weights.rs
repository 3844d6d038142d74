//! Gradients of the kernel: each element is a sum over all places where it is applied.

use core::ops::Range;

use super::Depthwise;
use crate::lanes::{Each, Lanes, PerLanes};
use crate::simd::{Isa, path};
use crate::threads::{self, Rows, parts};

/// [`Depthwise::kernel`].
pub fn kernel(of: &Depthwise, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (channels, taps) = (of.channels, super::product(of.kernel));
    if dw.is_empty() {
        return;
    }
    threads::each(taps, parts(of.work(), taps), Rows::new(dw, channels), &|these, dw| {
        dw.data.fill(0.0);
        let mut tap = these.start;
        while tap < these.end {
            // Elements of one row of the kernel, up to 4 at a time: a gradient is read once for all of them.
            let along = (group(of, tap % of.kernel[2]).end - tap % of.kernel[2]).min(these.end - tap);
            let dw = &mut dw.data[(tap - these.start) * channels..][..along * channels];
            elements(of, tap, x, dy, dw);
            tap += along;
        }
    });
}

/// The elements of a row of the kernel that are done together with element `kx`, if they fall to one thread.
fn group(of: &Depthwise, kx: usize) -> Range<usize> {
    let start = kx / 4 * 4;
    start..(start + 4).min(of.kernel[2])
}

/// The sums of some elements of a row of the kernel, from `tap` on.
fn elements(of: &Depthwise, tap: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let ([_, kh, kw], [depth, height, width]) = (of.kernel, of.windows);
    let [kz, ky, kx] = [tap / (kh * kw), tap / kw % kh, tap % kw];
    for sample in 0..of.batch {
        for z in 0..depth {
            let Some(pz) = of.pixel_at(0, z, kz) else { continue };
            for y in 0..height {
                let Some(py) = of.pixel_at(1, y, ky) else { continue };
                let line = Line {
                    of,
                    x,
                    dy,
                    pixels: ((sample * of.image[0] + pz) * of.image[1] + py) * of.image[2],
                    windows: ((sample * depth + z) * height + y) * width,
                };
                line.add(kx, dw);
            }
        }
    }
}

/// A row of windows and the row of pixels that it meets.
struct Line<'a> {
    of: &'a Depthwise,
    x: &'a [f32],
    dy: &'a [f32],
    /// The first pixel, and the first window.
    pixels: usize,
    windows: usize,
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

    /// Adds what the elements of `dw`, from `kx` on, meet here.
    fn add(&self, kx: usize, dw: &mut [f32]) {
        let channels = self.of.channels;
        let group = group(self.of, kx);
        let [first, last] = [self.inside(group.start), self.inside(group.end - 1)];
        // Where all of a group are inside, also those of another thread: so that sums are the same whoever has which.
        let common = first.start.max(last.start)..first.end.min(last.end);
        if !common.is_empty() {
            self.sum(kx, common.clone(), dw);
        }
        for (i, dw) in dw.chunks_exact_mut(channels).enumerate() {
            let own = self.inside(kx + i);
            let rest = if common.is_empty() {
                [own.clone(), own.end..own.end]
            } else {
                [own.start..common.start, common.end..own.end]
            };
            for rest in rest.into_iter().filter(|rest| !rest.is_empty()) {
                self.sum(kx + i, rest, dw);
            }
        }
    }

    /// Adds what these windows give for the elements of `dw`, from `kx` on.
    fn sum(&self, kx: usize, windows: Range<usize>, dw: &mut [f32]) {
        let (of, channels) = (self.of, self.of.channels);
        let Some(pixel) = of.pixel_at(2, windows.start, kx) else { return };
        let sum = Sum {
            x: self.x,
            dy: self.dy,
            pixel: (self.pixels + pixel) * channels,
            window: (self.windows + windows.start) * channels,
            count: windows.len(),
            step: of.stride[2] * channels,
            apart: of.dilation[2] * channels,
            channels,
            dw,
        };
        path().run(Each(channels, sum));
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
    /// From the pixel of an element of the kernel to that of the next.
    apart: usize,
    channels: usize,
    dw: &'a mut [f32],
}

impl Sum<'_> {
    #[inline(always)]
    fn elements<S: Isa, const TAIL: bool, const ELEMENTS: usize>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let mut sums = [s.splat_f32s(0.0); ELEMENTS];
        for i in 0..self.count {
            let dy = lanes.of(s, self.dy, self.window + i * self.channels);
            let [x] = lanes.grid::<S, 1, ELEMENTS>(s, self.x, self.pixel + i * self.step, [0, self.apart]);
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum = s.fma(x, dy, *sum);
            }
        }
        for (i, sum) in sums.into_iter().enumerate() {
            let before = lanes.of(s, self.dw, i * self.channels);
            lanes.put(s, self.dw, i * self.channels, s.add_f32s(before, sum));
        }
    }
}

impl PerLanes for Sum<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        match self.dw.len() / self.channels {
            4 => self.elements::<S, TAIL, 4>(s, lanes),
            3 => self.elements::<S, TAIL, 3>(s, lanes),
            2 => self.elements::<S, TAIL, 2>(s, lanes),
            _ => self.elements::<S, TAIL, 1>(s, lanes),
        }
    }
}
