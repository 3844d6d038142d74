//! Several tensors as one, and one as several.

use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, one};
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::strided::sliced;
use crate::symbolic::apply;
use crate::{DType, Shape, Symbolic, ravel, split, swapaxes};

/// Tensors of one type, one after the other along an axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Concatenate {
    axis: usize,
}

impl Op for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Concatenate { axis: self.axis })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let first = &inputs[0].shape;
        let mut length = 0;
        for (i, x) in inputs.iter().enumerate() {
            let fits = x.shape.rank() == first.rank()
                && (0..first.rank()).all(|axis| axis == self.axis || x.shape[axis] == first[axis]);
            if !fits {
                return Err(Problem::Argument(format!(
                    "tensor {i} has the shape {}, the first {first}: they may differ in the length of axis {} alone",
                    x.shape, self.axis
                )));
            }
            length += x.shape[self.axis];
        }
        Ok(one(Spec::new(first.clone().with(self.axis, length), inputs[0].dtype)))
    }

    /// Elements of every type are copied by their bits.
    fn eval(&self, io: Eval<'_, '_>) {
        let shape = &io.specs[0].shape;
        let row: usize = shape[self.axis..].iter().product();
        if row == 0 {
            return;
        }
        let mut start = 0;
        for x in io.inputs {
            let n: usize = x.shape()[self.axis..].iter().product();
            if n > 0 {
                let to = io.outputs[0].chunks_exact_mut(row);
                to.zip(x.data.chunks_exact(n)).for_each(|(to, x)| to[start..start + n].copy_from_slice(x));
            }
            start += n;
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let mut start = 0;
        let mut part = |x: &Symbolic| {
            let count = x.shape()[self.axis];
            let part = sliced(at.dy(), self.axis, start, 1, count);
            start += count;
            Some(part)
        };
        at.inputs.iter().map(&mut part).collect()
    }
}

/// Tensors of one type, at least one, that differ at most in the length of an axis, one after the other along that.
#[track_caller]
pub(crate) fn joined(parts: &[Symbolic], axis: usize) -> Symbolic {
    match parts {
        [x] => x.clone(),
        _ => apply(Concatenate { axis }, parts),
    }
}

/// The tensors in the type of the latest of their types.
fn alike(xs: impl IntoIterator<Item = impl Operand>) -> Vec<Symbolic> {
    let xs: Vec<Symbolic> = xs.into_iter().map(|x| x.symbolic()).collect();
    let dtype = xs.iter().map(Symbolic::dtype).max().unwrap_or(DType::Float32);
    xs.iter().map(|x| cast_to(x, dtype)).collect()
}

/// The tensors one after the other along `axis`, the only axis in whose length they may differ.
///
/// `(a, 2, c)` and `(a, 3, c)` give `(a, 5, c)` along axis 1.
/// [Keras](https://keras.io/api/ops/numpy/#concatenate-function).
#[track_caller]
pub fn concatenate(xs: impl IntoIterator<Item = impl Operand>, axis: isize) -> Symbolic {
    let xs = alike(xs);
    if let Some(mistake) = xs.iter().find(|x| x.is_mistake()) {
        return mistake.clone();
    }
    let Some(first) = xs.first() else {
        return Symbolic::invalid("concatenate", "there is no tensor to take: give at least one".to_string());
    };
    match axis_of(axis, first.ndim()) {
        Ok(axis) => joined(&xs, axis),
        Err(problem) => Symbolic::mistake("concatenate", problem),
    }
}

/// Tensors of one shape along a new axis, which is `axis` of the result.
///
/// Three of shape `(a, b)` give `(a, 3, b)` with axis 1.
/// [Keras](https://keras.io/api/ops/numpy/#stack-function).
#[track_caller]
pub fn stack(x: impl IntoIterator<Item = impl Operand>, axis: isize) -> Symbolic {
    let xs = alike(x);
    if let Some(mistake) = xs.iter().find(|x| x.is_mistake()) {
        return mistake.clone();
    }
    let Some(shape) = xs.first().map(|x| x.shape().clone()) else {
        return Symbolic::invalid("stack", "there is no tensor to take: give at least one".to_string());
    };
    if let Some(i) = xs.iter().position(|x| x.shape() != &shape) {
        let other = xs[i].shape();
        let text = format!("tensor {i} has the shape {other}, the first {shape}: all must have the same");
        return Symbolic::invalid("stack", text);
    }
    match axis_of(axis, shape.rank() + 1) {
        Err(problem) => Symbolic::mistake("stack", problem),
        Ok(axis) => {
            let mut to = shape.to_vec();
            to.insert(axis, 1);
            let parts: Vec<Symbolic> = xs.iter().map(|x| shaped(x, to.clone().into(), "stack")).collect();
            joined(&parts, axis)
        }
    }
}

/// The parts along `axis`, which they lack.
#[track_caller]
pub fn unstack(x: impl Operand, axis: isize) -> Vec<Symbolic> {
    let x = x.symbolic();
    if x.is_mistake() {
        return vec![x];
    }
    match axis_of(axis, x.ndim()) {
        Err(problem) => vec![Symbolic::mistake("unstack", problem)],
        Ok(at) if x.shape()[at] == 0 => Vec::new(),
        Ok(at) => {
            let parts = split(&x, x.shape()[at], axis);
            parts.into_iter().map(|part| crate::squeeze(part, axis)).collect()
        }
    }
}

/// Both, one after the other along `axis`; without one, both as one row.
#[track_caller]
pub fn append(x1: impl Operand, x2: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    match axis.into() {
        Some(axis) => concatenate([x1.symbolic(), x2.symbolic()], axis),
        None => concatenate([ravel(x1), ravel(x2)], 0),
    }
}

/// Matrices whose elements are the coordinates of a grid, one for each axis: the first axis is that of the first operand
/// with `ij`, that of the second without (Keras's default, `xy`).
#[track_caller]
pub fn meshgrid(x: &[&dyn Operand], ij: bool) -> Vec<Symbolic> {
    let axes: Vec<Symbolic> = x.iter().map(|x| ravel(x.symbolic())).collect();
    let lengths: Shape = axes.iter().map(|x| x.shape().size()).collect();
    let spread = axes.iter().enumerate().map(|(k, x)| {
        let to = (0..axes.len()).map(|axis| if axis == k { lengths[k] } else { 1 }).collect();
        crate::broadcast_to(shaped(x, to, "meshgrid"), &lengths)
    });
    spread.map(|x| if ij || axes.len() < 2 { x } else { swapaxes(x, 0, 1) }).collect()
}
