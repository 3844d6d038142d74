//! Activation functions, with Keras's formulas, and their gradients.

use self::formula::Formula;
use crate::math;
use crate::simd::{Isa, Kernel, Path, path};

/// An elementwise activation.
///
/// The gradient of most is computed from the output alone; [`Act::needs_input`] says which need their input.
///
/// All take every number of f32. Where an input is infinite or NaN, value and derivative are what Keras's formulas give
/// on JAX: `gelu(-inf)` is NaN (an infinity times 0), the derivative of a relu at NaN is 0. Elsewhere the errors are, in
/// units of 2⁻²³ of the exact result or of what is said instead (what is below 2⁻¹²⁶ may be 0, also the factor of an `x`):
///
/// | | value | derivative |
/// |---|---|---|
/// | `Linear`, `Relu`, `Relu6`, `HardTanh` | 0 | 0 |
/// | `LeakyRelu` | 1 | 0 |
/// | `Elu`, `Selu` | 4, 5 | 5, of alpha |
/// | `Sigmoid` | 3 | 5, of the value |
/// | `HardSigmoid`, `HardSigmoidKeras2` | 2, of 1 | 0 |
/// | `Tanh` | 4 | 6, of 1 |
/// | `Softplus` | 4 | 9 |
/// | `Softsign` | 2 | 4, of its square root |
/// | `Exponential` | 2 | 2 |
/// | `Silu`, `Mish`, `Gelu` | 4, 6, 7 | 8, 12, 8, of the sum of the sizes of its two terms |
/// | `HardSilu` | 2, of `x` | 2, of the sum of the sizes of its two terms |
/// | `GeluTanh` | 5 times `1 + 2 abs(u)`, `u` what the tangent is taken of | as much, of the sum of the sizes of its two terms |
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// `x`.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x`, and the slope times `x` below 0. The slope is above 0.
    LeakyRelu(f32),
    /// `x`, and `alpha * (exp(x) - 1)` below 0. Alpha is above 0.
    Elu(f32),
    /// The scaled `elu` of self-normalising networks.
    Selu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `relu6(x + 3) / 6`.
    HardSigmoid,
    /// `0.2 x + 0.5` between 0 and 1: the `hard_sigmoid` of Keras 1 and 2.
    HardSigmoidKeras2,
    /// The hyperbolic tangent.
    Tanh,
    /// `x` between -1 and 1. The gradient of an output of -1 or 1 is 0: where its input may have been just that, and the
    /// gradient is wanted as Keras has it, take [`Rare::HardTanh`](crate::rare::Rare::HardTanh).
    HardTanh,
    /// `ln(1 + exp(x))`.
    Softplus,
    /// `x / (1 + |x|)`.
    Softsign,
    /// `exp(x)`.
    Exponential,
    /// `x * sigmoid(x)`. The gradient needs the input.
    Silu,
    /// `x * hard_sigmoid(x)`. The gradient needs the input.
    HardSilu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x³)))`: Keras's `gelu(approximate=True)`. The gradient needs
    /// the input.
    GeluTanh,
    /// `x` times the share of a normal distribution below `x`: Keras's `gelu`. The gradient needs the input.
    Gelu,
    /// `x * tanh(ln(1 + exp(x)))`. The gradient needs the input.
    Mish,
}

/// Calls a macro with every activation that has no parameter, each of which is a [`Formula`].
macro_rules! formulas {
    ($each:ident) => {
        $each!(Relu Relu6 Selu Sigmoid HardSigmoid HardSigmoidKeras2 Tanh HardTanh Softplus Softsign Exponential Silu HardSilu
            GeluTanh Gelu Mish)
    };
}
pub(crate) use formulas;

impl Act {
    /// Whether [`Act::backward`] wants the input of the activation rather than its output.
    pub const fn needs_input(self) -> bool {
        matches!(self, Act::Silu | Act::HardSilu | Act::GeluTanh | Act::Gelu | Act::Mish)
    }

    /// Applies it to every element of `x`.
    pub fn forward(self, x: &mut [f32]) {
        self.forward_on(path(), x);
    }

    /// [`Act::forward`] with a given instruction set.
    pub fn forward_on(self, path: Path, x: &mut [f32]) {
        struct Forward<'a>(Act, &'a mut [f32]);
        impl Kernel for Forward<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                let Forward(act, x) = self;
                macro_rules! each {
                    ($f:expr) => {
                        for x in x.chunks_mut(S::F32_LANES) {
                            let y = $f(s.load(x));
                            s.store(x, y);
                        }
                    };
                }
                // A loop for each kind, so that no loop decides anything inside.
                match act {
                    Act::Linear => {}
                    Act::Relu => each!(|v| math::relu(s, v)),
                    Act::Sigmoid => each!(|v| math::sigmoid(s, v)),
                    Act::Tanh => each!(|v| math::tanh(s, v)),
                    other => each!(|v| other.value(s, v)),
                }
            }
        }
        if self != Act::Linear {
            path.run(Forward(self, x));
        }
    }

    /// The activation of one vector.
    #[inline(always)]
    pub(crate) fn value<S: Isa>(self, s: S, x: S::f32s) -> S::f32s {
        macro_rules! values {
            ($($name:ident)*) => {
                match self {
                    Act::Linear => x,
                    Act::LeakyRelu(slope) => formula::leaky_relu(s, x, slope),
                    Act::Elu(alpha) => formula::elu(s, x, alpha),
                    $(Act::$name => formula::$name::value(s, x),)*
                }
            };
        }
        formulas!(values)
    }

    /// The derivative, from the output `y` (or from the input, where [`Act::needs_input`]).
    #[inline(always)]
    pub(crate) fn slope<S: Isa>(self, s: S, y: S::f32s) -> S::f32s {
        macro_rules! slopes {
            ($($name:ident)*) => {
                match self {
                    Act::Linear => s.splat_f32s(1.0),
                    Act::LeakyRelu(slope) => formula::leaky_relu_slope(s, y, slope),
                    Act::Elu(alpha) => formula::elu_slope(s, y, alpha),
                    $(Act::$name => formula::$name::slope(s, y),)*
                }
            };
        }
        formulas!(slopes)
    }

    /// Whether the derivative picks what passes: what does not pass is 0 then, even if it is infinite or NaN.
    const fn picks(self) -> bool {
        matches!(self, Act::Relu | Act::Relu6 | Act::HardSigmoid | Act::HardSigmoidKeras2 | Act::HardTanh)
    }

    /// The gradient `d` of the output times the derivative.
    #[inline(always)]
    fn pull<S: Isa>(self, s: S, slope: S::f32s, d: S::f32s) -> S::f32s {
        let zero = s.splat_f32s(0.0);
        let dz = s.mul_f32s(d, slope);
        if self.picks() { s.select_f32s(s.equal_f32s(slope, zero), zero, dz) } else { dz }
    }

    /// `dz = dy * derivative`, from the output `y` (from the input, where [`Act::needs_input`]).
    ///
    /// Where a derivative of 0 stands for what does not pass (`Relu`, `Relu6`, hard sigmoids, `HardTanh`), `dz` is 0 even if
    /// `dy` is infinite or NaN, as in Keras; elsewhere an infinity times 0 is NaN.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn backward(self, y: &[f32], dy: &[f32], dz: &mut [f32]) {
        self.backward_on(path(), y, dy, dz);
    }

    /// [`Act::backward`] with a given instruction set.
    pub fn backward_on(self, path: Path, y: &[f32], dy: &[f32], dz: &mut [f32]) {
        struct Backward<'a>(Act, &'a [f32], &'a [f32], &'a mut [f32]);
        impl Kernel for Backward<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                let Backward(act, y, dy, dz) = self;
                let l = S::F32_LANES;
                macro_rules! each {
                    ($act:expr, |$y:ident| $slope:expr) => {
                        for ((y, dy), dz) in y.chunks(l).zip(dy.chunks(l)).zip(dz.chunks_mut(l)) {
                            let $y = s.load(y);
                            let d = $act.pull(s, $slope, s.load(dy));
                            s.store(dz, d);
                        }
                    };
                }
                match act {
                    Act::Relu => each!(Act::Relu, |y| formula::Relu::slope(s, y)),
                    Act::Sigmoid => each!(Act::Sigmoid, |y| formula::Sigmoid::slope(s, y)),
                    Act::Tanh => each!(Act::Tanh, |y| formula::Tanh::slope(s, y)),
                    other => each!(other, |y| other.slope(s, y)),
                }
            }
        }
        assert!(y.len() == dy.len() && dy.len() == dz.len(), "lengths differ");
        match self {
            Act::Linear => dz.copy_from_slice(dy),
            _ => path.run(Backward(self, y, dy, dz)),
        }
    }
}

impl Act {
    /// `dz *= derivative`, from the output `y`.
    pub(crate) fn scale(self, path: Path, y: &[f32], dz: &mut [f32]) {
        struct Scale<'a>(Act, &'a [f32], &'a mut [f32]);
        impl Kernel for Scale<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                let Scale(act, y, dz) = self;
                for (y, dz) in y.chunks(S::F32_LANES).zip(dz.chunks_mut(S::F32_LANES)) {
                    let d = act.pull(s, act.slope(s, s.load(y)), s.load(dz));
                    s.store(dz, d);
                }
            }
        }
        if self != Act::Linear {
            path.run(Scale(self, y, dz));
        }
    }
}

pub(crate) mod formula;
#[cfg(test)]
mod tests;
