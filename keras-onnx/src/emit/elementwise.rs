//! The same function of every element, and reductions.

use keras_ops::DType;
use keras_ops::custom::Rounding;
use keras_ops::graph::{Act, Binary, Operation, Rare, Reduce, Unary};

use crate::Result;
use crate::model::{Attribute, Element};
use crate::writer::{At, Writer};

/// Writes an operator of floats with a number.
fn by(w: &mut Writer<'_>, op: &'static str, x: &str, n: f32) -> String {
    let n = w.float(n);
    w.op(op, &[x, &n])
}

pub(super) fn unary(w: &mut Writer<'_>, at: &At, f: Unary, x: &str) -> Result<String> {
    let (from, to) = (w.level().dtype(at.inputs[0]), w.level().dtype(at.outputs[0]));
    if from == DType::Bool && !matches!(f, Unary::Not | Unary::Copy) {
        // Truth values as numbers.
        let x = w.cast(x, to.into());
        return of_numbers(w, f, &x, to);
    }
    if to == DType::Bool && from != DType::Bool {
        return truth(w, f, x, from);
    }
    of_numbers(w, f, x, from)
}

/// What is true of numbers.
fn truth(w: &mut Writer<'_>, f: Unary, x: &str, from: DType) -> Result<String> {
    let zero = w.number(from, 0.0);
    Ok(match f {
        Unary::Not => w.op("Equal", &[x, &zero]),
        Unary::IsTrue => w.cast(x, Element::Bool),
        Unary::IsNan if from == DType::Float32 => w.op("IsNaN", &[x]),
        Unary::IsInf if from == DType::Float32 => w.op("IsInf", &[x]),
        Unary::IsFinite if from == DType::Float32 => {
            let (nan, inf) = (w.op("IsNaN", &[x]), w.op("IsInf", &[x]));
            let either = w.op("Or", &[&nan, &inf]);
            w.op("Not", &[&either])
        }
        _ => return Err(w.refused("there is no operator for it")),
    })
}

fn of_numbers(w: &mut Writer<'_>, f: Unary, x: &str, dtype: DType) -> Result<String> {
    use Unary as U;
    let plain = |w: &mut Writer<'_>, op: &'static str| w.op(op, &[x]);
    Ok(match f {
        U::Copy => x.to_string(),
        U::Negative => plain(w, "Neg"),
        U::Absolute => plain(w, "Abs"),
        U::Sign => plain(w, "Sign"),
        U::Square => w.op("Mul", &[x, x]),
        U::Not => plain(w, "Not"),
        _ if dtype != DType::Float32 => return Err(w.refused("there is no operator for integers")),
        U::Reciprocal => plain(w, "Reciprocal"),
        U::Sqrt => plain(w, "Sqrt"),
        U::Rsqrt => {
            let root = plain(w, "Sqrt");
            w.op("Reciprocal", &[&root])
        }
        U::Exp => plain(w, "Exp"),
        U::Expm1 => expm1(w, x),
        U::Log => plain(w, "Log"),
        U::Log1p => log1p(w, x),
        U::Log2 | U::Log10 => {
            let y = plain(w, "Log");
            let scale = if f == U::Log2 { core::f32::consts::LOG2_E } else { core::f32::consts::LOG10_E };
            by(w, "Mul", &y, scale)
        }
        U::Sin => plain(w, "Sin"),
        U::Cos => plain(w, "Cos"),
        U::Tan => plain(w, "Tan"),
        U::Arcsin => plain(w, "Asin"),
        U::Arccos => plain(w, "Acos"),
        U::Arctan => plain(w, "Atan"),
        U::Sinh => plain(w, "Sinh"),
        U::Cosh => plain(w, "Cosh"),
        U::Tanh => plain(w, "Tanh"),
        U::Arcsinh => plain(w, "Asinh"),
        U::Arccosh => plain(w, "Acosh"),
        U::Arctanh => plain(w, "Atanh"),
        U::Floor => plain(w, "Floor"),
        U::Ceil => plain(w, "Ceil"),
        U::Trunc => {
            let size = plain(w, "Abs");
            let (size, sign) = (w.op("Floor", &[&size]), plain(w, "Sign"));
            w.op("Mul", &[&size, &sign])
        }
        U::Round => plain(w, "Round"),
        U::Erf => plain(w, "Erf"),
        U::Activation(act) => activation(w, act, x),
        U::Rare(rare) => of_rare(w, rare, x),
        U::Slope(_) | U::RareSlope(_) => return Err(w.refused("it is the derivative of an activation")),
        U::IsNan | U::IsInf | U::IsFinite | U::IsTrue => return Err(w.refused("there is no operator for it")),
    })
}

/// `exp(x) - 1` as `tanh(x / 2) * (exp(x) + 1)`: of small numbers nothing is left of the former.
fn expm1(w: &mut Writer<'_>, x: &str) -> String {
    let half = by(w, "Mul", x, 0.5);
    let tanh = w.op("Tanh", &[&half]);
    let y = w.op("Exp", &[x]);
    let sum = by(w, "Add", &y, 1.0);
    w.op("Mul", &[&tanh, &sum])
}

/// `ln(1 + x)`, of small numbers as `2 artanh(x / (2 + x))`: the former has lost their last digits.
fn log1p(w: &mut Writer<'_>, x: &str) -> String {
    let sum = by(w, "Add", x, 1.0);
    let large = w.op("Log", &[&sum]);
    let two = by(w, "Add", x, 2.0);
    let part = w.op("Div", &[x, &two]);
    let part = w.op("Atanh", &[&part]);
    let small = by(w, "Mul", &part, 2.0);
    let size = w.op("Abs", &[x]);
    let is_small = by(w, "Less", &size, 0.5);
    w.op("Where", &[&is_small, &small, &large])
}

/// An activation with arguments.
fn formed(w: &mut Writer<'_>, op: &'static str, x: &str, arguments: &[(&'static str, f32)]) -> String {
    let arguments = arguments.iter().map(|(name, n)| (*name, Attribute::Float(*n))).collect();
    w.with(op, &[x], arguments)
}

fn clip(w: &mut Writer<'_>, x: &str, low: f32, high: f32) -> String {
    let (low, high) = (w.float(low), w.float(high));
    w.op("Clip", &[x, &low, &high])
}

fn activation(w: &mut Writer<'_>, act: Act, x: &str) -> String {
    let plain = |w: &mut Writer<'_>, op: &'static str| w.op(op, &[x]);
    match act {
        Act::Linear => x.to_string(),
        Act::Relu => plain(w, "Relu"),
        Act::Relu6 => clip(w, x, 0.0, 6.0),
        Act::LeakyRelu(slope) => formed(w, "LeakyRelu", x, &[("alpha", slope)]),
        Act::Elu(alpha) => formed(w, "Elu", x, &[("alpha", alpha)]),
        Act::Selu => formed(w, "Selu", x, &[("alpha", 1.673_263_2), ("gamma", 1.050_701)]),
        Act::Sigmoid => plain(w, "Sigmoid"),
        Act::HardSigmoid => formed(w, "HardSigmoid", x, &[("alpha", 1.0 / 6.0), ("beta", 0.5)]),
        Act::HardSigmoidKeras2 => formed(w, "HardSigmoid", x, &[("alpha", 0.2), ("beta", 0.5)]),
        Act::Tanh => plain(w, "Tanh"),
        Act::HardTanh => clip(w, x, -1.0, 1.0),
        Act::Softplus => plain(w, "Softplus"),
        Act::Softsign => plain(w, "Softsign"),
        Act::Exponential => plain(w, "Exp"),
        Act::Silu => {
            let y = plain(w, "Sigmoid");
            w.op("Mul", &[x, &y])
        }
        Act::HardSilu => plain(w, "HardSwish"),
        Act::GeluTanh => {
            // `x` times the sigmoid of twice the argument of `tanh`.
            let square = w.op("Mul", &[x, x]);
            let cube = by(w, "Mul", &square, 0.044_715);
            let inner = by(w, "Add", &cube, 1.0);
            let inner = w.op("Mul", &[x, &inner]);
            let inner = by(w, "Mul", &inner, 1.595_769);
            let part = w.op("Sigmoid", &[&inner]);
            w.op("Mul", &[x, &part])
        }
        Act::Gelu => {
            let scaled = by(w, "Mul", x, core::f32::consts::FRAC_1_SQRT_2);
            let erf = w.op("Erf", &[&scaled]);
            let part = by(w, "Add", &erf, 1.0);
            let both = w.op("Mul", &[x, &part]);
            by(w, "Mul", &both, 0.5)
        }
        Act::Mish => {
            let y = plain(w, "Softplus");
            let y = w.op("Tanh", &[&y]);
            w.op("Mul", &[x, &y])
        }
    }
}

fn of_rare(w: &mut Writer<'_>, rare: Rare, x: &str) -> String {
    let shrink = |w: &mut Writer<'_>, bias: f32| formed(w, "Shrink", x, &[("lambd", 0.5), ("bias", bias)]);
    // Half of `x + 1` between -1 and 1.
    let ramp = |w: &mut Writer<'_>| {
        let y = clip(w, x, -1.0, 1.0);
        let y = by(w, "Add", &y, 1.0);
        by(w, "Mul", &y, 0.5)
    };
    match rare {
        Rare::HardTanh => clip(w, x, -1.0, 1.0),
        Rare::HardShrink => shrink(w, 0.0),
        Rare::SoftShrink => shrink(w, 0.5),
        Rare::SparseSigmoid => ramp(w),
        Rare::SparsePlus => {
            let part = ramp(w);
            let square = w.op("Mul", &[&part, &part]);
            let over = by(w, "Sub", x, 1.0);
            let over = w.op("Relu", &[&over]);
            w.op("Add", &[&square, &over])
        }
        Rare::LogSigmoid => {
            let y = w.op("Neg", &[x]);
            let y = w.op("Softplus", &[&y]);
            w.op("Neg", &[&y])
        }
        Rare::TanhShrink => {
            let y = w.op("Tanh", &[x]);
            w.op("Sub", &[x, &y])
        }
        Rare::Squareplus => {
            let square = w.op("Mul", &[x, x]);
            let y = by(w, "Add", &square, 4.0);
            let y = w.op("Sqrt", &[&y]);
            let y = w.op("Add", &[x, &y]);
            by(w, "Mul", &y, 0.5)
        }
    }
}

/// Numbers as the nearest of 16 bits: a cast, and one back.
pub(super) fn rounded(w: &mut Writer<'_>, at: &At, to: Option<Rounding>, x: &str) -> String {
    let known = w.known_floats(x).and_then(|(shape, numbers)| {
        let mut plan = at.nodes[0].plan().ok()?;
        plan.run(&[&numbers]).ok()?;
        let bytes: Vec<u8> = plan.output(0).iter().flat_map(|x| x.to_le_bytes()).collect();
        Some((shape, bytes))
    });
    if let Some(made) = known {
        return w.made_of(x, at.nodes[0].name, |_| made);
    }
    let short = if to == Some(Rounding::Float16) { Element::Float16 } else { Element::Bfloat16 };
    let y = w.cast(x, short);
    w.cast(&y, Element::Float)
}

pub(super) fn cast(w: &mut Writer<'_>, at: &At, x: &str) -> String {
    let to = w.level().dtype(at.outputs[0]);
    let from = w.level().dtype(at.inputs[0]);
    if from == to { x.to_string() } else { w.cast(x, to.into()) }
}

/// One of two where a condition holds. ONNX Runtime has no `Where` of truth values.
pub(super) fn chosen(w: &mut Writer<'_>, at: &At, x: &[&str]) -> String {
    let [condition, a, b] = x[..] else { return w.op("Where", x) };
    if w.level().dtype(at.outputs[0]) != DType::Bool {
        return w.op("Where", x);
    }
    let other = w.op("Not", &[condition]);
    let (a, b) = (w.op("And", &[condition, a]), w.op("And", &[&other, b]));
    w.op("Or", &[&a, &b])
}

/// What a sum is divided by, if that is how many elements it is over: then the quotient is a mean.
fn mean(w: &mut Writer<'_>, at: &At, f: Binary) -> Result<Option<String>> {
    let level = w.level();
    let [sum, count] = at.inputs[..] else { return Ok(None) };
    let Some(reduction) = level.maker(sum) else { return Ok(None) };
    let Operation::Reduce { reduce: Reduce::Sum, axes } = &reduction.operation else { return Ok(None) };
    let (of, axes) = (reduction.inputs[0], axes.clone());
    if f != Binary::Divide || level.dtype(of) != DType::Float32 {
        return Ok(None);
    }
    let Some(values) = level.values(count) else { return Ok(None) };
    let counts: Vec<f64> = (0..values.len())
        .map(|k| axes.iter().map(|axis| level.length(of, *axis)[k] as f64).product())
        .collect();
    if !values.iter().zip(counts).all(|(found, n)| found.len() == 1 && f64::from(found[0]) == n) {
        return Ok(None);
    }
    let x = w.name(of)?;
    let axes = axes.into_iter().map(|axis| axis as i64).collect();
    let y =
        w.with("ReduceMean", &[&x], vec![("axes", Attribute::Ints(axes)), ("keepdims", Attribute::Int(1))]);
    Ok(Some(y))
}

pub(super) fn binary(w: &mut Writer<'_>, at: &At, f: Binary) -> Result<String> {
    if let Some(mean) = mean(w, at, f)? {
        return Ok(mean);
    }
    let names = w.name_all(&at.inputs)?;
    let [a, b] = [names[0].as_str(), names[1].as_str()];
    // Between operators that want other axes first, axes stay as those before have left them.
    if let (Some((a, order)), Some((b, other))) = (w.turned(a), w.turned(b))
        && order == other
    {
        let y = of_two(w, at, f, &a, &b)?;
        return Ok(w.transposed(&y, &order));
    }
    of_two(w, at, f, a, b)
}

fn of_two(w: &mut Writer<'_>, at: &At, f: Binary, a: &str, b: &str) -> Result<String> {
    use Binary as B;
    let dtype = w.level().dtype(at.inputs[0]);
    if dtype == DType::Bool {
        return truths(w, f, a, b);
    }
    let plain = |w: &mut Writer<'_>, op: &'static str| Ok(w.op(op, &[a, b]));
    match (f, dtype) {
        (B::Add, _) => plain(w, "Add"),
        (B::Subtract, _) => plain(w, "Sub"),
        (B::Multiply, _) => plain(w, "Mul"),
        (B::Divide, DType::Float32) => plain(w, "Div"),
        (B::Maximum, _) => plain(w, "Max"),
        (B::Minimum, _) => plain(w, "Min"),
        (B::Power, _) => plain(w, "Pow"),
        (B::Equal, _) => plain(w, "Equal"),
        (B::NotEqual, _) => {
            let y = w.op("Equal", &[a, b]);
            Ok(w.op("Not", &[&y]))
        }
        (B::Less, _) => plain(w, "Less"),
        (B::LessEqual, _) => plain(w, "LessOrEqual"),
        (B::Greater, _) => plain(w, "Greater"),
        (B::GreaterEqual, _) => plain(w, "GreaterOrEqual"),
        (B::FloorDivide | B::Mod, _) => Ok(divided(w, f, a, b, dtype)),
        (B::Hypot, DType::Float32) => {
            let (x, y) = (w.op("Mul", &[a, a]), w.op("Mul", &[b, b]));
            let sum = w.op("Add", &[&x, &y]);
            Ok(w.op("Sqrt", &[&sum]))
        }
        (B::Logaddexp, DType::Float32) => {
            let (high, distance) = (w.op("Max", &[a, b]), w.op("Sub", &[a, b]));
            let distance = w.op("Abs", &[&distance]);
            let low = w.op("Neg", &[&distance]);
            // Infinities that are equal have no difference.
            let (equal, zero) = (w.op("Equal", &[a, b]), w.float(0.0));
            let low = w.op("Where", &[&equal, &zero, &low]);
            let low = w.op("Exp", &[&low]);
            let tail = log1p(w, &low);
            Ok(w.op("Add", &[&high, &tail]))
        }
        (B::Arctan2, DType::Float32) => Ok(arctan2(w, a, b)),
        _ => Err(w.refused("there is no operator for numbers of this type")),
    }
}

/// The angle of `(x, y)`: the arctangent of the quotient, and half a turn more where `x` is negative.
fn arctan2(w: &mut Writer<'_>, y: &str, x: &str) -> String {
    let zero = w.float(0.0);
    let quotient = w.op("Div", &[y, x]);
    let nothing = w.op("Equal", &[x, &zero]);
    let angle = w.op("Atan", &[&quotient]);
    let sign = w.op("Sign", &[y]);
    let up = by(w, "Mul", &sign, core::f32::consts::FRAC_PI_2);
    let angle = w.op("Where", &[&nothing, &up, &angle]);
    let left = w.op("Less", &[x, &zero]);
    let below = w.op("Less", &[y, &zero]);
    let (plus, minus) = (w.float(core::f32::consts::PI), w.float(-core::f32::consts::PI));
    let turn = w.op("Where", &[&below, &minus, &plus]);
    let turn = w.op("Where", &[&left, &turn, &zero]);
    w.op("Add", &[&angle, &turn])
}

/// Quotients rounded down, and what they leave; of integers divided by 0 it is 0.
fn divided(w: &mut Writer<'_>, f: Binary, a: &str, b: &str, dtype: DType) -> String {
    if dtype == DType::Float32 {
        return divided_floats(w, f, a, b);
    }
    let (zero, one) = (w.int32(0), w.int32(1));
    let nothing = w.op("Equal", &[b, &zero]);
    let by = w.op("Where", &[&nothing, &one, b]);
    let rest = w.op("Mod", &[a, &by]);
    let y = if f == Binary::Mod {
        rest
    } else {
        let whole = w.op("Sub", &[a, &rest]);
        w.op("Div", &[&whole, &by])
    };
    w.op("Where", &[&nothing, &zero, &y])
}

/// The same of floats: from the exact remainder, as a quotient may be rounded up to the next integer.
fn divided_floats(w: &mut Writer<'_>, f: Binary, a: &str, b: &str) -> String {
    let zero = w.float(0.0);
    let exact = w.with("Mod", &[a, b], vec![("fmod", Attribute::Int(1))]);
    let below = |w: &mut Writer<'_>, x: &str| w.op("Less", &[x, &zero]);
    let (one, other) = (below(w, &exact), below(w, b));
    let apart = w.op("Xor", &[&one, &other]);
    let none = w.op("Equal", &[&exact, &zero]);
    let some = w.op("Not", &[&none]);
    let apart = w.op("And", &[&apart, &some]);
    let more = w.op("Add", &[&exact, b]);
    let rest = w.op("Where", &[&apart, &more, &exact]);
    if f == Binary::Mod {
        return rest;
    }
    let whole = w.op("Sub", &[a, &rest]);
    let whole = w.op("Div", &[&whole, b]);
    let whole = w.op("Round", &[&whole]);
    // What is left of a number by infinity is the number or infinity itself.
    let minus = w.float(-1.0);
    let by_infinity = w.op("Where", &[&apart, &minus, &zero]);
    let infinite = w.op("IsInf", &[b]);
    let whole = w.op("Where", &[&infinite, &by_infinity, &whole]);
    let plain = w.op("Div", &[a, b]);
    let by_zero = w.op("Equal", &[b, &zero]);
    w.op("Where", &[&by_zero, &plain, &whole])
}

fn truths(w: &mut Writer<'_>, f: Binary, a: &str, b: &str) -> Result<String> {
    use Binary as B;
    let plain = |w: &mut Writer<'_>, op: &'static str| Ok(w.op(op, &[a, b]));
    let of_integers = |w: &mut Writer<'_>, op: &'static str| {
        let (a, b) = (w.cast(a, Element::Int32), w.cast(b, Element::Int32));
        Ok(w.op(op, &[&a, &b]))
    };
    match f {
        B::And | B::Minimum | B::Multiply => plain(w, "And"),
        B::Or | B::Maximum => plain(w, "Or"),
        B::Xor | B::NotEqual => plain(w, "Xor"),
        B::Equal => plain(w, "Equal"),
        B::Less => of_integers(w, "Less"),
        B::LessEqual => of_integers(w, "LessOrEqual"),
        B::Greater => of_integers(w, "Greater"),
        B::GreaterEqual => of_integers(w, "GreaterOrEqual"),
        _ => Err(w.refused("there is no operator for truth values")),
    }
}

/// A reduction over axes, which stay.
pub(super) fn reduce(w: &mut Writer<'_>, at: &At, by: Reduce, axes: &[usize], x: &str) -> Result<String> {
    // A sum that is only divided by how many it is over is written as the mean where that is read.
    if axes.is_empty() {
        return Ok(x.to_string());
    }
    let dtype = w.level().dtype(at.inputs[0]);
    let x = if dtype == DType::Bool { w.cast(x, Element::Int32) } else { x.to_string() };
    let axes: Vec<i64> = axes.iter().map(|axis| *axis as i64).collect();
    let keep = ("keepdims", Attribute::Int(1));
    let over = |w: &mut Writer<'_>, op: &'static str| {
        w.with(op, &[&x], vec![("axes", Attribute::Ints(axes.clone())), keep.clone()])
    };
    let y = match by {
        Reduce::Sum => {
            let axes = w.ints(&axes);
            w.with("ReduceSum", &[&x, &axes], vec![keep.clone()])
        }
        Reduce::Product => over(w, "ReduceProd"),
        Reduce::Max => over(w, "ReduceMax"),
        Reduce::Min => over(w, "ReduceMin"),
    };
    Ok(if dtype == DType::Bool { w.cast(&y, Element::Bool) } else { y })
}
