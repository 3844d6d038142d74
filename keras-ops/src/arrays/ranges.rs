//! Numbers in a row, and tensors made by comparing them.

use crate::create::Element;
use crate::elementwise::{cast_to, equal, greater_equal, where_};
use crate::error::Problem;
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::{DType, Shape, Symbolic, array};

/// Numbers that [`arange`] counts in: `i32` and `f32`.
pub trait Countable: Element + Into<f64> {
    #[doc(hidden)]
    fn of(x: f64) -> Self;
}

impl Countable for i32 {
    fn of(x: f64) -> i32 {
        x as i32
    }
}

impl Countable for f32 {
    fn of(x: f64) -> f32 {
        x as f32
    }
}

/// The numbers from `start` on, `step` apart, up to the last before `stop`: a tensor of one axis.
/// [Keras](https://keras.io/api/ops/numpy/#arange-function).
#[track_caller]
pub fn arange<T: Countable>(start: T, stop: T, step: T) -> Symbolic {
    let (start, stop, step): (f64, f64, f64) = (start.into(), stop.into(), step.into());
    let count = ((stop - start) / step).ceil();
    if !count.is_finite() || count > f64::from(i32::MAX) {
        let text = format!("there is no end of numbers from {start} to {stop} in steps of {step}");
        return Symbolic::invalid("arange", text);
    }
    let numbers: Vec<T> = (0..count as usize).map(|i| T::of(start + i as f64 * step)).collect();
    array(&numbers, numbers.len())
}

/// The numbers of rows and columns, so that they broadcast.
fn places(rows: usize, columns: usize) -> (Symbolic, Symbolic) {
    let row = arange(0, rows as i32, 1);
    (shaped(&row, Shape::from([rows, 1]), "reshape"), arange(0, columns as i32, 1))
}

/// A matrix `(n, m)` with ones where the column's number is the row's plus `k`, and zeros elsewhere.
/// [Keras](https://keras.io/api/ops/numpy/#eye-function).
#[track_caller]
pub fn eye(n: usize, m: impl Into<Option<usize>>, k: i32) -> Symbolic {
    let (row, column) = places(n, m.into().unwrap_or(n));
    cast_to(&equal(column - row, k), DType::Float32)
}

#[track_caller]
fn triangle(x: Symbolic, name: &'static str, keep: impl Fn(Symbolic) -> Symbolic) -> Symbolic {
    if x.is_mistake() {
        return x;
    }
    let [.., rows, columns] = x.shape()[..] else {
        let shape = x.shape().clone();
        return Symbolic::mistake(name, Problem::Rank { of: "x", shape, expected: "at least 2 axes" });
    };
    let (row, column) = places(rows, columns);
    where_(keep(column - row), &x, cast_to(&0.symbolic(), x.dtype()))
}

/// `x` with zeros above the `k`-th diagonal of its last two axes. The shape stays.
/// [Keras](https://keras.io/api/ops/numpy/#tril-function).
#[track_caller]
pub fn tril(x: impl Operand, k: i32) -> Symbolic {
    triangle(x.symbolic(), "tril", |diagonal| greater_equal(k, diagonal))
}

/// `x` with zeros below the `k`-th diagonal of its last two axes. The shape stays.
/// [Keras](https://keras.io/api/ops/numpy/#triu-function).
#[track_caller]
pub fn triu(x: impl Operand, k: i32) -> Symbolic {
    triangle(x.symbolic(), "triu", |diagonal| greater_equal(diagonal, k))
}

/// For each class number in `x` a row of `num_classes` zeros with a one at that place, along a new axis, which is `axis` of
/// the result. Of a number that is no class all are zeros.
///
/// `(a, b)` gives `(a, b, num_classes)` with axis -1. [Keras](https://keras.io/api/ops/nn/#onehot-function).
#[track_caller]
pub fn one_hot(x: impl Operand, num_classes: usize, axis: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let rank = x.ndim() + 1;
    match axis_of(axis, rank) {
        Err(problem) => Symbolic::mistake("one_hot", problem),
        Ok(axis) => {
            let mut one = x.shape().to_vec();
            one.insert(axis, 1);
            let classes = (0..rank).map(|k| if k == axis { num_classes } else { 1 }).collect();
            let classes = shaped(&arange(0, num_classes as i32, 1), classes, "one_hot");
            cast_to(&equal(shaped(&x, one.into(), "one_hot"), classes), DType::Float32)
        }
    }
}
