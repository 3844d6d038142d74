//! Derivatives of the functions of one tensor.

use keras_kernels::activation::Act;
use keras_kernels::rare::Rare;
use keras_kernels::tile;

use super::unary::{
    absolute, cos, cosh, exp, float, rare_name, rsqrt, sigmoid, sign, sin, sinh, softplus, tanh,
};
use super::{less, where_};
use crate::Symbolic;

/// How a gradient passes a function.
pub(super) enum Slope {
    /// Times this.
    Times(Symbolic),
    /// Times a number and this.
    Scaled(f32, Symbolic),
    /// As it is.
    One,
    /// The opposite.
    Minus,
    /// Times this, and 0 where this is 0, whatever the gradient is: the function picks what passes.
    Picks(Symbolic),
}

impl Slope {
    pub(super) fn of(self, dy: &Symbolic) -> Symbolic {
        match self {
            Slope::Times(slope) => dy * slope,
            Slope::Scaled(by, slope) => by * dy * slope,
            Slope::One => dy.clone(),
            Slope::Minus => -dy,
            Slope::Picks(slope) => where_(super::not_equal(&slope, 0.0), dy * &slope, 0.0),
        }
    }
}

/// The derivative of `y = f(x)`, if there is one.
pub(super) fn slope(f: tile::Unary, x: &Symbolic, y: &Symbolic) -> Option<Slope> {
    use tile::Unary as U;
    let times = |slope: Symbolic| Some(Slope::Times(slope));
    match f {
        U::Copy => Some(Slope::One),
        U::Negative => Some(Slope::Minus),
        U::Absolute => times(sign(x)),
        // The gradient may be smaller than `x`, and repeated.
        U::Square => Some(Slope::Scaled(2.0, x.clone())),
        U::Reciprocal => times(-(y * y)),
        U::Sqrt => times(0.5 / y),
        U::Rsqrt => times(-0.5 * y / x),
        U::Exp => times(y.clone()),
        U::Expm1 => times(exp(x)),
        U::Log => times(1.0 / x),
        U::Log1p => times(1.0 / (1.0 + x)),
        U::Log2 => times(core::f32::consts::LOG2_E / x),
        U::Log10 => times(core::f32::consts::LOG10_E / x),
        U::Sin => times(cos(x)),
        U::Cos => times(-sin(x)),
        U::Tan => times(1.0 + y * y),
        U::Arcsin => times(rsqrt((1.0 - x) * (1.0 + x))),
        U::Arccos => times(-rsqrt((1.0 - x) * (1.0 + x))),
        U::Arctan => times(1.0 / (1.0 + x * x)),
        U::Sinh => times(cosh(x)),
        U::Cosh => times(sinh(x)),
        U::Tanh => times(1.0 - y * y),
        U::Arcsinh => times(rsqrt(x * x + 1.0)),
        U::Arccosh => times(rsqrt((x - 1.0) * (x + 1.0))),
        U::Arctanh => times(1.0 / ((1.0 - x) * (1.0 + x))),
        U::Erf => times(core::f32::consts::FRAC_2_SQRT_PI * exp(-(x * x))),
        U::Activation(act) => Some(activation_slope(act, x)),
        U::Rare(rare) => {
            let slope = float(x, U::RareSlope(rare), rare_name(rare));
            let picks =
                matches!(rare, Rare::HardTanh | Rare::HardShrink | Rare::SoftShrink | Rare::SparseSigmoid);
            Some(if picks { Slope::Picks(slope) } else { Slope::Times(slope) })
        }
        U::Slope(act) => second_slope(act, x).map(Slope::Times),
        U::RareSlope(rare) => rare_second_slope(rare, x).map(Slope::Times),
        U::Sign | U::Floor | U::Ceil | U::Trunc | U::Round => None,
        U::IsNan | U::IsInf | U::IsFinite | U::Not | U::IsTrue => None,
    }
}

fn activation_slope(act: Act, x: &Symbolic) -> Slope {
    let slope = || float(x, tile::Unary::Slope(act), "slope");
    match act {
        Act::Linear => Slope::One,
        Act::Relu | Act::Relu6 | Act::HardSigmoid | Act::HardSigmoidKeras2 | Act::HardTanh => {
            Slope::Picks(slope())
        }
        _ => Slope::Times(slope()),
    }
}

/// The second derivative of an activation, where it is not 0 everywhere that it exists.
fn second_slope(act: Act, x: &Symbolic) -> Option<Symbolic> {
    let (zero, one) = (0.0, 1.0);
    Some(match act {
        Act::Linear
        | Act::Relu
        | Act::Relu6
        | Act::LeakyRelu(_)
        | Act::HardSigmoid
        | Act::HardSigmoidKeras2
        | Act::HardTanh => {
            return None;
        }
        Act::Elu(alpha) => where_(less(x, zero), alpha * exp(x), zero),
        Act::Selu => where_(less(x, zero), 1.050_701 * 1.673_263_2 * exp(x), zero),
        Act::Sigmoid => {
            let y = sigmoid(x);
            &y * (one - &y) * (one - 2.0 * &y)
        }
        Act::Tanh => {
            let y = tanh(x);
            -2.0 * &y * (one - &y * &y)
        }
        Act::Softplus => {
            let y = sigmoid(x);
            &y * (one - &y)
        }
        Act::Softsign => {
            let d = one / (one + absolute(x));
            -2.0 * sign(x) * &d * &d * &d
        }
        Act::Exponential => exp(x),
        Act::Silu => {
            // y = x s: 2 s' + x s''.
            let s = sigmoid(x);
            let first = &s * (one - &s);
            &first * (2.0 + x * (one - 2.0 * &s))
        }
        Act::HardSilu => where_(less(absolute(x), 3.0), 1.0 / 3.0, zero),
        Act::Gelu => {
            // The density times (2 - x²).
            0.398_942_3 * exp(-0.5 * x * x) * (2.0 - x * x)
        }
        Act::GeluTanh => {
            // y = x s(u): 2 u' s' + x (u'' s' + u'² s'').
            let u = 1.595_769 * x * (one + 0.044_715 * x * x);
            let du = 1.595_769 * (one + 3.0 * 0.044_715 * x * x);
            let ddu = 1.595_769 * 6.0 * 0.044_715 * x;
            let s = sigmoid(u);
            let first = &s * (one - &s);
            &first * (2.0 * &du + x * (ddu + &du * &du * (one - 2.0 * &s)))
        }
        Act::Mish => {
            // y = x t(p(x)), t = tanh, p = softplus.
            let (t, s) = (tanh(softplus(x)), sigmoid(x));
            let dt = (one - &t * &t) * &s;
            let ddt = (one - &t * &t) * &s * ((one - &s) - 2.0 * &t * &s);
            2.0 * dt + x * ddt
        }
    })
}

fn rare_second_slope(rare: Rare, x: &Symbolic) -> Option<Symbolic> {
    Some(match rare {
        Rare::HardTanh | Rare::HardShrink | Rare::SoftShrink | Rare::SparseSigmoid => return None,
        Rare::TanhShrink => {
            let t = tanh(x);
            2.0 * &t * (1.0 - &t * &t)
        }
        Rare::Squareplus => {
            let root = rsqrt(x * x + 4.0);
            2.0 * &root * &root * &root
        }
        Rare::SparsePlus => where_(less(absolute(x), 1.0), 0.5, 0.0),
        Rare::LogSigmoid => {
            let y = sigmoid(x);
            -(&y * (1.0 - &y))
        }
    })
}
