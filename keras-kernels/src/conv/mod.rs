//! Convolution of images, channels last, with bias and activation.
//!
//! No image is unrolled into patches: for one output row and one kernel row the pixels and channels that a kernel
//! covers lie next to each other, so the row is a matrix product whose left matrix is the image itself, with rows
//! that overlap (see [`crate::product`]). Padding is a copy of one image into a zeroed frame.

mod backward;
mod even;
mod forward;
mod prepared;
mod transforms;
mod transposed;
mod winograd;

pub(crate) use backward::{Make, Slope, WayBack, taps};
pub use prepared::{Filters, Prepared};

use crate::activation::Act;
use crate::product::Nest;

/// A two-dimensional convolution. One dimension is an image of height 1.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// Images.
    pub batch: usize,
    /// Height and width of the input.
    pub image: [usize; 2],
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output.
    pub filters: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and right.
    pub stride: [usize; 2],
    /// Distance of the kernel's elements.
    pub dilation: [usize; 2],
    /// Zeros above and below the image.
    pub pad_height: [usize; 2],
    /// Zeros left and right of the image.
    pub pad_width: [usize; 2],
    /// Into how many groups channels and filters fall.
    pub groups: usize,
    /// What the sum goes through. Not one that [needs its input](Act::needs_input).
    pub act: Act,
    /// Whether it may be computed with Winograd's tiles where that pays: not the plain sums, so what is rounded away
    /// differs, in size about the same. Images and weights with numbers that are not finite or far larger than the
    /// others are computed with plain sums all the same.
    pub tiles: bool,
}

/// Copies each row of `row` numbers to `to`, where so many zeros stand before and behind it.
pub(crate) fn between_zeros(rows: &[f32], row: usize, left: usize, right: usize, to: &mut [f32]) {
    for (to, from) in to.chunks_exact_mut(left + row + right).zip(rows.chunks_exact(row)) {
        to[..left].fill(0.0);
        to[left..][..row].copy_from_slice(from);
        to[left + row..].fill(0.0);
    }
}

/// What [`Conv::backward`] fills.
#[derive(Debug, Default)]
pub struct ConvGradients<'a> {
    /// `(batch, height, width, channels)`.
    pub dx: Option<&'a mut [f32]>,
    /// `(kernel height, kernel width, channels / groups, filters)`.
    pub dw: Option<&'a mut [f32]>,
    /// `(filters)`.
    pub db: Option<&'a mut [f32]>,
}

impl Conv {
    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        let pad = [self.pad_height, self.pad_width];
        std::array::from_fn(|i| {
            let reach = (self.kernel[i] - 1) * self.dilation[i] + 1;
            let padded = self.image[i] + pad[i][0] + pad[i][1];
            if padded < reach { 0 } else { (padded - reach) / self.stride[i] + 1 }
        })
    }

    /// Height and width of the input in its frame of zeros.
    pub(crate) fn frame(&self) -> [usize; 2] {
        [
            self.image[0] + self.pad_height.iter().sum::<usize>(),
            self.image[1] + self.pad_width.iter().sum::<usize>(),
        ]
    }

    fn padded(&self) -> bool {
        self.frame() != self.image
    }

    fn weights(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels / self.groups * self.filters
    }

    pub(crate) fn x_len(&self) -> usize {
        self.image[0] * self.image[1] * self.channels
    }

    pub(crate) fn y_len(&self) -> usize {
        self.output().iter().product::<usize>() * self.filters
    }

    pub(crate) fn frame_len(&self) -> usize {
        if self.padded() { self.frame().iter().product::<usize>() * self.channels } else { 0 }
    }

    /// Multiply-adds of the whole batch, by plain sums.
    pub fn work(&self) -> usize {
        self.batch * self.output().iter().product::<usize>() * self.weights()
    }

    /// Checks the lengths of the input, the weights where they are not prepared, and the output.
    pub(crate) fn check_filters(&self, x: usize, w: Filters, y: usize) {
        let w = match w {
            Filters::Plain(w) => w.len(),
            Filters::Prepared(_) => self.weights(),
        };
        self.check(x, w, y);
    }

    pub(crate) fn check(&self, x: usize, w: usize, y: usize) {
        assert!(
            self.groups > 0
                && self.channels.is_multiple_of(self.groups)
                && self.filters.is_multiple_of(self.groups),
            "groups"
        );
        assert!(self.stride.iter().chain(&self.dilation).chain(&self.kernel).all(|n| *n > 0), "sizes");
        assert!(!self.act.needs_input(), "not an activation for a convolution");
        assert!(
            x == self.batch * self.x_len() && w == self.weights() && y == self.batch * self.y_len(),
            "shapes"
        );
    }

    /// An equal convolution that is faster. Where the windows of a row lie side by side, all pixels of one are one pixel with
    /// the channels of all; a kernel of one pixel sees the image as a single row.
    fn simplified(&self) -> Conv {
        let mut this = *self;
        let (n, beside) = (self.stride[1], self.kernel[1] == self.stride[1] && self.dilation[1] == 1);
        let whole = self.pad_width == [0, 0] && self.image[1].is_multiple_of(n);
        if n > 1 && beside && whole && self.groups == 1 {
            this.image[1] /= n;
            this.channels *= n;
            (this.kernel[1], this.stride[1]) = (1, 1);
        }
        if this.kernel == [1, 1] && this.stride == [1, 1] && !this.padded() {
            this.image = [1, this.image[0] * this.image[1]];
        }
        this
    }

    /// How the sum walks over the input (from an output pixel's first input pixel) and over rows of weights `step`
    /// apart.
    fn nest(&self, step: usize) -> Nest {
        let [kh, kw] = self.kernel;
        let c = self.channels / self.groups;
        let row = self.frame()[1] * self.channels * self.dilation[0];
        let next = kw * c * step;
        if self.dilation[1] == 1 && self.groups == 1 {
            // Pixels and channels are one run.
            return Nest {
                n: [1, kh, kw * c],
                a: [0, row as isize, 1],
                b: [0, next as isize, step as isize],
            };
        }
        Nest {
            n: [kh, kw, c],
            a: [row as isize, (self.dilation[1] * self.channels) as isize, 1],
            b: [next as isize, (c * step) as isize, step as isize],
        }
    }

    /// The image in its frame of zeros; the image itself where it has none.
    pub(crate) fn framed<'a>(&self, x: &'a [f32], memory: &'a mut [f32]) -> &'a [f32] {
        if !self.padded() {
            return x;
        }
        self.put_in_frame(x, self.frame()[1] * self.channels, memory);
        memory
    }

    /// Copies the image into a frame of rows of `row` numbers: what lies around it is 0.
    fn put_in_frame(&self, x: &[f32], row: usize, frame: &mut [f32]) {
        let [h, w] = self.image;
        let left = self.pad_width[0] * self.channels;
        for (y, to) in frame.chunks_exact_mut(row.max(1)).enumerate() {
            let Some(y) = y.checked_sub(self.pad_height[0]).filter(|y| *y < h) else {
                to.fill(0.0);
                continue;
            };
            let from = &x[y * w * self.channels..][..w * self.channels];
            to[..left].fill(0.0);
            to[left..left + from.len()].copy_from_slice(from);
            to[left + from.len()..].fill(0.0);
        }
    }
}
