//! Convolutions of any shape: for each place in the kernel a product of the pixels that it meets.

use core::ops::Range;

use keras_kernels::gemm::{Matrix, gemm};
use keras_kernels::product::Start;
use keras_kernels::simd::path;
use keras_kernels::threads::{self, Rows, parts};

use super::op::{Counts, Geometry};

/// A convolution with its sizes.
pub(super) struct Taps<'a> {
    pub geometry: &'a Geometry,
    pub counts: Counts,
}

/// A row of windows that meets a row of pixels at one place of the kernel.
struct Meeting {
    /// The first pixel, and the distance of two.
    pixel: usize,
    step: usize,
    /// The first window; the others follow.
    window: usize,
    count: usize,
}

impl Taps<'_> {
    /// The windows along an axis whose element `tap` lies inside the image.
    fn inside(&self, axis: usize, tap: usize) -> Range<usize> {
        let g = self.geometry;
        let (offset, stride) = (tap * g.dilation[axis], g.stride[axis]);
        let first = g.before[axis].saturating_sub(offset).div_ceil(stride);
        let end = (g.image[axis] + g.before[axis]).saturating_sub(offset).div_ceil(stride);
        first.min(g.windows[axis])..end.min(g.windows[axis])
    }

    /// The pixel that element `tap` of a window meets, which is inside the image.
    fn pixel(&self, axis: usize, tap: usize, window: usize) -> usize {
        let g = self.geometry;
        window * g.stride[axis] + tap * g.dilation[axis] - g.before[axis]
    }

    /// All meetings at one place of the kernel.
    fn meetings(&self, tap: usize, mut f: impl FnMut(Meeting)) {
        let g = self.geometry;
        let [_, kh, kw] = g.kernel;
        let tap = [tap / (kh * kw), tap / kw % kh, tap % kw];
        let [zs, ys, xs] = [0, 1, 2].map(|axis| self.inside(axis, tap[axis]));
        if xs.is_empty() {
            return;
        }
        for z in zs {
            for y in ys.clone() {
                let pixel = [(0, z), (1, y), (2, xs.start)].map(|(axis, at)| self.pixel(axis, tap[axis], at));
                f(Meeting {
                    pixel: (pixel[0] * g.image[1] + pixel[1]) * g.image[2] + pixel[2],
                    step: g.stride[2],
                    window: (z * g.windows[1] + y) * g.windows[2] + xs.start,
                    count: xs.len(),
                });
            }
        }
    }

    fn taps(&self) -> usize {
        self.geometry.kernel.iter().product()
    }

    /// Numbers of an image, and of a result.
    fn sample(&self) -> [usize; 2] {
        let all = |lengths: &[usize; 3]| lengths.iter().product::<usize>();
        [all(&self.geometry.image) * self.counts.channels, all(&self.geometry.windows) * self.counts.filters]
    }

    /// Channels and filters of a group.
    fn group(&self) -> [usize; 2] {
        [self.counts.channels / self.geometry.groups, self.counts.filters / self.geometry.groups]
    }

    fn work(&self) -> usize {
        self.counts.batch * self.sample()[1] * self.taps() * self.group()[0]
    }

    /// Results from images and the kernel.
    pub fn result(&self, x: &[f32], w: &[f32], y: &mut [f32]) {
        let ([c, f], [lx, ly]) = (self.group(), self.sample());
        let Counts { batch, channels, filters } = self.counts;
        threads::each(batch, parts(self.work(), batch), Rows::new(y, ly), &|these, y| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(ly)) {
                y.fill(0.0);
                let x = &x[i * lx..][..lx];
                for tap in 0..self.taps() {
                    let w = &w[tap * c * filters..][..c * filters];
                    self.meetings(tap, |at| {
                        for group in 0..self.geometry.groups {
                            let a = Matrix::new(&x[at.pixel * channels + group * c..], at.step * channels);
                            let b = Matrix::new(&w[group * f..], filters);
                            let to = &mut y[at.window * filters + group * f..];
                            gemm(path(), at.count, f, c, a, b, Start::Add, false, to, filters);
                        }
                    });
                }
            }
        });
    }

    /// Images from results and the kernel.
    pub fn image(&self, y: &[f32], w: &[f32], x: &mut [f32]) {
        let ([c, f], [lx, ly]) = (self.group(), self.sample());
        let Counts { batch, channels, filters } = self.counts;
        threads::each(batch, parts(self.work(), batch), Rows::new(x, lx), &|these, x| {
            for (i, x) in these.zip(x.data.chunks_exact_mut(lx)) {
                x.fill(0.0);
                let y = &y[i * ly..][..ly];
                for tap in 0..self.taps() {
                    let w = &w[tap * c * filters..][..c * filters];
                    self.meetings(tap, |at| {
                        for group in 0..self.geometry.groups {
                            let a = Matrix::new(&y[at.window * filters + group * f..], filters);
                            let b = Matrix::t(&w[group * f..], filters);
                            let to = &mut x[at.pixel * channels + group * c..];
                            gemm(path(), at.count, c, f, a, b, Start::Add, false, to, at.step * channels);
                        }
                    });
                }
            }
        });
    }

    /// The kernel from images and results.
    pub fn kernel(&self, x: &[f32], y: &[f32], w: &mut [f32]) {
        let ([c, f], [lx, ly]) = (self.group(), self.sample());
        let Counts { batch, channels, filters } = self.counts;
        let taps = self.taps();
        threads::each(taps, parts(self.work(), taps), Rows::new(w, c * filters), &|these, w| {
            for (tap, w) in these.zip(w.data.chunks_exact_mut(c * filters)) {
                w.fill(0.0);
                for i in 0..batch {
                    let (x, y) = (&x[i * lx..][..lx], &y[i * ly..][..ly]);
                    self.meetings(tap, |at| {
                        for group in 0..self.geometry.groups {
                            let a = Matrix::t(&x[at.pixel * channels + group * c..], at.step * channels);
                            let b = Matrix::new(&y[at.window * filters + group * f..], filters);
                            gemm(
                                path(),
                                c,
                                f,
                                at.count,
                                a,
                                b,
                                Start::Add,
                                false,
                                &mut w[group * f..],
                                filters,
                            );
                        }
                    });
                }
            }
        });
    }
}
