//! Convolution of images with up to three axes, channels last, with windows that may lie anywhere: also those that
//! [`Conv`](crate::conv::Conv) does not take, as of transposed convolutions that leave pixels out.
//!
//! As there no image is unrolled: for a row of results the sum goes over planes, rows and the pixels of a row, which are the
//! three loops of one [product](crate::product::product). Every number is summed in the same order for any number of
//! threads.

mod images;
mod kernel;
mod results;
#[cfg(test)]
pub(crate) mod tests;
mod unrolled;

use crate::activation::Act;
use crate::simd::path;
use crate::{scratch, vector};

/// How windows lie in images. Axes that images do not have are of length 1 and come first; what a window covers beyond an
/// image counts as zeros.
#[derive(Clone, Copy, Debug)]
pub struct Conv3d {
    /// Samples.
    pub batch: usize,
    /// Channels of the images.
    pub channels: usize,
    /// Channels of the results.
    pub filters: usize,
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
    /// Into how many groups channels and filters fall.
    pub groups: usize,
}

fn product(lengths: [usize; 3]) -> usize {
    lengths.iter().product()
}

impl Conv3d {
    /// Numbers of an image `(..., channels)`.
    fn pixels(&self) -> usize {
        product(self.image) * self.channels
    }

    /// Numbers of a result `(..., filters)`.
    fn results(&self) -> usize {
        product(self.windows) * self.filters
    }

    /// Numbers of the kernel `(..., channels / groups, filters)`.
    fn weights(&self) -> usize {
        product(self.kernel) * self.channels / self.groups * self.filters
    }

    /// Multiply-adds.
    fn work(&self) -> usize {
        self.batch * product(self.windows) * self.weights()
    }

    /// Channels and filters of a group.
    fn group(&self) -> [usize; 2] {
        [self.channels / self.groups, self.filters / self.groups]
    }

    /// Whether what a row of the kernel covers lies in one piece.
    fn is_run(&self) -> bool {
        self.dilation[2] == 1 && self.groups == 1
    }

    /// An equal convolution that is faster: where the windows of a row lie side by side, all pixels of one are one pixel with
    /// the channels of all.
    fn merged(&self) -> Conv3d {
        let n = self.stride[2];
        let beside = self.kernel[2] == n && self.dilation[2] == 1 && self.before[2] == 0;
        let whole = self.image[2].is_multiple_of(n) && self.image[2] / n.max(1) >= self.windows[2];
        if n <= 1 || !beside || !whole || self.groups != 1 {
            return *self;
        }
        let mut this = Conv3d { channels: self.channels * n, ..*self };
        this.image[2] /= n;
        (this.kernel[2], this.stride[2]) = (1, 1);
        this
    }

    fn check(&self, x: usize, w: usize, y: usize) {
        let groups = [self.channels, self.filters].iter().all(|n| n.is_multiple_of(self.groups.max(1)));
        assert!(self.groups > 0 && groups, "groups");
        assert!(self.stride.iter().chain(&self.dilation).all(|n| *n > 0), "strides and dilations");
        let right =
            x == self.batch * self.pixels() && w == self.weights() && y == self.batch * self.results();
        assert!(right, "shapes");
    }

    /// The results `y` of the images `x` and the kernel `w`, plus `b (filters)`, with 0 in place of what is negative if `relu`.
    ///
    /// # Panics
    /// A slice has not its shape; a stride, a dilation or the number of groups is 0; groups do not divide channels or filters.
    pub fn forward(&self, x: &[f32], w: &[f32], b: Option<&[f32]>, relu: bool, y: &mut [f32]) {
        self.check(x.len(), w.len(), y.len());
        assert!(b.is_none_or(|b| b.len() == self.filters), "bias");
        if y.is_empty() {
            return;
        }
        if x.is_empty() || w.is_empty() {
            return sums_of_nothing(b, relu, y);
        }
        results::results(&self.merged(), x, w, (b, relu), y);
    }

    /// The gradients `db (filters)` of a bias, from those of the results.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn bias(&self, dy: &[f32], db: &mut [f32]) {
        assert!(dy.len() == self.batch * self.results() && db.len() == self.filters, "shapes");
        sum_of_rows(dy, self.windows[1] * self.windows[2] * self.filters, db);
    }

    /// The gradients `dx` of the images, from the kernel `w` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Conv3d::forward).
    pub fn images(&self, dy: &[f32], w: &[f32], dx: &mut [f32]) {
        self.transposed(dy, w, None, false, dx);
    }

    /// The convolution turned round, as a layer: images `x` of results `y` and the kernel `w`, plus `b (channels)`, with 0 in
    /// place of what is negative if `relu`.
    ///
    /// # Panics
    /// As [`forward`](Conv3d::forward).
    pub fn transposed(&self, y: &[f32], w: &[f32], b: Option<&[f32]>, relu: bool, x: &mut [f32]) {
        self.check(x.len(), w.len(), y.len());
        assert!(b.is_none_or(|b| b.len() == self.channels), "bias");
        if x.is_empty() {
            return;
        }
        if w.is_empty() || y.is_empty() {
            return sums_of_nothing(b, relu, x);
        }
        let this = self.merged();
        scratch::with(if b.is_some() { this.channels } else { 0 }, |biases| {
            // A pixel may stand for several of the image.
            let b = b.map(|b| {
                biases.chunks_exact_mut(b.len()).for_each(|to| to.copy_from_slice(b));
                &*biases
            });
            images::images(&this, y, w, (b, relu), x);
        });
    }

    /// The gradients `db (channels)` of the bias of [`transposed`](Conv3d::transposed), from those of the images.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn bias_of_images(&self, dx: &[f32], db: &mut [f32]) {
        assert!(dx.len() == self.batch * self.pixels() && db.len() == self.channels, "shapes");
        sum_of_rows(dx, self.image[1] * self.image[2] * self.channels, db);
    }

    /// The gradients `dw` of the kernel, from the images `x` and the gradients `dy` of the results.
    ///
    /// # Panics
    /// As [`forward`](Conv3d::forward).
    pub fn kernel(&self, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        self.check(x.len(), dw.len(), dy.len());
        if x.is_empty() || dw.is_empty() || dy.is_empty() {
            return dw.fill(0.0);
        }
        kernel::kernel(&self.merged(), x, dy, dw);
    }

    /// What all windows cover: all of it lies in the image, or in a frame of that size.
    fn covered(&self) -> [usize; 3] {
        let reach = |i: usize| (self.kernel[i] - 1) * self.dilation[i] + 1;
        core::array::from_fn(|i| (self.windows[i] - 1) * self.stride[i] + reach(i))
    }

    /// Whether no window covers anything beyond the image.
    fn is_inside(&self) -> bool {
        self.before == [0; 3] && self.covered().iter().zip(&self.image).all(|(covered, n)| covered <= n)
    }

    /// Lengths of what the results are read from.
    fn source(&self) -> [usize; 3] {
        if self.is_inside() { self.image } else { self.covered() }
    }

    /// Numbers of a frame, if one is needed.
    fn frame_len(&self) -> usize {
        if self.is_inside() { 0 } else { product(self.covered()) * self.channels }
    }

    /// What the results are read from: the image, or what the windows cover of it in its frame of zeros.
    fn framed<'a>(&self, x: &'a [f32], frame: &'a mut [f32]) -> &'a [f32] {
        if self.is_inside() {
            return x;
        }
        let ([_, h, w], [_, ih, iw], c) = (self.source(), self.image, self.channels);
        let left = self.before[2].min(w);
        let there = iw.min(w - left);
        for (i, to) in frame.chunks_exact_mut(w * c).enumerate() {
            let at = [i / h, i % h].into_iter().zip(self.before).zip(self.image);
            let mut inside = at.map(|((at, before), n)| at.checked_sub(before).filter(|at| *at < n));
            let (Some(Some(z)), Some(Some(y))) = (inside.next(), inside.next()) else {
                to.fill(0.0);
                continue;
            };
            let (before, rest) = to.split_at_mut(left * c);
            let (row, after) = rest.split_at_mut(there * c);
            before.fill(0.0);
            row.copy_from_slice(&x[(z * ih + y) * iw * c..][..there * c]);
            after.fill(0.0);
        }
        frame
    }
}

/// What is given where there is nothing to sum.
fn sums_of_nothing(b: Option<&[f32]>, relu: bool, y: &mut [f32]) {
    match b {
        Some(b) => y.chunks_exact_mut(b.len()).for_each(|y| y.copy_from_slice(b)),
        None => y.fill(0.0),
    }
    if relu {
        Act::Relu.forward(y);
    }
}

/// The sum of rows as long as it. Long sums lose digits: that of each plane is added to the total.
fn sum_of_rows(rows: &[f32], plane: usize, sum: &mut [f32]) {
    sum.fill(0.0);
    scratch::with(sum.len(), |part| {
        for rows in rows.chunks(plane.max(1)) {
            part.fill(0.0);
            vector::add_rows(path(), part, rows);
            vector::add(path(), sum, part);
        }
    });
}
