//! Products of matrices, many at once.

use keras_kernels::gemm::{Matrix, gemm};
use keras_kernels::product::Start;
use keras_kernels::simd::path;
use keras_kernels::threads::{self, Rows, parts};
use smallvec::SmallVec;

use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::gradient::unbroadcast;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shapes::{broadcast_strides, shaped};
use crate::strided::untransposed;
use crate::symbolic::{apply, mistaken};
use crate::{DType, Shape, Symbolic};

/// The products of matrices `(..., m, k)` and `(..., k, n)`, where each side may hold the transposes. The axes before
/// broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Product {
    transposed: [bool; 2],
}

/// Rows and columns of matrices as they are meant.
fn sides(shape: &[usize], transposed: bool) -> [usize; 2] {
    let [rows, columns] = [shape[shape.len() - 2], shape[shape.len() - 1]];
    if transposed { [columns, rows] } else { [rows, columns] }
}

/// The axes before those of the matrices.
fn lead(shape: &[usize]) -> Shape {
    shape[..shape.len() - 2].into()
}

/// What one product is: `(m, k)` times `(k, n)`.
struct Sizes {
    m: usize,
    n: usize,
    k: usize,
    transposed: [bool; 2],
}

impl Sizes {
    /// Rows `from..from + rows` of one product of floats.
    fn floats(&self, a: &[f32], b: &[f32], from: usize, rows: usize, y: &mut [f32]) {
        let Sizes { m, n, k, transposed: [ta, tb] } = *self;
        if k == 0 {
            return y.fill(0.0);
        }
        let a = if ta { Matrix::t(&a[from..], m) } else { Matrix::new(&a[from * k..], k) };
        let b = if tb { Matrix::t(b, k) } else { Matrix::new(b, n) };
        gemm(path(), rows, n, k, a, b, Start::Zero, false, y, n);
    }

    /// One product of integers, which wrap around.
    fn integers(&self, a: &[i32], b: &[i32], y: &mut [i32]) {
        let Sizes { m, n, k, transposed: [ta, tb] } = *self;
        for i in 0..m {
            for j in 0..n {
                let term = |l: usize| {
                    let x = if ta { a[l * m + i] } else { a[i * k + l] };
                    x.wrapping_mul(if tb { b[j * k + l] } else { b[l * n + j] })
                };
                y[i * n + j] = (0..k).fold(0i32, |sum, l| sum.wrapping_add(term(l)));
            }
        }
    }
}

impl Product {
    fn sizes(&self, a: &Shape, b: &Shape) -> Sizes {
        let ([m, k], [_, n]) = (sides(a, self.transposed[0]), sides(b, self.transposed[1]));
        Sizes { m, n, k, transposed: self.transposed }
    }
}

impl Op for Product {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Matmul { transposed: self.transposed })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let [a, b] = [&inputs[0].shape, &inputs[1].shape];
        let (before_a, before_b) = (lead(a), lead(b));
        let before =
            before_a.broadcast(&before_b).ok_or(Problem::Broadcast { a: before_a.clone(), b: before_b })?;
        let Sizes { m, n, .. } = self.sizes(a, b);
        let shape = before.iter().copied().chain([m, n]).collect::<Shape>();
        Ok(one(Spec::new(shape, inputs[0].dtype)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (a, b) = (io.inputs[0], io.inputs[1]);
        let sizes = self.sizes(a.shape(), b.shape());
        let before = lead(&io.specs[0].shape);
        let strides = [a, b].map(|x| broadcast_strides(&lead(x.shape()), &before));
        let (of_a, of_b) = (sizes.m * sizes.k, sizes.k * sizes.n);
        // Where the matrices of product `i` start.
        let place = |mut i: usize| {
            let mut at = [0, 0];
            for axis in (0..before.rank()).rev() {
                let index = i % before[axis];
                i /= before[axis];
                at = [at[0] + index * strides[0][axis], at[1] + index * strides[1][axis]];
            }
            [at[0] * of_a, at[1] * of_b]
        };
        let (m, n, count) = (sizes.m, sizes.n, before.size());
        if m * n * count == 0 {
            return;
        }
        if io.specs[0].dtype == DType::Int32 {
            let (a, b) = (a.integers(), b.integers());
            for (i, y) in integers_mut(io.outputs[0]).chunks_exact_mut(m * n).enumerate() {
                let [at_a, at_b] = place(i);
                sizes.integers(&a[at_a..at_a + of_a], &b[at_b..at_b + of_b], y);
            }
            return;
        }
        let rows = count * m;
        let memory = Rows::new(&mut *io.outputs[0], n);
        threads::each(rows, parts(rows * n * sizes.k, rows), memory, &|these, y| {
            let (mut row, mut y) = (these.start, y.data);
            while row < these.end {
                let (i, from) = (row / m, row % m);
                let some = (m - from).min(these.end - row);
                let (own, rest) = y.split_at_mut(some * n);
                let [at_a, at_b] = place(i);
                let (a, b) = (&a.data[at_a..at_a + of_a], &b.data[at_b..at_b + of_b]);
                sizes.floats(a, b, from, some, own);
                (row, y) = (row + some, rest);
            }
        });
    }

    /// Of `A . B` they are `dY . Bᵀ` and `Aᵀ . dY`.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let ([a, b], dy, [ta, tb]) = ([&at.inputs[0], &at.inputs[1]], at.dy(), self.transposed);
        if !dy.dtype().is_float() {
            return vec![None, None];
        }
        let da = if ta { product(b, dy, [tb, true]) } else { product(dy, b, [false, !tb]) };
        let db = if tb { product(dy, a, [true, ta]) } else { product(a, dy, [!ta, false]) };
        vec![Some(unbroadcast(da, a.shape())), Some(unbroadcast(db, b.shape()))]
    }

    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        let sizes = self.sizes(&inputs[0].shape, &inputs[1].shape);
        let multiply_adds = (outputs[0].shape.size() * sizes.k) as u64;
        let numbers = inputs.iter().map(|x| x.shape.size()).sum::<usize>() + outputs[0].shape.size();
        Cost { multiply_adds, bytes: 4 * numbers as u64 }
    }
}

/// The products of matrices of one type, `(..., m, k)` and `(..., k, n)`, or of those that they hold transposed. What is
/// transposed before is read as it lies in memory.
#[track_caller]
pub(crate) fn product(a: &Symbolic, b: &Symbolic, transposed: [bool; 2]) -> Symbolic {
    let plain = |x: &Symbolic, transposed: bool| match untransposed(x) {
        Some(from) => (from, !transposed),
        None => (x.clone(), transposed),
    };
    let ((a, ta), (b, tb)) = (plain(a, transposed[0]), plain(b, transposed[1]));
    apply(Product { transposed: [ta, tb] }, &[a, b])
}

/// Both as the later of their types; and whether both are of truth values, whose sums are taken as floats.
#[track_caller]
pub(super) fn one_type(a: &Symbolic, b: &Symbolic) -> (Symbolic, Symbolic, bool) {
    let dtype = a.dtype().max(b.dtype());
    let truth = dtype == DType::Bool;
    let dtype = if truth { DType::Float32 } else { dtype };
    (cast_to(a, dtype), cast_to(b, dtype), truth)
}

/// A tensor of the type that a product of its operands has.
#[track_caller]
pub(super) fn of_type(y: Symbolic, truth: bool) -> Symbolic {
    if truth && !y.is_mistake() { cast_to(&y, DType::Bool) } else { y }
}

/// The product of two matrices; of more axes, that of the matrices in the last two, where the axes before broadcast. A
/// vector is a row on the left and a column on the right, and its axis is not in the result.
///
/// Shapes `(..., m, k)` and `(..., k, n)` give `(..., m, n)`.
/// [Keras](https://keras.io/api/ops/numpy/#matmul-function).
#[track_caller]
pub fn matmul(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    for (of, x) in [("x1", &a), ("x2", &b)] {
        if x.ndim() == 0 {
            let problem = Problem::Rank { of, shape: Shape::EMPTY, expected: "at least 1 axis" };
            return Symbolic::mistake("matmul", problem);
        }
    }
    let of_b = b.ndim().saturating_sub(2);
    let k = *a.shape().last().unwrap_or(&1);
    if b.shape()[of_b] != k {
        let why = "it is multiplied with the last axis of x1";
        let shape = b.shape().clone();
        return Symbolic::mistake(
            "matmul",
            Problem::Length { of: "x2", shape, axis: of_b, expected: k, why },
        );
    }
    let (row, column) = (a.ndim() == 1, b.ndim() == 1);
    let (a, b, truth) = one_type(&a, &b);
    let a = if row { shaped(&a, [1, k].into(), "matmul") } else { a };
    let b = if column { shaped(&b, [k, 1].into(), "matmul") } else { b };
    let y = if a.ndim() > 2 && b.ndim() == 2 && untransposed(&a).is_none() {
        // One matrix for all is one large product, whose gradient needs no sum over many.
        let before = &a.shape()[..a.ndim() - 1];
        let flat = shaped(&a, [before.iter().product(), k].into(), "matmul");
        let to = before.iter().copied().chain([b.shape()[1]]).collect();
        shaped(&product(&flat, &b, [false, false]), to, "matmul")
    } else {
        product(&a, &b, [false, false])
    };
    if y.is_mistake() {
        return y;
    }
    let mut to: SmallVec<[usize; 5]> = y.shape().iter().copied().collect();
    if column {
        to.pop();
    }
    if row {
        to.remove(y.ndim() - 2);
    }
    of_type(shaped(&y, to.into_iter().collect(), "matmul"), truth)
}
