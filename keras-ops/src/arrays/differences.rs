//! Differences of neighbours, and areas.

use crate::elementwise::{floats, not_equal};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::sum;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::strided::sliced;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Symbolic};

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
        let [next, first] = neighbours(&x, at);
        x = if x.dtype() == DType::Bool { not_equal(next, first) } else { next - first };
    }
    x
}

/// All elements along an axis but the first, and all but the last.
#[track_caller]
fn neighbours(x: &Symbolic, at: usize) -> [Symbolic; 2] {
    let n = x.shape()[at];
    [1, 0].map(|start: usize| sliced(x, at, start.min(n), 1, n.saturating_sub(1)))
}

/// A [`trapezoid`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct TrapezoidCall {
    y: Symbolic,
    axis: isize,
}

impl TrapezoidCall {
    /// The sum of the means of neighbours times the distances between them.
    #[track_caller]
    fn value(&self, apart: impl FnOnce(usize) -> Symbolic) -> Result<Symbolic, Problem> {
        let y = &self.y;
        let at = axis_of(self.axis, y.ndim())?;
        let [next, first] = neighbours(y, at);
        Ok(sum(apart(at) * (next + first) * 0.5, at as isize).build())
    }
}

impl Built<TrapezoidCall> {
    /// Where the elements are: along the axis alone, or in the shape of `y`. They are `dx` apart unless this is set.
    #[must_use]
    #[track_caller]
    pub fn x(self, x: impl Operand) -> Self {
        let x = floats(x);
        if let Some(mistake) = mistaken(&[&self.call.y, &x]) {
            return Built::new(mistake, self.call);
        }
        let apart = |at: usize| {
            if x.ndim() != 1 {
                return diff(&x, 1, at as isize);
            }
            let along = diff(&x, 1, 0);
            let rank = self.call.y.ndim();
            let to = (0..rank).map(|k| if k == at { along.shape()[0] } else { 1 }).collect();
            shaped(&along, to, "reshape")
        };
        Built::new(settled("trapezoid", self.call.value(apart)), self.call)
    }
}

/// The area below `y` along `axis`, whose elements are `dx` apart, by the rule of trapezoids. Keras's defaults are 1 and -1.
/// [Keras](https://keras.io/api/ops/numpy/#trapezoid-function).
#[track_caller]
pub fn trapezoid(y: impl Operand, dx: f32, axis: isize) -> Built<TrapezoidCall> {
    let call = TrapezoidCall { y: floats(y), axis };
    let y = &call.y;
    let value = if y.is_mistake() { y.clone() } else { settled("trapezoid", call.value(|_| dx.symbolic())) };
    Built::new(value, call)
}
