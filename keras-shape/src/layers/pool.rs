//! What the pooling layers share, however many spatial axes they have.

use super::check::tri;
use super::spatial::{channel_axis, slid, spatial, spatial_axis};
use crate::geometry::{Window, no_causal, positive};
use crate::{DataFormat, Dim, Ints, Mask, Outputs, Padding, Shape, ShapeError, TensorSpec, Text};

/// Declares a pooling layer of `$n` spatial axes with Keras's arguments.
macro_rules! pool_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal $(, $default:tt)?) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                /// The size of the window.
                pool_size: $crate::Ints<$n> $(= $default)?,
                /// How far the window moves; its own size if not given.
                strides: Option<$crate::Ints<$n>> = None,
                /// `valid` or `same`.
                padding: $crate::Padding = valid,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
            }
        }

        impl $class {
            /// How far the window moves.
            pub const fn steps(&self) -> $crate::Ints<$n> {
                match self.strides {
                    Some(strides) => strides,
                    None => self.pool_size,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                super::pool::pooled(stringify!($class), inputs, &self.pool_size, &self.steps(), self.padding, self.data_format)
            }
        }

        super::check::weightless!($class, Drop);
    };
}
pub(crate) use pool_layer;

/// Declares a layer that pools whole axes.
macro_rules! global_pool_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal, $mask:ident) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// Whether the pooled axes stay, with length 1.
                keepdims: bool = false,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
            }
        }

        impl $class {
            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                let outputs = super::pool::pooled_whole(stringify!($class), inputs, $n, self.data_format, self.keepdims);
                match (outputs, $crate::MaskRule::$mask) {
                    (Ok(_), $crate::MaskRule::Use) => {
                        match super::pool::mask_of_steps(stringify!($class), &inputs[0], self.data_format) {
                            Ok(()) => outputs,
                            Err(error) => Err(error),
                        }
                    }
                    _ => outputs,
                }
            }
        }

        super::check::weightless!($class, $mask);
    };
}
pub(crate) use global_pool_layer;

/// Declares a layer that pools to a given size.
macro_rules! adaptive_pool_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal, $axes:literal) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                #[doc = concat!(" The size of the output: ", $axes, ".")]
                output_size: $crate::Ints<$n>,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
            }
        }

        impl $class {
            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                super::pool::pooled_to(stringify!($class), inputs, &self.output_size, self.data_format)
            }
        }

        super::check::weightless!($class, Drop);
    };
}
pub(crate) use adaptive_pool_layer;

/// The shape after the spatial axes have been pooled to a size.
pub(crate) const fn pooled_to<const N: usize>(
    class: &'static str,
    inputs: &[TensorSpec],
    size: &Ints<N>,
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    let mut out = tri!(spatial(class, inputs, N, format));
    let mut i = 0;
    while i < N {
        tri!(positive(class, "output_size", size.0[i]));
        out = out.with(spatial_axis(format) + i, size.0[i].dim());
        i += 1;
    }
    Ok(Outputs::float(out))
}

/// The shape after a window has slid over the spatial axes.
pub(crate) const fn pooled<const N: usize>(
    class: &'static str,
    inputs: &[TensorSpec],
    pool: &Ints<N>,
    strides: &Ints<N>,
    padding: Padding,
    format: Option<DataFormat>,
) -> Result<Outputs, ShapeError> {
    let shape = tri!(spatial(class, inputs, N, format));
    tri!(no_causal(class, padding));
    let window = Window { layer: class, size_arg: "pool_size", size_word: "pool" };
    Ok(Outputs::float(tri!(slid(&shape, pool, strides, &Ints::all(1), padding, format, &window))))
}

/// The shape after the spatial axes are pooled away.
pub(crate) const fn pooled_whole(
    class: &str,
    inputs: &[TensorSpec],
    n: usize,
    format: Option<DataFormat>,
    keepdims: bool,
) -> Result<Outputs, ShapeError> {
    let shape = tri!(spatial(class, inputs, n, format));
    let channels = shape.dim(channel_axis(n, format));
    if !keepdims {
        return Ok(Outputs::float(Shape::new(&[shape.batch(), channels])));
    }
    let mut out = shape;
    let mut i = 0;
    while i < n {
        out = out.with(spatial_axis(format) + i, Dim::Fixed(1));
        i += 1;
    }
    Ok(Outputs::float(out))
}

/// A mask is of the first axis after the batch; the steps must be as many.
pub(crate) const fn mask_of_steps(
    class: &str,
    input: &TensorSpec,
    format: Option<DataFormat>,
) -> Result<(), ShapeError> {
    let (masked, steps) = (input.shape.dim(1), input.shape.dim(spatial_axis(format)));
    if !matches!(input.mask, Mask::Present) || !masked.clashes(steps) {
        return Ok(());
    }
    let text =
        Text::new().s(class).s(" with `channels_first` has ").d(steps).s(" steps; the mask of its input ");
    let text = text.shape(&input.shape).s(" is of ").d(masked);
    let help = Text::new().s("write `mask = None` to count every step, or bring the steps first");
    Err(ShapeError::new(text).help(help).arg("data_format"))
}
