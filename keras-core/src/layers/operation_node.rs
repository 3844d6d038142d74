use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::{Binary, Constant, Index, Op, OperationNode, Reduction, Unary, slice_of};
use keras_shape::{DType, Shape as Dims};

use super::Operations;
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for OperationNode {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if let Op::Split(sections, places, axis) = self.op {
            return Ok(match places {
                [] => ops::split(x, sections, axis),
                places => ops::split(x, places, axis),
            });
        }
        if let Op::TopK(k) = self.op {
            let (largest, places) = ops::top_k(x, k);
            return Ok(vec![largest, places]);
        }
        Ok(vec![match self.op {
            Op::Unary(op) => unary(op, x),
            Op::Binary(op) => binary(op, x, &inputs[1]),
            Op::Number(op, number, whole, first) => {
                // Beside floats, a whole number is a float too, however large.
                if whole && !x.dtype().is_float() {
                    with_number(op, x, number as i32, first)
                } else {
                    with_number(op, x, number as f32, first)
                }
            }
            Op::Reduce(by, axes, keepdims) => reduced(by, x, axes.list, keepdims),
            Op::GetItem(key) => item(key, x)?,
            Op::ExpandDims(axis) => ops::expand_dims(x, axis),
            Op::Squeeze(axes) => ops::squeeze(x, axes.list),
            Op::Transpose(axes) => ops::transpose(x, axes.list),
            Op::Stack(axis) => ops::stack(inputs, axis),
            Op::Matmul => ops::matmul(x, &inputs[1]),
            Op::Einsum(subscripts) => ops::einsum(subscripts.0, &[x, &inputs[1]]),
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
            Op::Split(..) | Op::TopK(_) => x.clone(),
        }])
    }
}

fn unary(op: Unary, x: &Symbolic) -> Symbolic {
    match op {
        Unary::Absolute => ops::absolute(x),
        Unary::Arccos => ops::arccos(x),
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
        // Truth values are integers in models.
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
