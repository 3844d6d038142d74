//! Differences of neighbours, and areas.

use crate::elementwise::{floats, not_equal};
use crate::operand::Operand;
use crate::reduce::sum;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::{DType, Symbolic, array, slice};

/// The `n`-th difference of neighbours along `axis`.
#[track_caller]
pub fn diff(a: impl Operand, n: usize, axis: isize) -> Symbolic {
    let mut x = a.symbolic();
    for _ in 0..n {
        if x.is_mistake() {
            return x;
        }
        let at = match axis_of(axis, x.ndim()) {
            Ok(at) => at,
            Err(problem) => return Symbolic::mistake("diff", problem),
        };
        let to = x.shape().clone().with(at, x.shape()[at].saturating_sub(1));
        let from = |start: isize| {
            let mut all = vec![0; x.ndim()];
            all[at] = start;
            slice(&x, all, &to)
        };
        let (next, first) = (from(1), from(0));
        x = if x.dtype() == DType::Bool { not_equal(next, first) } else { next - first };
    }
    x
}

/// The area below `y` along `axis`, whose elements are `dx` apart, by the rule of trapezoids.
#[track_caller]
pub fn trapezoid(y: impl Operand, dx: f32, axis: isize) -> Symbolic {
    let y = floats(y);
    if y.is_mistake() {
        return y;
    }
    match axis_of(axis, y.ndim()) {
        Err(problem) => Symbolic::mistake("trapezoid", problem),
        Ok(at) => {
            let n = y.shape()[at];
            let weight = |i: usize| {
                if n < 2 {
                    0.0
                } else if i == 0 || i + 1 == n {
                    0.5 * dx
                } else {
                    dx
                }
            };
            let weights: Vec<f32> = (0..n).map(weight).collect();
            let to = (0..y.ndim()).map(|k| if k == at { n } else { 1 }).collect();
            sum(y * shaped(&array(&weights, [n]), to, "reshape"), axis).build()
        }
    }
}
