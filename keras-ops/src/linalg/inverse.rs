//! What follows from singular values: inverses of any matrices, their rank, and nearest solutions.

use super::decompose::{svd, transposed};
use crate::error::Problem;
use crate::operand::Operand;
use crate::symbolic::settled;
use crate::{DType, Symbolic, cast, expand_dims, greater, matmul, max, reciprocal, sum, where_};

/// `x⁻¹` of matrices of any shape and rank (Moore and Penrose): singular values up to `rcond` times the largest count as 0. Keras's
/// default of `rcond` is `None`, 10 times the longer side times 2⁻²³. [Keras](https://keras.io/api/ops/linalg/#pinv-function).
#[track_caller]
pub fn pinv(x: impl Operand, rcond: impl Into<Option<f32>>) -> Symbolic {
    let x = x.symbolic();
    let side = x.shape().iter().rev().take(2).max().copied().unwrap_or(0) as f32;
    let rcond = rcond.into().unwrap_or(10.0 * side * f32::EPSILON);
    let (u, s, vt) = svd(x, false);
    if s.is_mistake() || s.shape().size() == 0 {
        return if s.is_mistake() { s } else { matmul(transposed(&vt), transposed(&u)) };
    }
    let kept = greater(&s, rcond * max(&s, -1).keepdims(true));
    let over = where_(&kept, reciprocal(where_(&kept, &s, 1.0)), 0.0);
    matmul(transposed(&vt), expand_dims(over, -1) * transposed(&u))
}

/// How many singular values of matrices are above `tol`. Keras's default of `tol` is `None`, the largest of them times the longer
/// side times 2⁻²³. [Keras](https://keras.io/api/ops/linalg/#matrixrank-function).
#[track_caller]
pub fn matrix_rank(x: impl Operand, tol: impl Into<Option<f32>>) -> Symbolic {
    let x = x.symbolic();
    let side = x.shape().iter().rev().take(2).max().copied().unwrap_or(0) as f32;
    let (_, s, _) = svd(x, false);
    if s.is_mistake() {
        return s;
    }
    let above = match tol.into() {
        Some(tol) => greater(&s, tol),
        None if s.shape().size() == 0 => greater(&s, 0.0),
        None => greater(&s, side * f32::EPSILON * max(&s, -1).keepdims(true)),
    };
    sum(cast(above, DType::Int32), -1).build()
}

/// `x` for which `a x` is nearest to `b`, the shortest of several: of `a (m, n)`, and `b` of one vector `(m)` or several `(m, k)`.
/// Keras's default of `rcond`, up to which part of the largest one a singular value counts as 0, is `None`, the longer side times
/// 2⁻²³. [Keras](https://keras.io/api/ops/linalg/#lstsq-function).
#[track_caller]
pub fn lstsq(a: impl Operand, b: impl Operand, rcond: impl Into<Option<f32>>) -> Symbolic {
    let (a, b) = (a.symbolic(), cast(b, DType::Float32));
    if a.ndim() != 2 || !(1..=2).contains(&b.ndim()) || b.shape()[0] != a.shape()[0] {
        if let Some(mistake) = crate::symbolic::mistaken(&[&a, &b]) {
            return mistake;
        }
        let (a, b) = (a.shape(), b.shape());
        let text = format!("a {a} and b {b} must be (m, n), and (m,) or (m, k)");
        return settled("lstsq", Err(Problem::Argument(text)));
    }
    let side = a.shape().iter().max().copied().unwrap_or(0) as f32;
    matmul(pinv(a, rcond.into().unwrap_or(side * f32::EPSILON)), b)
}
