//! Elements more than once, and in turned order.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::{broadcast_to, shaped};
use crate::strided::sliced;
use crate::symbolic::settled;
use crate::{Shape, Symbolic};

/// The tensor and its axis; without an axis, the tensor as one row.
fn along(x: Symbolic, axis: Option<isize>) -> Result<(Symbolic, usize), Problem> {
    match axis {
        None => Ok((crate::ravel(x), 0)),
        Some(axis) => Ok((x.clone(), axis_of(axis, x.ndim())?)),
    }
}

/// Each element along `axis` `repeats` times; without an axis, of `x` as one row.
///
/// `(a, b)` gives `(a, b * repeats)` along axis 1. [Keras](https://keras.io/api/ops/numpy/#repeat-function).
#[track_caller]
pub fn repeat(x: impl Operand, repeats: usize, axis: impl Into<Option<isize>>) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = along(x, axis.into()).map(|(x, axis)| {
        let mut one = x.shape().to_vec();
        one.insert(axis + 1, 1);
        let many = Shape::from(one.clone()).with(axis + 1, repeats);
        let to = x.shape().clone().with(axis, x.shape()[axis] * repeats);
        shaped(&broadcast_to(shaped(&x, one.into(), "repeat"), many), to, "repeat")
    });
    settled("repeat", made)
}

/// `x` so many times one after the other along each axis, the last number for the last axis; the shorter of shape and
/// numbers has more ones before it.
///
/// `(a, b)` with `[2, 3]` gives `(2 * a, 3 * b)`. [Keras](https://keras.io/api/ops/numpy/#tile-function).
#[track_caller]
pub fn tile(x: impl Operand, repeats: impl AsRef<[usize]>) -> Symbolic {
    let (x, repeats) = (x.symbolic(), repeats.as_ref());
    if x.is_mistake() {
        return x;
    }
    let rank = x.ndim().max(repeats.len());
    let wide = |of: &[usize]| [vec![1; rank - of.len()], of.to_vec()].concat();
    let (own, times) = (wide(x.shape()), wide(repeats));
    let one: Shape = own.iter().flat_map(|n| [1, *n]).collect();
    let many: Shape = own.iter().zip(&times).flat_map(|(n, times)| [*times, *n]).collect();
    let to: Shape = own.iter().zip(&times).map(|(n, times)| n * times).collect();
    shaped(&broadcast_to(shaped(&x, one, "tile"), many), to, "tile")
}

/// The elements along `axis` moved by `shift` places to the end, those that leave it to the start; without an axis, of `x`
/// as one row. The shape stays. [Keras](https://keras.io/api/ops/numpy/#roll-function).
#[track_caller]
pub fn roll(x: impl Operand, shift: isize, axis: impl Into<Option<isize>>) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let shape = x.shape().clone();
    let made = along(x, axis.into()).map(|(x, axis)| {
        let n = x.shape()[axis];
        let first = if n == 0 { 0 } else { (-shift).rem_euclid(n as isize) as usize };
        if first == 0 {
            return shaped(&x, shape, "roll");
        }
        let parts = [sliced(&x, axis, first, 1, n - first), sliced(&x, axis, 0, 1, first)];
        shaped(&super::joined(&parts, axis), shape, "roll")
    });
    settled("roll", made)
}
