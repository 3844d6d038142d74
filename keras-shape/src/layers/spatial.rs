//! Where the channels and the spatial axes of an image or a sequence are.

use super::check::{ranked, tri};
use crate::geometry::{Window, conv_length, cropped, padded, positive};
use crate::{DataFormat, Ints, Outputs, Padding, Shape, ShapeError, TensorSpec};

/// The channel axis of a tensor with `n` spatial axes.
pub(crate) const fn channel_axis(n: usize, format: Option<DataFormat>) -> usize {
    if DataFormat::is_first(format) { 1 } else { n + 1 }
}

/// The first of the spatial axes.
pub(crate) const fn spatial_axis(format: Option<DataFormat>) -> usize {
    if DataFormat::is_first(format) { 2 } else { 1 }
}

/// The input's shape: batch, channels and `n` spatial axes.
pub(crate) const fn spatial(
    class: &str,
    inputs: &[TensorSpec],
    n: usize,
    format: Option<DataFormat>,
) -> Result<Shape, ShapeError> {
    let axes = match (n, DataFormat::is_first(format)) {
        (1, false) => "(batch, steps, channels)",
        (1, true) => "(batch, channels, steps)",
        (2, false) => "(batch, height, width, channels)",
        (2, true) => "(batch, channels, height, width)",
        (_, false) => "(batch, depth, height, width, channels)",
        (_, true) => "(batch, channels, depth, height, width)",
    };
    ranked(class, inputs, n + 2, axes)
}

/// The lengths of a kernel along its axes.
pub(crate) const fn lengths<const N: usize>(kernel: &Ints<N>) -> Shape {
    let mut shape = Shape::new(&[]);
    let mut i = 0;
    while i < N {
        shape = shape.push(kernel.0[i].dim());
        i += 1;
    }
    shape
}

/// A shape after a window has slid over its spatial axes.
pub(crate) const fn slid<const N: usize>(
    shape: &Shape,
    size: &Ints<N>,
    strides: &Ints<N>,
    dilation: &Ints<N>,
    padding: Padding,
    format: Option<DataFormat>,
    window: &Window,
) -> Result<Shape, ShapeError> {
    let mut out = *shape;
    let mut i = 0;
    while i < N {
        let axis = spatial_axis(format) + i;
        let length = conv_length(shape.dim(axis), size.0[i], strides.0[i], dilation.0[i], padding, window);
        out = out.with(axis, tri!(length));
        i += 1;
    }
    Ok(out)
}

/// The input with more on its sides, of whatever type it is.
pub(crate) const fn with_sides<const N: usize>(
    class: &str,
    inputs: &[TensorSpec],
    sides: &[Ints<2>; N],
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    let shape = tri!(spatial(class, inputs, N, format));
    let mut out = inputs[0];
    let mut i = 0;
    while i < N {
        let axis = spatial_axis(format) + i;
        let [before, after] = sides[i].0;
        out.shape = out.shape.with(axis, padded(shape.dim(axis), before, after));
        i += 1;
    }
    Ok(Outputs::one(out))
}

/// The input without what is on its sides, of whatever type it is.
pub(crate) const fn without_sides<const N: usize>(
    class: &'static str,
    inputs: &[TensorSpec],
    sides: &[Ints<2>; N],
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    let shape = tri!(spatial(class, inputs, N, format));
    let mut out = inputs[0];
    let mut i = 0;
    while i < N {
        let axis = spatial_axis(format) + i;
        let [before, after] = sides[i].0;
        out.shape = out.shape.with(axis, tri!(cropped(class, &shape, axis, before, after)));
        i += 1;
    }
    Ok(Outputs::one(out))
}

/// The input so many times longer, of whatever type it is.
pub(crate) const fn repeated<const N: usize>(
    class: &str,
    inputs: &[TensorSpec],
    size: &Ints<N>,
    format: Option<DataFormat>,
) -> Result<TensorSpec, ShapeError> {
    let shape = tri!(spatial(class, inputs, N, format));
    let mut out = inputs[0];
    let mut i = 0;
    while i < N {
        tri!(positive(class, "size", size.0[i]));
        let axis = spatial_axis(format) + i;
        out.shape = out.shape.with(axis, shape.dim(axis).times(size.0[i].dim()));
        i += 1;
    }
    Ok(out)
}
