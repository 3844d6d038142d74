//! Functions of one tensor.

use keras_kernels::activation::Act;
use keras_kernels::rare::Rare;
use keras_kernels::tile;

use super::slopes::slope;
use super::{Elementwise, IntegerUnary, greater, greater_equal, where_};
use crate::create::Number;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Op, Outputs, Run, Spec, one};
use crate::operand::Operand;
use crate::symbolic::apply;
use crate::{DType, Symbolic};

/// A function of floats or truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Unary {
    name: &'static str,
    f: Elementwise,
    to: DType,
}

impl Op for Unary {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let Elementwise::Unary(f) = self.f else { return None };
        let casts = self.name == "cast";
        Some(if casts { Operation::Cast } else { Operation::Unary(f) })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&inputs[0].shape, self.to)))
    }

    fn run(&self) -> Run<'_> {
        Run::Elementwise(self.f)
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let Elementwise::Unary(f) = self.f else { return vec![None] };
        vec![slope(f, &at.inputs[0], &at.outputs[0]).map(|slope| slope.of(at.dy()))]
    }
}

pub(super) fn rare_name(rare: Rare) -> &'static str {
    match rare {
        Rare::HardTanh => "hard_tanh",
        Rare::HardShrink => "hard_shrink",
        Rare::SoftShrink => "soft_shrink",
        Rare::TanhShrink => "tanh_shrink",
        Rare::Squareplus => "squareplus",
        Rare::SparsePlus => "sparse_plus",
        Rare::SparseSigmoid => "sparse_sigmoid",
        Rare::LogSigmoid => "log_sigmoid",
    }
}

/// A function of floats; tensors of other types become floats first.
#[track_caller]
pub(super) fn float(x: impl Operand, f: tile::Unary, name: &'static str) -> Symbolic {
    let x = cast_to(&x.symbolic(), DType::Float32);
    apply(Unary { name, f: Elementwise::Unary(f), to: DType::Float32 }, &[x])
}

macro_rules! floats {
    ($($(#[$doc:meta])* $name:ident $f:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand) -> Symbolic {
            float(x, $f, stringify!($name))
        }
    )* };
}

use tile::Unary as U;

/// `x` above 0, else 0. Integers stay integers.
#[track_caller]
pub fn relu(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    match x.dtype() {
        DType::Int32 => super::maximum(x, 0),
        _ => float(x, U::Activation(Act::Relu), "relu"),
    }
}

/// `min(max(x, 0), 6)`. Integers stay integers.
#[track_caller]
pub fn relu6(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    match x.dtype() {
        DType::Int32 => super::minimum(super::maximum(x, 0), 6),
        _ => float(x, U::Activation(Act::Relu6), "relu6"),
    }
}

/// `x` between -1 and 1. Integers stay integers.
#[track_caller]
pub fn hard_tanh(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    match x.dtype() {
        DType::Int32 => super::minimum(super::maximum(x, -1), 1),
        _ => float(x, U::Rare(Rare::HardTanh), "hard_tanh"),
    }
}

floats! {
    /// `1 / x`.
    reciprocal U::Reciprocal;
    /// The square root; NaN below 0.
    sqrt U::Sqrt;
    /// `1 / sqrt(x)`.
    rsqrt U::Rsqrt;
    /// The exponential.
    exp U::Exp;
    /// `exp(x) - 1`, precise near 0.
    expm1 U::Expm1;
    /// The natural logarithm; negative infinity of 0, NaN below.
    log U::Log;
    /// `log(1 + x)`, precise near 0.
    log1p U::Log1p;
    /// The logarithm of base 2.
    log2 U::Log2;
    /// The logarithm of base 10.
    log10 U::Log10;
    /// The sine of an angle in radians.
    sin U::Sin;
    /// The cosine of an angle in radians.
    cos U::Cos;
    /// The tangent of an angle in radians.
    tan U::Tan;
    /// The angle from -π/2 to π/2 whose sine is `x`.
    arcsin U::Arcsin;
    /// The angle from 0 to π whose cosine is `x`.
    arccos U::Arccos;
    /// The angle from -π/2 to π/2 whose tangent is `x`.
    arctan U::Arctan;
    /// The hyperbolic sine.
    sinh U::Sinh;
    /// The hyperbolic cosine.
    cosh U::Cosh;
    /// The hyperbolic tangent.
    tanh U::Tanh;
    /// The inverse of [`sinh`].
    arcsinh U::Arcsinh;
    /// The inverse of [`cosh`].
    arccosh U::Arccosh;
    /// The inverse of [`tanh`].
    arctanh U::Arctanh;
    /// The error function.
    erf U::Erf;
    /// `1 / (1 + exp(-x))`.
    sigmoid U::Activation(Act::Sigmoid);
    /// `log(1 + exp(x))`.
    softplus U::Activation(Act::Softplus);
    /// `x / (1 + |x|)`.
    softsign U::Activation(Act::Softsign);
    /// `x * sigmoid(x)`, also called swish.
    silu U::Activation(Act::Silu);
    /// `x * tanh(softplus(x))`.
    mish U::Activation(Act::Mish);
    /// The scaled exponential unit of self-normalising networks.
    selu U::Activation(Act::Selu);
    /// `relu6(x + 3) / 6`.
    hard_sigmoid U::Activation(Act::HardSigmoid);
    /// `clip(0.2 x + 0.5, 0, 1)`: the `hard_sigmoid` of Keras 1 and 2.
    hard_sigmoid_keras2 U::Activation(Act::HardSigmoidKeras2);
    /// `x * hard_sigmoid(x)`.
    hard_silu U::Activation(Act::HardSilu);
    /// `x - tanh(x)`.
    tanh_shrink U::Rare(Rare::TanhShrink);
    /// `(x + sqrt(x² + 4)) / 2`.
    squareplus U::Rare(Rare::Squareplus);
    /// 0 below -1, `x` above 1, `(x + 1)² / 4` between.
    sparse_plus U::Rare(Rare::SparsePlus);
    /// 0 below -1, 1 above 1, `(x + 1) / 2` between.
    sparse_sigmoid U::Rare(Rare::SparseSigmoid);
    /// `-log(1 + exp(-x))`.
    log_sigmoid U::Rare(Rare::LogSigmoid);
}

/// `x` above 0, `negative_slope * x` below. [Keras](https://keras.io/api/ops/nn/)'s default is 0.2.
#[track_caller]
pub fn leaky_relu(x: impl Operand, negative_slope: f32) -> Symbolic {
    if negative_slope > 0.0 {
        return float(x, U::Activation(Act::LeakyRelu(negative_slope)), "leaky_relu");
    }
    let x = cast_to(&x.symbolic(), DType::Float32);
    // At 0 the gradient passes, as in Keras.
    where_(greater_equal(&x, 0.0), &x, negative_slope * &x)
}

/// `x` above 0, `alpha * (exp(x) - 1)` below. Keras's default is 1.
#[track_caller]
pub fn elu(x: impl Operand, alpha: f32) -> Symbolic {
    if alpha > 0.0 {
        return float(x, U::Activation(Act::Elu(alpha)), "elu");
    }
    let x = cast_to(&x.symbolic(), DType::Float32);
    let above = greater(&x, 0.0);
    // The exponential never sees what is above 0, where it could overflow and spoil the gradient.
    let below = alpha * expm1(where_(&above, 0.0, &x));
    where_(above, x, below)
}

/// `x` times the share of a normal distribution below `x`; `approximate` (Keras's default) takes a formula with tanh.
#[track_caller]
pub fn gelu(x: impl Operand, approximate: bool) -> Symbolic {
    float(x, U::Activation(if approximate { Act::GeluTanh } else { Act::Gelu }), "gelu")
}

/// A function that floats and integers have.
#[track_caller]
fn any(x: impl Operand, f: tile::Unary, integer: IntegerUnary, name: &'static str) -> Symbolic {
    let x = x.symbolic();
    match x.dtype() {
        DType::Int32 => apply(integer, &[x]),
        _ => float(x, f, name),
    }
}

/// `-x`.
#[track_caller]
pub fn negative(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    match crate::create::number_of(&x) {
        Some(Number::Float32(bits)) => crate::create::scalar(Number::float(-f32::from_bits(bits))),
        _ => any(x, U::Negative, IntegerUnary::Negative, "negative"),
    }
}

/// `|x|`.
#[track_caller]
pub fn absolute(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() == DType::Bool {
        return x;
    }
    any(x, U::Absolute, IntegerUnary::Absolute, "absolute")
}

/// `|x|`: [`absolute`] under its other name.
#[track_caller]
pub fn abs(x: impl Operand) -> Symbolic {
    absolute(x)
}

/// -1, 0 or 1; NaN of NaN.
#[track_caller]
pub fn sign(x: impl Operand) -> Symbolic {
    any(x, U::Sign, IntegerUnary::Sign, "sign")
}

/// `x * x`.
#[track_caller]
pub fn square(x: impl Operand) -> Symbolic {
    any(x, U::Square, IntegerUnary::Square, "square")
}

macro_rules! roundings {
    ($($(#[$doc:meta])* $name:ident $f:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand) -> Symbolic {
            float(x, $f, stringify!($name))
        }
    )* };
}

roundings! {
    /// The nearest integer below or at `x`, as a float.
    floor U::Floor;
    /// The nearest integer above or at `x`, as a float.
    ceil U::Ceil;
}

/// The integer part. Integers and truth values stay what they are.
#[track_caller]
pub fn trunc(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() == DType::Float32 { float(x, U::Trunc, "trunc") } else { x }
}

/// The nearest integer, halves to the even one; with `decimals` other than 0 the nearest multiple of `10^-decimals`.
#[track_caller]
pub fn round(x: impl Operand, decimals: i32) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() != DType::Float32 && decimals >= 0 {
        return cast_to(&x, DType::Int32);
    }
    if decimals == 0 {
        return float(x, U::Round, "round");
    }
    let factor = 10f32.powi(decimals);
    let whole = x.dtype() == DType::Int32;
    let y = float(x * factor, U::Round, "round") / factor;
    if whole { cast_to(&y, DType::Int32) } else { y }
}

/// A truth value of every element.
#[track_caller]
fn truth(x: &Symbolic, f: tile::Unary, name: &'static str) -> Symbolic {
    apply(Unary { name, f: Elementwise::Unary(f), to: DType::Bool }, &[cast_to(x, DType::Float32)])
}

/// Whether each element is NaN.
#[track_caller]
pub fn isnan(x: impl Operand) -> Symbolic {
    truth(&x.symbolic(), U::IsNan, "isnan")
}

/// Whether each element is an infinity.
#[track_caller]
pub fn isinf(x: impl Operand) -> Symbolic {
    truth(&x.symbolic(), U::IsInf, "isinf")
}

/// Whether each element is neither infinite nor NaN.
#[track_caller]
pub fn isfinite(x: impl Operand) -> Symbolic {
    truth(&x.symbolic(), U::IsFinite, "isfinite")
}

/// Whether each element is 0.
#[track_caller]
pub fn logical_not(x: impl Operand) -> Symbolic {
    let x = cast_to(&x.symbolic(), DType::Bool);
    apply(Unary { name: "logical_not", f: Elementwise::Unary(U::Not), to: DType::Bool }, &[x])
}

/// The elements as another type. Floats become integers by rounding towards 0 (NaN becomes 0, what is too large the
/// nearest integer there is); every number but 0 is true.
#[track_caller]
pub fn cast(x: impl Operand, dtype: DType) -> Symbolic {
    cast_to(&x.symbolic(), dtype)
}

#[track_caller]
pub(crate) fn cast_to(x: &Symbolic, dtype: DType) -> Symbolic {
    if let Some(number) = crate::create::number_of(x) {
        return crate::create::scalar(number.to(dtype));
    }
    match (x.dtype(), dtype) {
        (from, to) if from == to => x.clone(),
        // Truth values are the numbers 1 and 0 already.
        (DType::Bool, DType::Float32) => {
            apply(Unary { name: "cast", f: Elementwise::Unary(U::Copy), to: dtype }, core::slice::from_ref(x))
        }
        (DType::Float32, DType::Bool) => apply(
            Unary { name: "cast", f: Elementwise::Unary(U::IsTrue), to: dtype },
            core::slice::from_ref(x),
        ),
        _ => apply(super::integer::Cast { from: x.dtype(), to: dtype }, core::slice::from_ref(x)),
    }
}

/// `x`, through which no gradient passes.
#[track_caller]
pub fn stop_gradient(x: impl Operand) -> Symbolic {
    apply(StopGradient, &[x.symbolic()])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StopGradient;

impl Op for StopGradient {
    fn name(&self) -> &'static str {
        "stop_gradient"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::StopGradient)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(inputs[0].clone()))
    }

    fn run(&self) -> Run<'_> {
        Run::View
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None]
    }
}
