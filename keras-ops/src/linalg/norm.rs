//! Norms of vectors and matrices.

use keras_kernels::tile::Reduce;

use crate::elementwise::{absolute, cast_to, maximum, not_equal, power, sqrt, square};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::{kept, reduce};
use crate::shapes::shaped;
use crate::symbolic::{mistaken, settled};
use crate::{Axes, DType, Symbolic, full, sum};

/// The order of a [`norm`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Keras's `None`: the square root of the sum of squares.
    Default,
    /// Keras's `"fro"`: the square root of the sum of a matrix's squares.
    Frobenius,
    /// Keras's `"nuc"`: the sum of a matrix's singular values.
    Nuclear,
    /// A number, infinities included.
    Number(f32),
}

impl From<f32> for Order {
    fn from(order: f32) -> Order {
        Order::Number(order)
    }
}

impl From<i32> for Order {
    fn from(order: i32) -> Order {
        Order::Number(order as f32)
    }
}

impl<T: Into<Order>> From<Option<T>> for Order {
    fn from(order: Option<T>) -> Order {
        order.map_or(Order::Default, Into::into)
    }
}

/// A [`norm`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct NormCall {
    x: Symbolic,
    order: Order,
    axis: Axes,
}

impl NormCall {
    #[track_caller]
    fn value(&self, keepdims: bool) -> Result<Symbolic, Problem> {
        let x = cast_to(&self.x, DType::Float32);
        let axes = self.axis.in_order(x.ndim())?;
        let y = match (&axes[..], self.order) {
            (_, Order::Default) if self.axis == Axes::ALL => root_of_squares(&x, &axes),
            ([axis], Order::Default) => root_of_squares(&x, &[*axis]),
            ([_, _], Order::Default | Order::Frobenius) => root_of_squares(&x, &axes),
            ([_], Order::Frobenius) => return wrong("the order \"fro\" is of matrices: two axes"),
            ([_], Order::Nuclear) => return wrong("the order \"nuc\" is of matrices: two axes"),
            ([axis], Order::Number(order)) => of_vectors(&x, *axis, order)?,
            ([row, column], Order::Number(order)) => of_matrices(&x, *row, *column, order)?,
            ([row, column], Order::Nuclear) => {
                let sums = sum(singular(&x, *row, *column), -1);
                shaped(&sums, kept(x.shape(), &[*row, *column]), "norm")
            }
            _ => {
                let n = axes.len();
                let text = format!("a norm is over one axis (vectors) or two (matrices); these are {n}");
                return Err(Problem::Argument(text));
            }
        };
        if keepdims {
            return Ok(y);
        }
        let to = (0..x.ndim()).filter(|axis| !axes.contains(axis)).map(|axis| x.shape()[axis]).collect();
        Ok(shaped(&y, to, "squeeze"))
    }
}

fn wrong<T>(text: &str) -> Result<T, Problem> {
    Err(Problem::Argument(text.to_string()))
}

#[track_caller]
fn root_of_squares(x: &Symbolic, axes: &[usize]) -> Symbolic {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    sqrt(reduce(&square(x), Reduce::Sum, &axes, "norm"))
}

/// The largest (0 of nothing) or smallest of what is not negative.
#[track_caller]
fn extreme(x: &Symbolic, axis: usize, largest: bool) -> Result<Symbolic, Problem> {
    match (x.shape()[axis], largest) {
        (0, true) => Ok(full(kept(x.shape(), &[axis]), 0.0)),
        (0, false) => Err(Problem::Argument(format!("the shape {} has no smallest element", x.shape()))),
        (_, true) => Ok(maximum(reduce(x, Reduce::Max, &[axis], "norm"), 0.0)),
        (_, false) => Ok(reduce(x, Reduce::Min, &[axis], "norm")),
    }
}

#[track_caller]
fn of_vectors(x: &Symbolic, axis: usize, order: f32) -> Result<Symbolic, Problem> {
    let sum = |x: &Symbolic| reduce(x, Reduce::Sum, &[axis], "norm");
    Ok(match order {
        2.0 => root_of_squares(x, &[axis]),
        f32::INFINITY => extreme(&absolute(x), axis, true)?,
        f32::NEG_INFINITY => extreme(&absolute(x), axis, false)?,
        0.0 => sum(&cast_to(&not_equal(x, 0.0), DType::Float32)),
        1.0 => sum(&absolute(x)),
        _ => power(sum(&power(absolute(x), order)), 1.0 / order),
    })
}

/// The singular values of matrices, along a last axis.
#[track_caller]
fn singular(x: &Symbolic, row: usize, column: usize) -> Symbolic {
    let axes = [row as isize, column as isize];
    super::decompose::singular_values(&crate::moveaxis(x, axes, [-2, -1]))
}

#[track_caller]
fn of_matrices(x: &Symbolic, row: usize, column: usize, order: f32) -> Result<Symbolic, Problem> {
    let sums = |axis: usize| reduce(&absolute(x), Reduce::Sum, &[axis], "norm");
    match order {
        1.0 => extreme(&sums(row), column, true),
        -1.0 => extreme(&sums(row), column, false),
        f32::INFINITY => extreme(&sums(column), row, true),
        f32::NEG_INFINITY => extreme(&sums(column), row, false),
        2.0 | -2.0 => {
            let s = singular(x, row, column);
            let last = s.ndim() - 1;
            let y = extreme(&s, last, order > 0.0)?;
            Ok(shaped(&y, kept(x.shape(), &[row, column]), "norm"))
        }
        _ => Err(Problem::Argument(format!(
            "there is no norm of order {order} of matrices: it is \"fro\", \"nuc\", 1, -1, 2, -2, inf or -inf"
        ))),
    }
}

impl Built<NormCall> {
    /// Whether the axes stay, with a length of 1. They do not unless this is set.
    #[must_use]
    #[track_caller]
    pub fn keepdims(self, keepdims: bool) -> Self {
        let value = match mistaken(&[&self.call.x]) {
            Some(mistake) => mistake,
            None => settled("norm", self.call.value(keepdims)),
        };
        Built::new(value, self.call)
    }
}

/// The norm of the vectors along one axis or the matrices along two (rows, columns). Keras's defaults are
/// [`Order::Default`], the square root of the sum of squares, and `None`, all axes.
///
/// Of vectors the order is any number: 0 counts what is not 0, infinities are the largest and the smallest of `|x|`. Of
/// matrices it is `Frobenius`, `Nuclear`, 1 or -1 (the largest or smallest sum of a column), 2 or -2 (the largest or smallest
/// singular value), or an infinity (of a row).
/// [Keras](https://keras.io/api/ops/linalg/#norm-function).
#[track_caller]
pub fn norm(x: impl Operand, ord: impl Into<Order>, axis: impl Into<Axes>) -> Built<NormCall> {
    let call = NormCall { x: x.symbolic(), order: ord.into(), axis: axis.into() };
    Built::new(call.x.clone(), call).keepdims(false)
}
