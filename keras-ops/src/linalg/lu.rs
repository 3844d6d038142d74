//! Matrices as products of two triangles.

use super::decompose::{matrices, several, taken, transposed, with_last};
use super::solve::{as_doubles, doubles};
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut};
use crate::operand::Operand;
use crate::{DType, Symbolic, eye, matmul, solve_triangular, take_along_axis, tril, triu, zeros};

/// The triangles below and above the diagonal in one matrix, with the rows that changed places, and the rows in their new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LuFactor;

impl Op for LuFactor {
    fn name(&self) -> &'static str {
        "lu_factor"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::LuFactor)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let (_, m, n) = matrices(inputs[0])?;
        let whole = |last: usize| Spec { dtype: DType::Int32, ..with_last(inputs[0], &[last]) };
        Ok([Spec::float(&inputs[0].shape), whole(m.min(n)), whole(m)].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        matrices(inputs[0]).map_or(0, |(_, m, n)| doubles(m * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, m, n)) = matrices(io.inputs[0].spec) else { return };
        let [lu, pivots, order] = io.outputs else { return };
        let (pivots, order, k) = (integers_mut(pivots), integers_mut(order), m.min(n));
        let a = &mut as_doubles(io.scratch)[..m * n];
        for at in 0..count {
            let x = &io.inputs[0].data[at * m * n..(at + 1) * m * n];
            a.iter_mut().zip(x).for_each(|(a, x)| *a = f64::from(*x));
            factor(a, &mut pivots[at * k..(at + 1) * k], &mut order[at * m..(at + 1) * m], n);
            lu[at * m * n..(at + 1) * m * n].iter_mut().zip(&*a).for_each(|(to, a)| *to = *a as f32);
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (lu, order, dlu) = (&at.outputs[0], &at.outputs[2], at.dy_of(0));
        let [.., m, n] = lu.shape()[..] else { return vec![None] };
        let k = m.min(n);
        // `P x = L U` with `L (m, k)` and `U (k, n)`: of a square part both triangles are solved for, and what is beside or
        // below it follows.
        let part = |x: &Symbolic, rows: (usize, usize), columns: (usize, usize)| {
            let rank = x.ndim();
            let mut start = vec![0isize; rank];
            (start[rank - 2], start[rank - 1]) = (rows.0 as isize, columns.0 as isize);
            let to = x.shape().clone().with(rank - 2, rows.1 - rows.0).with(rank - 1, columns.1 - columns.0);
            crate::slice(x, start, to)
        };
        let square = |x: &Symbolic| part(x, (0, k), (0, k));
        let (lower, upper) = (tril(square(lu), -1) + eye(k, None, 0), triu(square(lu), 0));
        let (mut dl, mut du) = (tril(square(&dlu), -1), triu(square(&dlu), 0));
        let mut beside = None;
        if n > k {
            // U2 = L⁻¹ A2.
            let (u2, du2) = (part(lu, (0, k), (k, n)), part(&dlu, (0, k), (k, n)));
            let da2 = solve_triangular(transposed(&lower), du2, false);
            dl = dl - tril(matmul(&da2, transposed(&u2)), -1);
            beside = Some((da2, -1));
        } else if m > k {
            // L2 = A2 U⁻¹.
            let (l2, dl2) = (part(lu, (k, m), (0, k)), part(&dlu, (k, m), (0, k)));
            let da2 = transposed(&solve_triangular(&upper, transposed(&dl2), false));
            du = du - triu(matmul(transposed(&l2), &da2), 0);
            beside = Some((da2, -2));
        }
        let inner = tril(matmul(transposed(&lower), dl), -1) + triu(matmul(du, transposed(&upper)), 0);
        let left = solve_triangular(transposed(&lower), inner, false);
        let da = transposed(&solve_triangular(&upper, transposed(&left), false));
        let da = match beside {
            Some((other, axis)) => crate::concatenate([da, other], axis),
            None => da,
        };
        // Back to the rows as they were.
        let back = crate::argsort(order, -1);
        let back = crate::broadcast_to(crate::expand_dims(back, -1), da.shape());
        vec![Some(take_along_axis(da, back, -2))]
    }
}

/// Eliminates below the diagonal of `a (m, n)` with the largest pivot, and leaves the factors where the zeros would be.
fn factor(a: &mut [f64], pivots: &mut [i32], order: &mut [i32], n: usize) {
    let m = order.len();
    order.iter_mut().zip(0..).for_each(|(order, i)| *order = i);
    for k in 0..pivots.len() {
        let size = |i: usize| a[i * n + k].abs();
        let pivot = (k + 1..m).fold(k, |best, i| if size(i) > size(best) { i } else { best });
        pivots[k] = pivot as i32;
        if pivot != k {
            order.swap(k, pivot);
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
        }
        if a[k * n + k] == 0.0 {
            continue;
        }
        for i in k + 1..m {
            a[i * n + k] /= a[k * n + k];
            let by = a[i * n + k];
            (k + 1..n).for_each(|j| a[i * n + j] -= by * a[k * n + j]);
        }
    }
}

/// The triangles `L` below the diagonal, whose own is 1, and `U` on and above it, of matrices `(..., m, n)`, in one tensor of their
/// shape, and the pivots `(..., k)`: row `i` has changed places with row `pivots[i]`, from the first on; after all changes the rows
/// are those of `L U`. [Keras](https://keras.io/api/ops/linalg/#lufactor-function).
#[track_caller]
pub fn lu_factor(x: impl Operand) -> (Symbolic, Symbolic) {
    let x = match taken("lu_factor", x, false) {
        Ok(x) => x,
        Err(mistake) => return (mistake.clone(), mistake),
    };
    if x.shape().size() == 0 {
        let k = x.shape().iter().rev().take(2).min().copied().unwrap_or(0);
        let to = with_last(x.spec(), &[k]).shape;
        return (x, crate::cast(zeros(to), DType::Int32));
    }
    let [lu, pivots, _] = several(LuFactor, &x);
    (lu, pivots)
}
