//! What an instruction computes, and the vector or number that it gives.

use crate::activation::Act;
use crate::rare::Rare;
use crate::simd::Isa;

/// A function of one number. Truth values are 1 and 0; every number but 0 counts as true, NaN too.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Unary {
    Copy,
    Negative,
    Absolute,
    /// -1, 0 or 1; NaN of NaN.
    Sign,
    Square,
    Reciprocal,
    Sqrt,
    Rsqrt,
    Exp,
    Expm1,
    Log,
    Log1p,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Arcsin,
    Arccos,
    Arctan,
    Sinh,
    Cosh,
    Tanh,
    Arcsinh,
    Arccosh,
    Arctanh,
    Floor,
    Ceil,
    Trunc,
    /// To the nearest integer, halves to the even one.
    Round,
    /// The error function.
    Erf,
    IsNan,
    IsInf,
    IsFinite,
    Not,
    /// 1 for every number but 0.
    IsTrue,
    Activation(Act),
    /// The derivative of an activation, from its input.
    Slope(Act),
    Rare(Rare),
    /// The derivative of a rare activation, from its input.
    RareSlope(Rare),
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// NaN where one of the two is.
    Maximum,
    /// NaN where one of the two is.
    Minimum,
    Power,
    /// The quotient rounded down.
    FloorDivide,
    /// What [`Binary::FloorDivide`] leaves, with the sign of the divisor.
    Mod,
    Arctan2,
    Hypot,
    Logaddexp,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Xor,
}

impl Unary {
    /// Whether it is a few instructions.
    pub(super) const fn is_simple(self) -> bool {
        matches!(
            self,
            Unary::Copy
                | Unary::Negative
                | Unary::Absolute
                | Unary::Square
                | Unary::Not
                | Unary::IsTrue
                | Unary::IsNan
                | Unary::IsInf
                | Unary::IsFinite
                | Unary::Activation(Act::Relu | Act::Linear)
        )
    }

    /// Of one number, where there is no code for vectors.
    #[inline(always)]
    pub(super) fn number(self) -> Option<fn(f32) -> f32> {
        Some(match self {
            Unary::Sign => |x| {
                if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    x
                }
            },
            Unary::Log1p => f32::ln_1p,
            Unary::Log2 => f32::log2,
            Unary::Log10 => f32::log10,
            Unary::Sin => f32::sin,
            Unary::Cos => f32::cos,
            Unary::Tan => f32::tan,
            Unary::Arcsin => f32::asin,
            Unary::Arccos => f32::acos,
            Unary::Arctan => f32::atan,
            Unary::Sinh => f32::sinh,
            Unary::Cosh => f32::cosh,
            Unary::Arcsinh => |x| if x.is_infinite() { x } else { f64::from(x).asinh() as f32 },
            Unary::Arccosh => |x| f64::from(x).acosh() as f32,
            Unary::Arctanh => |x| f64::from(x).atanh() as f32,
            Unary::Floor => f32::floor,
            Unary::Ceil => f32::ceil,
            Unary::Trunc => f32::trunc,
            Unary::Round => f32::round_ties_even,
            Unary::Erf => erf,
            _ => return None,
        })
    }
}

/// The error function, within 2 ulp: a series near 0, a continued fraction beyond, both in f64.
fn erf(x: f32) -> f32 {
    let a = f64::from(x).abs();
    let y = if a < 2.5 {
        // 2 / sqrt(pi) * exp(-x²) * sum of 2^n x^(2n+1) / (1 * 3 * 5 ... (2n + 1)): all terms are positive.
        let (mut term, mut sum, mut n) = (a, a, 0.0);
        while term > sum * 1e-12 {
            n += 1.0;
            term *= 2.0 * a * a / (2.0 * n + 1.0);
            sum += term;
        }
        std::f64::consts::FRAC_2_SQRT_PI * (-a * a).exp() * sum
    } else if a < 4.0 {
        let mut f = a;
        for k in (1..=40).rev() {
            f = a + f64::from(k) / 2.0 / f;
        }
        1.0 - std::f64::consts::FRAC_2_SQRT_PI / 2.0 * (-a * a).exp() / f
    } else if a.is_nan() {
        a
    } else {
        1.0
    };
    y.copysign(f64::from(x)) as f32
}

impl Binary {
    /// Of two vectors, where there is code for vectors.
    #[inline(always)]
    pub(super) fn vector<S: Isa>(self, s: S, x: S::f32s, y: S::f32s) -> S::f32s {
        let c = |v| s.splat_f32s(v);
        let zero = c(0.0);
        let truth = |m| s.select_f32s(m, c(1.0), zero);
        let not = |m| s.select_f32s(m, zero, c(1.0));
        let is_true = |x| not(s.equal_f32s(x, zero));
        match self {
            Binary::Add => s.add_f32s(x, y),
            Binary::Subtract => s.sub_f32s(x, y),
            Binary::Multiply => s.mul_f32s(x, y),
            Binary::Divide => s.div_f32s(x, y),
            Binary::Maximum => {
                let larger = s.select_f32s(s.greater_than_f32s(x, y), x, y);
                s.select_f32s(s.equal_f32s(x, x), larger, x)
            }
            Binary::Minimum => {
                let smaller = s.select_f32s(s.less_than_f32s(x, y), x, y);
                s.select_f32s(s.equal_f32s(x, x), smaller, x)
            }
            Binary::Equal => truth(s.equal_f32s(x, y)),
            Binary::NotEqual => not(s.equal_f32s(x, y)),
            Binary::Less => truth(s.less_than_f32s(x, y)),
            Binary::LessEqual => truth(s.less_than_or_equal_f32s(x, y)),
            Binary::Greater => truth(s.greater_than_f32s(x, y)),
            Binary::GreaterEqual => truth(s.greater_than_or_equal_f32s(x, y)),
            Binary::And => s.mul_f32s(is_true(x), is_true(y)),
            Binary::Or => is_true(s.add_f32s(is_true(x), is_true(y))),
            Binary::Xor => not(s.equal_f32s(is_true(x), is_true(y))),
            _ => x,
        }
    }

    /// Of two numbers, where there is no code for vectors.
    #[inline(always)]
    pub(super) fn number(self) -> Option<fn(f32, f32) -> f32> {
        Some(match self {
            Binary::Power => f32::powf,
            Binary::FloorDivide => floor_divide,
            Binary::Mod => modulo,
            Binary::Arctan2 => f32::atan2,
            Binary::Hypot => f32::hypot,
            Binary::Logaddexp => logaddexp,
            _ => return None,
        })
    }
}

/// As Python's `//`: `x / y` rounded down, from the exact remainder.
fn floor_divide(x: f32, y: f32) -> f32 {
    if y == 0.0 || !x.is_finite() || y.is_infinite() {
        return if y.is_infinite() && x.is_finite() {
            // A finite number by an infinite one: 0, or -1 where the signs differ.
            if x == 0.0 || (x > 0.0) == (y > 0.0) { x / y } else { -1.0 }
        } else if y == 0.0 {
            (x / y).floor()
        } else {
            // What infinity leaves is no number.
            f32::NAN
        };
    }
    let quotient = ((x - modulo(x, y)) / y).round();
    if quotient == 0.0 { 0.0f32.copysign(x / y) } else { quotient }
}

/// As Python's `%`: the remainder has the sign of `y`.
fn modulo(x: f32, y: f32) -> f32 {
    let r = x % y;
    if r != 0.0 && (r < 0.0) != (y < 0.0) {
        r + y
    } else if r == 0.0 {
        r.copysign(y)
    } else {
        r
    }
}

/// `ln(exp(x) + exp(y))`.
fn logaddexp(x: f32, y: f32) -> f32 {
    let (high, low) = if x > y { (x, y) } else { (y, x) };
    // Infinities that are equal have no difference.
    if x == y { x + std::f32::consts::LN_2 } else { high + (low - high).exp().ln_1p() }
}
