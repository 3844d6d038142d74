//! Functions of the bits of integers, and of what divides them.

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shapes::{broadcast_strides, each_place};
use crate::symbolic::{apply, mistaken};
use crate::{DType, Symbolic, cast, logical_not, not_equal};

/// A function of two integers that arithmetic does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bits {
    /// The bits that both have.
    And,
    /// The bits that one of the two has.
    Or,
    /// The bits that exactly one of the two has.
    Xor,
    /// The bits of the first moved up by as many places as the second says; 0 from 32 places on.
    LeftShift,
    /// The bits of the first moved down, with its sign in the places that become free.
    RightShift,
    /// The greatest common divisor.
    Gcd,
    /// The least common multiple, which wraps around.
    Lcm,
}

impl Bits {
    fn of(self, a: i32, b: i32) -> i32 {
        // As on JAX, a negative number of places is one of many.
        let places = u32::try_from(b).unwrap_or(u32::MAX);
        match self {
            Bits::And => a & b,
            Bits::Or => a | b,
            Bits::Xor => a ^ b,
            Bits::LeftShift => a.checked_shl(places).unwrap_or(0),
            Bits::RightShift => a >> places.min(31),
            Bits::Gcd => divisor(a, b),
            Bits::Lcm if a == 0 || b == 0 => 0,
            Bits::Lcm => a.wrapping_div(divisor(a, b)).wrapping_mul(b).wrapping_abs(),
        }
    }
}

/// Euclid's algorithm.
fn divisor(a: i32, b: i32) -> i32 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i32
}

impl Op for Bits {
    fn name(&self) -> &'static str {
        match self {
            Bits::And => "bitwise_and",
            Bits::Or => "bitwise_or",
            Bits::Xor => "bitwise_xor",
            Bits::LeftShift => "left_shift",
            Bits::RightShift => "right_shift",
            Bits::Gcd => "gcd",
            Bits::Lcm => "lcm",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Bits(*self))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        if let Some(other) = inputs.iter().find(|x| x.dtype != DType::Int32) {
            return Err(Problem::Type { of: "an operand", found: other.dtype, expected: "int32" });
        }
        let [a, b] = [&inputs[0].shape, &inputs[1].shape];
        let shape = a.broadcast(b).ok_or_else(|| Problem::Broadcast { a: a.clone(), b: b.clone() })?;
        Ok(one(Spec::new(shape, DType::Int32)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let shape = &io.specs[0].shape;
        let strides = [0, 1].map(|i| broadcast_strides(io.inputs[i].shape(), shape));
        let (a, b) = (io.inputs[0].integers(), io.inputs[1].integers());
        let to = integers_mut(io.outputs[0]);
        each_place(shape, &strides, |at, [i, j]| to[at] = self.of(a[i], b[j]));
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None, None]
    }
}

/// A function of integers; truth values beside integers are 0 and 1, and of truth values alone it gives a truth value where
/// `truth` says so.
#[track_caller]
fn bits(x1: impl Operand, x2: impl Operand, f: Bits, truth: bool) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    let whole = |x: &Symbolic| if x.dtype() == DType::Bool { cast(x, DType::Int32) } else { x.clone() };
    let y = apply(f, &[whole(&a), whole(&b)]);
    let both = a.dtype() == DType::Bool && b.dtype() == DType::Bool;
    if both && truth && !y.is_mistake() { not_equal(y, 0) } else { y }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $f:ident $truth:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x1: impl Operand, x2: impl Operand) -> Symbolic {
            bits(x1, x2, Bits::$f, $truth)
        }
    )* };
}

functions! {
    /// The bits that both integers have. [Keras](https://keras.io/api/ops/numpy/#bitwiseand-function).
    bitwise_and And true;
    /// The bits that one of two integers has, or both.
    bitwise_or Or true;
    /// The bits that exactly one of two integers has.
    bitwise_xor Xor true;
    /// The bits of integers moved up by `x2` places: `x1 * 2^x2`, which wraps around; 0 from 32 places on.
    left_shift LeftShift false;
    /// [`left_shift`] under its other name.
    bitwise_left_shift LeftShift false;
    /// The bits of integers moved down by `x2` places: `x1 / 2^x2` rounded down.
    right_shift RightShift false;
    /// [`right_shift`] under its other name.
    bitwise_right_shift RightShift false;
    /// The greatest common divisor of integers, which is not negative; of 0 and a number its size.
    gcd Gcd false;
    /// The least common multiple of integers, which is not negative; 0 where one of them is 0.
    lcm Lcm false;
}

/// Integers with all of their bits turned over: `-x - 1`. Of truth values their opposite.
#[track_caller]
pub fn bitwise_invert(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() == DType::Bool { logical_not(x) } else { bitwise_xor(x, -1) }
}

/// [`bitwise_invert`] under its other name.
#[track_caller]
pub fn bitwise_not(x: impl Operand) -> Symbolic {
    bitwise_invert(x)
}
