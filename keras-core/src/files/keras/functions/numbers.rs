//! Functions of each number, alone or beside another.

use keras_ops::{self as ops, DType, Symbolic};

use super::args::Args;
use super::arrays::one;
use super::{Made, Row};

/// Rows of functions of one tensor.
macro_rules! unary {
    ($($class:literal $f:expr;)*) => { [$( Row($class, &["x"], |a| one($f(a.x("x")?))) ),*] };
}

/// Rows of functions of two tensors.
macro_rules! binary {
    ($($class:literal $f:expr;)*) => {
        [$( Row($class, &["x1", "x2"], |a| one($f(a.x("x1")?, a.x("x2")?))) ),*]
    };
}

pub(super) const UNARY: &[Row] = &unary! {
    "Abs" ops::absolute;
    "Angle" ops::angle;
    "Arccosh" ops::arccosh;
    "Arcsinh" ops::arcsinh;
    "Arctanh" ops::arctanh;
    "BitwiseInvert" ops::bitwise_invert;
    "BitwiseNot" ops::bitwise_not;
    "Cbrt" cbrt;
    "Conj" core::convert::identity;
    "Conjugate" core::convert::identity;
    "Deg2rad" ops::deg2rad;
    "Erfc" ops::erfc;
    "Erfinv" ops::erfinv;
    "Exp2" ops::exp2;
    "Fabs" fabs;
    "HardTanh" ops::hard_tanh;
    "I0" ops::i0;
    "Imag" ops::imag;
    "Isfinite" ops::isfinite;
    "Isinf" ops::isinf;
    "Isnan" ops::isnan;
    "Isneginf" ops::isneginf;
    "Isposinf" ops::isposinf;
    "Isreal" ops::isreal;
    "Rad2deg" ops::rad2deg;
    "Real" core::convert::identity;
    "Signbit" signbit;
    "Sinc" ops::sinc;
    "SparsePlus" ops::sparse_plus;
    "SparseSigmoid" ops::sparse_sigmoid;
    "TanhShrink" ops::tanh_shrink;
    "Trunc" ops::trunc;
};

pub(super) const BINARY: &[Row] = &binary! {
    "Arctan2" ops::arctan2;
    "BitwiseAnd" ops::bitwise_and;
    "BitwiseLeftShift" ops::bitwise_left_shift;
    "BitwiseOr" ops::bitwise_or;
    "BitwiseRightShift" ops::bitwise_right_shift;
    "BitwiseXor" ops::bitwise_xor;
    "DivideNoNan" ops::divide_no_nan;
    "Fmax" |x, y| no_nan(x, y, ops::maximum);
    "Fmin" |x, y| no_nan(x, y, ops::minimum);
    "Fmod" fmod;
    "Gcd" ops::gcd;
    "Heaviside" ops::heaviside;
    "Hypot" ops::hypot;
    "Lcm" ops::lcm;
    "Ldexp" |x, y| ops::multiply(x, ops::power(2.0, y));
    "LeftShift" ops::left_shift;
    "Logaddexp" ops::logaddexp;
    "Logaddexp2" ops::logaddexp2;
    "LogicalXor" ops::logical_xor;
    "Nextafter" ops::nextafter;
    "RightShift" ops::right_shift;
};

pub(super) const OTHERS: &[Row] = &[
    Row("Celu", &["x"], |a| one(ops::celu(a.x("x")?, a.float("alpha", 1.0)?))),
    Row("Glu", &["x"], |a| one(ops::glu(a.x("x")?, a.axis("x", &a.x("x")?, Some(-1))?))),
    Row("HardShrink", &["x"], |a| one(ops::hard_shrink(a.x("x")?, a.float("threshold", 0.5)?))),
    Row("Isclose", &["x1", "x2", "rtol", "atol"], |a| {
        let (rtol, atol) = (a.float("rtol", 1e-5)?, a.float("atol", 1e-8)?);
        one(ops::isclose(a.x("x1")?, a.x("x2")?, rtol, atol, a.flag("equal_nan", false)?))
    }),
    Row("LogSoftmax", &["x"], |a| one(ops::log_softmax(a.x("x")?, a.axes("axis", "x", &a.x("x")?)?))),
    Row("NanToNum", &["x"], |a| {
        let bound = |name: &str| a.number(name).map(|bound| bound.map(|bound| bound as f32));
        one(ops::nan_to_num(a.x("x")?, a.float("nan", 0.0)?, bound("posinf")?, bound("neginf")?))
    }),
    Row("OnesLike", &["x"], |a| like(a, 1)),
    Row("Round", &["x"], |a| {
        one(ops::round(a.x("x")?, a.int("decimals")?.unwrap_or(0).clamp(-40, 40) as i32))
    }),
    Row("SoftShrink", &["x"], |a| one(ops::soft_shrink(a.x("x")?, a.float("threshold", 0.5)?))),
    Row("Softmax", &["x"], |a| one(ops::softmax(a.x("x")?, a.axes("axis", "x", &a.x("x")?)?))),
    Row("Sparsemax", &["x"], |a| one(ops::sparsemax(a.x("x")?, a.axis("x", &a.x("x")?, Some(-1))?))),
    Row("Squareplus", &["x"], |a| {
        let (x, b) = (a.x("x")?, a.float("b", 4.0)?);
        one((&x + ops::sqrt(ops::square(&x) + b)) / 2.0)
    }),
    Row("Threshold", &["x"], |a| {
        one(ops::threshold(a.x("x")?, a.float("threshold", 0.0)?, a.float("default_value", 0.0)?))
    }),
    Row("ZerosLike", &["x"], |a| like(a, 0)),
];

/// Zeros or ones of a type.
fn like(a: &Args<'_>, number: i32) -> Made {
    let x = a.x("x")?;
    let dtype = match a.text("dtype", "")?.as_str() {
        "" => x.dtype(),
        "float32" => DType::Float32,
        "int32" | "int64" | "bool" => DType::Int32,
        other => return Err(format!("it makes numbers of the type `{}`", keras_files::shown(other))),
    };
    let y = if number == 0 { ops::zeros_like(x) } else { ops::ones_like(x) };
    one(ops::cast(y, dtype))
}

fn fabs(x: Symbolic) -> Symbolic {
    ops::absolute(ops::cast(x, DType::Float32))
}

/// The root of the third degree. Its gradient is that of the power, and infinite at 0.
fn cbrt(x: Symbolic) -> Symbolic {
    ops::sign(ops::cast(&x, DType::Float32)) * ops::power(fabs(x), 1.0 / 3.0)
}

/// Whether a number is below 0, or the zero that is.
fn signbit(x: Symbolic) -> Symbolic {
    let x = ops::cast(x, DType::Float32);
    let zero = ops::less(ops::reciprocal(&x), 0.0);
    ops::where_(ops::equal(&x, 0.0), zero, ops::less(&x, 0.0))
}

/// One of two numbers; the other, where it is NaN.
fn no_nan(x: Symbolic, y: Symbolic, of: fn(Symbolic, Symbolic) -> Symbolic) -> Symbolic {
    if !x.dtype().is_float() && !y.dtype().is_float() {
        return of(x, y);
    }
    let (a, b) = (ops::where_(ops::isnan(&x), &y, &x), ops::where_(ops::isnan(&y), &x, &y));
    of(a, b)
}

/// What is left of a division, with the sign of the first number.
fn fmod(x: Symbolic, y: Symbolic) -> Symbolic {
    let left = ops::mod_(ops::absolute(&x), ops::absolute(&y));
    ops::where_(ops::less(&x, 0), -&left, &left)
}
