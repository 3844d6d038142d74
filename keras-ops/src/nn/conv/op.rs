//! Convolution as a sum of products of images, kernels and results: each of its three sides is an operation, and the
//! gradients of each are the other two.

use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv3d::Conv3d;
use keras_kernels::depthwise::Depthwise;

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec, one};
use crate::symbolic::apply;
use crate::{Shape, Symbolic};

/// Which of image, kernel and result is computed from the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the result and the kernel.
    Image,
    /// From the image and the result.
    Kernel,
    /// From the image and the kernel.
    Result,
}

/// How windows lie in images. Axes beyond those of the image are of length 1 and come first. What a window covers beyond
/// an image counts as zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Lengths of the axes.
    pub image: [usize; 3],
    /// Lengths of the kernel.
    pub kernel: [usize; 3],
    /// Windows along each axis.
    pub windows: [usize; 3],
    /// The distance of two windows along each axis.
    pub stride: [usize; 3],
    /// The distance of two pixels of a window along each axis.
    pub dilation: [usize; 3],
    /// How far the first window begins before the image.
    pub before: [usize; 3],
    /// Axes that images have.
    pub rank: usize,
    /// Channels and filters fall into so many groups, each of which sees its own.
    pub groups: usize,
}

/// One side of a convolution. Images are `(batch, ..., channels)`, kernels `(..., channels / groups, filters)`, results
/// `(batch, ..., filters)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Convolution {
    /// How windows lie.
    pub geometry: Geometry,
    /// What is computed. Operands are the image and the kernel; of the image: the result and the kernel; of the kernel: the
    /// image and the result.
    pub side: Side,
}

/// The number of samples, channels and filters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub batch: usize,
    pub channels: usize,
    pub filters: usize,
}

impl Convolution {
    fn counts(&self, a: &Shape, b: &Shape) -> Counts {
        let last = |shape: &Shape| shape[shape.rank() - 1];
        let in_kernel = |shape: &Shape| shape[shape.rank() - 2] * self.geometry.groups;
        match self.side {
            Side::Result => Counts { batch: a[0], channels: last(a), filters: last(b) },
            Side::Image => Counts { batch: a[0], channels: in_kernel(b), filters: last(a) },
            Side::Kernel => Counts { batch: a[0], channels: last(a), filters: last(b) },
        }
    }

    /// A convolution of one or two axes as the fused kernels take it, if they can.
    fn flat(&self, counts: Counts) -> Option<Conv> {
        let g = &self.geometry;
        let two = |x: [usize; 3]| [x[1], x[2]];
        if g.rank == 3 {
            return None;
        }
        let after: [usize; 3] = core::array::from_fn(|i| {
            let reach = (g.kernel[i] - 1) * g.dilation[i] + 1;
            ((g.windows[i] - 1) * g.stride[i] + reach).saturating_sub(g.image[i] + g.before[i])
        });
        let conv = Conv {
            batch: counts.batch,
            image: two(g.image),
            channels: counts.channels,
            filters: counts.filters,
            kernel: two(g.kernel),
            stride: two(g.stride),
            dilation: two(g.dilation),
            pad_height: [g.before[1], after[1]],
            pad_width: [g.before[2], after[2]],
            groups: g.groups,
            act: Act::Linear,
            // Plain sums, as in the gradients.
            tiles: false,
        };
        (conv.output() == two(g.windows)).then_some(conv)
    }

    /// The convolution as the kernel takes it that takes all of them.
    fn any(&self, counts: Counts) -> Conv3d {
        let Counts { batch, channels, filters } = counts;
        let Geometry { image, kernel, windows, stride, dilation, before, rank: _, groups } = self.geometry;
        Conv3d { batch, channels, filters, image, kernel, windows, stride, dilation, before, groups }
    }

    /// The convolution of each channel by itself, if it is one, and how many filters a channel has.
    fn depthwise(&self, counts: Counts) -> Option<(Depthwise, usize)> {
        let g = &self.geometry;
        if g.groups < 2 || g.groups != counts.channels {
            return None;
        }
        let of = Depthwise {
            batch: counts.batch,
            channels: counts.filters,
            image: g.image,
            kernel: g.kernel,
            windows: g.windows,
            stride: g.stride,
            dilation: g.dilation,
            before: g.before,
        };
        Some((of, counts.filters / counts.channels))
    }

    /// The lengths of the image's axes that there are.
    fn own<'a>(&self, lengths: &'a [usize; 3]) -> &'a [usize] {
        &lengths[3 - self.geometry.rank..]
    }
}

impl Op for Convolution {
    fn name(&self) -> &'static str {
        match self.side {
            Side::Result => "conv",
            Side::Image => "conv_transpose",
            Side::Kernel => "conv_kernel_gradient",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Convolution(*self))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let Counts { batch, channels, filters } = self.counts(&inputs[0].shape, &inputs[1].shape);
        let g = &self.geometry;
        let around = |first: usize, lengths: &[usize; 3], last: usize| {
            [first].into_iter().chain(self.own(lengths).iter().copied()).chain([last]).collect::<Shape>()
        };
        Ok(one(Spec::float(match self.side {
            Side::Result => around(batch, &g.windows, filters),
            Side::Image => around(batch, &g.image, channels),
            Side::Kernel => {
                self.own(&g.kernel).iter().copied().chain([channels / g.groups, filters]).collect::<Shape>()
            }
        })))
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        let counts = self.counts(&inputs[0].shape, &inputs[1].shape);
        let all = |lengths: &[usize; 3]| lengths.iter().product::<usize>();
        if let Some((of, filters)) = self.depthwise(counts) {
            // Each channel of the images as often as it has filters.
            return if filters == 1 { 0 } else { of.batch * all(&of.image) * of.channels };
        }
        // The fused kernels check the lengths of what they do not read.
        match self.side {
            Side::Image => counts.batch * all(&self.geometry.image) * counts.channels,
            Side::Kernel => {
                all(&self.geometry.kernel) * counts.channels / self.geometry.groups * counts.filters
            }
            Side::Result => 0,
        }
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let [a, b] = [&io.inputs[0], &io.inputs[1]];
        let counts = self.counts(a.shape(), b.shape());
        let to = &mut *io.outputs[0];
        if a.data.is_empty() || b.data.is_empty() || to.is_empty() {
            return to.fill(0.0);
        }
        let (a, b) = (a.data, b.data);
        if let Some((of, filters)) = self.depthwise(counts) {
            return by_channel(&of, filters, self.side, a, b, to, io.scratch);
        }
        if let Some(conv) = self.flat(counts) {
            let none = &*io.scratch;
            return match self.side {
                Side::Result => conv.forward(a, b, None, to),
                Side::Image => {
                    conv.backward(none, b, a, a, ConvGradients { dx: Some(to), ..Default::default() });
                }
                Side::Kernel => {
                    conv.backward(a, none, b, b, ConvGradients { dw: Some(to), ..Default::default() });
                }
            };
        }
        let conv = self.any(counts);
        match self.side {
            Side::Result => conv.forward(a, b, None, false, to),
            Side::Image => conv.images(a, b, to),
            Side::Kernel => conv.kernel(a, b, to),
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let side = |side, a: &Symbolic, b: &Symbolic| Some(convolved(self.geometry, side, a, b));
        let ([a, b], dy) = ([&at.inputs[0], &at.inputs[1]], at.dy());
        match self.side {
            Side::Result => vec![side(Side::Image, dy, b), side(Side::Kernel, a, dy)],
            Side::Image => vec![side(Side::Result, dy, b), side(Side::Kernel, dy, a)],
            Side::Kernel => vec![side(Side::Image, b, dy), side(Side::Result, a, dy)],
        }
    }

    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        let Counts { batch, channels, filters } = self.counts(&inputs[0].shape, &inputs[1].shape);
        let g = &self.geometry;
        let taps: usize = g.kernel.iter().product::<usize>() * g.windows.iter().product::<usize>();
        let numbers = inputs.iter().map(|x| x.shape.size()).sum::<usize>() + outputs[0].shape.size();
        let multiply_adds = (batch * taps * channels / g.groups * filters) as u64;
        Cost { multiply_adds, bytes: 4 * numbers as u64 }
    }
}

/// A side of a convolution of each channel by itself, of which each has so many filters. With several, images are computed
/// with as many copies of each channel, which are in `copies`.
fn by_channel(
    of: &Depthwise,
    filters: usize,
    side: Side,
    a: &[f32],
    b: &[f32],
    to: &mut [f32],
    copies: &mut [f32],
) {
    let copy = |x: &[f32], copies: &mut [f32]| {
        copies.chunks_exact_mut(filters).zip(x).for_each(|(copies, x)| copies.fill(*x));
    };
    match (side, filters) {
        (Side::Result, 1) => of.forward(a, b, to),
        (Side::Image, 1) => of.images(a, b, to),
        (Side::Kernel, 1) => of.kernel(a, b, to),
        (Side::Result, _) => {
            copy(a, copies);
            of.forward(copies, b, to);
        }
        (Side::Kernel, _) => {
            copy(a, copies);
            of.kernel(copies, b, to);
        }
        (Side::Image, _) => {
            of.images(a, b, copies);
            to.iter_mut()
                .zip(copies.chunks_exact(filters))
                .for_each(|(to, copies)| *to = copies.iter().sum());
        }
    }
}

/// A side of a convolution from the other two, in the order image, kernel, result; of the image: result, kernel.
#[track_caller]
pub(crate) fn convolved(geometry: Geometry, side: Side, a: &Symbolic, b: &Symbolic) -> Symbolic {
    apply(Convolution { geometry, side }, &[a.clone(), b.clone()])
}
