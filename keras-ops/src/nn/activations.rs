//! Activations with arguments, and those that look at more than one element.

use super::sparsemax::thresholds;
use crate::elementwise::{absolute, cast_to, expm1, greater, less, maximum, minimum, sigmoid, where_};
use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::strided::sliced;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Symbolic};

#[track_caller]
fn float(x: impl Operand) -> Symbolic {
    cast_to(&x.symbolic(), DType::Float32)
}

/// `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`; Keras's default is an `alpha` of 1.
/// [Keras](https://keras.io/api/ops/nn/#celu-function).
#[track_caller]
pub fn celu(x: impl Operand, alpha: f32) -> Symbolic {
    let x = float(x);
    maximum(&x, 0.0) + alpha * expm1(minimum(&x, 0.0) / alpha)
}

/// `x` where `|x|` is above `threshold`, else 0; Keras's default is 0.5.
/// [Keras](https://keras.io/api/ops/nn/#hardshrink-function).
#[track_caller]
pub fn hard_shrink(x: impl Operand, threshold: f32) -> Symbolic {
    let x = float(x);
    where_(greater(absolute(&x), threshold), &x, 0.0)
}

/// `x` moved to 0 by `threshold`, and 0 where that would be passed; Keras's default is 0.5.
/// [Keras](https://keras.io/api/ops/nn/#softshrink-function).
#[track_caller]
pub fn soft_shrink(x: impl Operand, threshold: f32) -> Symbolic {
    let x = float(x);
    let below = where_(less(&x, -threshold), &x + threshold, 0.0);
    where_(greater(&x, threshold), &x - threshold, below)
}

/// `x` where it is above `threshold`, else `default_value`.
/// [Keras](https://keras.io/api/ops/nn/#threshold-function).
#[track_caller]
pub fn threshold(x: impl Operand, threshold: f32, default_value: f32) -> Symbolic {
    let x = float(x);
    where_(greater(&x, threshold), &x, default_value)
}

/// The first half along `axis` (Keras's default is -1) times the sigmoid of the second, which has the length of half the
/// axis. [Keras](https://keras.io/api/ops/nn/#glu-function).
#[track_caller]
pub fn glu(x: impl Operand, axis: isize) -> Symbolic {
    let x = float(x);
    match mistaken(&[&x]) {
        Some(mistake) => mistake,
        None => settled("glu", gated(&x, axis)),
    }
}

#[track_caller]
fn gated(x: &Symbolic, axis: isize) -> Result<Symbolic, Problem> {
    let axis = axis_of(axis, x.ndim())?;
    let n = x.shape()[axis];
    if n % 2 == 1 {
        let text = format!("axis {axis} of x {} has {n}, which has no half", x.shape());
        return Err(Problem::Argument(text));
    }
    Ok(sliced(x, axis, 0, 1, n / 2) * sigmoid(sliced(x, axis, n / 2, 1, n / 2)))
}

/// Keras's sparsemax along `axis` (its default is -1): `x` less a threshold, 0 below it.
///
/// The threshold is Keras's, which adds up the running sums of the numbers above it; the results of more than one number
/// do not add up to 1. [Keras](https://keras.io/api/ops/nn/#sparsemax-function).
#[track_caller]
pub fn sparsemax(x: impl Operand, axis: isize) -> Symbolic {
    let x = float(x);
    if let Some(mistake) = mistaken(&[&x]) {
        return mistake;
    }
    match axis_of(axis, x.ndim()) {
        Ok(axis) => maximum(&x - thresholds(&x, axis), 0.0),
        Err(problem) => Symbolic::mistake("sparsemax", problem),
    }
}
