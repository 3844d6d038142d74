//! Convolution of each channel by itself, forward and backward, channels last.
//!
//! A vector holds channels, and several pixels of a row are computed at once, so that a vector of the kernel is read once
//! for all of them. Memory goes from one pixel to the next.

mod gather;
#[cfg(test)]
mod tests;
mod weights;

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

    fn check(&self, x: usize, w: usize, y: usize) {
        assert!(x == self.pixels() && w == self.weights() && y == self.results(), "shapes");
        assert!(self.stride.iter().chain(&self.dilation).all(|n| *n > 0), "strides and dilations");
    }

    /// The results `y` of the images `x` and the kernel `w`.
    ///
    /// # Panics
    /// A slice has not its shape; a stride or dilation is 0.
    pub fn forward(&self, x: &[f32], w: &[f32], y: &mut [f32]) {
        self.check(x.len(), w.len(), y.len());
        gather::results(self, x, w, y);
    }

    /// The gradients `dx` of the images, from the kernel `w` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn images(&self, dy: &[f32], w: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), w.len(), dy.len());
        gather::images(self, dy, w, dx);
    }

    /// The gradients `dw` of the kernel, from the images `x` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Depthwise::forward).
    pub fn kernel(&self, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        self.check(x.len(), dw.len(), dy.len());
        weights::kernel(self, x, dy, dw);
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
