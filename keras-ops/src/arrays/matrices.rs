//! Diagonals, rows and columns.

use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::sum;
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{Axes, Shape, Symbolic, array, concatenate, flip, moveaxis, take};

/// A [`diagonal`] or a [`trace`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct DiagonalCall {
    x: Symbolic,
    offset: isize,
    axes: [isize; 2],
    /// Whether it is added up.
    sum: bool,
}

impl DiagonalCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let x = &self.x;
        let shape = x.shape().clone();
        if shape.rank() < 2 {
            return Err(Problem::Rank { of: "x", shape, expected: "at least 2 axes" });
        }
        let places = Axes::from(self.axes).in_order(shape.rank())?;
        let x = moveaxis(x, places, [-2, -1]);
        let shape = x.shape().clone();
        let (rows, columns) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
        let by = self.offset.unsigned_abs();
        let (row, column) = if self.offset < 0 { (by, 0) } else { (0, by) };
        let n = rows.saturating_sub(row).min(columns.saturating_sub(column));
        let places: Vec<i32> = (0..n).map(|i| ((row + i) * columns + column + i) as i32).collect();
        let flat = shape[..shape.rank() - 2].iter().copied().chain([rows * columns]).collect();
        let y = take(shaped(&x, flat, "reshape"), array(&places, [n]), -1);
        Ok(if self.sum { sum(y, -1).build() } else { y })
    }
}

impl Built<DiagonalCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut DiagonalCall)) -> Self {
        change(&mut self.call);
        let (x, name) = (&self.call.x, if self.call.sum { "trace" } else { "diagonal" });
        let value = if x.is_mistake() { x.clone() } else { settled(name, self.call.value()) };
        Built::new(value, self.call)
    }

    /// The axis of the rows. The first unless set.
    #[must_use]
    #[track_caller]
    pub fn axis1(self, axis: isize) -> Self {
        self.with(|call| call.axes[0] = axis)
    }

    /// The axis of the columns. The second unless set.
    #[must_use]
    #[track_caller]
    pub fn axis2(self, axis: isize) -> Self {
        self.with(|call| call.axes[1] = axis)
    }
}

/// The diagonal `offset` places right of the main one, of the matrices that two axes are, as a last axis: the first two axes unless
/// [`axis1`](Built::axis1) and [`axis2`](Built::axis2) say others. [Keras](https://keras.io/api/ops/numpy/#diagonal-function).
#[track_caller]
pub fn diagonal(x: impl Operand, offset: isize) -> Built<DiagonalCall> {
    let call = DiagonalCall { x: x.symbolic(), offset, axes: [0, 1], sum: false };
    Built::new(call.x.clone(), call).with(|_| {})
}

/// The sum of a [`diagonal`]. [Keras](https://keras.io/api/ops/numpy/#trace-function).
#[track_caller]
pub fn trace(x: impl Operand, offset: isize) -> Built<DiagonalCall> {
    let call = DiagonalCall { x: x.symbolic(), offset, axes: [0, 1], sum: true };
    Built::new(call.x.clone(), call).with(|_| {})
}

/// Of a tensor of one axis the matrix with it as its `k`-th diagonal; of a matrix its `k`-th diagonal.
#[track_caller]
pub fn diag(x: impl Operand, k: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() || x.ndim() != 1 {
        return diagonal(x, k).build();
    }
    let size = x.shape()[0] + k.unsigned_abs();
    let (row, column) = if k < 0 { (k.unsigned_abs(), 0) } else { (0, k.unsigned_abs()) };
    let places: Vec<i32> = (0..x.shape()[0]).flat_map(|i| [(row + i) as i32, (column + i) as i32]).collect();
    crate::scatter(array(&places, [x.shape()[0], 2]), x, [size, size])
}

/// An identity matrix.
#[track_caller]
pub fn identity(n: usize) -> Symbolic {
    crate::eye(n, None, 0)
}

/// Tensors one below the other: along the first axis; those of one axis are rows.
#[track_caller]
pub fn vstack(xs: impl IntoIterator<Item = impl Operand>) -> Symbolic {
    let rows: Vec<Symbolic> = xs.into_iter().map(|x| at_least(x.symbolic(), 2)).collect();
    concatenate(rows, 0)
}

/// Tensors side by side: along the second axis, or the only one.
#[track_caller]
pub fn hstack(xs: impl IntoIterator<Item = impl Operand>) -> Symbolic {
    let all: Vec<Symbolic> = xs.into_iter().map(|x| at_least(x.symbolic(), 1)).collect();
    let axis = if all.first().is_some_and(|x| x.ndim() == 1) { 0 } else { 1 };
    concatenate(all, axis)
}

/// With axes of length 1 before, up to this many.
fn at_least(x: Symbolic, rank: usize) -> Symbolic {
    let missing = rank.saturating_sub(x.ndim());
    let to: Shape = core::iter::repeat_n(1, missing).chain(x.shape().iter().copied()).collect();
    shaped(&x, to, "reshape")
}

/// With the columns in reverse order.
#[track_caller]
pub fn fliplr(x: impl Operand) -> Symbolic {
    flip(x, 1)
}

/// With the rows in reverse order.
#[track_caller]
pub fn flipud(x: impl Operand) -> Symbolic {
    flip(x, 0)
}
