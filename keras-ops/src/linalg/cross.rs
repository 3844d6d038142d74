//! Cross products and Kronecker products.

use super::product::{of_type, one_type};
use crate::arrays::joined;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::strided::{at, permuted};
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic, multiply, zeros_like};

/// A [`cross`] product before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct CrossCall {
    x: [Symbolic; 2],
    axes: [isize; 3],
}

/// With one axis moved to another place.
#[track_caller]
fn moved(x: &Symbolic, from: usize, to: usize) -> Symbolic {
    let mut axes: Vec<usize> = (0..x.ndim()).filter(|axis| *axis != from).collect();
    axes.insert(to, from);
    permuted(x, &axes)
}

impl CrossCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let mut sides = Vec::with_capacity(2);
        for (i, of) in ["x1", "x2"].into_iter().enumerate() {
            let x = &self.x[i];
            let axis = axis_of(self.axes[i], x.ndim())?;
            if !matches!(x.shape()[axis], 2 | 3) {
                let (shape, n) = (x.shape(), x.shape()[axis]);
                let text =
                    format!("axis {axis} of {of} {shape} has {n}, and must have 2 or 3: vectors of space");
                return Err(Problem::Argument(text));
            }
            sides.push(moved(x, axis, x.ndim() - 1));
        }
        let (a, b, _) = one_type(&sides[0], &sides[1]);
        let lead = |x: &Symbolic| Shape::from(&x.shape()[..x.ndim() - 1]);
        if lead(&a).broadcast(&lead(&b)).is_none() {
            return Err(Problem::Broadcast { a: lead(&a), b: lead(&b) });
        }
        let of = |x: &Symbolic, i: usize| match x.shape()[x.ndim() - 1] {
            2 if i == 2 => zeros_like(at(x, x.ndim() - 1, 0)),
            _ => at(x, x.ndim() - 1, i),
        };
        let turn = |i: usize, j: usize| of(&a, i) * of(&b, j) - of(&a, j) * of(&b, i);
        if [&a, &b].iter().all(|x| x.shape()[x.ndim() - 1] == 2) {
            return Ok(turn(0, 1));
        }
        let parts = [turn(1, 2), turn(2, 0), turn(0, 1)].map(|x| {
            let to = x.shape().iter().copied().chain([1]).collect();
            shaped(&x, to, "expand_dims")
        });
        let y = joined(&parts, parts[0].ndim() - 1);
        let to = axis_of(self.axes[2], y.ndim())?;
        Ok(moved(&y, y.ndim() - 1, to))
    }
}

impl Built<CrossCall> {
    #[track_caller]
    fn again(mut self, change: impl FnOnce(&mut [isize; 3])) -> Self {
        change(&mut self.call.axes);
        let [a, b] = &self.call.x;
        let value = match mistaken(&[a, b]) {
            Some(mistake) => mistake,
            None => settled("cross", self.call.value()),
        };
        Built::new(value, self.call)
    }

    /// The axis of `x1` that holds the vectors; the last unless set.
    #[must_use]
    #[track_caller]
    pub fn axisa(self, axis: isize) -> Self {
        self.again(|axes| axes[0] = axis)
    }

    /// The axis of `x2` that holds the vectors; the last unless set.
    #[must_use]
    #[track_caller]
    pub fn axisb(self, axis: isize) -> Self {
        self.again(|axes| axes[1] = axis)
    }

    /// The axis of the result that holds the vectors; the last unless set.
    #[must_use]
    #[track_caller]
    pub fn axisc(self, axis: isize) -> Self {
        self.again(|axes| axes[2] = axis)
    }

    /// The axis that holds the vectors, of all three.
    #[must_use]
    #[track_caller]
    pub fn axis(self, axis: isize) -> Self {
        self.again(|axes| *axes = [axis; 3])
    }
}

/// The cross product of vectors along the last axis, of length 3 or 2 (the third number is 0 then); of two vectors of the
/// plane it is one number. The axes before broadcast.
///
/// Shapes `(..., 3)` and `(..., 3)` give `(..., 3)`. [Keras](https://keras.io/api/ops/numpy/#cross-function).
#[track_caller]
pub fn cross(x1: impl Operand, x2: impl Operand) -> Built<CrossCall> {
    let x = [x1.symbolic(), x2.symbolic()];
    Built::new(x[0].clone(), CrossCall { x, axes: [-1; 3] }).again(|_| {})
}

/// The Kronecker product: `x2` times every element of `x1`, side by side. The shapes are aligned at the last axis, lengths
/// are multiplied. [Keras](https://keras.io/api/ops/numpy/#kron-function).
#[track_caller]
pub fn kron(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    let (a, b, truth) = one_type(&a, &b);
    let rank = a.ndim().max(b.ndim());
    let length =
        |x: &Symbolic, axis: usize| (axis + x.ndim()).checked_sub(rank).map_or(1, |axis| x.shape()[axis]);
    let wide = |x: &Symbolic, first: bool| {
        let pair = |axis| if first { [length(x, axis), 1] } else { [1, length(x, axis)] };
        shaped(x, (0..rank).flat_map(pair).collect(), "reshape")
    };
    let y = multiply(wide(&a, true), wide(&b, false));
    let to = (0..rank).map(|axis| length(&a, axis) * length(&b, axis)).collect();
    of_type(shaped(&y, to, "reshape"), truth)
}
