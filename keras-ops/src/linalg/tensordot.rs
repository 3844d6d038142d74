//! Products of tensors over axes by number.

use super::contract::{Label, Labelled, contracted};
use super::product::{of_type, one_type};
use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic, multiply};

/// Which axes [`tensordot`] sums over: how many of the last of `x1` with the first of `x2`, or a pair of lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractedAxes {
    /// The last axes of `x1` with the first of `x2`, in order.
    Count(usize),
    /// Axes of `x1`, and those of `x2` that run with them.
    Pairs(Vec<isize>, Vec<isize>),
}

impl From<usize> for ContractedAxes {
    fn from(count: usize) -> Self {
        ContractedAxes::Count(count)
    }
}

impl From<(isize, isize)> for ContractedAxes {
    fn from((a, b): (isize, isize)) -> Self {
        ContractedAxes::Pairs(vec![a], vec![b])
    }
}

impl<const N: usize, const M: usize> From<([isize; N], [isize; M])> for ContractedAxes {
    fn from((a, b): ([isize; N], [isize; M])) -> Self {
        ContractedAxes::Pairs(a.to_vec(), b.to_vec())
    }
}

impl ContractedAxes {
    fn of(&self, a: &Symbolic, b: &Symbolic) -> Result<(Vec<usize>, Vec<usize>), Problem> {
        let (of_a, of_b) = match self {
            ContractedAxes::Count(n) => {
                if let Some((of, x)) = [("x1", a), ("x2", b)].into_iter().find(|(_, x)| x.ndim() < *n) {
                    let text = format!("{n} axes are summed over; {of} {} has {}", x.shape(), x.ndim());
                    return Err(Problem::Argument(text));
                }
                ((a.ndim() - n..a.ndim()).collect(), (0..*n).collect())
            }
            ContractedAxes::Pairs(of_a, of_b) => {
                if of_a.len() != of_b.len() {
                    let (n, m) = (of_a.len(), of_b.len());
                    return Err(Problem::Argument(format!("{n} axes of x1 and {m} of x2 do not form pairs")));
                }
                (axes(of_a, a.ndim())?, axes(of_b, b.ndim())?)
            }
        };
        for (i, j) in of_a.iter().zip(&of_b) {
            if a.shape()[*i] != b.shape()[*j] {
                let (shape, axis, expected) = (b.shape().clone(), *j, a.shape()[*i]);
                let why = "it is multiplied with an axis of x1";
                return Err(Problem::Length { of: "x2", shape, axis, expected, why });
            }
        }
        Ok((of_a, of_b))
    }
}

/// Axes as numbers from 0, each once.
fn axes(list: &[isize], rank: usize) -> Result<Vec<usize>, Problem> {
    let mut found: Vec<usize> = Vec::with_capacity(list.len());
    for axis in list {
        let axis = axis_of(*axis, rank)?;
        if found.contains(&axis) {
            return Err(Problem::Repeated { axis });
        }
        found.push(axis);
    }
    Ok(found)
}

/// The product summed over pairs of axes: what is left of `x1`, then what is left of `x2`.
#[track_caller]
fn over(a: &Symbolic, b: &Symbolic, axes: &ContractedAxes) -> Result<Symbolic, Problem> {
    let (of_a, of_b) = axes.of(a, b)?;
    let (a, b, truth) = one_type(a, b);
    let labels_a: Vec<Label> = (0..a.ndim()).collect();
    let mut labels_b: Vec<Label> = (0..b.ndim()).map(|axis| a.ndim() + axis).collect();
    of_a.iter().zip(&of_b).for_each(|(i, j)| labels_b[*j] = *i);
    let left: Vec<Label> = labels_a.iter().copied().filter(|label| !of_a.contains(label)).collect();
    let right = labels_b.iter().copied().filter(|label| *label >= a.ndim());
    let output: Vec<Label> = left.into_iter().chain(right).collect();
    let (a, b) = (Labelled { x: a, labels: labels_a }, Labelled { x: b, labels: labels_b });
    let y = contracted(&a, &b, &|label| output.contains(&label));
    Ok(of_type(y.ordered(&output), truth))
}

#[track_caller]
fn over_named(name: &'static str, a: &Symbolic, b: &Symbolic, axes: impl Into<ContractedAxes>) -> Symbolic {
    match mistaken(&[a, b]) {
        Some(mistake) => mistake,
        None => settled(name, over(a, b, &axes.into())),
    }
}

/// The product of two tensors, summed over pairs of axes: `axes` of the last of `x1` with the first of `x2` (2 is Keras's
/// default), or a pair of lists of axes.
///
/// The shape is what is left of `x1`, then what is left of `x2`.
/// [Keras](https://keras.io/api/ops/numpy/#tensordot-function).
#[track_caller]
pub fn tensordot(x1: impl Operand, x2: impl Operand, axes: impl Into<ContractedAxes>) -> Symbolic {
    over_named("tensordot", &x1.symbolic(), &x2.symbolic(), axes)
}

/// The product summed over the last axis of `x1` and the last but one of `x2` (its only one, if it is a vector); with a
/// single number the product of all elements with that.
///
/// Shapes `(..., k)` and `(..., k, n)` give `(..., ..., n)`. [Keras](https://keras.io/api/ops/numpy/#dot-function).
#[track_caller]
pub fn dot(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    match b.ndim() {
        _ if mistaken(&[&a, &b]).is_some() || a.ndim() == 0 || b.ndim() == 0 => multiplied(&a, &b),
        1 => over_named("dot", &a, &b, (-1, 0)),
        _ => over_named("dot", &a, &b, (-1, -2)),
    }
}

/// The product of all pairs by broadcasting; of truth values it is one.
#[track_caller]
fn multiplied(a: &Symbolic, b: &Symbolic) -> Symbolic {
    let (a, b, truth) = one_type(a, b);
    of_type(multiply(&a, &b), truth)
}

/// The product summed over the last axes of both; with a single number the product of all elements with that.
///
/// Shapes `(..., k)` and `(..., k)` give `(..., ...)`. [Keras](https://keras.io/api/ops/numpy/#inner-function).
#[track_caller]
pub fn inner(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    if mistaken(&[&a, &b]).is_some() || a.ndim() == 0 || b.ndim() == 0 {
        return multiplied(&a, &b);
    }
    over_named("inner", &a, &b, (-1, -1))
}

/// All elements as a vector.
#[track_caller]
fn flat(x: &Symbolic) -> Symbolic {
    shaped(x, Shape::from(x.shape().size()), "reshape")
}

/// The products of every element of `x1` with every one of `x2`, as a matrix: shape `(n, m)` of any with `n` and `m`
/// elements. [Keras](https://keras.io/api/ops/numpy/#outer-function).
#[track_caller]
pub fn outer(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    match mistaken(&[&a, &b]) {
        Some(mistake) => mistake,
        None => over_named("outer", &flat(&a), &flat(&b), 0),
    }
}

/// The sum of the products of all elements, in order: two tensors with as many elements give a number.
/// [Keras](https://keras.io/api/ops/numpy/#vdot-function).
#[track_caller]
pub fn vdot(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    match mistaken(&[&a, &b]) {
        Some(mistake) => mistake,
        None => over_named("vdot", &flat(&a), &flat(&b), (0, 0)),
    }
}
