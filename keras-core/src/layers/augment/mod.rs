//! What layers that change images share, in operations.

pub(super) mod affine;
mod policy;
mod rectangle;

pub(super) use affine::{Affine, order, seen_through, transforms_of};
pub(super) use policy::Policy;
pub(super) use rectangle::Rectangles;

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{DataFormat, Factor, FillMode, Interpolation, ValueRange};

use super::images::first_axis;

/// What a layer does to images while training.
pub(super) trait Augment {
    /// Images of floats, changed by numbers of chance.
    fn augment(&self, images: &Symbolic, seed: &Symbolic) -> Symbolic;
}

/// A layer that augments images while training and leaves them alone otherwise.
macro_rules! augmentation {
    ($class:ident) => {
        $crate::layers::one_output!($class, |layer, inputs, cx| {
            let x = keras_ops::cast(&inputs[0], keras_ops::DType::Float32);
            if !cx.training() {
                return x;
            }
            let seed = cx.seed_of(layer.seed);
            $crate::layers::augment::Augment::augment(layer, &x, &seed)
        });
    };
}
pub(super) use augmentation;

/// How elements between those of an image are found.
pub(super) fn filter(interpolation: Interpolation) -> ops::image::Interpolation {
    match interpolation {
        Interpolation::Nearest => ops::image::Interpolation::Nearest,
        Interpolation::Bilinear => ops::image::Interpolation::Bilinear,
        Interpolation::Bicubic => ops::image::Interpolation::Bicubic,
        Interpolation::Lanczos3 => ops::image::Interpolation::Lanczos3,
        Interpolation::Lanczos5 => ops::image::Interpolation::Lanczos5,
        Interpolation::BilinearKeras2 => ops::image::Interpolation::BilinearKeras2,
    }
}

/// What lies beyond the edges.
pub(super) fn beyond(mode: FillMode, fill_value: f64) -> ops::image::FillMode {
    match mode {
        FillMode::Constant => ops::image::FillMode::Constant(fill_value as f32),
        FillMode::Nearest => ops::image::FillMode::Nearest,
        FillMode::Wrap => ops::image::FillMode::Wrap,
        FillMode::Mirror => ops::image::FillMode::Mirror,
        FillMode::Reflect => ops::image::FillMode::Reflect,
    }
}

/// The largest part of the images that has the ratio of another size, in that size.
pub(super) fn smart_resized(x: &Symbolic, size: [usize; 2], format: Option<DataFormat>) -> Symbolic {
    ops::image::resize(x, size, ops::image::Interpolation::Bilinear)
        .channels_first(DataFormat::is_first(format))
        .crop_to_aspect_ratio(true)
        .build()
}

/// Height and width of images.
pub(super) fn lengths(x: &Symbolic, format: Option<DataFormat>) -> [usize; 2] {
    let first = first_axis(format);
    [x.shape()[first], x.shape()[first + 1]]
}

/// A part of images, with another start and length along height and width.
pub(super) fn part(x: &Symbolic, from: [usize; 2], size: [usize; 2], format: Option<DataFormat>) -> Symbolic {
    let (mut start, mut shape) = (vec![0; x.ndim()], x.shape().to_vec());
    for (i, axis) in (first_axis(format)..).take(2).enumerate() {
        start[axis] = from[i] as isize;
        shape[axis] = size[i];
    }
    ops::slice(x, start, shape)
}

/// What `f` makes of images whose channels are last, with the channels where they were.
pub(super) fn channels_last(
    x: &Symbolic,
    format: Option<DataFormat>,
    f: impl FnOnce(&Symbolic) -> Symbolic,
) -> Symbolic {
    if !DataFormat::is_first(format) {
        return f(x);
    }
    ops::transpose(f(&ops::transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2])
}

/// How many images there are.
pub(super) fn count(x: &Symbolic) -> usize {
    x.shape()[0]
}

/// A number between two for each of `n` images.
pub(super) fn drawn(n: usize, [low, high]: [f64; 2], seed: &Symbolic) -> Symbolic {
    if low == high {
        return ops::full([n], low as f32);
    }
    ops::random::uniform([n], low as f32, high as f32, seed)
}

/// Numbers, one for each image, as a tensor that goes with all of its elements.
pub(super) fn for_all(numbers: &Symbolic) -> Symbolic {
    ops::reshape(numbers, [-1, 1, 1, 1])
}

/// A number between two for each image, for all of its elements.
pub(super) fn for_each(x: &Symbolic, bounds: [f64; 2], seed: &Symbolic) -> Symbolic {
    for_all(&drawn(count(x), bounds, seed))
}

/// `then` for some of the images, for each with a probability that is drawn between two numbers.
pub(super) fn sometimes(x: &Symbolic, then: &Symbolic, factor: Factor, seed: &Symbolic) -> Symbolic {
    let seeds = ops::random::split(seed, 2);
    let probability = for_each(x, factor.bounds(0.0), &seeds[0]);
    let happens = ops::less(for_each(x, [0.0, 1.0], &seeds[1]), probability);
    ops::where_(happens, then, x)
}

/// -1 or 1 for each of `n` images.
pub(super) fn signs(n: usize, seed: &Symbolic) -> Symbolic {
    ops::where_(ops::greater(drawn(n, [0.0, 1.0], seed), 0.5), -1.0, 1.0)
}

/// Values within a range.
pub(super) fn clipped(x: Symbolic, range: ValueRange) -> Symbolic {
    let [low, high] = range.bounds();
    ops::clip(x, low, high)
}

/// Values of one range in another.
pub(super) fn rescaled(x: &Symbolic, from: ValueRange, to: ValueRange) -> Symbolic {
    if from.bounds() == to.bounds() {
        return x.clone();
    }
    let ([a, b], [c, d]) = (from.bounds(), to.bounds());
    (x - a) / (b - a) * (d - c) + c
}

/// Values from 0 to 1.
pub(super) const UNIT: ValueRange = ValueRange([0.0, 1.0]);

/// The three channels of colours, apart from each other.
pub(super) fn channels(x: &Symbolic) -> Vec<Symbolic> {
    ops::split(x, 3, -1)
}

/// A truth value as 1 or 0.
pub(super) fn as_number(x: &Symbolic) -> Symbolic {
    ops::cast(x, DType::Float32)
}
