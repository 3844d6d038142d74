//! Integers: arithmetic wraps around, as on the other backends.

use keras_kernels::tile;

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::shapes::{broadcast_strides, each_place};
use crate::{DType, Symbolic};

/// A function of one integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IntegerUnary {
    Negative,
    Absolute,
    Sign,
    Square,
}

impl Op for IntegerUnary {
    fn name(&self) -> &'static str {
        match self {
            IntegerUnary::Negative => "negative",
            IntegerUnary::Absolute => "absolute",
            IntegerUnary::Sign => "sign",
            IntegerUnary::Square => "square",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Unary(match self {
            IntegerUnary::Negative => tile::Unary::Negative,
            IntegerUnary::Absolute => tile::Unary::Absolute,
            IntegerUnary::Sign => tile::Unary::Sign,
            IntegerUnary::Square => tile::Unary::Square,
        }))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(inputs[0].clone()))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let to = integers_mut(io.outputs[0]);
        let f: fn(i32) -> i32 = match self {
            IntegerUnary::Negative => i32::wrapping_neg,
            IntegerUnary::Absolute => i32::wrapping_abs,
            IntegerUnary::Sign => i32::signum,
            IntegerUnary::Square => |x| x.wrapping_mul(x),
        };
        to.iter_mut().zip(io.inputs[0].integers()).for_each(|(to, x)| *to = f(*x));
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}

/// A function of two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IntegerBinary {
    Add,
    Subtract,
    Multiply,
    Maximum,
    Minimum,
    Power,
    FloorDivide,
    Mod,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl IntegerBinary {
    /// Whether it gives truth values.
    fn compares(self) -> bool {
        use IntegerBinary as I;
        matches!(self, I::Equal | I::NotEqual | I::Less | I::LessEqual | I::Greater | I::GreaterEqual)
    }

    fn of(self, a: i32, b: i32) -> i32 {
        use IntegerBinary as I;
        let remainder = || if b == 0 { 0 } else { a.wrapping_rem(b) };
        // Python rounds quotients down, Rust towards 0.
        let apart = remainder() != 0 && (remainder() < 0) != (b < 0);
        match self {
            I::Add => a.wrapping_add(b),
            I::Subtract => a.wrapping_sub(b),
            I::Multiply => a.wrapping_mul(b),
            I::Maximum => a.max(b),
            I::Minimum => a.min(b),
            I::Power => power(a, b),
            I::FloorDivide if b == 0 => 0,
            I::FloorDivide => a.wrapping_div(b) - i32::from(apart),
            I::Mod => remainder() + if apart { b } else { 0 },
            I::Equal => i32::from(a == b),
            I::NotEqual => i32::from(a != b),
            I::Less => i32::from(a < b),
            I::LessEqual => i32::from(a <= b),
            I::Greater => i32::from(a > b),
            I::GreaterEqual => i32::from(a >= b),
        }
    }
}

/// What is left of a power with a negative exponent is 0, except of 1 and -1.
fn power(a: i32, b: i32) -> i32 {
    match (a, u32::try_from(b)) {
        (_, Ok(b)) => a.wrapping_pow(b),
        (1, _) => 1,
        (-1, _) => {
            if b % 2 == 0 {
                1
            } else {
                -1
            }
        }
        _ => 0,
    }
}

impl Op for IntegerBinary {
    fn name(&self) -> &'static str {
        use IntegerBinary as I;
        match self {
            I::Add => "add",
            I::Subtract => "subtract",
            I::Multiply => "multiply",
            I::Maximum => "maximum",
            I::Minimum => "minimum",
            I::Power => "power",
            I::FloorDivide => "floor_divide",
            I::Mod => "mod",
            I::Equal => "equal",
            I::NotEqual => "not_equal",
            I::Less => "less",
            I::LessEqual => "less_equal",
            I::Greater => "greater",
            I::GreaterEqual => "greater_equal",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        use IntegerBinary as I;
        use tile::Binary as B;
        Some(Operation::Binary(match self {
            I::Add => B::Add,
            I::Subtract => B::Subtract,
            I::Multiply => B::Multiply,
            I::Maximum => B::Maximum,
            I::Minimum => B::Minimum,
            I::Power => B::Power,
            I::FloorDivide => B::FloorDivide,
            I::Mod => B::Mod,
            I::Equal => B::Equal,
            I::NotEqual => B::NotEqual,
            I::Less => B::Less,
            I::LessEqual => B::LessEqual,
            I::Greater => B::Greater,
            I::GreaterEqual => B::GreaterEqual,
        }))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let [a, b] = [&inputs[0].shape, &inputs[1].shape];
        let shape = a.broadcast(b).ok_or_else(|| Problem::Broadcast { a: a.clone(), b: b.clone() })?;
        Ok(one(Spec::new(shape, if self.compares() { DType::Bool } else { DType::Int32 })))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let shape = &io.specs[0].shape;
        let strides = [0, 1].map(|i| broadcast_strides(io.inputs[i].shape(), shape));
        let (a, b) = (io.inputs[0].integers(), io.inputs[1].integers());
        if self.compares() {
            let to = &mut io.outputs[0];
            each_place(shape, &strides, |at, [i, j]| to[at] = self.of(a[i], b[j]) as f32);
        } else {
            let to = integers_mut(io.outputs[0]);
            each_place(shape, &strides, |at, [i, j]| to[at] = self.of(a[i], b[j]));
        }
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None, None]
    }
}

/// To integers or from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cast {
    pub from: DType,
    pub to: DType,
}

impl Op for Cast {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Cast)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&inputs[0].shape, self.to)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let x = &io.inputs[0];
        match self.to {
            DType::Int32 => {
                integers_mut(io.outputs[0]).iter_mut().zip(x.data).for_each(|(to, x)| *to = *x as i32);
            }
            DType::Float32 => io.outputs[0].iter_mut().zip(x.integers()).for_each(|(to, x)| *to = *x as f32),
            DType::Bool => {
                io.outputs[0]
                    .iter_mut()
                    .zip(x.integers())
                    .for_each(|(to, x)| *to = f32::from(u8::from(*x != 0)));
            }
        }
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}
