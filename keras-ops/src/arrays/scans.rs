//! Sums and products of the elements so far.

use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::strided::sliced;
use crate::symbolic::{apply, settled};
use crate::{DType, Shape, Symbolic};

/// Calls `f(place, before)` for every element of a shape in the order of an axis, or `backwards`: where it lies, and where
/// the one before it does.
fn each(shape: &Shape, axis: usize, backwards: bool, mut f: impl FnMut(usize, Option<usize>)) {
    let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
    let outer: usize = shape[..axis].iter().product();
    for o in 0..outer {
        for k in 0..n {
            let row = |k: usize| (o * n + if backwards { n - 1 - k } else { k }) * inner;
            let before = k.checked_sub(1).map(row);
            (0..inner).for_each(|i| f(row(k) + i, before.map(|before| before + i)));
        }
    }
}

/// Sums or products along an axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cumulative {
    axis: usize,
    backwards: bool,
    product: bool,
}

impl Op for Cumulative {
    fn name(&self) -> &'static str {
        if self.product { "cumprod" } else { "cumsum" }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Cumulative { axis: self.axis, reverse: self.backwards, product: self.product })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(inputs[0].clone()))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, shape) = (io.inputs[0], io.inputs[0].shape());
        if x.spec.dtype == DType::Int32 {
            let (x, y) = (x.integers(), integers_mut(io.outputs[0]));
            each(shape, self.axis, self.backwards, |at, before| {
                y[at] = match before {
                    None => x[at],
                    Some(before) if self.product => y[before].wrapping_mul(x[at]),
                    Some(before) => y[before].wrapping_add(x[at]),
                };
            });
            return;
        }
        let (x, y) = (x.data, &mut io.outputs[0]);
        each(shape, self.axis, self.backwards, |at, before| {
            y[at] = match before {
                None => x[at],
                Some(before) if self.product => y[before] * x[at],
                Some(before) => y[before] + x[at],
            };
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (x, dy, axis) = (&at.inputs[0], at.dy(), self.axis);
        if x.dtype() != DType::Float32 {
            return vec![None];
        }
        if !self.product {
            let back = Cumulative { backwards: !self.backwards, ..self.clone() };
            return vec![Some(apply(back, core::slice::from_ref(dy)))];
        }
        // What is before an element times what follows it: nothing is divided by the element, which may be 0.
        let after = apply(Recurrence { axis, backwards: true }, &[moved(x, axis, true), dy.clone()]);
        let before = moved(&at.outputs[0], axis, false);
        vec![Some(before * after)]
    }
}

/// The elements moved by one place along an axis, back or on; the place that is free has 1.
fn moved(x: &Symbolic, axis: usize, back: bool) -> Symbolic {
    let n = x.shape()[axis];
    if n == 0 {
        return x.clone();
    }
    let one = crate::ones(x.shape().clone().with(axis, 1));
    let rest = sliced(x, axis, usize::from(back), 1, n - 1);
    super::joined(&if back { [rest, one] } else { [one, rest] }, axis)
}

/// `y[i] = b[i] + a[i] * y[i - 1]` along an axis (`backwards`: `y[i + 1]`); the first is `b`. Inputs are `a` and `b`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Recurrence {
    axis: usize,
    backwards: bool,
}

impl Op for Recurrence {
    fn name(&self) -> &'static str {
        "cumprod"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::LinearRecurrence { axis: self.axis, reverse: self.backwards })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(inputs[1].clone()))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (a, b, y) = (io.inputs[0].data, io.inputs[1].data, &mut io.outputs[0]);
        each(io.inputs[1].shape(), self.axis, self.backwards, |at, before| {
            y[at] = b[at] + before.map_or(0.0, |before| a[at] * y[before]);
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (axis, backwards) = (self.axis, self.backwards);
        let (a, y, dy) = (&at.inputs[0], &at.outputs[0], at.dy());
        let back = Recurrence { axis, backwards: !backwards };
        let db = apply(back, &[moved(a, axis, !backwards), dy.clone()]);
        // Where nothing is before, `a` is not read.
        let zero = crate::zeros(a.shape());
        let shift = |x: &Symbolic| moved(x, axis, backwards);
        let da = &db * (shift(y) - shift(&zero));
        vec![Some(da), Some(db)]
    }
}

#[track_caller]
fn cumulative(x: Symbolic, axis: Option<isize>, product: bool, name: &'static str) -> Symbolic {
    let x = cast_to(&x, x.dtype().max(DType::Int32));
    if x.is_mistake() {
        return x;
    }
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (crate::ravel(x), 0),
    };
    let made = axis_of(axis, x.ndim())
        .map(|axis| apply(Cumulative { axis, backwards: false, product }, core::slice::from_ref(&x)));
    settled(name, made)
}

/// The sums of the elements up to each along `axis`; without an axis, of `x` as one row. The shape stays; truth values
/// count as integers. [Keras](https://keras.io/api/ops/numpy/#cumsum-function).
#[track_caller]
pub fn cumsum(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    cumulative(x.symbolic(), axis.into(), false, "cumsum")
}

/// The products of the elements up to each along `axis`; without an axis, of `x` as one row. The shape stays.
/// [Keras](https://keras.io/api/ops/numpy/#cumprod-function).
#[track_caller]
pub fn cumprod(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    cumulative(x.symbolic(), axis.into(), true, "cumprod")
}
