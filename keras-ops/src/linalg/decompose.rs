//! Matrices taken apart, by rotations and reflections in f64.

use super::solve::{as_doubles, doubles};
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec};
use crate::operand::Operand;
use crate::symbolic::{apply_all, settled};
use crate::{
    DType, Shape, Symbolic, cast, concatenate, equal, expand_dims, eye, matmul, reciprocal, solve, split,
    square, stop_gradient, subtract, swapaxes, tril, where_,
};

/// How many sweeps of rotations there are at most: a dozen are enough for any matrix of numbers.
const SWEEPS: usize = 60;

/// How many matrices there are, and how many rows and columns one has.
pub(super) fn matrices(x: &Spec) -> Result<(usize, usize, usize), Problem> {
    let shape = &x.shape;
    match shape[..] {
        [.., m, n] => Ok((shape[..shape.rank() - 2].iter().product(), m, n)),
        _ => Err(Problem::Rank { of: "x", shape: shape.clone(), expected: "at least 2 axes" }),
    }
}

pub(super) fn with_last(x: &Spec, last: &[usize]) -> Spec {
    let lead = &x.shape[..x.shape.rank() - 2];
    Spec::float(lead.iter().chain(last).copied().collect::<Shape>())
}

/// Writes the columns of `x (m, n)` behind each other.
fn columns(w: &mut [f64], x: &[f32], m: usize, n: usize) {
    (0..m * n).for_each(|i| w[i % n * m + i / n] = f64::from(x[i]));
}

fn identity(v: &mut [f64], n: usize) {
    (0..n * n).for_each(|i| v[i] = f64::from(u8::from(i / n == i % n)));
}

/// The sine and cosine of the rotation after which two columns of these squares and this product stand at a right angle.
fn rotation(alpha: f64, beta: f64, gamma: f64) -> (f64, f64) {
    let zeta = (beta - alpha) / (2.0 * gamma);
    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    (tangent * cosine, cosine)
}

/// Turns the columns `p` and `q`, each of `n` numbers behind each other.
fn turn(x: &mut [f64], n: usize, (p, q): (usize, usize), (sine, cosine): (f64, f64)) {
    for i in 0..n {
        let (a, b) = (x[p * n + i], x[q * n + i]);
        x[p * n + i] = cosine * a - sine * b;
        x[q * n + i] = sine * a + cosine * b;
    }
}

/// The product of two columns.
fn dot(x: &[f64], n: usize, p: usize, q: usize) -> f64 {
    (0..n).map(|i| x[p * n + i] * x[q * n + i]).sum()
}

/// Rotates the columns of `w (n columns of m)`, and those of `v (n of n)` with them, until all of `w` stand at right angles
/// (Hestenes), and sorts them by their length.
fn right_angles(w: &mut [f64], v: &mut [f64], m: usize, n: usize) {
    for _ in 0..SWEEPS {
        let mut turned = false;
        for p in 0..n {
            for q in p + 1..n {
                let (alpha, beta, gamma) = (dot(w, m, p, p), dot(w, m, q, q), dot(w, m, p, q));
                if gamma.abs() > 1e-15 * (alpha * beta).sqrt() {
                    turned = true;
                    let by = rotation(alpha, beta, gamma);
                    turn(w, m, (p, q), by);
                    turn(v, n, (p, q), by);
                }
            }
        }
        if !turned {
            break;
        }
    }
    for to in 0..n {
        let longest =
            (to..n).fold(to, |best, q| if dot(w, m, q, q) > dot(w, m, best, best) { q } else { best });
        if longest != to {
            (0..m).for_each(|i| w.swap(to * m + i, longest * m + i));
            (0..n).for_each(|i| v.swap(to * n + i, longest * n + i));
        }
    }
}

/// Column `j` of `w (m)` as a unit vector at a right angle to those before it.
fn unit(w: &mut [f64], m: usize, j: usize) {
    for axis in 0..m {
        (0..m).for_each(|i| w[j * m + i] = f64::from(u8::from(i == axis)));
        // Twice: what is left is exact.
        for _ in 0..2 {
            for p in 0..j {
                let share = dot(w, m, p, j);
                (0..m).for_each(|i| w[j * m + i] -= share * w[p * m + i]);
            }
        }
        let length = dot(w, m, j, j).sqrt();
        if length > 0.5 / (m as f64).sqrt() {
            (0..m).for_each(|i| w[j * m + i] /= length);
            return;
        }
    }
}

/// `u (m, n)`, the singular values `(n)` in descending order and `vᵀ (n, n)` of matrices with `m >= n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Svd;

impl Op for Svd {
    fn name(&self) -> &'static str {
        "svd"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Svd)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let (_, m, n) = matrices(inputs[0])?;
        let x = inputs[0];
        Ok([with_last(x, &[m, n]), with_last(x, &[n]), with_last(x, &[n, n])].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        matrices(inputs[0]).map_or(0, |(_, m, n)| doubles(m * n + n * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, m, n)) = matrices(io.inputs[0].spec) else { return };
        let (w, v) = as_doubles(io.scratch).split_at_mut(m * n);
        let [u, s, vt] = io.outputs else { return };
        for at in 0..count {
            let x = &io.inputs[0].data[at * m * n..(at + 1) * m * n];
            columns(w, x, m, n);
            identity(v, n);
            right_angles(w, v, m, n);
            for j in 0..n {
                let length = dot(w, m, j, j).sqrt();
                s[at * n + j] = length as f32;
                if length > 0.0 || length.is_nan() {
                    (0..m).for_each(|i| w[j * m + i] /= length);
                } else {
                    unit(w, m, j);
                }
            }
            (0..m * n).for_each(|i| u[at * m * n + i] = w[i % n * m + i / n] as f32);
            (0..n * n).for_each(|i| vt[at * n * n + i] = v[i] as f32);
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let [u, s, vt] = [&at.outputs[0], &at.outputs[1], &at.outputs[2]];
        let (du, ds, dv) = (at.dy_of(0), at.dy_of(1), transposed(&at.dy_of(2)));
        let (ut, v) = (transposed(u), transposed(vt));
        let n = v.shape()[v.ndim() - 1];
        let columns = expand_dims(s, -2);
        let rows = expand_dims(s, -1);
        let gaps = inverse(&subtract(square(&columns), square(&rows)));
        let skew = |x: &Symbolic| (x - transposed(x)) * &gaps;
        let inner = skew(&matmul(&ut, &du)) * &columns + &rows * skew(&matmul(vt, &dv)) + &rows_of(&ds, n);
        let over = inverse(&columns);
        let beside = |du: &Symbolic, u: &Symbolic| du - matmul(u, matmul(transposed(u), du));
        let left = matmul(beside(&du, u) * &over, vt);
        let right = matmul(u, transposed(&(beside(&dv, &v) * over)));
        vec![Some(matmul(matmul(u, inner), vt) + left + right)]
    }
}

/// The eigenvalues `(n)` of symmetric matrices in ascending order, and their vectors as columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Eigh;

impl Op for Eigh {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Eigh)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let (_, _, n) = matrices(inputs[0])?;
        Ok([with_last(inputs[0], &[n]), with_last(inputs[0], &[n, n])].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        matrices(inputs[0]).map_or(0, |(_, _, n)| doubles(2 * n * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, _, n)) = matrices(io.inputs[0].spec) else { return };
        let (a, v) = as_doubles(io.scratch).split_at_mut(n * n);
        let [values, vectors] = io.outputs else { return };
        for at in 0..count {
            let x = &io.inputs[0].data[at * n * n..(at + 1) * n * n];
            a.iter_mut().zip(x).for_each(|(a, x)| *a = f64::from(*x));
            identity(v, n);
            diagonalize(a, v, n);
            for to in 0..n {
                let least =
                    (to..n).fold(to, |best, q| if a[q * n + q] < a[best * n + best] { q } else { best });
                a.swap(to * n + to, least * n + least);
                (0..n).for_each(|i| v.swap(to * n + i, least * n + i));
                values[at * n + to] = a[to * n + to] as f32;
            }
            (0..n * n).for_each(|i| vectors[at * n * n + i] = v[i % n * n + i / n] as f32);
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (w, v) = (&at.outputs[0], &at.outputs[1]);
        let gaps = inverse(&subtract(expand_dims(w, -2), expand_dims(w, -1)));
        let n = v.shape()[v.ndim() - 1];
        let inner = gaps * matmul(transposed(v), at.dy_of(1)) + rows_of(&at.dy_of(0), n);
        vec![Some(matmul(matmul(v, inner), transposed(v)))]
    }
}

/// Rotates rows and columns of a symmetric matrix until only its diagonal is left (Jacobi), and the columns of `v` with them.
fn diagonalize(a: &mut [f64], v: &mut [f64], n: usize) {
    for _ in 0..SWEEPS {
        let mut turned = false;
        for p in 0..n {
            for q in p + 1..n {
                let (alpha, beta, gamma) = (a[p * n + p], a[q * n + q], a[p * n + q]);
                if gamma.abs() > 1e-17 * (alpha.abs() + beta.abs()) && gamma.abs() > f64::MIN_POSITIVE {
                    turned = true;
                    let (sine, cosine) = rotation(alpha, beta, gamma);
                    turn(a, n, (p, q), (sine, cosine));
                    for row in a.chunks_exact_mut(n) {
                        let (x, y) = (row[p], row[q]);
                        (row[p], row[q]) = (cosine * x - sine * y, sine * x + cosine * y);
                    }
                    turn(v, n, (p, q), (sine, cosine));
                }
            }
        }
        if !turned {
            break;
        }
    }
}

/// `q (m, n)` and the upper triangle `r (n, n)` of matrices with `m >= n`, by Householder's reflections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Qr;

impl Op for Qr {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Qr)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let (_, m, n) = matrices(inputs[0])?;
        Ok([with_last(inputs[0], &[m, n]), with_last(inputs[0], &[n, n])].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        matrices(inputs[0]).map_or(0, |(_, m, n)| doubles(2 * m * n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let Ok((count, m, n)) = matrices(io.inputs[0].spec) else { return };
        let (w, q) = as_doubles(io.scratch).split_at_mut(m * n);
        let [to, r] = io.outputs else { return };
        for at in 0..count {
            let x = &io.inputs[0].data[at * m * n..(at + 1) * m * n];
            columns(w, x, m, n);
            reflect(w, q, &mut r[at * n * n..(at + 1) * n * n], m, n);
            (0..m * n).for_each(|i| to[at * m * n + i] = q[i % n * m + i / n] as f32);
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (q, r) = (&at.outputs[0], &at.outputs[1]);
        let (dq, dr) = (at.dy_of(0), at.dy_of(1));
        let m = matmul(r, transposed(&dr)) - matmul(transposed(&dq), q);
        let both = tril(&m, 0) + transposed(&tril(&m, -1));
        // Of what is above the diagonal alone `r` is made.
        let left = dq + matmul(q, both);
        vec![Some(transposed(&solve(r, transposed(&left))))]
    }
}

/// Reflects the columns of `w (n of m)` into an upper triangle `r`, row by row, and makes the columns of `q` of the reflections.
fn reflect(w: &mut [f64], q: &mut [f64], r: &mut [f32], m: usize, n: usize) {
    (0..m * n).for_each(|i| q[i] = f64::from(u8::from(i / m == i % m)));
    r.fill(0.0);
    for k in 0..n {
        for j in 0..k {
            r[j * n + k] = w[k * m + j] as f32;
        }
        let head = w[k * m + k];
        let tail: f64 = (k + 1..m).map(|i| w[k * m + i].powi(2)).sum();
        // As LAPACK: what needs no reflection keeps its sign.
        let length = (head * head + tail).sqrt();
        let diagonal = if tail == 0.0 { head } else { -length.copysign(head) };
        r[k * n + k] = diagonal as f32;
        w[k * m + k] -= diagonal;
        let square: f64 = (k..m).map(|i| w[k * m + i].powi(2)).sum();
        if square == 0.0 {
            continue;
        }
        for j in k + 1..n {
            let share = 2.0 * (k..m).map(|i| w[k * m + i] * w[j * m + i]).sum::<f64>() / square;
            (k..m).for_each(|i| w[j * m + i] -= share * w[k * m + i]);
        }
    }
    for k in (0..n).rev() {
        let square: f64 = (k..m).map(|i| w[k * m + i].powi(2)).sum();
        if square == 0.0 {
            continue;
        }
        for j in 0..n {
            let share = 2.0 * (k..m).map(|i| w[k * m + i] * q[j * m + i]).sum::<f64>() / square;
            (k..m).for_each(|i| q[j * m + i] -= share * w[k * m + i]);
        }
    }
}

#[track_caller]
pub(super) fn transposed(x: &Symbolic) -> Symbolic {
    swapaxes(x, -1, -2)
}

/// `1 / x`, and 0 of 0.
#[track_caller]
fn inverse(x: &Symbolic) -> Symbolic {
    let zero = equal(x, 0.0);
    where_(&zero, 0.0, reciprocal(where_(&zero, 1.0, x)))
}

/// Matrices with these diagonals.
#[track_caller]
fn rows_of(diagonal: &Symbolic, n: usize) -> Symbolic {
    expand_dims(diagonal, -1) * eye(n, None, 0)
}

/// Matrices of floats that can be taken apart, or what is wrong.
#[track_caller]
pub(super) fn taken(name: &'static str, x: impl Operand, squares: bool) -> Result<Symbolic, Symbolic> {
    let x = cast(x, DType::Float32);
    if x.is_mistake() {
        return Err(x);
    }
    match matrices(x.spec()) {
        Ok((_, m, n)) if squares && m != n => {
            let text = format!("the last two axes of {} must be equal: square matrices", x.shape());
            Err(settled(name, Err(Problem::Argument(text))))
        }
        Ok(_) => Ok(x),
        Err(problem) => Err(settled(name, Err(problem))),
    }
}

#[track_caller]
pub(super) fn several<const N: usize>(op: impl Op, x: &Symbolic) -> [Symbolic; N] {
    apply_all(op, core::slice::from_ref(x)).try_into().unwrap_or_else(|mut mistake: Vec<Symbolic>| {
        let mistake = mistake.swap_remove(0);
        core::array::from_fn(|_| mistake.clone())
    })
}

/// The singular values `s` of matrices `(..., m, n)` in descending order, with `u (..., m, k)` and `vᵀ (..., k, n)`, so that
/// `x = (u * s) vᵀ`, where `k` is the smaller of both lengths; with `full_matrices`, Keras's default, both are square, by more
/// columns at right angles to the others, through which no gradient goes. Which sign a column of `u` and a row of `vᵀ` have is not
/// said. Keras's `compute_uv = False` is the middle one alone. [Keras](https://keras.io/api/ops/linalg/#svd-function).
#[track_caller]
pub fn svd(x: impl Operand, full_matrices: bool) -> (Symbolic, Symbolic, Symbolic) {
    let x = match taken("svd", x, false) {
        Ok(x) => x,
        Err(mistake) => return (mistake.clone(), mistake.clone(), mistake),
    };
    let [.., m, n] = x.shape()[..] else { return (x.clone(), x.clone(), x) };
    let whole = |u: Symbolic| if full_matrices { completed(&u) } else { u };
    if m >= n {
        let [u, s, vt] = several(Svd, &x);
        return (whole(u), s, vt);
    }
    let [v, s, ut] = several(Svd, &transposed(&x));
    (transposed(&ut), s, transposed(&whole(v)))
}

/// Matrices of columns at right angles with as many more as make them square.
#[track_caller]
fn completed(q: &Symbolic) -> Symbolic {
    let [.., m, n] = q.shape()[..] else { return q.clone() };
    if q.is_mistake() || m == n {
        return q.clone();
    }
    let whole = reflections(q);
    let rest = split(&whole.0, &[n][..], -1).swap_remove(1);
    concatenate([q.clone(), rest], -1)
}

/// `q (..., m, m)` and `r (..., m, m)` of matrices with `m >= n`, whose missing columns are 0. No gradient goes through them.
#[track_caller]
fn reflections(x: &Symbolic) -> (Symbolic, Symbolic) {
    let x = stop_gradient(x);
    let [.., m, n] = x.shape()[..] else { return (x.clone(), x) };
    let zeros = crate::zeros(x.shape().clone().with(x.ndim() - 1, m - n));
    let [q, r] = several(Qr, &concatenate([x, zeros], -1));
    (q, r)
}

/// The eigenvalues `(..., n)` of symmetric matrices in ascending order, and their vectors as columns `(..., n, n)`, whose signs
/// are not said. Of another matrix those of its symmetric part. [Keras](https://keras.io/api/ops/linalg/#eigh-function).
#[track_caller]
pub fn eigh(x: impl Operand) -> (Symbolic, Symbolic) {
    match taken("eigh", x, true) {
        Ok(x) => {
            let [values, vectors] = several(Eigh, &(0.5 * (&x + transposed(&x))));
            (values, vectors)
        }
        Err(mistake) => (mistake.clone(), mistake),
    }
}

/// What [`qr`] gives of matrices with more rows than columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrMode {
    /// As many columns as there are: Keras's default.
    Reduced,
    /// A square `q`, and an `r` in the shape of the matrices.
    Complete,
}

/// `q (..., m, k)` with columns at right angles and the upper triangle `r (..., k, n)` whose product matrices `(..., m, n)` are,
/// where `k` is the smaller of both lengths; `m`, of [`QrMode::Complete`], through which no gradient goes where it makes a
/// difference. [Keras](https://keras.io/api/ops/linalg/#qr-function).
#[track_caller]
pub fn qr(x: impl Operand, mode: QrMode) -> (Symbolic, Symbolic) {
    let x = match taken("qr", x, false) {
        Ok(x) => x,
        Err(mistake) => return (mistake.clone(), mistake),
    };
    let [.., m, n] = x.shape()[..] else { return (x.clone(), x) };
    if m > n && mode == QrMode::Complete {
        let (q, r) = reflections(&x);
        return (q, split(&r, &[n][..], -1).swap_remove(0));
    }
    if m >= n {
        let [q, r] = several(Qr, &x);
        return (q, r);
    }
    let parts = split(&x, &[m][..], -1);
    let [q, r] = several(Qr, &parts[0]);
    let beside = matmul(transposed(&q), &parts[1]);
    (q, concatenate([r, beside], -1))
}

/// The singular values alone.
#[track_caller]
pub(super) fn singular_values(x: &Symbolic) -> Symbolic {
    svd(x, false).1
}
