//! Diagonals, rows and columns.

use crate::error::Problem;
use crate::operand::Operand;
use crate::reduce::sum;
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{Shape, Symbolic, array, concatenate, flip, take};

/// The `k`-th diagonal of the first two axes, as a last axis; [`moveaxis`](crate::moveaxis) brings others there. Keras's `axis1` is 0
/// and `axis2` is 1, too.
#[track_caller]
pub fn diagonal(x: impl Operand, offset: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let x = if x.ndim() > 2 { crate::moveaxis(x, [0, 1], [-2, -1]) } else { x };
    let made = || {
        let shape = x.shape().clone();
        let [.., rows, columns] = shape[..] else {
            return Err(Problem::Rank { of: "x", shape, expected: "at least 2 axes" });
        };
        let (row, column) = if offset < 0 { (offset.unsigned_abs(), 0) } else { (0, offset.unsigned_abs()) };
        let n = rows.saturating_sub(row).min(columns.saturating_sub(column));
        let places: Vec<i32> = (0..n).map(|i| ((row + i) * columns + column + i) as i32).collect();
        let flat = shape[..shape.rank() - 2].iter().copied().chain([rows * columns]).collect();
        Ok(take(shaped(&x, flat, "reshape"), array(&places, [n]), -1))
    };
    settled("diagonal", made())
}

/// The sum of the `k`-th diagonal of the first two axes.
#[track_caller]
pub fn trace(x: impl Operand, offset: isize) -> Symbolic {
    sum(diagonal(x, offset), -1).build()
}

/// Of a tensor of one axis the matrix with it as its `k`-th diagonal; of a matrix its `k`-th diagonal.
#[track_caller]
pub fn diag(x: impl Operand, k: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() || x.ndim() != 1 {
        return diagonal(x, k);
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
