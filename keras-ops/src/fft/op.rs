//! The transform of rows: by powers of two, other lengths as a convolution of one (Bluestein).

use core::f64::consts::PI;

use crate::Symbolic;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec, one};
use crate::symbolic::{apply, apply_all};

/// Of complex numbers along the last axis (real parts, imaginary parts, [`table`]), without a factor: `sum x[k] exp(-2 pi i j k / n)`, `+` in the inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fft {
    pub inverse: bool,
}

/// Real and imaginary part.
type Complex = [f64; 2];

fn multiply([a, b]: Complex, [c, d]: Complex) -> Complex {
    [a * c - b * d, a * d + b * c]
}

/// `exp(-pi i k / n)`.
fn turn(k: usize, n: usize) -> Complex {
    let (sin, cos) = (PI * (k % (2 * n)) as f64 / n as f64).sin_cos();
    [cos, -sin]
}

/// The power of two by which a length is transformed.
fn by(n: usize) -> usize {
    if n.is_power_of_two() { n } else { (2 * n - 1).next_power_of_two() }
}

/// The transform of a power of two; `roots` are `exp(-2 pi i k / n)` for the first half of `k`.
fn power_of_two(x: &mut [Complex], roots: &[Complex]) {
    let n = x.len();
    if n < 2 {
        return;
    }
    let shift = usize::BITS - n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> shift;
        if i < j {
            x.swap(i, j);
        }
    }
    let mut width = 1;
    while width < n {
        let step = n / (2 * width);
        for pair in x.chunks_exact_mut(2 * width) {
            let (low, high) = pair.split_at_mut(width);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let odd = multiply(*b, roots[k * step]);
                (*a, *b) = ([a[0] + odd[0], a[1] + odd[1]], [a[0] - odd[0], a[1] - odd[1]]);
            }
        }
        width *= 2;
    }
}

/// Transforms the `n` numbers at the start of `work`; `table` is what [`Table`] computes.
fn transform(n: usize, table: &[Complex], work: &mut [Complex]) {
    let m = work.len();
    let (roots, rest) = table.split_at(m / 2);
    if m == n {
        return power_of_two(work, roots);
    }
    let (turns, with) = rest.split_at(n);
    for (x, turn) in work.iter_mut().zip(turns) {
        *x = multiply(*x, *turn);
    }
    work[n..].fill([0.0; 2]);
    power_of_two(work, roots);
    // Back by the transform of the conjugate.
    for (x, with) in work.iter_mut().zip(with) {
        let [re, im] = multiply(*x, *with);
        *x = [re, -im];
    }
    power_of_two(work, roots);
    for (x, turn) in work.iter_mut().zip(turns) {
        *x = multiply([x[0] / m as f64, -x[1] / m as f64], *turn);
    }
}

/// What is computed once for all transforms of a length, each f64 in the place of two numbers: roots of unity; for lengths
/// that are no power of two also the turns, and the transform of what is convolved with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Table {
    n: usize,
}

/// The table for transforms of `n` numbers.
pub(super) fn table(n: usize) -> Symbolic {
    apply(Table { n }, &[])
}

impl Op for Table {
    fn name(&self) -> &'static str {
        "fft"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::FftTable { length: self.n })
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        let m = by(self.n);
        let numbers = m / 2 + if m == self.n { 0 } else { self.n + m };
        Ok(one(Spec::float([4 * numbers])))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (n, m) = (self.n, by(self.n));
        if io.outputs[0].is_empty() {
            return;
        }
        let all: &mut [Complex] = bytemuck::cast_slice_mut(&mut *io.outputs[0]);
        let (roots, rest) = all.split_at_mut(m / 2);
        roots.iter_mut().enumerate().for_each(|(k, root)| *root = turn(2 * k, m));
        if m == n {
            return;
        }
        let (turns, with) = rest.split_at_mut(n);
        with.fill([0.0; 2]);
        for (k, at) in turns.iter_mut().enumerate() {
            *at = turn((k as u128 * k as u128 % (2 * n as u128)) as usize, n);
            with[k] = [at[0], -at[1]];
            with[(m - k) % m] = with[k];
        }
        power_of_two(with, roots);
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        Vec::new()
    }
}

impl Op for Fft {
    fn name(&self) -> &'static str {
        "fft"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Fft { inverse: self.inverse })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let shape = &inputs[0].shape;
        if shape.last().is_none_or(|n| *n == 0) {
            return Err(Problem::Argument(format!(
                "there is nothing to transform along the last axis of {shape}"
            )));
        }
        Ok([Spec::float(shape), Spec::float(shape)].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        inputs[0].shape.last().map_or(0, |n| 4 * by(*n))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let n = io.specs[0].shape.last().copied().unwrap_or(1);
        let sign = if self.inverse { -1.0 } else { 1.0 };
        // Nothing lies nowhere in particular.
        let table = io.inputs[2].data;
        let table: &[Complex] = if table.is_empty() { &[] } else { bytemuck::cast_slice(table) };
        let work: &mut [Complex] = bytemuck::cast_slice_mut(&mut *io.scratch);
        let [re, im] = io.outputs else { unreachable!("two outputs") };
        let from = io.inputs[0].data.chunks_exact(n).zip(io.inputs[1].data.chunks_exact(n));
        let to = re.chunks_exact_mut(n).zip(im.chunks_exact_mut(n));
        for ((a, b), (c, d)) in from.zip(to) {
            for (x, (a, b)) in work.iter_mut().zip(a.iter().zip(b)) {
                *x = [f64::from(*a), sign * f64::from(*b)];
            }
            transform(n, table, work);
            for ((c, d), x) in c.iter_mut().zip(d).zip(&*work) {
                (*c, *d) = (x[0] as f32, (sign * x[1]) as f32);
            }
        }
    }

    /// The matrix of the transform is symmetric: its adjoint is the inverse without a factor.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let inputs = [at.dy_of(0), at.dy_of(1), at.inputs[2].clone()];
        let back = apply_all(Fft { inverse: !self.inverse }, &inputs);
        back.into_iter().map(Some).chain([None]).collect()
    }

    fn cost(&self, inputs: &[&Spec], _: &[Spec]) -> Cost {
        let size = inputs[0].shape.size() as u64;
        let n = inputs[0].shape.last().copied().unwrap_or(1).max(2);
        Cost { multiply_adds: 4 * size * u64::from(n.ilog2() + 1), bytes: 16 * size }
    }
}
