//! From images and the gradients of results to those of the kernel.

use super::Conv3d;
use crate::product::{Left, Nest, Right, Start, To, product};
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, parts};

/// [`Conv3d::kernel`].
pub(super) fn kernel(of: &Conv3d, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (path, [c, _]) = (path(), of.group());
    if of.is_unrolled(path) {
        return unrolled(of, path, x, dy, dw);
    }
    let (rows, row) = (of.kernel[0] * of.kernel[1], of.kernel[2] * c * of.filters);
    // A thread has some rows of the kernel, and goes over all samples.
    threads::each(rows, parts(of.work(), rows), Rows::new(dw, row), &|these, dw| {
        dw.data.fill(0.0);
        scratch::with(of.frame_len(), |frame| {
            for (x, dy) in x.chunks_exact(of.pixels()).zip(dy.chunks_exact(of.results())) {
                let x = of.framed(x, frame);
                for (i, dw) in these.clone().zip(dw.data.chunks_exact_mut(row)) {
                    of.row_of_kernel(path, x, dy, i, dw);
                }
            }
        });
    });
}

/// The gradients of a kernel for images of one channel.
fn unrolled(of: &Conv3d, path: Path, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (depth, plane) = (of.kernel[0], of.kernel[1] * of.kernel[2] * of.filters);
    // A thread has some planes of the kernel, and goes over all samples.
    threads::each(depth, parts(of.work(), depth), Rows::new(dw, plane), &|these, dw| {
        dw.data.fill(0.0);
        scratch::with(of.frame_len(), |frame| {
            for (x, dy) in x.chunks_exact(of.pixels()).zip(dy.chunks_exact(of.results())) {
                of.each_band(path, of.framed(x, frame), 0..of.windows[0], |band, from| {
                    for z in band {
                        for (kz, dw) in these.clone().zip(dw.data.chunks_exact_mut(plane)) {
                            from.elements(path, dy, z, kz, dw);
                        }
                    }
                });
            }
        });
    });
}

impl Conv3d {
    /// Adds what one sample gives for row `i` of the kernel.
    fn row_of_kernel(&self, path: Path, x: &[f32], dy: &[f32], i: usize, dw: &mut [f32]) {
        let ([c, f], [_, oh, ow], [_, h, w]) = (self.group(), self.windows, self.source());
        let [_, kh, kw] = self.kernel;
        let (row, filters) = (w * self.channels, self.filters);
        let steps = [self.stride[0] * h * row, self.stride[1] * row, self.stride[2] * self.channels];
        let nest = Nest {
            n: self.windows,
            a: steps.map(|step| step as isize),
            b: [oh * ow * filters, ow * filters, filters].map(|step| step as isize),
        };
        let first = (i / kh * self.dilation[0] * h + i % kh * self.dilation[1]) * row;
        // Channels of one element, or of all elements of the row where they lie together.
        let (elements, channels) = if self.is_run() { (1, kw * c) } else { (kw, c) };
        for g in 0..self.groups {
            for kx in 0..elements {
                let start = first + kx * self.dilation[2] * self.channels + g * c;
                let to = To { data: &mut *dw, start: kx * c * filters + g * f, row: filters };
                let (left, right) = (Left { data: x, start, row: 1 }, Right::plain(path, dy, g * f));
                product(path, channels, f, &nest, left, right, Start::Add, false, to);
            }
        }
    }
}
