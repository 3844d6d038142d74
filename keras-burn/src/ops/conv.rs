//! Convolutions and their gradients.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{FloatDType, Shape as BurnShape};
use keras_ops::DType;
use keras_ops::graph::{ConvGeometry, ConvSide, Convolution, TensorSpec};

use super::arrays::part_of;
use super::float::Float;
use crate::Array;
use crate::array::on_device;

/// Axes of images as Burn's convolutions have them: two, or three.
struct Layout<'a> {
    geometry: &'a ConvGeometry,
    axes: usize,
}

impl<'a> Layout<'a> {
    fn new(geometry: &'a ConvGeometry) -> Layout<'a> {
        Layout { geometry, axes: geometry.rank.max(2) }
    }

    fn own<'b>(&self, lengths: &'b [usize; 3]) -> &'b [usize] {
        &lengths[3 - self.axes..]
    }

    /// How many pixels all windows cover along an axis, of the last `axes`.
    fn covered(&self, i: usize) -> usize {
        let g = self.geometry;
        let at = 3 - self.axes + i;
        (g.windows[at] - 1) * g.stride[at] + (g.kernel[at] - 1) * g.dilation[at] + 1
    }

    /// Images `(batch, ..., channels)` as `(batch, channels, ...)`.
    fn channels_first(&self, x: &Array, lengths: &[usize; 3]) -> Float {
        let shape = x.shape();
        let (batch, channels) = (shape[0], shape[shape.rank() - 1]);
        let all: Vec<usize> = [batch].iter().chain(self.own(lengths)).chain(&[channels]).copied().collect();
        let order: Vec<usize> = [0, self.axes + 1].into_iter().chain(1..=self.axes).collect();
        Float(x.tensor()).reshape(all).permute(&order)
    }

    /// The inverse.
    fn channels_last(&self, x: &Float, to: &TensorSpec) -> DispatchTensor {
        let order: Vec<usize> = [0].into_iter().chain(2..self.axes + 2).chain([1]).collect();
        Dispatch::float_reshape(x.permute(&order).0, on_device(&to.shape))
    }

    /// Kernels `(..., channels, filters)` as `(filters, channels, ...)`.
    fn filters_first(&self, x: &Array) -> Float {
        let shape = x.shape();
        let rank = shape.rank();
        let kernel = self.own(&self.geometry.kernel);
        let all: Vec<usize> = kernel.iter().chain(&shape[rank - 2..]).copied().collect();
        let order: Vec<usize> = [self.axes + 1, self.axes].into_iter().chain(0..self.axes).collect();
        Float(x.tensor()).reshape(all).permute(&order)
    }

    fn kernel_last(&self, x: &Float, to: &TensorSpec) -> DispatchTensor {
        let order: Vec<usize> = (2..self.axes + 2).chain([1, 0]).collect();
        Dispatch::float_reshape(x.permute(&order).0, on_device(&to.shape))
    }

    /// Exactly the pixels that windows cover: zeros around the image, and what none reaches left out.
    fn covering(&self, image: &Float) -> Float {
        let before = self.own(&self.geometry.before).to_vec();
        let lengths = self.own(&self.geometry.image).to_vec();
        let covered: Vec<usize> = (0..self.axes).map(|i| self.covered(i)).collect();
        moved(image, &lengths, &before, &covered)
    }

    /// The image of what windows cover: the inverse.
    fn uncovered(&self, covered: &Float) -> Float {
        let shape = covered.0.shape();
        let mut out = covered.clone();
        for i in 0..self.axes {
            let at = 3 - self.axes + i;
            let (before, image) = (self.geometry.before[at], self.geometry.image[at]);
            let end = (before + image).min(shape[i + 2]);
            out = part(&out, i + 2, before.min(end), end);
            let missing = image - (end - before.min(end));
            out = zeros_around(&out, i + 2, 0, missing);
        }
        out
    }

    fn options<const N: usize>(&self) -> ConvOptions<N> {
        let g = self.geometry;
        ConvOptions::new(self.array(&g.stride), [0; N], self.array(&g.dilation), g.groups)
    }

    fn transposed<const N: usize>(&self) -> ConvTransposeOptions<N> {
        let g = self.geometry;
        ConvTransposeOptions::new(self.array(&g.stride), [0; N], [0; N], self.array(&g.dilation), g.groups)
    }

    fn array<const N: usize>(&self, lengths: &[usize; 3]) -> [usize; N] {
        core::array::from_fn(|i| lengths[3 - N + i])
    }
}

/// A part along an axis.
fn part(x: &Float, axis: usize, from: usize, to: usize) -> Float {
    Float(part_of(x.0.clone(), DType::Float32, axis, from, to))
}

/// Zeros before and after along an axis.
fn zeros_around(x: &Float, axis: usize, before: usize, after: usize) -> Float {
    let zeros = |n: usize| {
        let mut shape = x.0.shape().to_vec();
        shape[axis] = n;
        Dispatch::float_zeros(BurnShape::from(shape), &x.0.device(), FloatDType::F32)
    };
    let sides = [(before > 0).then(|| zeros(before)), Some(x.0.clone()), (after > 0).then(|| zeros(after))];
    let parts: Vec<DispatchTensor> = sides.into_iter().flatten().collect();
    if parts.len() == 1 { x.clone() } else { Float(Dispatch::float_cat(parts, axis)) }
}

/// From `before` ahead of the start on, so many pixels along each axis from the third on.
fn moved(x: &Float, lengths: &[usize], before: &[usize], to: &[usize]) -> Float {
    let mut out = x.clone();
    for (i, ((n, before), to)) in lengths.iter().zip(before).zip(to).enumerate() {
        let end = (*n).min(to.saturating_sub(*before));
        out = part(&out, i + 2, 0, end.max(1));
        if end == 0 {
            // Nothing of the image is reached.
            out = out.clone() * 0.0;
            out = zeros_around(&out, i + 2, 0, to - 1);
        } else {
            out = zeros_around(&out, i + 2, *before, to - before - end);
        }
    }
    out
}

pub(super) fn convolution(conv: &Convolution, x: &[Array], to: &TensorSpec) -> DispatchTensor {
    let layout = Layout::new(&conv.geometry);
    let g = &conv.geometry;
    match conv.side {
        ConvSide::Result => {
            let image = layout.covering(&layout.channels_first(&x[0], &g.image));
            let kernel = layout.filters_first(&x[1]);
            let y = match layout.axes {
                2 => Dispatch::conv2d(image.0, kernel.0, None, layout.options()),
                _ => Dispatch::conv3d(image.0, kernel.0, None, layout.options()),
            };
            layout.channels_last(&Float(y), to)
        }
        ConvSide::Image => {
            let result = layout.channels_first(&x[0], &g.windows);
            let kernel = layout.filters_first(&x[1]);
            let image = match layout.axes {
                2 => Dispatch::conv_transpose2d(result.0, kernel.0, None, layout.transposed()),
                _ => Dispatch::conv_transpose3d(result.0, kernel.0, None, layout.transposed()),
            };
            layout.channels_last(&layout.uncovered(&Float(image)), to)
        }
        ConvSide::Kernel => {
            let image = layout.covering(&layout.channels_first(&x[0], &g.image));
            let result = layout.channels_first(&x[1], &g.windows);
            // Of the kernel only the shape is read.
            let channels = to.shape[to.shape.rank() - 2];
            let filters = to.shape[to.shape.rank() - 1];
            let shape: Vec<usize> =
                [filters, channels].iter().chain(layout.own(&g.kernel)).copied().collect();
            let device = image.0.device();
            let kernel = Dispatch::float_zeros(BurnShape::from(shape), &device, FloatDType::F32);
            let kernel = match layout.axes {
                2 => Dispatch::conv2d_weight_backward(image.0, kernel, result.0, layout.options()),
                _ => Dispatch::conv3d_weight_backward(image.0, kernel, result.0, layout.options()),
            };
            layout.kernel_last(&Float(kernel), to)
        }
    }
}
