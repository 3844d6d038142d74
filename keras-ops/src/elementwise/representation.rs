//! Floats as their bits have them.

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, one};
use crate::operand::Operand;
use crate::shapes::{broadcast_strides, each_place};
use crate::symbolic::{apply, mistaken, settled};
use crate::{DType, Symbolic, cast};

/// The next float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NextAfter;

impl NextAfter {
    fn of(a: f32, b: f32) -> f32 {
        if a.is_nan() || b.is_nan() {
            f32::NAN
        } else if a == b {
            b
        } else if a < b {
            a.next_up()
        } else {
            a.next_down()
        }
    }
}

impl Op for NextAfter {
    fn name(&self) -> &'static str {
        "nextafter"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::NextAfter)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let [a, b] = [&inputs[0].shape, &inputs[1].shape];
        let shape = a.broadcast(b).ok_or_else(|| Problem::Broadcast { a: a.clone(), b: b.clone() })?;
        Ok(one(Spec::float(shape)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let shape = &io.specs[0].shape;
        let strides = [0, 1].map(|i| broadcast_strides(io.inputs[i].shape(), shape));
        let (a, b) = (io.inputs[0].data, io.inputs[1].data);
        let to = &mut *io.outputs[0];
        each_place(shape, &strides, |at, [i, j]| to[at] = NextAfter::of(a[i], b[j]));
    }

    /// None, as on JAX.
    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None, None]
    }
}

/// The float next to `x1` on the way to `x2`. [Keras](https://keras.io/api/ops/numpy/#nextafter-function).
#[track_caller]
pub fn nextafter(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (cast(x1, DType::Float32), cast(x2, DType::Float32));
    match mistaken(&[&a, &b]) {
        Some(mistake) => mistake,
        None => apply(NextAfter, &[a, b]),
    }
}

/// The same bits as another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Bitcast(DType);

impl Op for Bitcast {
    fn name(&self) -> &'static str {
        "view"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Bitcast { dtype: self.0 })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&inputs[0].shape, self.0)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        io.outputs[0].copy_from_slice(io.inputs[0].data);
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}

/// The bits of floats as integers, or of integers as floats: a truth value has fewer.
/// [Keras](https://keras.io/api/ops/numpy/#view-function).
#[track_caller]
pub fn view(x: impl Operand, dtype: DType) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() || x.dtype() == dtype {
        return x;
    }
    let made = match [x.dtype(), dtype].contains(&DType::Bool) {
        true => Err(Problem::Argument("a truth value has no 32 bits to be another number".to_string())),
        false => Ok(apply(Bitcast(dtype), &[x])),
    };
    settled("view", made)
}
