//! Checks that many layers share.

use crate::{Dim, MAX_RANK, Shape, ShapeError, TensorSpec, Text, wording};

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
    if inputs.len() == 1 { Ok(&inputs[0]) } else { Err(wording::one_tensor(class, inputs.len())) }
}

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
    Err(wording::rank(class, &input.shape, rank, axes))
}

/// A dim that must be a constant, because weights are made for it.
pub(crate) const fn defined(class: &str, what: &str, shape: &Shape, dim: Dim) -> Result<(), ShapeError> {
    if !dim.is_dynamic() {
        return Ok(());
    }
    Err(wording::open(class, what, shape, dim))
}

/// An inner layer's error as its wrapper reports it; `arg` holds the inner layer.
pub(crate) const fn inside(wrapper: &str, arg: &'static str, error: &ShapeError) -> ShapeError {
    let mut out = *error;
    out.message = Text::new().s("inside ").s(wrapper).s(": ").t(&error.message);
    out.arg = Some(arg);
    out.inside = [error.arg, error.inside[0]];
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
    Err(wording::no_axis(class, arg, axis, shape))
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
    Err(wording::range(class, arg, "` lies between 0 and 1, found ", value))
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
    Err(wording::range(class, arg, "` must not be negative, found ", value))
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

/// A weight of a layer with arguments for how it begins, what it adds to the loss and what it is held to.
macro_rules! weight {
    ($layer:ident, $name:literal, $shape:expr, $initializer:ident, $regularizer:ident, $constraint:ident) => {
        $crate::WeightSpec::new($name, $shape, $layer.$initializer)
            .regularizer($layer.$regularizer)
            .constraint($layer.$constraint)
    };
}
pub(crate) use weight;

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
