//! Orders of elements: sorted, and the largest and smallest.

use core::cmp::Ordering;

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Input, Op, Outputs, Spec, integers_mut, one};
use crate::operand::{Built, Operand};
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::strided::{permuted, sliced};
use crate::symbolic::{apply, settled};
use crate::{DType, Symbolic, take_along_axis};

/// The order of two elements of a tensor by their places: NaN is behind all others, both zeros are equal.
fn compare(x: &Input<'_>, i: usize, j: usize) -> Ordering {
    if x.spec.dtype == DType::Int32 {
        return x.integers()[i].cmp(&x.integers()[j]);
    }
    let (a, b) = (x.data[i], x.data[j]);
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The numbers of the elements along the last axis in their order; of equal ones the first comes first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Argsort {
    descending: bool,
}

impl Op for Argsort {
    fn name(&self) -> &'static str {
        "argsort"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Argsort { descending: self.descending })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&inputs[0].shape, DType::Int32)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let x = &io.inputs[0];
        let n = x.shape().last().copied().unwrap_or(1);
        for (row, to) in integers_mut(io.outputs[0]).chunks_exact_mut(n.max(1)).enumerate() {
            to.iter_mut().zip(0..).for_each(|(to, i)| *to = i);
            to.sort_unstable_by(|i, j| {
                let order = compare(x, row * n + *i as usize, row * n + *j as usize);
                if self.descending { order.reverse() } else { order }.then(i.cmp(j))
            });
        }
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}

/// The number of the largest or smallest element along an axis, which stays with a length of 1: the first of equal ones;
/// of NaN, if there is one. A negative zero is below a positive one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ArgExtreme {
    axis: usize,
    largest: bool,
}

impl Op for ArgExtreme {
    fn name(&self) -> &'static str {
        if self.largest { "argmax" } else { "argmin" }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let axis = self.axis;
        Some(if self.largest { Operation::ArgMax { axis } } else { Operation::ArgMin { axis } })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let shape = &inputs[0].shape;
        if shape[self.axis] == 0 {
            return Err(Problem::Argument(format!(
                "the shape {shape} has no element along axis {}",
                self.axis
            )));
        }
        Ok(one(Spec::new(shape.clone().with(self.axis, 1), DType::Int32)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, shape) = (&io.inputs[0], io.inputs[0].shape());
        let (n, inner): (usize, usize) = (shape[self.axis], shape[self.axis + 1..].iter().product());
        let wins = |i: usize, best: usize| {
            if x.spec.dtype == DType::Int32 {
                let order = compare(x, i, best);
                return order == if self.largest { Ordering::Greater } else { Ordering::Less };
            }
            let (a, b) = (x.data[i], x.data[best]);
            match (a.is_nan(), b.is_nan()) {
                (_, true) => false,
                (true, false) => true,
                _ if a == b => {
                    a.is_sign_negative() != b.is_sign_negative() && a.is_sign_positive() == self.largest
                }
                _ => (a > b) == self.largest,
            }
        };
        for (at, to) in integers_mut(io.outputs[0]).iter_mut().enumerate() {
            let start = at / inner * n * inner + at % inner;
            let best = (1..n)
                .fold(0, |best, k| if wins(start + k * inner, start + best * inner) { k } else { best });
            *to = best as i32;
        }
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}

/// An [`argmax`] or [`argmin`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct ArgCall {
    /// With the axis kept; all axes without one.
    kept: Symbolic,
}

impl Built<ArgCall> {
    /// -1 where all of `x` along the axis are NaN.
    #[track_caller]
    pub(super) fn or_none(self, x: &Symbolic, axis: Option<isize>) -> Self {
        if self.is_mistake() {
            return self;
        }
        let none = |keepdims: bool| crate::all(crate::isnan(x), axis).keepdims(keepdims).build();
        let value = crate::where_(none(false), -1, &self);
        let kept = crate::where_(none(true), -1, &self.call.kept);
        Built::new(value, ArgCall { kept })
    }

    /// Whether the axis stays, with a length of 1; all axes do where none is named. They do not unless this is set.
    #[must_use]
    pub fn keepdims(self, keepdims: bool) -> Self {
        let value = if keepdims { self.call.kept.clone() } else { self.symbolic() };
        Built::new(value, self.call)
    }
}

#[track_caller]
fn extreme(x: Symbolic, axis: Option<isize>, largest: bool, name: &'static str) -> Built<ArgCall> {
    if x.is_mistake() {
        return Built::new(x.clone(), ArgCall { kept: x });
    }
    let (row, at) = match axis {
        Some(axis) => (x.clone(), axis),
        None => (crate::ravel(&x), 0),
    };
    let made = axis_of(at, row.ndim()).map(|at| {
        let y = apply(ArgExtreme { axis: at, largest }, core::slice::from_ref(&row));
        if y.is_mistake() {
            return (y.clone(), y);
        }
        let to = (0..row.ndim()).filter(|k| *k != at).map(|k| row.shape()[k]).collect();
        let kept = (0..x.ndim()).map(|k| if axis.is_none() || k == at { 1 } else { x.shape()[k] }).collect();
        (shaped(&y, to, name), shaped(&y, kept, name))
    });
    let (value, kept) = made.unwrap_or_else(|problem| {
        let mistake = Symbolic::mistake(name, problem);
        (mistake.clone(), mistake)
    });
    Built::new(value, ArgCall { kept })
}

/// The number of the largest element along `axis`, which is left out; without an axis, of `x` as one row. It is the first
/// of equal ones, and the first NaN if there is one. [Keras](https://keras.io/api/ops/numpy/#argmax-function).
#[track_caller]
pub fn argmax(x: impl Operand, axis: impl Into<Option<isize>>) -> Built<ArgCall> {
    extreme(x.symbolic(), axis.into(), true, "argmax")
}

/// The number of the smallest element along `axis`, as [`argmax`].
/// [Keras](https://keras.io/api/ops/numpy/#argmin-function).
#[track_caller]
pub fn argmin(x: impl Operand, axis: impl Into<Option<isize>>) -> Built<ArgCall> {
    extreme(x.symbolic(), axis.into(), false, "argmin")
}

/// The numbers that the elements along an axis have in their order.
fn order(x: &Symbolic, axis: usize) -> Symbolic {
    let mut axes: Vec<usize> = (0..x.ndim()).collect();
    axes.swap(axis, x.ndim() - 1);
    let sorted = apply(Argsort { descending: false }, &[permuted(x, &axes)]);
    permuted(&sorted, &axes)
}

/// The numbers of the elements along `axis` from the smallest element to the largest; equal ones keep their order, NaN is
/// last. Without an axis, of `x` as one row. The shape stays. [Keras](https://keras.io/api/ops/numpy/#argsort-function).
#[track_caller]
pub fn argsort(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    if x.is_mistake() {
        return x;
    }
    // A single number is a row of one, as in Keras.
    let (x, axis) = match axis {
        Some(axis) if x.ndim() > 0 => (x, axis),
        _ => (crate::ravel(x), 0),
    };
    settled("argsort", axis_of(axis, x.ndim()).map(|axis| order(&x, axis)))
}

/// The numbers of the elements along `axis` in an order in which those before the `kth` are not larger than it, and those behind
/// it not smaller: that of [`argsort`]. [Keras](https://keras.io/api/ops/numpy/#argpartition-function).
#[track_caller]
pub fn argpartition(x: impl Operand, kth: isize, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    if x.is_mistake() {
        return x;
    }
    let length = match axis {
        Some(axis) => axis_of(axis, x.ndim()).map(|axis| x.shape()[axis]),
        None => Ok(x.shape().size()),
    };
    match length.and_then(|length| axis_of(kth, length).map_err(|_| outside(kth, length))) {
        Ok(_) => argsort(x, axis),
        Err(problem) => settled("argpartition", Err(problem)),
    }
}

fn outside(kth: isize, length: usize) -> Problem {
    Problem::Argument(format!("there is no element {kth} of {length}"))
}

/// The elements along `axis` from the smallest to the largest, NaN last; without an axis, of `x` as one row. The shape
/// stays. [Keras](https://keras.io/api/ops/numpy/#sort-function).
#[track_caller]
pub fn sort(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    if x.is_mistake() {
        return x;
    }
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (crate::ravel(x), 0),
    };
    let made = axis_of(axis, x.ndim()).map(|axis| take_along_axis(&x, order(&x, axis), axis as isize));
    settled("sort", made)
}

/// The `k` largest elements along the last axis, the largest first, and their numbers. NaN counts as the largest.
///
/// `(a, b)` gives twice `(a, k)`. [Keras](https://keras.io/api/ops/core/#topk-function).
#[track_caller]
pub fn top_k(x: impl Operand, k: usize) -> (Symbolic, Symbolic) {
    let x = x.symbolic();
    if x.is_mistake() {
        return (x.clone(), x);
    }
    if x.shape().last().is_none_or(|n| k > *n) {
        let text = format!("there are no {k} elements along the last axis of {}", x.shape());
        let mistake = Symbolic::invalid("top_k", text);
        return (mistake.clone(), mistake);
    }
    let sorted = apply(Argsort { descending: true }, core::slice::from_ref(&x));
    let numbers = sliced(&sorted, x.ndim() - 1, 0, 1, k);
    (take_along_axis(&x, &numbers, -1), numbers)
}
