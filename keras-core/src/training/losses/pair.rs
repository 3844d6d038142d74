//! Targets and outputs side by side.

use keras_ops::{self as ops, Operand, Symbolic};

use crate::{Error, Result};

/// Targets and outputs of one shape. As in Keras, a last axis of 1 may be missing on one side.
///
/// # Errors
/// The shapes do not go together.
pub(super) fn pair(y_true: &Symbolic, y_pred: &Symbolic) -> Result<(Symbolic, Symbolic)> {
    let (t, p) = (y_true.shape(), y_pred.shape());
    let shape = if t == p || without_last_one(p) == Some(&t[..]) {
        p
    } else if without_last_one(t) == Some(&p[..]) {
        t
    } else {
        return Err(mismatch(t, p));
    };
    Ok((shaped(y_true, shape), shaped(y_pred, shape)))
}

/// The same elements in another shape.
pub(super) fn shaped(x: impl Operand, shape: &[usize]) -> Symbolic {
    ops::reshape(x, shape.iter().map(|n| *n as isize).collect::<Vec<_>>())
}

/// The losses of a batch without a batch axis are one loss: Keras makes a number without axes of it.
pub(super) fn at_least_one_axis(losses: impl Operand) -> Symbolic {
    let losses = losses.symbolic();
    if losses.ndim() == 0 { shaped(losses, &[1]) } else { losses }
}

/// The axis as a number from 0.
///
/// # Errors
/// The output has no such axis.
pub(super) fn axis_of(loss: &str, axis: isize, y_pred: &Symbolic) -> Result<usize> {
    let rank = y_pred.ndim();
    let from_0 = if axis < 0 { axis + rank as isize } else { axis };
    usize::try_from(from_0).ok().filter(|axis| *axis < rank).ok_or_else(|| {
        let shape = y_pred.shape();
        Error::Argument(format!("`{loss}`: `axis` is {axis}, and the model's output {shape} has {rank} axes"))
    })
}

fn without_last_one(shape: &[usize]) -> Option<&[usize]> {
    match shape {
        [rest @ .., 1] => Some(rest),
        _ => None,
    }
}

/// Says on which axis targets and outputs differ.
pub(super) fn mismatch(t: &[usize], p: &[usize]) -> Error {
    let message = match t.iter().zip(p).position(|(a, b)| a != b) {
        Some(axis) if t.len() == p.len() => {
            format!(
                "axis {axis} is {}, the model's output has {} there (targets {t:?}, output {p:?})",
                t[axis], p[axis]
            )
        }
        _ => format!("shape {t:?} does not go with the model's output {p:?}"),
    };
    Error::shapes("target", message, p, t)
}
