//! Checks that many layers share.

use crate::{Dim, Shape, ShapeError, TensorSpec, Text};

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

/// The input's shape, which must have `rank` axes; `axes` names them.
pub(crate) const fn ranked(class: &str, inputs: &[TensorSpec], rank: usize, axes: &str) -> Result<Shape, ShapeError> {
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
        (3, 2) => error.help(Text::new().s(
            "if a recurrent layer comes before, give it `return_sequences = true`; else `Reshape((-1, 1))` makes a sequence of single features",
        )),
        (4, 3) => error.help(Text::new().s("a channel axis may be missing: `Reshape((height, width, 1))` adds one")),
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
    let help = Text::new().s("give that axis a number in `Input`, or bring a fixed axis there with `Permute` or a pooling layer");
    Err(ShapeError::new(text).help(help))
}

/// An inner layer's error as its wrapper reports it; `arg` holds the inner layer.
pub(crate) const fn inside(wrapper: &str, arg: &'static str, error: &ShapeError) -> ShapeError {
    let mut out = *error;
    out.message = Text::new().s("inside ").s(wrapper).s(": ").t(&error.message);
    if out.arg.is_some() {
        out.arg = Some(arg);
    }
    out
}

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
