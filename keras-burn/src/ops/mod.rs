//! Operations of `keras-ops` in tensors of Burn.

pub(crate) mod arrays;
mod conv;
mod elementwise;
mod float;
mod nn;
mod pool;

use burn::backend::DispatchTensor;
use burn::tensor::Device;
use keras_ops::DType;
use keras_ops::graph::{Graph, Node, Operation, Reduce, TensorSpec};

use crate::Array;

/// Whether an operation has a form on devices that gives what its plan gives.
pub(crate) fn is_native(node: &Node, graph: &Graph) -> bool {
    let specs = |ids: &[usize]| ids.iter().map(|id| graph.tensor(*id).clone()).collect::<Vec<TensorSpec>>();
    let (from, to) = (specs(&node.inputs), specs(&node.outputs));
    // Burn's devices do not agree on tensors without elements.
    if from.iter().chain(&to).any(|x| x.shape.size() == 0) {
        return false;
    }
    let dtype = from.first().map_or(to[0].dtype, |x| x.dtype);
    match &node.operation {
        Operation::Unary(f) => elementwise::has_unary(*f, dtype),
        Operation::Binary(f) => elementwise::has_binary(*f, dtype),
        Operation::Reduce { reduce, .. } => match dtype {
            DType::Float32 | DType::Int32 => true,
            DType::Bool => matches!(reduce, Reduce::Max | Reduce::Min),
        },
        // Burn's own on integers need not wrap around.
        Operation::Matmul { .. } | Operation::Cumulative { .. } | Operation::Scatter { .. } => {
            dtype == DType::Float32
        }
        Operation::ScatterStrided { start, strides, .. } => {
            dtype == DType::Float32 || apart(&arrays::places(&from[0].shape, *start, strides))
        }
        Operation::Constant(_)
        | Operation::Where
        | Operation::Cast
        | Operation::StopGradient
        | Operation::Reshape
        | Operation::BroadcastTo
        | Operation::Transpose { .. }
        | Operation::Slice { .. }
        | Operation::Strided { .. }
        | Operation::Pad { .. }
        | Operation::Concatenate { .. }
        | Operation::Gather { .. }
        | Operation::Convolution(_)
        | Operation::Pool(_)
        | Operation::Softmax
        | Operation::LogSoftmax
        | Operation::SoftmaxGradient
        | Operation::LogSoftmaxGradient
        | Operation::LayerNormalization { .. }
        | Operation::LayerNormalizationGradient { .. }
        | Operation::Attention { .. }
        | Operation::AttentionGradient { .. } => true,
        // Seeds give the numbers that they give in a plan, orders are stable and know where NaN is, matrices are solved
        // for in f64.
        _ => false,
    }
}

/// What an operation reads beside its operands, computed once.
pub(crate) struct Table {
    numbers: Array,
    /// Whether they say for each element of the result which one of the operand it is; else for each element of the operand
    /// where it goes.
    inverse: bool,
}

/// What an operation reads beside its operands.
pub(crate) fn table(node: &Node, graph: &Graph, device: &Device) -> Option<Table> {
    let mut inverse = false;
    let shape = |id: usize| &graph.tensor(id).shape;
    let numbers = match &node.operation {
        Operation::Strided { start, strides } => arrays::places(shape(node.outputs[0]), *start, strides),
        Operation::ScatterStrided { start, strides, .. } => {
            let places = arrays::places(shape(node.inputs[0]), *start, strides);
            inverse = apart(&places);
            if inverse { arrays::inverse(&places, shape(node.outputs[0]).size()) } else { places }
        }
        Operation::Pad { start, step, .. } if step.iter().any(|step| *step != 1) => {
            let own = shape(node.outputs[0]).strides();
            let first: usize = start.iter().zip(&own).map(|(start, own)| start * own).sum();
            let strides: Vec<isize> = step.iter().zip(&own).map(|(step, own)| step * *own as isize).collect();
            let places = arrays::places(shape(node.inputs[0]), first, &strides);
            arrays::inverse(&places, shape(node.outputs[0]).size())
        }
        Operation::Pool(pool) => pool::covered(pool),
        _ => return None,
    };
    let spec = TensorSpec::new(numbers.len(), DType::Int32);
    Some(Table { numbers: Array::of(arrays::integers(numbers, device), &spec), inverse })
}

/// Whether no place is met twice.
fn apart(places: &[i32]) -> bool {
    let mut sorted = places.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// Computes an operation that [`is_native`]; `table` is what [`table`] gives for it.
pub(crate) fn compute(
    node: &Node,
    x: &[Array],
    table: Option<&Table>,
    to: &[TensorSpec],
    device: &Device,
) -> Vec<Array> {
    let own = |tensors: Vec<DispatchTensor>| {
        tensors.into_iter().zip(to).map(|(tensor, spec)| Array::of(tensor, spec)).collect()
    };
    let several = match (&node.operation, table) {
        (Operation::Pool(pool), Some(table)) => pool::pooled(pool, x, &table.numbers, to, device),
        (Operation::LayerNormalization { gamma, beta, epsilon }, _) => {
            nn::layer_norm(x, *gamma, *beta, *epsilon).into()
        }
        (Operation::LayerNormalizationGradient { gamma, epsilon }, _) => {
            nn::layer_norm_gradient(x, *gamma, *epsilon).into()
        }
        (Operation::Attention { scale, causal, masked }, _) => {
            nn::attention(x, *scale, *causal, *masked).into()
        }
        (Operation::AttentionGradient { scale, causal, masked }, _) => {
            nn::attention_gradient(x, *scale, *causal, *masked).into()
        }
        _ => vec![one(node, x, table, &to[0], device)],
    };
    own(several)
}

/// An operation of one result.
fn one(node: &Node, x: &[Array], table: Option<&Table>, to: &TensorSpec, device: &Device) -> DispatchTensor {
    match (&node.operation, table) {
        (Operation::Unary(f), _) => elementwise::unary(*f, &x[0], to),
        (Operation::Binary(f), _) => elementwise::binary(*f, x, to),
        (Operation::Where, _) => elementwise::where_(x, to),
        (Operation::Cast, _) => elementwise::cast(&x[0], to.dtype),
        (Operation::BroadcastTo, _) => elementwise::broadcast(&x[0], to),
        (Operation::Reshape, _) => {
            elementwise::reshape(x[0].tensor(), to.dtype, crate::array::on_device(&to.shape))
        }
        (Operation::Reduce { reduce, axes }, _) => match to.dtype {
            DType::Bool => nn::reduce_truth(&x[0], *reduce == Reduce::Max, axes),
            _ => nn::reduce(&x[0], *reduce, axes),
        },
        (Operation::Transpose { axes }, _) => arrays::transpose(&x[0], axes),
        (Operation::Slice { start, step }, _) => arrays::slice(&x[0], start, step, to),
        (Operation::Strided { .. }, Some(places)) => arrays::picked(&x[0], &places.numbers, to),
        (Operation::Pad { fill, .. }, Some(from)) => arrays::placed(&x[0], &from.numbers, *fill, to),
        (Operation::Pad { start, fill, .. }, None) => arrays::padded(&x[0], start, *fill, to, device),
        (Operation::ScatterStrided { fill, .. }, Some(Table { numbers, inverse })) => match inverse {
            true => arrays::placed(&x[0], numbers, *fill, to),
            false => arrays::added(&x[0], numbers, to, device),
        },
        (Operation::Concatenate { axis }, _) => arrays::concatenate(x, *axis),
        (Operation::Gather { axis, along, outside }, _) => {
            arrays::gather(&x[0], &x[1], (*axis, *along), *outside, to)
        }
        (Operation::Scatter { axis, along }, _) => arrays::scatter(&x[0], &x[1], (*axis, *along), to, device),
        (Operation::Cumulative { axis, reverse, product }, _) => {
            arrays::cumulative(&x[0], *axis, *reverse, *product)
        }
        (Operation::Matmul { transposed }, _) => nn::matmul(x, *transposed),
        (Operation::Convolution(conv), _) => conv::convolution(conv, x, to),
        (Operation::Softmax, _) => nn::softmax(&x[0], false),
        (Operation::LogSoftmax, _) => nn::softmax(&x[0], true),
        (Operation::SoftmaxGradient, _) => nn::softmax_gradient(&x[0], &x[1], false),
        (Operation::LogSoftmaxGradient, _) => nn::softmax_gradient(&x[0], &x[1], true),
        // What stops gradients, and what `is_native` does not let through.
        _ => x[0].tensor(),
    }
}
