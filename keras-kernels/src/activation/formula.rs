//! The formula of each activation and of its derivative. One type for each: a loop that names one contains nothing of the
//! others, where a choice by value would leave all of them to the optimiser, for every loop once more.

use crate::math;
use crate::simd::Isa;

const SELU_ALPHA: f32 = 1.673_263_2;
const SELU_SCALE: f32 = 1.050_701;
/// Twice `sqrt(2 / pi)`: `1 + tanh(u)` is twice the sigmoid of `2 u`.
const GELU_A: f32 = 1.595_769;
const GELU_B: f32 = 0.044_715;
/// The density of a normal distribution at 0.
const NORMAL: f32 = 0.398_942_3;

/// An activation without parameters.
pub(crate) trait Formula {
    /// The activation of one vector.
    fn value<S: Isa>(s: S, x: S::f32s) -> S::f32s;

    /// The derivative, from the output `y` (or from the input, where [`Act::needs_input`](super::Act::needs_input)).
    fn slope<S: Isa>(s: S, y: S::f32s) -> S::f32s;
}

/// A type with the two functions of [`Formula`]. `c` makes a vector of a number.
macro_rules! formula {
    ($name:ident, |$s:ident, $x:ident, $c:ident| $value:expr, |$t:ident, $y:ident, $d:ident| $slope:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
        impl Formula for $name {
            #[inline(always)]
            fn value<S: Isa>($s: S, $x: S::f32s) -> S::f32s {
                #[allow(unused)]
                let $c = |x| $s.splat_f32s(x);
                $value
            }

            #[inline(always)]
            fn slope<S: Isa>($t: S, $y: S::f32s) -> S::f32s {
                #[allow(unused)]
                let $d = |x| $t.splat_f32s(x);
                $slope
            }
        }
    };
}

formula!(Relu, |s, x, c| math::relu(s, x), |s, y, c| positive(s, y, c(1.0), c(0.0)));
formula!(Relu6, |s, x, c| clip(s, x, 0.0, 6.0), |s, y, c| inside(s, y, 0.0, 6.0, 1.0));
formula!(Selu, |s, x, c| s.mul_f32s(c(SELU_SCALE), elu(s, x, SELU_ALPHA)), |s, y, c| positive(
    s,
    y,
    c(SELU_SCALE),
    s.add_f32s(y, c(SELU_SCALE * SELU_ALPHA))
));
formula!(Sigmoid, |s, x, c| math::sigmoid(s, x), |s, y, c| s.mul_f32s(y, s.sub_f32s(c(1.0), y)));
formula!(
    HardSigmoid,
    |s, x, c| s.mul_f32s(clip(s, s.add_f32s(x, c(3.0)), 0.0, 6.0), c(1.0 / 6.0)),
    |s, y, c| inside(s, y, 0.0, 1.0, 1.0 / 6.0)
);
formula!(HardSigmoidKeras2, |s, x, c| clip(s, s.fma(x, c(0.2), c(0.5)), 0.0, 1.0), |s, y, c| inside(
    s, y, 0.0, 1.0, 0.2
));
formula!(Tanh, |s, x, c| math::tanh(s, x), |s, y, c| s.sub_f32s(c(1.0), s.mul_f32s(y, y)));
formula!(HardTanh, |s, x, c| clip(s, x, -1.0, 1.0), |s, y, c| inside(s, y, -1.0, 1.0, 1.0));
formula!(Softplus, |s, x, c| math::softplus(s, x), |s, y, c| s.neg_f32s(math::exp_m1(s, s.neg_f32s(y))));
formula!(Softsign, |s, x, c| s.div_f32s(x, s.add_f32s(c(1.0), s.abs_f32s(x))), |s, y, c| {
    let d = s.sub_f32s(c(1.0), s.abs_f32s(y));
    s.mul_f32s(d, d)
});
formula!(Exponential, |s, x, c| math::exp(s, x), |s, y, c| y);
formula!(Silu, |s, x, c| s.mul_f32s(x, math::sigmoid(s, x)), |s, x, c| {
    let (p, d) = math::sigmoid_and_slope(s, x);
    s.fma(x, d, p)
});
formula!(HardSilu, |s, x, c| s.mul_f32s(x, HardSigmoid::value(s, x)), |s, x, c| {
    // Selected at the end: an infinity times 0 is not 0.
    let d = s.mul_f32s(x, c(1.0 / 6.0));
    let d = s.select_f32s(s.less_than_f32s(s.abs_f32s(x), c(3.0)), d, c(0.0));
    s.add_f32s(d, HardSigmoid::value(s, x))
});
formula!(GeluTanh, |s, x, c| s.mul_f32s(x, math::sigmoid(s, gelu_tanh_inner(s, x))), |s, x, c| {
    let (p, d) = math::sigmoid_and_slope(s, gelu_tanh_inner(s, x));
    // Where the square would overflow the sigmoid has no slope any more.
    let size = s.at_most(s.abs_f32s(x), 1e4);
    let inner = s.mul_f32s(c(GELU_A), s.fma(c(3.0 * GELU_B), s.mul_f32s(size, size), c(1.0)));
    s.fma(x, s.mul_f32s(d, inner), p)
});
formula!(Gelu, |s, x, c| s.mul_f32s(x, math::normal(s, x).0), |s, x, c| {
    let (share, e) = math::normal(s, x);
    s.fma(x, s.mul_f32s(e, c(NORMAL)), share)
});
formula!(Mish, |s, x, c| s.mul_f32s(x, math::tanh_softplus(s, x).0), |s, x, c| {
    let (t, d) = math::tanh_softplus(s, x);
    s.fma(x, d, t)
});

/// `x`, and `slope` times `x` below 0.
#[inline(always)]
pub(crate) fn leaky_relu<S: Isa>(s: S, x: S::f32s, slope: f32) -> S::f32s {
    below(s, x, s.mul_f32s(x, s.splat_f32s(slope)))
}

/// The derivative of [`leaky_relu`], from the output: 0 counts as above, as in Keras.
#[inline(always)]
pub(crate) fn leaky_relu_slope<S: Isa>(s: S, y: S::f32s, slope: f32) -> S::f32s {
    s.select_f32s(s.greater_than_or_equal_f32s(y, s.splat_f32s(0.0)), s.splat_f32s(1.0), s.splat_f32s(slope))
}

/// `x`, and `alpha * (exp(x) - 1)` below 0.
#[inline(always)]
pub(crate) fn elu<S: Isa>(s: S, x: S::f32s, alpha: f32) -> S::f32s {
    let zero = s.splat_f32s(0.0);
    let negative = s.select_f32s(s.greater_than_f32s(x, zero), zero, x);
    below(s, x, s.mul_f32s(s.splat_f32s(alpha), math::exp_m1(s, negative)))
}

/// The derivative of [`elu`], from the output.
#[inline(always)]
pub(crate) fn elu_slope<S: Isa>(s: S, y: S::f32s, alpha: f32) -> S::f32s {
    positive(s, y, s.splat_f32s(1.0), s.add_f32s(y, s.splat_f32s(alpha)))
}

/// `y` where `x` is below 0, else `x`.
#[inline(always)]
fn below<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> S::f32s {
    s.select_f32s(s.less_than_f32s(x, s.splat_f32s(0.0)), y, x)
}

/// `a` where `y` is above 0, else `b`.
#[inline(always)]
fn positive<S: Isa>(s: S, y: S::f32s, a: S::f32s, b: S::f32s) -> S::f32s {
    s.select_f32s(s.greater_than_f32s(y, s.splat_f32s(0.0)), a, b)
}

/// `x` between two numbers.
#[inline(always)]
fn clip<S: Isa>(s: S, x: S::f32s, low: f32, high: f32) -> S::f32s {
    let (low, high) = (s.splat_f32s(low), s.splat_f32s(high));
    let y = s.select_f32s(s.less_than_f32s(x, low), low, x);
    s.select_f32s(s.greater_than_f32s(y, high), high, y)
}

/// `inner` where `y` is between two numbers and none of them, else 0.
#[inline(always)]
fn inside<S: Isa>(s: S, y: S::f32s, low: f32, high: f32, inner: f32) -> S::f32s {
    let zero = s.splat_f32s(0.0);
    let x = s.select_f32s(s.greater_than_f32s(y, s.splat_f32s(low)), s.splat_f32s(inner), zero);
    s.select_f32s(s.less_than_f32s(y, s.splat_f32s(high)), x, zero)
}

/// What [`GeluTanh`] takes the sigmoid of.
#[inline(always)]
fn gelu_tanh_inner<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let square = s.mul_f32s(x, x);
    s.mul_f32s(s.mul_f32s(s.splat_f32s(GELU_A), x), s.fma(s.splat_f32s(GELU_B), square, s.splat_f32s(1.0)))
}
