//! What layers that change images share, in operations.

use keras_ops::{self as ops, Symbolic};
use keras_shape::{DataFormat, Interpolation};

use super::images::first_axis;

/// How elements between those of an image are found.
pub(super) fn filter(interpolation: Interpolation) -> ops::image::Interpolation {
    match interpolation {
        Interpolation::Nearest => ops::image::Interpolation::Nearest,
        Interpolation::Bilinear => ops::image::Interpolation::Bilinear,
        Interpolation::Bicubic => ops::image::Interpolation::Bicubic,
        Interpolation::Lanczos3 => ops::image::Interpolation::Lanczos3,
        Interpolation::Lanczos5 => ops::image::Interpolation::Lanczos5,
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
