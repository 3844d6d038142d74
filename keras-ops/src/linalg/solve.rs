//! Square matrices solved for: all is computed in f64, by elimination with the largest pivot.

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec};
use crate::operand::Operand;
use crate::shapes::broadcast_to;
use crate::symbolic::{apply, apply_all, mistaken, settled};
use crate::{DType, Shape, Symbolic, cast, expand_dims, eye, matmul, squeeze, swapaxes, tril, triu};

/// How many matrices there are, and how many rows one has.
fn square(x: &Spec) -> Result<(usize, usize), Problem> {
    let shape = &x.shape;
    match shape[..] {
        [.., a, b] if a == b => Ok((shape[..shape.rank() - 2].iter().product(), a)),
        _ => Err(Problem::Argument(format!("the last two axes of {shape} must be equal: square matrices"))),
    }
}

/// Numbers of memory for so many f64.
pub(super) fn doubles(n: usize) -> usize {
    2 * n
}

/// Memory as f64.
pub(super) fn as_doubles(x: &mut [f32]) -> &mut [f64] {
    // Nothing lies nowhere in particular.
    if x.is_empty() { &mut [] } else { bytemuck::cast_slice_mut(x) }
}

/// Eliminates below the diagonal of `a (n, n)`, with the same done to the rows of `b (n, m)`: the sign of the order of the
/// rows.
fn eliminate(a: &mut [f64], b: &mut [f64], n: usize, m: usize) -> f64 {
    let mut sign = 1.0;
    for k in 0..n {
        let size = |i: usize, a: &[f64]| a[i * n + k].abs();
        let pivot = (k + 1..n).fold(k, |best, i| if size(i, a) > size(best, a) { i } else { best });
        if pivot != k {
            sign = -sign;
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
            (0..m).for_each(|j| b.swap(k * m + j, pivot * m + j));
        }
        // Nothing is left to eliminate; what divides by it is not finite.
        if a[k * n + k] == 0.0 {
            continue;
        }
        for i in k + 1..n {
            let factor = a[i * n + k] / a[k * n + k];
            if factor == 0.0 {
                continue;
            }
            (k..n).for_each(|j| a[i * n + j] -= factor * a[k * n + j]);
            (0..m).for_each(|j| b[i * m + j] -= factor * b[k * m + j]);
        }
    }
    sign
}

/// `x` of `a x = b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Solve;

impl Op for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Solve)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        square(inputs[0])?;
        Ok([Spec::float(&inputs[1].shape)].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        let width = |x: &Spec| x.shape[x.shape.rank() - 1];
        doubles(width(inputs[0]) * (width(inputs[0]) + width(inputs[1])))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((_, n)) = square(io.inputs[0].spec) else { return };
        let m = io.specs[0].shape[io.specs[0].shape.rank() - 1];
        if n * m == 0 {
            return;
        }
        let (a, b) = as_doubles(io.scratch).split_at_mut(n * n);
        let from = io.inputs[0].data.chunks_exact(n * n).zip(io.inputs[1].data.chunks_exact(n * m));
        for ((x, y), to) in from.zip(io.outputs[0].chunks_exact_mut(n * m)) {
            a.iter_mut().zip(x).for_each(|(a, x)| *a = f64::from(*x));
            b.iter_mut().zip(y).for_each(|(b, y)| *b = f64::from(*y));
            eliminate(a, b, n, m);
            for i in (0..n).rev() {
                for j in 0..m {
                    let known: f64 = (i + 1..n).map(|k| a[i * n + k] * b[k * m + j]).sum();
                    b[i * m + j] = (b[i * m + j] - known) / a[i * n + i];
                }
            }
            to.iter_mut().zip(&*b).for_each(|(to, b)| *to = *b as f32);
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (a, x) = (&at.inputs[0], &at.outputs[0]);
        let db = apply(Solve, &[swapaxes(a, -1, -2), at.dy().clone()]);
        let da = -matmul(&db, swapaxes(x, -1, -2));
        vec![Some(da), Some(db)]
    }

    fn cost(&self, inputs: &[&Spec], _: &[Spec]) -> Cost {
        let (count, n) = square(inputs[0]).unwrap_or_default();
        let m = inputs[1].shape.last().copied().unwrap_or(0);
        Cost {
            multiply_adds: (count * n * n * (n / 3 + m)) as u64,
            bytes: (4 * count * n * (n + 2 * m)) as u64,
        }
    }
}

/// The determinant, its sign, and the logarithm of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Determinant;

impl Op for Determinant {
    fn name(&self) -> &'static str {
        "det"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Determinant)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        square(inputs[0])?;
        let shape = &inputs[0].shape;
        let one = Spec::float(&shape[..shape.rank() - 2]);
        Ok([one.clone(), one.clone(), one].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        square(inputs[0]).map_or(0, |(_, n)| doubles(n * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, n)) = square(io.inputs[0].spec) else { return };
        let a = as_doubles(io.scratch);
        for i in 0..count {
            let x = &io.inputs[0].data[i * n * n..(i + 1) * n * n];
            a.iter_mut().zip(x).for_each(|(a, x)| *a = f64::from(*x));
            let mut sign = eliminate(a, &mut [], n, 0);
            let (mut det, mut log) = (sign, 0.0);
            for pivot in (0..n).map(|k| a[k * n + k]) {
                det *= pivot;
                log += pivot.abs().ln();
                sign *= if pivot == 0.0 { 0.0 } else { pivot.signum() };
            }
            for (to, x) in io.outputs.iter_mut().zip([det, sign, log]) {
                to[i] = x as f32;
            }
        }
    }

    /// Of a matrix that has no inverse it is not finite.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let dlog = at.dy_of(0) * &at.outputs[0] + at.dy_of(2);
        let inverse = swapaxes(inv(&at.inputs[0]), -1, -2);
        vec![Some(expand_dims(dlog, [-1, -2]) * inverse)]
    }
}

/// The lower triangle whose product with its transpose is a matrix; NaN in it where there is none. The upper triangle is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cholesky;

impl Op for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Cholesky)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        square(inputs[0])?;
        Ok([inputs[0].clone()].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        square(inputs[0]).map_or(0, |(_, n)| doubles(n * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, n)) = square(io.inputs[0].spec) else { return };
        let l = as_doubles(io.scratch);
        for at in 0..count {
            let x = &io.inputs[0].data[at * n * n..(at + 1) * n * n];
            let mut exists = true;
            for i in 0..n {
                for j in 0..=i {
                    let known: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
                    let rest = f64::from(x[i * n + j]) - known;
                    exists &= i != j || rest > 0.0;
                    l[i * n + j] = if i == j { rest.sqrt() } else { rest / l[j * n + j] };
                }
            }
            let to = &mut io.outputs[0][at * n * n..(at + 1) * n * n];
            for (at, to) in to.iter_mut().enumerate() {
                let below = at % n <= at / n;
                *to = match (below, exists) {
                    (false, _) => 0.0,
                    (true, true) => l[at] as f32,
                    (true, false) => f32::NAN,
                };
            }
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let l = &at.outputs[0];
        let n = l.shape()[l.ndim() - 1];
        let transposed = |x: &Symbolic| swapaxes(x, -1, -2);
        // L⁻ᵀ P L⁻¹, where P is the lower triangle of Lᵀ dL with half of the diagonal.
        let p = tril(matmul(transposed(l), tril(at.dy(), 0)), 0) * (1.0 - 0.5 * eye(n, None, 0));
        let left = apply(Solve, &[transposed(l), p]);
        let s = transposed(&apply(Solve, &[transposed(l), transposed(&left)]));
        vec![Some(0.5 * (&s + transposed(&s)))]
    }
}

fn floats(x: impl Operand) -> Symbolic {
    cast(x, DType::Float32)
}

/// The lower triangle `l` of `x = l lᵀ` for symmetric matrices `(..., n, n)`, or its transpose with `upper`; NaN of a matrix
/// that is not positive definite. [Keras](https://keras.io/api/ops/linalg/#cholesky-function).
#[track_caller]
pub fn cholesky(x: impl Operand, upper: bool) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    let made = square(x.spec()).map(|_| {
        let l = apply(Cholesky, &[0.5 * (&x + swapaxes(&x, -1, -2))]);
        if upper { swapaxes(l, -1, -2) } else { l }
    });
    settled("cholesky", made)
}

/// `x` of `a x = b` for square matrices `a (..., n, n)`, and `b` of vectors `(..., n)`, one for each matrix or one for all, or of
/// matrices `(..., n, m)`; the axes before these are repeated as far as they need be.
/// [Keras](https://keras.io/api/ops/linalg/#solve-function).
#[track_caller]
pub fn solve(a: impl Operand, b: impl Operand) -> Symbolic {
    let (a, b) = (floats(a), floats(b));
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    let made = || {
        let (_, n) = square(a.spec())?;
        let lead = |x: &Symbolic| Shape::from(&x.shape()[..x.ndim() - 2]);
        // What may be a vector for each matrix is that: so says Keras, and JAX alone takes it as one matrix for all.
        let is_vectors = || match b.shape()[..] {
            [ref others @ .., last] => last == n && lead(&a).broadcast(&Shape::from(others)).is_some(),
            [] => false,
        };
        let vectors = b.ndim() == 1 || b.ndim() + 1 == a.ndim() && is_vectors();
        let right = if vectors { expand_dims(&b, -1) } else { b.clone() };
        let rows = right.ndim().checked_sub(2).map(|axis| right.shape()[axis]);
        let both = if rows == Some(n) { lead(&a).broadcast(&lead(&right)) } else { None };
        let Some(both) = both else {
            let (a, b) = (a.shape(), b.shape());
            return Err(Problem::Argument(format!("a {a} and b {b} do not fit: b needs the {n} rows of a")));
        };
        let spread = |x: &Symbolic| {
            let to: Shape = both.iter().chain(&x.shape()[x.ndim() - 2..]).copied().collect();
            broadcast_to(x, to)
        };
        let x = apply(Solve, &[spread(&a), spread(&right)]);
        Ok(if vectors { squeeze(x, -1) } else { x })
    };
    settled("solve", made())
}

/// [`solve`] of which only the lower triangle of `a` counts, or the upper.
/// [Keras](https://keras.io/api/ops/linalg/#solvetriangular-function).
#[track_caller]
pub fn solve_triangular(a: impl Operand, b: impl Operand, lower: bool) -> Symbolic {
    solve(if lower { tril(a, 0) } else { triu(a, 0) }, b)
}

/// The inverses of symmetric matrices from their [`cholesky`]: of `l lᵀ` from the lower triangle `l`, or from its transpose with
/// `upper`. [Keras](https://keras.io/api/ops/linalg/#choleskyinverse-function).
#[track_caller]
pub fn cholesky_inverse(x: impl Operand, upper: bool) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    let made = square(x.spec()).map(|_| {
        let l = if upper { swapaxes(triu(&x, 0), -1, -2) } else { tril(&x, 0) };
        let inverse = inv(l);
        matmul(swapaxes(&inverse, -1, -2), inverse)
    });
    settled("cholesky_inverse", made)
}

/// The inverses of square matrices. [Keras](https://keras.io/api/ops/linalg/#inv-function).
#[track_caller]
pub fn inv(x: impl Operand) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    let made = square(x.spec()).map(|(_, n)| {
        let one = broadcast_to(eye(n, None, 0), x.shape());
        apply(Solve, &[x.clone(), one])
    });
    settled("inv", made)
}

#[track_caller]
fn determinant(x: Symbolic) -> [Symbolic; 3] {
    apply_all(Determinant, &[x]).try_into().unwrap_or_else(|mut mistake: Vec<Symbolic>| {
        let mistake = mistake.swap_remove(0);
        [mistake.clone(), mistake.clone(), mistake]
    })
}

/// The determinants of square matrices. [Keras](https://keras.io/api/ops/linalg/#det-function).
#[track_caller]
pub fn det(x: impl Operand) -> Symbolic {
    let [det, ..] = determinant(floats(x));
    det
}

/// The signs of determinants, and the logarithms of their sizes.
/// [Keras](https://keras.io/api/ops/numpy/#slogdet-function).
#[track_caller]
pub fn slogdet(x: impl Operand) -> (Symbolic, Symbolic) {
    let [_, sign, log] = determinant(floats(x));
    (sign, log)
}

/// The logarithms of the sizes of determinants.
#[track_caller]
pub fn logdet(x: impl Operand) -> Symbolic {
    slogdet(x).1
}
