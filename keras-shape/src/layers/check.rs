//! Checks that many layers share.

use crate::{Dim, ErrorKind, MAX_RANK, Shape, ShapeError, TensorSpec, Text};

/// Hands an error on, as `?` cannot in a constant.
macro_rules! tri {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}
pub(crate) use tri;

/// The one input of a layer that takes one.
pub(crate) const fn one<'a>(class: &str, inputs: &'a [TensorSpec]) -> Result<&'a TensorSpec, ShapeError> {
    if inputs.len() == 1 {
        Ok(&inputs[0])
    } else {
        let text = Text::new().s(class).s(" takes one tensor, found ").n(inputs.len());
        let help = Text::new().s("put a merge layer in front, as `Concatenate()`, or pick one of them");
        Err(ShapeError::new(text).help(help))
    }
}

/// What to do where a sequence is needed. The macro says more where it knows the layer before.
const NEEDS_SEQUENCE: &str = "if a recurrent layer comes before, give it `return_sequences = true`; else `Reshape((-1, 1))` makes a sequence of single features";

/// The input's shape, which must have `rank` axes; `axes` names them.
pub(crate) const fn ranked(
    class: &str,
    inputs: &[TensorSpec],
    rank: usize,
    axes: &str,
) -> Result<Shape, ShapeError> {
    let input = match one(class, inputs) {
        Ok(input) => input,
        Err(e) => return Err(e),
    };
    let found = input.shape.rank();
    if found == rank {
        return Ok(input.shape);
    }
    let text = Text::new()
        .s(class)
        .s(" needs ")
        .s(axes)
        .s(", ")
        .n(rank)
        .s(" axes; the input ")
        .shape(&input.shape)
        .s(" has ")
        .n(found);
    let error = ShapeError::new(text);
    Err(match (rank, found) {
        (3, 2) => error.help(Text::new().s(NEEDS_SEQUENCE)).kind(ErrorKind::NeedsSequence),
        (3, 4) => match (input.shape.dim(1), input.shape.dim(2).times(input.shape.dim(3))) {
            (Dim::Fixed(rows), Dim::Fixed(rest)) => {
                let help = Text::new()
                    .s("`Reshape((")
                    .n(rows)
                    .s(", ")
                    .n(rest)
                    .s("))` before it makes a step of each row of an image");
                error.help(help)
            }
            _ => error,
        },
        (4, 3) => match (input.shape.dim(1), input.shape.dim(2)) {
            (Dim::Fixed(h), Dim::Fixed(w)) => {
                let help = Text::new()
                    .s("one channel is an axis too: write it in `Input`, or add it with `Reshape((");
                error.help(help.n(h).s(", ").n(w).s(", 1))`"))
            }
            _ => error.help(Text::new().s("one channel is an axis too: write it in `Input`")),
        },
        (4, 2) => error.help(
            Text::new().s("`Reshape((height, width, channels))` before it makes images of the features"),
        ),
        (2, 3) | (2, 4) | (2, 5) => error.help(Text::new().s("`Flatten()` makes one axis of them all")),
        _ => error,
    })
}

/// A dim that must be a constant, because weights are made for it.
pub(crate) const fn defined(class: &str, what: &str, shape: &Shape, dim: Dim) -> Result<(), ShapeError> {
    if !dim.is_dynamic() {
        return Ok(());
    }
    let text = Text::new()
        .s(class)
        .s(" makes weights for ")
        .s(what)
        .s(", which must be a constant; the input ")
        .shape(shape)
        .s(" leaves it to the data");
    let help = Text::new().s(
        "give that axis a number in `Input`, or bring a fixed axis there with `Permute` or a pooling layer",
    );
    Err(ShapeError::new(text).help(help))
}

/// An inner layer's error as its wrapper reports it; `arg` holds the inner layer.
pub(crate) const fn inside(wrapper: &str, arg: &'static str, error: &ShapeError) -> ShapeError {
    let mut out = *error;
    out.message = Text::new().s("inside ").s(wrapper).s(": ").t(&error.message);
    out.arg = Some(arg);
    out
}

/// The one input's shape, for layers that take any.
pub(crate) const fn any(class: &str, inputs: &[TensorSpec]) -> Result<Shape, ShapeError> {
    Ok(tri!(one(class, inputs)).shape)
}

/// Where Python's axis number `axis` is in `shape`.
pub(crate) const fn axis_in(
    class: &str,
    arg: &'static str,
    axis: isize,
    shape: &Shape,
) -> Result<usize, ShapeError> {
    if let Some(at) = shape.axis(axis) {
        return Ok(at);
    }
    let rank = shape.rank();
    let text = Text::new().s(class).s(": axis ").i(axis).s(" is out of range; the input ").shape(shape);
    let text = text.s(" has ").n(rank).s(if rank == 1 { " axis" } else { " axes" });
    if rank == 0 {
        return Err(ShapeError::new(text).arg(arg));
    }
    let help =
        Text::new().s("axes are numbered from 0, the batch axis, to ").n(rank - 1).s("; -1 is the last");
    Err(ShapeError::new(text).help(help).arg(arg))
}

/// Which axes of `shape` a list of axis numbers means: one bit each.
pub(crate) const fn axes_in(
    class: &str,
    arg: &'static str,
    axes: &[isize],
    shape: &Shape,
) -> Result<[bool; MAX_RANK], ShapeError> {
    let mut chosen = [false; MAX_RANK];
    if axes.is_empty() {
        let text = Text::new().s(class).s(": `").s(arg).s("` is an empty list");
        return Err(ShapeError::new(text).help(Text::new().s("name an axis, as `-1` for the last")).arg(arg));
    }
    let mut i = 0;
    while i < axes.len() {
        let at = tri!(axis_in(class, arg, axes[i], shape));
        if chosen[at] {
            let text = Text::new().s(class).s(": `").s(arg).s("` names axis ").n(at).s(" twice");
            return Err(ShapeError::new(text).help(Text::new().s("name each axis once")).arg(arg));
        }
        chosen[at] = true;
        i += 1;
    }
    Ok(chosen)
}

/// A share between 0 and 1.
pub(crate) const fn share(class: &str, arg: &'static str, value: f64) -> Result<(), ShapeError> {
    if value >= 0.0 && value <= 1.0 {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `").s(arg).s("` lies between 0 and 1, found ").f(value);
    Err(ShapeError::new(text).arg(arg))
}

/// A share from 0 to below 1: nothing would be left of the whole.
pub(crate) const fn below_one(class: &str, arg: &'static str, value: f64) -> Result<(), ShapeError> {
    if value >= 0.0 && value < 1.0 {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `").s(arg).s("` is at least 0 and less than 1, found ").f(value);
    Err(ShapeError::new(text).arg(arg))
}

/// A number that is not below zero.
pub(crate) const fn not_negative(class: &str, arg: &'static str, value: f64) -> Result<(), ShapeError> {
    if value >= 0.0 {
        return Ok(());
    }
    let text = Text::new().s(class).s(": `").s(arg).s("` must not be negative, found ").f(value);
    Err(ShapeError::new(text).arg(arg))
}

/// The rules of a layer without weights.
macro_rules! weightless {
    ($layer:ident, $mask:ident) => {
        impl $layer {
            pub(crate) const fn weights(&self, _: &[$crate::TensorSpec]) -> $crate::Weights {
                $crate::Weights::NONE
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::$mask
            }
        }
    };
}
pub(crate) use weightless;

/// A layer whose products are not counted: it has none, or none that are added up.
macro_rules! free {
    ($layer:ident) => {
        impl $layer {
            /// The multiply-adds of one sample.
            pub(crate) fn multiply_adds(&self, _: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                $crate::MultiplyAdds::default()
            }
        }
    };
}
pub(crate) use free;
