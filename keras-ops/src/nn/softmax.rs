//! Softmax and its logarithm, over one axis or several.

use keras_kernels::softmax as kernel;
use keras_kernels::threads::{self, Rows, parts};

use crate::elementwise::{cast_to, exp};
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec, one};
use crate::operand::Operand;
use crate::shapes::shaped;
use crate::strided::permuted;
use crate::symbolic::{apply, mistaken, settled};
use crate::{Axes, DType, Symbolic, sum};

/// What is made of each row along the last axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Softmax {
    /// Of `x`.
    Shares,
    /// Of `x`.
    Logarithms,
    /// Of `y` and `dy`: the gradient of `Shares`.
    SharesBackward,
    /// Of `y` and `dy`: the gradient of `Logarithms`.
    LogarithmsBackward,
}

/// Multiply-adds that an element costs.
const COST: usize = 8;

impl Op for Softmax {
    fn name(&self) -> &'static str {
        match self {
            Softmax::Shares | Softmax::SharesBackward => "softmax",
            Softmax::Logarithms | Softmax::LogarithmsBackward => "log_softmax",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(match self {
            Softmax::Shares => Operation::Softmax,
            Softmax::Logarithms => Operation::LogSoftmax,
            Softmax::SharesBackward => Operation::SoftmaxGradient,
            Softmax::LogarithmsBackward => Operation::LogSoftmaxGradient,
        })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::float(&inputs[0].shape)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let shape = io.inputs[0].shape();
        let n = shape[shape.rank() - 1];
        let to = &mut *io.outputs[0];
        if to.is_empty() {
            return;
        }
        let (rows, work) = (to.len() / n, COST * to.len());
        threads::each(rows, parts(work, rows), Rows::new(to, n), &|these, to| {
            let own = these.start * n..these.end * n;
            let x = &io.inputs[0].data[own.clone()];
            match self {
                Softmax::Shares => {
                    to.data.copy_from_slice(x);
                    kernel::softmax(to.data, n);
                }
                Softmax::Logarithms => {
                    to.data.copy_from_slice(x);
                    kernel::log_softmax(to.data, n);
                }
                Softmax::SharesBackward => kernel::softmax_backward(x, &io.inputs[1].data[own], to.data, n),
                Softmax::LogarithmsBackward => {
                    kernel::log_softmax_backward(x, &io.inputs[1].data[own], to.data, n);
                }
            }
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let g = at.dy();
        let total = |x: Symbolic| sum(x, -1).keepdims(true);
        let pair = |op| apply(op, &[at.outputs[0].clone(), g.clone()]);
        match self {
            Softmax::Shares => vec![Some(pair(Softmax::SharesBackward))],
            Softmax::Logarithms => vec![Some(pair(Softmax::LogarithmsBackward))],
            // y * (dy - sum(y * dy)).
            Softmax::SharesBackward => {
                let (y, dy) = (&at.inputs[0], &at.inputs[1]);
                let of_y = g * (dy - total(y * dy)) - dy * total(g * y);
                vec![Some(of_y), Some(y * (g - total(y * g)))]
            }
            // dy - exp(y) * sum(dy).
            Softmax::LogarithmsBackward => {
                let (y, dy) = (&at.inputs[0], &at.inputs[1]);
                let e = exp(y);
                vec![Some(-(g * &e * total(dy.clone()))), Some(g - total(g * &e))]
            }
        }
    }

    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        let size = outputs[0].shape.size();
        Cost { multiply_adds: (4 * size) as u64, bytes: (4 * size * (inputs.len() + 1)) as u64 }
    }
}

/// The axes last, as one.
#[track_caller]
fn over(op: Softmax, x: &Symbolic, axis: &Axes) -> Result<Symbolic, Problem> {
    let axes = axis.in_order(x.ndim())?;
    if axes.is_empty() {
        return Err(Problem::Argument("a softmax is over at least one axis".to_string()));
    }
    let order: Vec<usize> =
        (0..x.ndim()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
    let kept = x.ndim() - axes.len();
    let turned = permuted(x, &order);
    let row = turned.shape()[kept..].iter().product();
    let flat = turned.shape()[..kept].iter().copied().chain([row]).collect();
    let y = shaped(&apply(op, &[shaped(&turned, flat, "reshape")]), turned.shape().clone(), "reshape");
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(i, axis)| back[*axis] = i);
    Ok(permuted(&y, &back))
}

#[track_caller]
fn of(op: Softmax, name: &'static str, x: impl Operand, axis: &Axes) -> Symbolic {
    let x = cast_to(&x.symbolic(), DType::Float32);
    match mistaken(&[&x]) {
        Some(mistake) => mistake,
        None => settled(name, over(op, &x, axis)),
    }
}

/// `exp(x) / sum(exp(x))` over `axis` (Keras's default is -1), or over several axes together. The shape stays.
/// [Keras](https://keras.io/api/ops/nn/#softmax-function).
#[track_caller]
pub fn softmax(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    of(Softmax::Shares, "softmax", x, &axis.into())
}

/// The logarithm of [`softmax`], which is finite where that is too small for a number.
/// [Keras](https://keras.io/api/ops/nn/#logsoftmax-function).
#[track_caller]
pub fn log_softmax(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    of(Softmax::Logarithms, "log_softmax", x, &axis.into())
}
