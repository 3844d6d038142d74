//! Where the channels and the spatial axes of an image or a sequence are.

use super::check::ranked;
use crate::{DataFormat, Shape, ShapeError, TensorSpec};

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
