//! Convolution of each channel by itself, forward and backward, channels last.
//!
//! A vector holds channels, and several pixels of a row are computed at once, so that a vector of the kernel is read once
//! for all of them. Memory goes from one pixel to the next.

mod gather;
mod gradients;
#[cfg(test)]
mod tests;
mod weights;

pub use self::gradients::{DepthwiseGradients, Outcome};

use core::ops::Range;

use self::gather::Gather;
use self::gradients::Slope;
use crate::activation::Act;
use crate::conv::Make;
use crate::simd::{Path, path};
use crate::threads::{self, Split, parts};

/// How the windows of one channel lie in its images. Axes that images do not have are of length 1 and come first; what a
/// window covers beyond an image counts as zeros.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise {
    /// Samples.
    pub batch: usize,
    /// Channels of the images, and of the results.
    pub channels: usize,
    /// Lengths of the images' axes.
    pub image: [usize; 3],
    /// Lengths of the kernel.
    pub kernel: [usize; 3],
    /// Windows along each axis.
    pub windows: [usize; 3],
    /// The distance of two windows along each axis; at least 1.
    pub stride: [usize; 3],
    /// The distance of two pixels of a window along each axis; at least 1.
    pub dilation: [usize; 3],
    /// How far the first window begins before the image.
    pub before: [usize; 3],
}

fn product(lengths: [usize; 3]) -> usize {
    lengths.iter().product()
}

impl Depthwise {
    /// Numbers of the images `(batch, ..., channels)`.
    fn pixels(&self) -> usize {
        self.batch * product(self.image) * self.channels
    }

    /// Numbers of the results `(batch, ..., channels)`.
    fn results(&self) -> usize {
        self.batch * product(self.windows) * self.channels
    }

    /// Numbers of the kernel `(..., channels)`.
    fn weights(&self) -> usize {
        product(self.kernel) * self.channels
    }

    /// Multiply-adds.
    fn work(&self) -> usize {
        self.results() * product(self.kernel)
    }

    pub(crate) fn check(&self, x: usize, w: usize, y: usize) {
        assert!(x == self.pixels() && w == self.weights() && y == self.results(), "shapes");
        assert!(self.stride.iter().chain(&self.dilation).all(|n| *n > 0), "strides and dilations");
    }

    /// The results `y` of the images `x` and the kernel `w`.
    ///
    /// # Panics
    /// A slice has not its shape; a stride or dilation is 0.
    pub fn forward(&self, x: &[f32], w: &[f32], y: &mut [f32]) {
        self.apply(x, w, None, Act::Linear, y);
    }

    /// [`forward`](Depthwise::forward) with a bias `(channels)` and an activation.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn apply(&self, x: &[f32], w: &[f32], bias: Option<&[f32]>, act: Act, y: &mut [f32]) {
        self.check(x.len(), w.len(), y.len());
        assert!(bias.is_none_or(|bias| bias.len() == self.channels), "the bias");
        Gather::results(self, path(), w, bias, act).all(x, y);
    }

    /// The gradients `dx` of the images, from the kernel `w` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn images(&self, dy: &[f32], w: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), w.len(), dy.len());
        Gather::images(self, path(), w).all(dy, dx);
    }

    /// The gradients `dw` of the kernel, from the images `x` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn kernel(&self, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        let none = Outcome { act: Act::Linear, y: &[] };
        self.backward(x, &[], none, dy, DepthwiseGradients { dw: Some(dw), ..Default::default() });
    }

    /// The gradients behind an activation, from what [`apply`](Depthwise::apply) was given and gave, and the gradients `dy`
    /// of its results. The kernel `w` is only needed for those of the images.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn backward(&self, x: &[f32], w: &[f32], y: Outcome, dy: &[f32], to: DepthwiseGradients) {
        let Outcome { act, y } = y;
        assert!(dy.len() == self.results(), "gradients of results");
        assert!(act == Act::Linear || y.len() == dy.len(), "results");
        assert!(!act.needs_input(), "an activation that goes by its output");
        let path = path();
        let first = self.results() / self.batch.max(1);
        let make = |i: usize, part: Range<usize>, dz: &mut [f32]| {
            let part = i * first + part.start..i * first + part.end;
            act.backward_on(path, &y[part.clone()], &dy[part], dz);
        };
        let slope = if act == Act::Linear { Slope::Given(dy) } else { Slope::Made(&make) };
        gradients::all(self, path, x, w, slope, to);
    }

    /// Runs `f(samples, its share of the job, sample)` for each part of the batch, where `sample(i, y)` computes sample `i`:
    /// for callers that go on with it while it is in the cache.
    pub(crate) fn forward_each<J: Split>(
        &self,
        path: Path,
        x: &[f32],
        w: &[f32],
        bias: Option<&[f32]>,
        job: J,
        f: &(impl Fn(Range<usize>, J, &mut dyn FnMut(usize, &mut [f32])) + Sync),
    ) {
        assert!(bias.is_none_or(|bias| bias.len() == self.channels), "the bias");
        let (gather, image) =
            (Gather::results(self, path, w, bias, Act::Linear), self.pixels() / self.batch.max(1));
        threads::each(self.batch, parts(self.work(), self.batch), job, &|these, job| {
            f(these, job, &mut |i, y| gather.sample(&x[i * image..][..image], y));
        });
    }

    /// The gradients from those of the sums, of which `of(sample, part, gradients)` makes all of a sample.
    pub(crate) fn backward_each(&self, path: Path, x: &[f32], w: &[f32], of: &Make, to: DepthwiseGradients) {
        gradients::all(self, path, x, w, Slope::Made(of), to);
    }

    /// The window of which element `tap` meets pixel `at` of an axis, if there is one.
    fn window_at(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let from = (at + self.before[axis]).checked_sub(tap * self.dilation[axis])?;
        let window = from / self.stride[axis];
        (from.is_multiple_of(self.stride[axis]) && window < self.windows[axis]).then_some(window)
    }

    /// The pixel that element `tap` of window `at` meets on an axis, if it is inside the image.
    fn pixel_at(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let pixel = (at * self.stride[axis] + tap * self.dilation[axis]).checked_sub(self.before[axis])?;
        (pixel < self.image[axis]).then_some(pixel)
    }
}
