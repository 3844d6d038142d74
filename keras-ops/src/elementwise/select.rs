//! Choosing between tensors.

use super::{Elementwise, cast_to, maximum, minimum};
use crate::error::Problem;
use crate::gradient::unbroadcast;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Input, Op, Outputs, Run, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shapes::broadcast_strides;
use crate::symbolic::apply;
use crate::{DType, Shape, Symbolic};

/// `x1` where the condition is true, else `x2`.
#[track_caller]
pub fn where_(condition: impl Operand, x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    let dtype = a.dtype().max(b.dtype());
    let condition = cast_to(&condition.symbolic(), DType::Bool);
    apply(Where { dtype }, &[condition, cast_to(&a, dtype), cast_to(&b, dtype)])
}

/// `x`, no smaller than `x_min` and no larger than `x_max`; NaN stays.
#[track_caller]
pub fn clip(x: impl Operand, x_min: impl Operand, x_max: impl Operand) -> Symbolic {
    minimum(maximum(x, x_min), x_max)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Where {
    dtype: DType,
}

impl Op for Where {
    fn name(&self) -> &'static str {
        "where"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Where)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let join = |a: &Shape, b: &Shape| {
            a.broadcast(b).ok_or_else(|| Problem::Broadcast { a: a.clone(), b: b.clone() })
        };
        let shape = join(&join(&inputs[0].shape, &inputs[1].shape)?, &inputs[2].shape)?;
        Ok(one(Spec::new(shape, self.dtype)))
    }

    fn run(&self) -> Run<'_> {
        if self.dtype == DType::Int32 { Run::Kernel } else { Run::Elementwise(Elementwise::Where) }
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let shape = &io.specs[0].shape;
        let strides = [0, 1, 2].map(|i| broadcast_strides(io.inputs[i].shape(), shape));
        let [condition, a, b]: [&Input<'_>; 3] = [&io.inputs[0], &io.inputs[1], &io.inputs[2]];
        let (a, b) = (a.integers(), b.integers());
        let to = integers_mut(io.outputs[0]);
        crate::shapes::each_place(shape, &strides, |at, [i, j, k]| {
            to[at] = if condition.data[i] != 0.0 { a[j] } else { b[k] };
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        if self.dtype != DType::Float32 {
            return vec![None; 3];
        }
        let (condition, dy) = (&at.inputs[0], at.dy());
        let da = where_(condition, dy, 0.0);
        let db = where_(condition, 0.0, dy);
        vec![None, Some(unbroadcast(da, at.inputs[1].shape())), Some(unbroadcast(db, at.inputs[2].shape()))]
    }
}
