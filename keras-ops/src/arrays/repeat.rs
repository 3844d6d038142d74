//! Elements more than once, and in turned order.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::{broadcast_to, shaped};
use crate::strided::sliced;
use crate::symbolic::settled;
use crate::{Axes, Shape, Symbolic, array, take};

/// The tensor and its axis; without an axis, the tensor as one row.
fn along(x: Symbolic, axis: Option<isize>) -> Result<(Symbolic, usize), Problem> {
    match axis {
        None => Ok((crate::ravel(x), 0)),
        Some(axis) => Ok((x.clone(), axis_of(axis, x.ndim())?)),
    }
}

/// How often elements are repeated: all alike, or each as a list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// All as often.
    All(usize),
    /// Each of an axis.
    Each(Vec<usize>),
}

impl From<usize> for Repeats {
    fn from(times: usize) -> Self {
        Repeats::All(times)
    }
}

impl<const N: usize> From<[usize; N]> for Repeats {
    fn from(list: [usize; N]) -> Self {
        Repeats::Each(list.to_vec())
    }
}

impl From<&[usize]> for Repeats {
    fn from(list: &[usize]) -> Self {
        Repeats::Each(list.to_vec())
    }
}

/// Each element along `axis` `repeats` times, or as often as a list says of each; without an axis, of `x` as one row.
///
/// `(a, b)` gives `(a, b * repeats)` along axis 1. [Keras](https://keras.io/api/ops/numpy/#repeat-function).
#[track_caller]
pub fn repeat(x: impl Operand, repeats: impl Into<Repeats>, axis: impl Into<Option<isize>>) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let (x, axis) = along(x, axis.into())?;
        let n = x.shape()[axis];
        let times = match repeats.into() {
            Repeats::All(times) => times,
            Repeats::Each(list) if list.len() == 1 => list[0],
            Repeats::Each(list) if list.len() == n => {
                let places: Vec<i32> =
                    list.iter().zip(0..).flat_map(|(times, i)| core::iter::repeat_n(i, *times)).collect();
                return Ok(take(&x, array(&places, [places.len()]), axis as isize));
            }
            Repeats::Each(list) => {
                let text =
                    format!("`repeats` has {} numbers for the {n} elements of axis {axis}", list.len());
                return Err(Problem::Argument(text));
            }
        };
        let mut one = x.shape().to_vec();
        one.insert(axis + 1, 1);
        let many = Shape::from(one.clone()).with(axis + 1, times);
        let to = x.shape().clone().with(axis, n * times);
        Ok(shaped(&broadcast_to(shaped(&x, one.into(), "repeat"), many), to, "repeat"))
    };
    settled("repeat", made())
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

/// How far elements are moved, along all axes alike or along each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shifts(Vec<isize>);

impl From<isize> for Shifts {
    fn from(shift: isize) -> Self {
        Shifts(vec![shift])
    }
}

impl<const N: usize> From<[isize; N]> for Shifts {
    fn from(list: [isize; N]) -> Self {
        Shifts(list.to_vec())
    }
}

impl From<&[isize]> for Shifts {
    fn from(list: &[isize]) -> Self {
        Shifts(list.to_vec())
    }
}

/// The elements along `axis` moved by `shift` places to the end, those that leave it to the start; without an axis, of `x`
/// as one row. Of lists each shift goes with its axis, and one of either with all of the other; an axis that is named twice is
/// moved twice. The shape stays. [Keras](https://keras.io/api/ops/numpy/#roll-function).
#[track_caller]
pub fn roll(x: impl Operand, shift: impl Into<Shifts>, axis: impl Into<Axes>) -> Symbolic {
    let (x, Shifts(shifts), axes) = (x.symbolic(), shift.into(), axis.into());
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let shape = x.shape().clone();
        let Some(axes) = axes.named() else {
            let row = crate::ravel(&x);
            return Ok(shaped(&shifts.iter().fold(row, |x, by| rolled(&x, *by, 0)), shape, "roll"));
        };
        let axes = axes.iter().map(|axis| axis_of(*axis, x.ndim())).collect::<Result<Vec<_>, _>>()?;
        let pairs: Vec<(isize, usize)> = match (&shifts[..], &axes[..]) {
            ([shift], axes) => axes.iter().map(|axis| (*shift, *axis)).collect(),
            (shifts, [axis]) => shifts.iter().map(|shift| (*shift, *axis)).collect(),
            (shifts, axes) if shifts.len() == axes.len() => {
                shifts.iter().copied().zip(axes.iter().copied()).collect()
            }
            _ => {
                let text = format!("{} shifts for {} axes: each axis needs one", shifts.len(), axes.len());
                return Err(Problem::Argument(text));
            }
        };
        Ok(pairs.into_iter().fold(x.clone(), |x, (shift, axis)| rolled(&x, shift, axis)))
    };
    settled("roll", made())
}

#[track_caller]
fn rolled(x: &Symbolic, shift: isize, axis: usize) -> Symbolic {
    let n = x.shape()[axis];
    let first = if n == 0 { 0 } else { (-shift).rem_euclid(n as isize) as usize };
    if first == 0 {
        return x.clone();
    }
    super::joined(&[sliced(x, axis, first, 1, n - first), sliced(x, axis, 0, 1, first)], axis)
}
