//! The order of axes and of the elements along them.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::strided::{Grid, permuted, picked};
use crate::symbolic::settled;
use crate::{Axes, Shape, Symbolic};

/// `x` with its axes in another order: axis `i` of the result is axis `axes[i]` of `x`. `None` turns their order around.
///
/// `(a, b, c)` with axes `[2, 0, 1]` gives `(c, a, b)`.
/// [Keras](https://keras.io/api/ops/numpy/#transpose-function).
#[track_caller]
pub fn transpose(x: impl Operand, axes: impl Into<Axes>) -> Symbolic {
    let (x, axes) = (x.symbolic(), axes.into());
    if x.is_mistake() {
        return x;
    }
    let rank = x.ndim();
    let made = match axes.in_order(rank) {
        Ok(_) if axes == Axes::ALL => Ok(permuted(&x, &(0..rank).rev().collect::<Vec<_>>())),
        Ok(order) if order.len() == rank => Ok(permuted(&x, &order)),
        Ok(order) => Err(Problem::Argument(format!(
            "`axes` names {} of the {rank} axes of {}: it must name each once",
            order.len(),
            x.shape()
        ))),
        Err(problem) => Err(problem),
    };
    settled("transpose", made)
}

/// `x` with the axes `source` at the places `destination`; the others stay in their order.
///
/// `(a, b, c)` with source 0 and destination -1 gives `(b, c, a)`.
/// [Keras](https://keras.io/api/ops/numpy/#moveaxis-function).
#[track_caller]
pub fn moveaxis(x: impl Operand, source: impl Into<Axes>, destination: impl Into<Axes>) -> Symbolic {
    let (x, source, destination) = (x.symbolic(), source.into(), destination.into());
    if x.is_mistake() {
        return x;
    }
    let order = || {
        let rank = x.ndim();
        let (from, to) = (source.in_order(rank)?, destination.in_order(rank)?);
        if from.len() != to.len() {
            return Err(Problem::Argument(format!(
                "`source` names {} axes and `destination` {}: each axis needs one place",
                from.len(),
                to.len()
            )));
        }
        let mut rest = (0..rank).filter(|axis| !from.contains(axis));
        let at = |place| match to.iter().position(|to| *to == place) {
            Some(i) => Some(from[i]),
            None => rest.next(),
        };
        Ok((0..rank).filter_map(at).collect::<Vec<_>>())
    };
    settled("moveaxis", order().map(|order| permuted(&x, &order)))
}

/// `x` with two axes exchanged.
///
/// `(a, b, c)` with the axes 0 and -1 gives `(c, b, a)`.
/// [Keras](https://keras.io/api/ops/numpy/#swapaxes-function).
#[track_caller]
pub fn swapaxes(x: impl Operand, axis1: isize, axis2: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let order = || {
        let mut order: Vec<usize> = (0..x.ndim()).collect();
        order.swap(axis_of(axis1, x.ndim())?, axis_of(axis2, x.ndim())?);
        Ok(order)
    };
    settled("swapaxes", order().map(|order| permuted(&x, &order)))
}

/// `x` with the elements along `axis` (`None`: along all axes) in the opposite order. The shape stays.
/// [Keras](https://keras.io/api/ops/numpy/#flip-function).
#[track_caller]
pub fn flip(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    if x.is_mistake() {
        return x;
    }
    let turned = |axes: Vec<usize>| {
        if axes.iter().all(|axis| x.shape()[*axis] < 2) {
            return x.clone();
        }
        let own = x.shape().strides();
        let start = axes.iter().map(|axis| x.shape()[*axis].saturating_sub(1) * own[*axis]).sum();
        let sign = |axis| if axes.contains(&axis) { -1 } else { 1 };
        let strides = (0..x.ndim()).map(|axis| sign(axis) * own[axis] as isize).collect();
        picked(&x, Grid::new(x.shape().clone(), start, strides), "flip")
    };
    settled("flip", axis.of(x.ndim()).map(turned))
}

/// The elements of `x` along one axis: `(a, b, c)` gives `(a * b * c,)`.
/// [Keras](https://keras.io/api/ops/numpy/#ravel-function).
#[track_caller]
pub fn ravel(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    let size = x.shape().size();
    shaped(&x, Shape::from(size), "ravel")
}
