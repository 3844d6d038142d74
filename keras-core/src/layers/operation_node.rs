use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::{
    Binary, Constant, Curve, Index, Op, OperationNode, PadMode, Reduction, Unary, slice_of,
};
use keras_shape::{DType, Shape as Dims};

use super::Operations;
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for OperationNode {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        Ok(vec![match self.op {
            Op::Split(sections, [], axis) => return Ok(ops::split(x, sections, axis)),
            Op::Split(_, places, axis) => return Ok(ops::split(x, places, axis)),
            Op::Unstack(_, axis) => return Ok(ops::unstack(x, axis)),
            Op::TopK(k) => {
                let (largest, places) = ops::top_k(x, k);
                return Ok(vec![largest, places]);
            }
            Op::Unary(op) => unary(op, x),
            Op::Binary(op) => binary(op, x, &inputs[1]),
            // Beside floats, a whole number is a float too, however large.
            Op::Number(op, n, true, first) if !x.dtype().is_float() => with_number(op, x, n as i32, first),
            Op::Number(op, n, _, first) => with_number(op, x, n as f32, first),
            Op::Reduce(by, axes, keepdims) => reduced(by, x, axes.list, keepdims),
            Op::GetItem(key) => item(key, x)?,
            Op::ExpandDims(axis) => ops::expand_dims(x, axis),
            Op::Squeeze(axes) => ops::squeeze(x, axes.list),
            Op::Transpose(axes) => ops::transpose(x, axes.list),
            Op::Stack(axis) => ops::stack(inputs, axis),
            Op::Matmul => ops::matmul(x, &inputs[1]),
            Op::Einsum(subscripts) => ops::einsum(subscripts.0, &operands(inputs)),
            Op::Sort(axis) => ops::sort(x, axis),
            Op::Argsort(axis) => ops::argsort(x, axis),
            Op::Moveaxis(from, to) => ops::moveaxis(x, from.list, to.list),
            Op::LogSoftmax(axes) => ops::log_softmax(x, axes.list),
            Op::Cast(DType::Float32) => ops::cast(x, ops::DType::Float32),
            // Its rule lets no strings through.
            Op::Cast(DType::Int32 | DType::String) => ops::cast(x, ops::DType::Int32),
            Op::Clip(low, high) => ops::clip(x, low as f32, high as f32),
            Op::OneHot(classes, axis) => ops::one_hot(x, classes, axis),
            Op::Flip(axes) => ops::flip(x, axes.list),
            Op::Repeat(times, axis) => ops::repeat(x, times, axis),
            Op::Roll(shift, axes) => ops::roll(x, shift.list, axes.list),
            Op::Cumsum(axis) => ops::cumsum(x, axis),
            Op::Gelu(approximate) => ops::gelu(x, approximate),
            Op::LeakyRelu(slope) => ops::leaky_relu(x, slope as f32),
            Op::Elu(alpha) => ops::elu(x, alpha as f32),
            Op::Where(x1, x2) => chosen(x1, x2, inputs),
            Op::Constant(by, constant, first) => with_constant(by, constant, first, x),
            Op::Tile(repeats) => ops::tile(x, repeats),
            Op::Swapaxes(first, second) => ops::swapaxes(x, first, second),
            Op::Norm(axes, keepdims) => {
                ops::norm(x, ops::Order::Default, axes.list).keepdims(keepdims).build()
            }
            Op::Normalize(axes) => ops::normalize(x, axes.list, 2).build(),
            Op::Curve(op, number) => curve(op, x, number as f32),
            Op::Glu(axis) => ops::glu(x, axis),
            Op::Sparsemax(axis) => ops::sparsemax(x, axis),
            Op::Threshold(least, default) => threshold(x, least, default),
            Op::NanToNum(nan, high, low) => {
                ops::nan_to_num(x, nan as f32, high.map(|n| n as f32), low.map(|n| n as f32))
            }
            Op::Cumprod(axis) => ops::cumprod(x, axis),
            Op::Diff(n, axis) => ops::diff(x, n, axis),
            Op::Take(places, one, axis) => taken(x, places, one, axis),
            Op::TakeAlongAxis(axis) => ops::take_along_axis(x, &inputs[1], axis),
            Op::Pad(widths, mode, value) => padded(x, widths, mode, value),
            Op::Tril(k) => ops::tril(x, k as i32),
            Op::Triu(k) => ops::triu(x, k as i32),
            Op::Resize(size, by) => ops::image::resize(x, size, super::augment::filter(by)).build(),
            Op::DepthToSpace(block) => ops::depth_to_space(x, block).build(),
            Op::SpaceToDepth(block) => ops::space_to_depth(x, block).build(),
        }])
    }
}

fn operands(inputs: &[Symbolic]) -> Vec<&dyn ops::Operand> {
    inputs.iter().map(|x| x as &dyn ops::Operand).collect()
}

/// These places of an axis; of one that is no list, the axis goes.
fn taken(x: &Symbolic, places: &[isize], one: bool, axis: isize) -> Symbolic {
    let numbers: Vec<i32> = places.iter().map(|place| *place as i32).collect();
    let shape = if one { Vec::new() } else { vec![numbers.len()] };
    ops::take(x, ops::array(&numbers, shape), axis)
}

fn curve(op: Curve, x: &Symbolic, number: f32) -> Symbolic {
    match op {
        Curve::Celu => ops::celu(x, number),
        Curve::HardShrink => ops::hard_shrink(x, number),
        Curve::SoftShrink => ops::soft_shrink(x, number),
        Curve::Squareplus if number == 4.0 => ops::squareplus(x),
        Curve::Squareplus => (x + ops::sqrt(ops::square(x) + number)) / 2.0,
    }
}

/// The numbers above the least, the default in the place of others: integers, if both are.
fn threshold(x: &Symbolic, least: f64, default: f64) -> Symbolic {
    let is_whole = |number: f64| f64::from(number as i32) == number;
    if x.dtype().is_float() || !is_whole(default) {
        return ops::threshold(x, least as f32, default as f32);
    }
    let above = match is_whole(least) {
        true => ops::greater(x, least as i32),
        false => ops::greater(ops::cast(x, ops::DType::Float32), least as f32),
    };
    ops::where_(above, x, default as i32)
}

/// So many before and after each axis.
fn padded(x: &Symbolic, widths: &[usize], mode: PadMode, value: f64) -> Symbolic {
    let pairs: Vec<(usize, usize)> = widths.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let by = match mode {
        // Beside integers, a number is an integer, without its fraction.
        PadMode::Constant if !x.dtype().is_float() => {
            return ops::pad(x, pairs).constant_values(value as i32).build();
        }
        PadMode::Constant => {
            return ops::pad(x, pairs).constant_values(value as f32).build();
        }
        PadMode::Edge => ops::PadMode::Edge,
        PadMode::Reflect => ops::PadMode::Reflect,
        PadMode::Symmetric => ops::PadMode::Symmetric,
        PadMode::Wrap => ops::PadMode::Wrap,
    };
    ops::pad(x, pairs).mode(by).build()
}

fn unary(op: Unary, x: &Symbolic) -> Symbolic {
    match op {
        Unary::Absolute => ops::absolute(x),
        Unary::Arccos => ops::arccos(x),
        Unary::Arccosh => ops::arccosh(x),
        Unary::Arcsinh => ops::arcsinh(x),
        Unary::Arctanh => ops::arctanh(x),
        Unary::Cbrt => ops::cbrt(x),
        Unary::Deg2rad => ops::deg2rad(x),
        Unary::Erfc => ops::erfc(x),
        Unary::Erfinv => ops::erfinv(x),
        Unary::Exp2 => ops::exp2(x),
        Unary::HardTanh => ops::hard_tanh(x),
        // Truth values are integers in models.
        Unary::Isfinite => ops::cast(ops::isfinite(x), ops::DType::Int32),
        Unary::Isinf => ops::cast(ops::isinf(x), ops::DType::Int32),
        Unary::Isnan => ops::cast(ops::isnan(x), ops::DType::Int32),
        Unary::Rad2deg => ops::rad2deg(x),
        Unary::Sinc => ops::sinc(x),
        Unary::SparsePlus => ops::sparse_plus(x),
        Unary::SparseSigmoid => ops::sparse_sigmoid(x),
        Unary::TanhShrink => ops::tanh_shrink(x),
        Unary::Trunc => ops::trunc(x),
        Unary::Arcsin => ops::arcsin(x),
        Unary::Arctan => ops::arctan(x),
        Unary::Ceil => ops::ceil(x),
        Unary::Cos => ops::cos(x),
        Unary::Cosh => ops::cosh(x),
        Unary::Erf => ops::erf(x),
        Unary::Exp => ops::exp(x),
        Unary::Expm1 => ops::expm1(x),
        Unary::Floor => ops::floor(x),
        Unary::HardSigmoid => ops::hard_sigmoid(x),
        Unary::HardSilu => ops::hard_silu(x),
        Unary::Log => ops::log(x),
        Unary::Log10 => ops::log10(x),
        Unary::Log1p => ops::log1p(x),
        Unary::Log2 => ops::log2(x),
        Unary::LogSigmoid => ops::log_sigmoid(x),
        Unary::LogicalNot => ops::cast(ops::logical_not(x), ops::DType::Int32),
        Unary::Negative => ops::negative(x),
        Unary::OnesLike => ops::ones_like(x),
        Unary::Reciprocal => ops::reciprocal(x),
        Unary::Relu => ops::relu(x),
        Unary::Relu6 => ops::relu6(x),
        Unary::Round => ops::round(x, 0),
        Unary::Rsqrt => ops::rsqrt(x),
        Unary::Selu => ops::selu(x),
        Unary::Sigmoid => ops::sigmoid(x),
        Unary::Sign => ops::sign(x),
        Unary::Silu => ops::silu(x),
        Unary::Sin => ops::sin(x),
        Unary::Sinh => ops::sinh(x),
        Unary::Softplus => ops::softplus(x),
        Unary::Softsign => ops::softsign(x),
        Unary::Sqrt => ops::sqrt(x),
        Unary::Square => ops::square(x),
        Unary::StopGradient => ops::stop_gradient(x),
        Unary::Tan => ops::tan(x),
        Unary::Tanh => ops::tanh(x),
        Unary::ZerosLike => ops::zeros_like(x),
    }
}

fn binary(op: Binary, a: impl ops::Operand, b: impl ops::Operand) -> Symbolic {
    // Truth values are integers in models.
    let truth = |x: Symbolic| ops::cast(x, ops::DType::Int32);
    match op {
        Binary::Add => ops::add(a, b),
        Binary::Arctan2 => ops::arctan2(a, b),
        Binary::DivideNoNan => ops::divide_no_nan(a, b),
        Binary::Hypot => ops::hypot(a, b),
        Binary::Logaddexp => ops::logaddexp(a, b),
        Binary::LogicalXor => truth(ops::logical_xor(a, b)),
        Binary::Divide | Binary::TrueDivide => ops::divide(a, b),
        Binary::Equal => truth(ops::equal(a, b)),
        Binary::Greater => truth(ops::greater(a, b)),
        Binary::GreaterEqual => truth(ops::greater_equal(a, b)),
        Binary::Less => truth(ops::less(a, b)),
        Binary::LessEqual => truth(ops::less_equal(a, b)),
        Binary::LogicalAnd => truth(ops::logical_and(a, b)),
        Binary::LogicalOr => truth(ops::logical_or(a, b)),
        Binary::NotEqual => truth(ops::not_equal(a, b)),
        Binary::FloorDivide => ops::floor_divide(a, b),
        Binary::Maximum => ops::maximum(a, b),
        Binary::Minimum => ops::minimum(a, b),
        Binary::Mod => ops::mod_(a, b),
        Binary::Multiply => ops::multiply(a, b),
        Binary::Power => ops::power(a, b),
        Binary::Subtract => ops::subtract(a, b),
    }
}

fn with_number(op: Binary, x: &Symbolic, number: impl ops::Operand, first: bool) -> Symbolic {
    if first { binary(op, number, x) } else { binary(op, x, number) }
}

fn reduced(by: Reduction, x: &Symbolic, axes: &[isize], keepdims: bool) -> Symbolic {
    let axis = axes.first().copied();
    // Truth values are integers in models.
    let truth = |x: Symbolic| ops::cast(x, ops::DType::Int32);
    match by {
        Reduction::All => truth(ops::all(x, axes).keepdims(keepdims).build()),
        Reduction::Any => truth(ops::any(x, axes).keepdims(keepdims).build()),
        Reduction::Argmax => ops::argmax(x, axis).keepdims(keepdims).build(),
        Reduction::Argmin => ops::argmin(x, axis).keepdims(keepdims).build(),
        Reduction::Logsumexp => ops::logsumexp(x, axes).keepdims(keepdims).build(),
        Reduction::Max => ops::max(x, axes).keepdims(keepdims).build(),
        Reduction::Mean => ops::mean(x, axes).keepdims(keepdims).build(),
        Reduction::Median => ops::median(x, axes).keepdims(keepdims).build(),
        Reduction::Ptp => ops::ptp(x, axes).keepdims(keepdims).build(),
        Reduction::Min => ops::min(x, axes).keepdims(keepdims).build(),
        Reduction::Prod => ops::prod(x, axes).keepdims(keepdims).build(),
        Reduction::Std => ops::std(x, axes).keepdims(keepdims).build(),
        Reduction::Sum => ops::sum(x, axes).keepdims(keepdims).build(),
        Reduction::Var => ops::var(x, axes).keepdims(keepdims).build(),
    }
}

/// One of two where a condition is true.
fn chosen(x1: Option<f64>, x2: Option<f64>, inputs: &[Symbolic]) -> Symbolic {
    let condition = &inputs[0];
    let whole = inputs.len() > 1 && inputs[1..].iter().all(|x| !x.dtype().is_float());
    // Beside integers, a whole number is an integer.
    let number = |number: f64| match whole && f64::from(number as i32) == number {
        true => ops::Operand::symbolic(&(number as i32)),
        false => ops::Operand::symbolic(&(number as f32)),
    };
    let mut tensors = inputs[1..].iter();
    let mut next = |given: Option<f64>| match given {
        Some(given) => number(given),
        None => tensors.next().unwrap_or(condition).clone(),
    };
    let (a, b) = (next(x1), next(x2));
    ops::where_(condition, a, b)
}

/// A tensor and an array of a file.
fn with_constant(by: Option<Binary>, constant: Constant, first: bool, x: &Symbolic) -> Symbolic {
    let Constant { shape, numbers, whole } = constant;
    let array = if whole && !x.dtype().is_float() {
        ops::array(&numbers.iter().map(|n| *n as i32).collect::<Vec<i32>>(), shape.to_vec())
    } else {
        ops::array(&numbers.iter().map(|n| *n as f32).collect::<Vec<f32>>(), shape.to_vec())
    };
    match (by, first) {
        (Some(by), true) => binary(by, &array, x),
        (Some(by), false) => binary(by, x, &array),
        (None, true) => ops::matmul(&array, x),
        (None, false) => ops::matmul(x, &array),
    }
}

/// `x[...]`: axis by axis from the last, so that the places of those before stay.
fn item(key: &[Index], x: &Symbolic) -> Result<Symbolic> {
    let takes = key.iter().filter(|index| index.takes_axis()).count();
    let rank = x.ndim();
    let rest = rank.saturating_sub(takes);
    // Where in the input each index stands.
    let mut axis = 0;
    let mut places = Vec::new();
    for index in key {
        places.push(axis);
        axis += match index {
            Index::Rest => rest,
            Index::NewAxis => 0,
            _ => 1,
        };
    }
    let mut y = x.clone();
    for (index, axis) in key.iter().zip(places).rev() {
        let at = axis as isize;
        match *index {
            Index::Rest => {}
            Index::NewAxis => y = ops::expand_dims(y, at),
            Index::At(place) => {
                let n = y.shape()[axis] as isize;
                let from = if place < 0 { place + n } else { place };
                if from < 0 || from >= n {
                    let shape = Dims::fixed(y.shape());
                    return Err(Error::layer(format!(
                        "index {place} of axis {axis} of {shape}, which has {n} places"
                    )));
                }
                y = ops::squeeze(part(&y, axis, from as usize, 1), at);
            }
            Index::Slice(start, stop, step) => {
                let (from, count) = slice_of(y.shape()[axis], start, stop, step);
                if step == 1 {
                    y = part(&y, axis, from, count);
                } else {
                    let places: Vec<i32> =
                        (0..count as isize).map(|i| (from as isize + i * step) as i32).collect();
                    y = ops::take(&y, ops::array(&places, [count]), at);
                }
            }
        }
    }
    Ok(y)
}

/// So many places of an axis.
fn part(x: &Symbolic, axis: usize, from: usize, count: usize) -> Symbolic {
    let mut starts = vec![0; x.ndim()];
    let mut lengths = x.shape().to_vec();
    starts[axis] = from as isize;
    lengths[axis] = count;
    ops::slice(x, starts, lengths)
}
