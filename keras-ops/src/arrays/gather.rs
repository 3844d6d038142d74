//! Elements by their numbers, and sums of elements at numbered places.

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::{broadcast_to, shaped};
use crate::symbolic::{apply, mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// What is given for numbers that no element has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside {
    /// NaN; the smallest integer; true.
    Marked,
    /// 0; false.
    Zero,
}

/// How the numbers lie: one for all elements of a row, or, `along` the axis, one for each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Numbered {
    axis: usize,
    along: bool,
}

impl Numbered {
    /// Calls `f(numbered, place)` with the start of each run of `n` elements of the numbered tensor, and where it lies in
    /// a tensor that has `length` elements along the axis; no place where there is none of the number.
    fn each(&self, of: &Shape, numbers: &[i32], mut f: impl FnMut(usize, Option<usize>, usize)) {
        let length = of[self.axis];
        let outer: usize = of[..self.axis].iter().product();
        let inner: usize = of[self.axis + 1..].iter().product();
        let found = |number: i32| {
            let number = if number < 0 { i64::from(number) + length as i64 } else { i64::from(number) };
            usize::try_from(number).ok().filter(|number| *number < length)
        };
        if outer == 0 || inner == 0 {
            return;
        }
        if !self.along {
            for o in 0..outer {
                for (k, number) in numbers.iter().enumerate() {
                    let place = found(*number).map(|number| (o * length + number) * inner);
                    f((o * numbers.len() + k) * inner, place, inner);
                }
            }
            return;
        }
        let count = numbers.len() / (outer * inner);
        for (at, number) in numbers.iter().enumerate() {
            let (o, i) = (at / (inner * count), at % inner);
            f(at, found(*number).map(|number| (o * length + number) * inner + i), 1);
        }
    }

    fn shape(&self, of: &Shape, numbers: &Shape) -> Shape {
        if self.along {
            return numbers.clone();
        }
        of[..self.axis].iter().chain(numbers.iter()).chain(&of[self.axis + 1..]).copied().collect()
    }
}

/// Elements of a tensor by number: inputs are the tensor and the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Gather {
    name: &'static str,
    by: Numbered,
    outside: Outside,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Gather { axis: self.by.axis, along: self.by.along, outside: self.outside })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(self.by.shape(&inputs[0].shape, &inputs[1].shape), inputs[0].dtype)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, y) = (io.inputs[0], &mut io.outputs[0]);
        let beyond = match (self.outside, x.spec.dtype) {
            (Outside::Zero, _) => 0.0,
            (Outside::Marked, DType::Float32) => f32::NAN,
            (Outside::Marked, DType::Int32) => f32::from_bits(i32::MIN as u32),
            (Outside::Marked, DType::Bool) => 1.0,
        };
        self.by.each(x.shape(), io.inputs[1].integers(), |at, place, n| match place {
            Some(place) => y[at..at + n].copy_from_slice(&x.data[place..place + n]),
            None => y[at..at + n].fill(beyond),
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let to = at.inputs[0].shape().clone();
        let back = Scatter { name: self.name, by: self.by, to };
        vec![Some(apply(back, &[at.dy().clone(), at.inputs[1].clone()])), None]
    }
}

/// Zeros, to which elements are added by number: inputs are the elements and the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scatter {
    name: &'static str,
    by: Numbered,
    to: Shape,
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Scatter { axis: self.by.axis, along: self.by.along })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let expected = self.by.shape(&self.to, &inputs[1].shape);
        if inputs[0].shape != expected {
            return Err(Problem::Argument(format!(
                "the values have the shape {}, and must have {expected}",
                inputs[0].shape
            )));
        }
        Ok(one(Spec::new(&self.to, inputs[0].dtype)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, numbers) = (io.inputs[0], io.inputs[1].integers());
        io.outputs[0].fill(0.0);
        match x.spec.dtype {
            DType::Float32 => self.by.each(&self.to, numbers, |at, place, n| {
                let Some(place) = place else { return };
                let to = &mut io.outputs[0][place..place + n];
                to.iter_mut().zip(&x.data[at..at + n]).for_each(|(to, x)| *to += x);
            }),
            DType::Int32 => self.by.each(&self.to, numbers, |at, place, n| {
                let Some(place) = place else { return };
                let to = &mut integers_mut(io.outputs[0])[place..place + n];
                to.iter_mut().zip(&x.integers()[at..at + n]).for_each(|(to, x)| *to = to.wrapping_add(*x));
            }),
            DType::Bool => self.by.each(&self.to, numbers, |at, place, n| {
                let Some(place) = place else { return };
                let to = &mut io.outputs[0][place..place + n];
                to.iter_mut().zip(&x.data[at..at + n]).for_each(|(to, x)| *to = to.max(*x));
            }),
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let back = Gather { name: self.name, by: self.by, outside: Outside::Zero };
        vec![Some(apply(back, &[at.dy().clone(), at.inputs[1].clone()])), None]
    }
}

/// Numbers of elements, which must be integers.
fn whole(of: &'static str, numbers: &Symbolic) -> Result<(), Problem> {
    match numbers.dtype() {
        DType::Int32 => Ok(()),
        found => Err(Problem::Type { of, found, expected: "int32" }),
    }
}

/// The elements of `x` along `axis` whose numbers are `indices`; without an axis, of `x` as one row.
///
/// `(a, b, c)` and indices `(m, n)` give `(a, m, n, c)` along axis 1. Negative numbers count from the end. Where there is no
/// element of a number the result is NaN (of integers: the smallest; of truth values: true), as with Keras on JAX.
/// [Keras](https://keras.io/api/ops/numpy/#take-function).
#[track_caller]
pub fn take(x: impl Operand, indices: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, indices, axis) = (x.symbolic(), indices.symbolic(), axis.into());
    if let Some(mistake) = mistaken(&[&x, &indices]) {
        return mistake;
    }
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (crate::ravel(x), 0),
    };
    let made = whole("indices", &indices).and_then(|()| {
        let by = Numbered { axis: axis_of(axis, x.ndim())?, along: false };
        Ok(apply(Gather { name: "take", by, outside: Outside::Marked }, &[x.clone(), indices]))
    });
    settled("take", made)
}

/// For each element of `indices` the element of `x` that has this number along `axis`, and the same place along the other
/// axes, which broadcast; without an axis, of both as one row.
///
/// `(a, b)` and indices `(a, n)` give `(a, n)` along axis 1. Negative numbers and those of no element are as in [`take`].
/// [Keras](https://keras.io/api/ops/numpy/#takealongaxis-function).
#[track_caller]
pub fn take_along_axis(x: impl Operand, indices: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, indices, axis) = (x.symbolic(), indices.symbolic(), axis.into());
    if let Some(mistake) = mistaken(&[&x, &indices]) {
        return mistake;
    }
    let (x, indices, axis) = match axis {
        Some(axis) => (x, indices, axis),
        None => (crate::ravel(x), crate::ravel(indices), 0),
    };
    let made = || {
        whole("indices", &indices)?;
        let axis = axis_of(axis, x.ndim())?;
        if indices.ndim() != x.ndim() {
            let (of, shape) = ("indices", indices.shape().clone());
            return Err(Problem::Rank { of, shape, expected: "as many axes as x" });
        }
        let one = |x: &Symbolic| x.shape().clone().with(axis, 1);
        let (a, b) = (one(&x), one(&indices));
        let rest = a.broadcast(&b).ok_or(Problem::Broadcast { a, b })?;
        let wide = |x: &Symbolic| broadcast_to(x, rest.clone().with(axis, x.shape()[axis]));
        let by = Numbered { axis, along: true };
        Ok(apply(
            Gather { name: "take_along_axis", by, outside: Outside::Marked },
            &[wide(&x), wide(&indices)],
        ))
    };
    settled("take_along_axis", made())
}

/// The rows of a tensor at the places `indices` by one number each, one that no row has where it does not exist; and the shape of
/// the tensor with as many rows as it has places.
#[track_caller]
pub(super) fn numbered_rows(indices: &Symbolic, shape: &Shape) -> Result<(Symbolic, Shape), Problem> {
    whole("indices", indices)?;
    let count = indices.shape().last().copied().unwrap_or(0);
    if count == 0 || count > shape.rank() {
        return Err(Problem::Argument(format!(
            "the last axis of indices {} must have 1 to {}: a number for each of the first axes of {shape}",
            indices.shape(),
            shape.rank()
        )));
    }
    let (mut number, mut exists) = (0.symbolic(), true.symbolic());
    for (k, length) in shape[..count].iter().map(|n| *n as i32).enumerate() {
        let part = crate::strided::at(indices, indices.ndim() - 1, k);
        let part = crate::where_(crate::less(&part, 0), &part + length, &part);
        let inside = crate::logical_and(crate::greater_equal(&part, 0), crate::less(&part, length));
        exists = crate::logical_and(exists, inside);
        number = number * length + part;
    }
    let rows: usize = shape[..count].iter().product();
    let to: Shape = core::iter::once(rows).chain(shape[count..].iter().copied()).collect();
    Ok((crate::where_(exists, number, i32::MIN), to))
}

/// Zeros in the shape `shape`, to which `values` are added at the places `indices`: their last axis has a number for each
/// of the first axes of `shape`. Places that do not exist are left out.
///
/// Indices `(n, 1)` and values `(n, b)` give `(a, b)`.
/// [Keras](https://keras.io/api/ops/core/#scatter-function).
#[track_caller]
pub fn scatter(indices: impl Operand, values: impl Operand, shape: impl Into<Shape>) -> Symbolic {
    let (indices, values, shape) = (indices.symbolic(), values.symbolic(), shape.into());
    if let Some(mistake) = mistaken(&[&indices, &values]) {
        return mistake;
    }
    let made = || {
        let (number, to) = numbered_rows(&indices, &shape)?;
        let by = Numbered { axis: 0, along: false };
        Ok(shaped(&apply(Scatter { name: "scatter", by, to }, &[values, number]), shape, "scatter"))
    };
    settled("scatter", made())
}

/// The sums of the rows of `data` that have the same number in `segment_ids`, of one axis. Rows whose number is below 0 or
/// not below `num_segments` are left out.
///
/// `(n, b)` gives `(num_segments, b)`. [Keras](https://keras.io/api/ops/core/#segmentsum-function).
#[track_caller]
pub fn segment_sum(data: impl Operand, segment_ids: impl Operand, num_segments: usize) -> Symbolic {
    let (data, ids) = (data.symbolic(), segment_ids.symbolic());
    if let Some(mistake) = mistaken(&[&data, &ids]) {
        return mistake;
    }
    let made = || {
        whole("segment_ids", &ids)?;
        if ids.ndim() != 1 || data.ndim() == 0 {
            let (of, shape) = ("segment_ids", ids.shape().clone());
            return Err(Problem::Rank { of, shape, expected: "1 axis, the first of data" });
        }
        let ids = crate::where_(crate::less(&ids, 0), i32::MIN, ids);
        let to = data.shape().clone().with(0, num_segments);
        let by = Numbered { axis: 0, along: false };
        Ok(apply(Scatter { name: "segment_sum", by, to }, &[data, ids]))
    };
    settled("segment_sum", made())
}
