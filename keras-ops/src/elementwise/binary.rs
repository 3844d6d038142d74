//! Functions of two tensors.

use keras_kernels::tile::Binary as B;

use super::{Elementwise, IntegerBinary, cast_to, log, where_};
use crate::create::{Number, number_of};
use crate::error::Problem;
use crate::gradient::unbroadcast;
use crate::graph::Operation;
use crate::op::{Applied, Op, Outputs, Run, Spec, one};
use crate::operand::Operand;
use crate::shapes::{broadcast_to, repeated};
use crate::symbolic::apply;
use crate::{DType, Symbolic};

/// A function of floats or truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Binary {
    name: &'static str,
    f: B,
    to: DType,
}

impl Op for Binary {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Binary(self.f))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let [a, b] = [&inputs[0].shape, &inputs[1].shape];
        let shape = a.broadcast(b).ok_or_else(|| Problem::Broadcast { a: a.clone(), b: b.clone() })?;
        Ok(one(Spec::new(shape, self.to)))
    }

    fn run(&self) -> Run<'_> {
        Run::Elementwise(Elementwise::Binary(self.f))
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let [a, b] = [&at.inputs[0], &at.inputs[1]];
        let (y, dy) = (&at.outputs[0], at.dy());
        if self.to != DType::Float32 {
            return vec![None, None];
        }
        // At ties each gets half, and where one is NaN neither gets anything, as JAX has it.
        let picks = |first: Symbolic, second: Symbolic| {
            let half = where_(equal(a, b), 0.5, 0.0);
            (dy * where_(first, 1.0, &half), dy * where_(second, 1.0, half))
        };
        let (da, db) = match self.f {
            B::Add => (dy.clone(), dy.clone()),
            B::Subtract => {
                // Negated last: the sum over what was broadcast is smaller.
                let [da, db] = [a, b].map(|x| unbroadcast(dy.clone(), x.shape()));
                return vec![Some(da), Some(-db)];
            }
            B::Multiply => (dy * b, dy * a),
            B::Divide => (dy / b, -(dy * (y / b))),
            B::Maximum => picks(greater(a, b), less(a, b)),
            B::Minimum => picks(less(a, b), greater(a, b)),
            B::Power => {
                let da = where_(equal(b, 0.0), 0.0, dy * b * power(a, b - 1.0));
                // The logarithm of 0 and below has no place in a gradient.
                let positive = greater(a, 0.0);
                let log_a = log(where_(&positive, a, 1.0));
                (da, where_(positive, dy * y * log_a, 0.0))
            }
            B::Mod => (dy.clone(), -(dy * floor_divide(a, b))),
            B::FloorDivide => return vec![None, None],
            B::Arctan2 => {
                let square = a * a + b * b;
                (dy * (b / &square), -(dy * (a / &square)))
            }
            B::Hypot => (dy * a / y, dy * b / y),
            B::Logaddexp => {
                // Infinity is all of what it is added to.
                let share = |x: &Symbolic| where_(equal(x, f32::INFINITY), 1.0, super::exp(x - y));
                (dy * share(a), dy * share(b))
            }
            _ => return vec![None, None],
        };
        vec![Some(unbroadcast(da, a.shape())), Some(unbroadcast(db, b.shape()))]
    }
}

/// Both operands as one type: the later of theirs, and of `least`.
#[track_caller]
fn promoted(a: impl Operand, b: impl Operand, least: DType) -> (Symbolic, Symbolic, DType) {
    let (a, b) = (a.symbolic(), b.symbolic());
    let dtype = a.dtype().max(b.dtype()).max(least);
    (cast_to(&a, dtype), cast_to(&b, dtype), dtype)
}

/// A function of two floats, and of two integers where they have it.
#[track_caller]
fn arithmetic(
    a: impl Operand,
    b: impl Operand,
    f: B,
    integer: Option<IntegerBinary>,
    name: &'static str,
) -> Symbolic {
    let least = if integer.is_some() { DType::Int32 } else { DType::Float32 };
    let (a, b, dtype) = promoted(a, b, least);
    if let (DType::Int32, Some(integer)) = (dtype, integer) {
        return apply(integer, &[a, b]);
    }
    // What leaves every number as it is, NaN and signs of 0 too.
    let is = |x: &Symbolic, number: f32| number_of(x) == Some(Number::float(number));
    let fits =
        |x: &Symbolic, other: &Symbolic| x.shape().broadcast(other.shape()).as_ref() == Some(x.shape());
    let op = Binary { name, f, to: DType::Float32 };
    let (a, b) = if f == B::Multiply && number_of(&a).is_some() { (b, a) } else { (a, b) };
    match f {
        B::Multiply if is(&b, 1.0) && fits(&a, &b) => a,
        B::Multiply if is(&a, 1.0) && fits(&b, &a) => b,
        B::Divide | B::Power if is(&b, 1.0) && fits(&a, &b) => a,
        B::Subtract if is(&b, 0.0) && fits(&a, &b) => a,
        // With a number for all: before the elements are repeated.
        B::Multiply | B::Divide if number_of(&b).is_some() && repeated(&a).is_some() => {
            broadcast_to(apply(op, &[repeated(&a).unwrap_or(a.clone()), b]), a.shape())
        }
        _ => apply(op, &[a, b]),
    }
}

macro_rules! arithmetic {
    ($($(#[$doc:meta])* $name:ident $f:ident $integer:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x1: impl Operand, x2: impl Operand) -> Symbolic {
            arithmetic(x1, x2, B::$f, $integer, stringify!($name))
        }
    )* };
}

use IntegerBinary as I;

arithmetic! {
    /// `x1 + x2`.
    add Add Some(I::Add);
    /// `x1 - x2`.
    subtract Subtract Some(I::Subtract);
    /// `x1 * x2`.
    multiply Multiply Some(I::Multiply);
    /// `x1 / x2`, as floats.
    divide Divide None;
    /// `x1 / x2`, as floats: [`divide`] under its other name.
    true_divide Divide None;
    /// The larger of the two; NaN where one of them is.
    maximum Maximum Some(I::Maximum);
    /// The smaller of the two; NaN where one of them is.
    minimum Minimum Some(I::Minimum);
    /// `x1` to the power of `x2`.
    power Power Some(I::Power);
    /// The quotient rounded down. Of integers: what divides by 0 is 0.
    floor_divide FloorDivide Some(I::FloorDivide);
    /// The angle of the point `(x2, x1)`, from -π to π.
    arctan2 Arctan2 None;
    /// `sqrt(x1² + x2²)`, which does not overflow on the way.
    hypot Hypot None;
    /// `log(exp(x1) + exp(x2))`, which does not overflow on the way.
    logaddexp Logaddexp None;
}

/// What [`floor_divide`] leaves: it has the sign of `x2`, as Python's `%`. Of integers: what divides by 0 is 0.
#[track_caller]
pub fn mod_(x1: impl Operand, x2: impl Operand) -> Symbolic {
    arithmetic(x1, x2, B::Mod, Some(I::Mod), "mod")
}

/// `(x1 - x2)²`.
#[track_caller]
pub fn squared_difference(x1: impl Operand, x2: impl Operand) -> Symbolic {
    super::square(subtract(x1, x2))
}

/// `x1 / x2`, and 0 where `x2` is 0; no gradient is NaN there.
#[track_caller]
pub fn divide_no_nan(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b, _) = promoted(x1, x2, DType::Float32);
    let zero = equal(&b, 0.0);
    where_(&zero, 0.0, a / where_(&zero, 1.0, &b))
}

/// A truth value of every pair.
#[track_caller]
fn compare(a: impl Operand, b: impl Operand, f: B, integer: IntegerBinary, name: &'static str) -> Symbolic {
    let (a, b, dtype) = promoted(a, b, DType::Bool);
    match dtype {
        DType::Int32 => apply(integer, &[a, b]),
        _ => apply(Binary { name, f, to: DType::Bool }, &[a, b]),
    }
}

/// A truth value of every pair of truth values.
#[track_caller]
fn logic(a: impl Operand, b: impl Operand, f: B, name: &'static str) -> Symbolic {
    let truth = |x: Symbolic| cast_to(&x, DType::Bool);
    apply(Binary { name, f, to: DType::Bool }, &[truth(a.symbolic()), truth(b.symbolic())])
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $f:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x1: impl Operand, x2: impl Operand) -> Symbolic {
            compare(x1, x2, B::$f, I::$f, stringify!($name))
        }
    )* };
}

comparisons! {
    /// Whether `x1 == x2`.
    equal Equal;
    /// Whether `x1 != x2`.
    not_equal NotEqual;
    /// Whether `x1 < x2`.
    less Less;
    /// Whether `x1 <= x2`.
    less_equal LessEqual;
    /// Whether `x1 > x2`.
    greater Greater;
    /// Whether `x1 >= x2`.
    greater_equal GreaterEqual;
}

macro_rules! logic {
    ($($(#[$doc:meta])* $name:ident $f:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x1: impl Operand, x2: impl Operand) -> Symbolic {
            logic(x1, x2, B::$f, stringify!($name))
        }
    )* };
}

logic! {
    /// Whether both are true.
    logical_and And;
    /// Whether one of the two is true, or both.
    logical_or Or;
    /// Whether exactly one of the two is true.
    logical_xor Xor;
}
