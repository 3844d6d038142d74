//! Operations as Keras 3 writes them in functional models.

use keras_shape::layers::{Constant, Index, Op, PadMode};
use keras_shape::{DType, LayerConfig, Operands};
use serde_json::{Map, Value, json};

use super::functions::Function;
use super::json::{axes, values};
use crate::model::{AnyLayer, NodeInfo};

/// The operation that a layer is in a file of Keras, if it is one: an operation node, or a layer that hands on no mask where
/// Keras's layer would.
pub(super) enum Written<'a> {
    Op(&'a Op),
    Layer(&'a LayerConfig, Operands),
    Function(&'a Function),
}

impl<'a> Written<'a> {
    pub(super) fn of(layer: &'a dyn AnyLayer, node: Option<&NodeInfo>) -> Option<Self> {
        if let Some(function) = layer.function() {
            return Some(Written::Function(function));
        }
        let config = layer.config()?;
        if let Some(op) = config.operation() {
            return Some(Written::Op(op));
        }
        let dropped =
            node.is_some_and(|node| node.drop_mask && node.roles.iter().all(|role| role.is_input()));
        let operands = config.facts().as_operation.filter(|_| dropped)?;
        Some(Written::Layer(config, operands))
    }

    /// The object of Keras.
    pub(super) fn object(&self, name: &str) -> Value {
        let (class, mut config) = match self {
            // The root of a sum of squares, which stands before it.
            Written::Op(Op::Norm(..)) => ("Sqrt", Map::new()),
            Written::Op(op) => (op.class(), arguments(op)),
            Written::Layer(config, _) => (config.class(), values(config)),
            Written::Function(function) => return function.object(name),
        };
        config.insert("name".into(), json!(name));
        json!({ "module": module(class), "class_name": class, "config": config, "registered_name": class })
    }

    /// A call with these tensors.
    pub(super) fn call(&self, tensors: Vec<Value>) -> Value {
        if let Written::Function(function) = self {
            return function.call(&tensors);
        }
        json!({ "args": self.args(tensors), "kwargs": {} })
    }

    fn args(&self, mut tensors: Vec<Value>) -> Vec<Value> {
        let op = match self {
            Written::Op(op) => op,
            Written::Function(_) => return tensors,
            Written::Layer(_, Operands::List) => return vec![Value::Array(tensors)],
            Written::Layer(_, Operands::Tensor) => return tensors,
        };
        let beside = |mut tensors: Vec<Value>, value: Value, first: bool| {
            tensors.insert(if first { 0 } else { 1 }.min(tensors.len()), value);
            tensors
        };
        match op {
            Op::Number(_, value, whole, first) => beside(tensors, number(*value, *whole), *first),
            Op::Constant(_, constant, first) => beside(tensors, array(constant), *first),
            Op::GetItem(key) => beside(tensors, key.iter().map(index).collect(), false),
            Op::Stack(_) => vec![Value::Array(tensors)],
            Op::Take([place], true, _) => beside(tensors, json!(place), false),
            Op::Take(places, ..) => beside(tensors, json!(places), false),
            Op::Pad(_, PadMode::Constant, value) if *value != 0.0 => {
                beside(tensors, number(*value, value.fract() == 0.0), false)
            }
            Op::Where(x1, x2) => {
                for (at, given) in [(1, x1), (2, x2)] {
                    if let Some(value) = given {
                        tensors.insert(at.min(tensors.len()), json!(value));
                    }
                }
                tensors
            }
            _ => tensors,
        }
    }
}

/// The file of Keras's source in which a class stands.
pub(super) fn module(class: &str) -> &'static str {
    match class {
        "Celu" | "DepthToSpace" | "Elu" | "Gelu" | "Glu" | "HardShrink" | "HardTanh" | "HardSigmoid"
        | "HardSilu" | "LeakyRelu" | "LogSigmoid" | "LogSoftmax" | "Normalize" | "OneHot" | "Relu"
        | "Relu6" | "Selu" | "Sigmoid" | "Silu" | "Softmax" | "Softplus" | "Softsign" | "SoftShrink"
        | "SpaceToDepth" | "SparsePlus" | "SparseSigmoid" | "Sparsemax" | "Squareplus" | "TanhShrink"
        | "Threshold" => "keras.src.ops.nn",
        "Cast" | "ConvertToTensor" | "StopGradient" | "Unstack" => "keras.src.ops.core",
        "Erf" | "Erfc" | "Erfinv" | "Logsumexp" | "Rsqrt" | "TopK" => "keras.src.ops.math",
        "Resize" => "keras.src.ops.image",
        _ => "keras.src.ops.numpy",
    }
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

/// The arguments of its constructor.
fn arguments(op: &Op) -> Map<String, Value> {
    match op {
        Op::Unary(_) | Op::Binary(_) | Op::Number(..) | Op::Constant(..) | Op::GetItem(_) => Map::new(),
        Op::Matmul | Op::Where(..) => Map::new(),
        Op::Reduce(_, axis, keepdims) => map([("axis", axes(axis)), ("keepdims", json!(keepdims))]),
        Op::ExpandDims(axis) | Op::Stack(axis) | Op::Cumsum(axis) | Op::Sort(axis) | Op::Argsort(axis) => {
            map([("axis", json!(axis))])
        }
        Op::Squeeze(axis) | Op::LogSoftmax(axis) | Op::Flip(axis) | Op::Normalize(axis) => {
            map([("axis", axes(axis))])
        }
        Op::Curve(op, number) => map([(op.number().0, json!(number))]),
        Op::Glu(axis)
        | Op::Sparsemax(axis)
        | Op::Cumprod(axis)
        | Op::Take(_, _, axis)
        | Op::TakeAlongAxis(axis) => map([("axis", json!(axis))]),
        Op::Threshold(least, default) => {
            map([("threshold", json!(least)), ("default_value", json!(default))])
        }
        Op::NanToNum(nan, high, low) => {
            map([("nan", json!(nan)), ("posinf", json!(high)), ("neginf", json!(low))])
        }
        Op::Diff(n, axis) => map([("n", json!(n)), ("axis", json!(axis))]),
        Op::Pad(widths, mode, _) => {
            let pairs: Vec<&[usize]> = widths.chunks_exact(2).collect();
            map([("pad_width", json!(pairs)), ("mode", json!(mode.snake()))])
        }
        Op::Tril(k) | Op::Triu(k) => map([("k", json!(k))]),
        Op::Unstack(0, axis) => map([("num", Value::Null), ("axis", json!(axis))]),
        Op::Unstack(num, axis) => map([("num", json!(num)), ("axis", json!(axis))]),
        Op::Resize(size, by) => map([("size", json!(size)), ("interpolation", json!(by.name()))]),
        Op::DepthToSpace(block) | Op::SpaceToDepth(block) => map([("block_size", json!(block))]),
        Op::Einsum(subscripts) => map([("subscripts", json!(subscripts.0))]),
        Op::TopK(k) => map([("k", json!(k)), ("sorted", json!(true))]),
        Op::Moveaxis(from, to) => map([("source", axes(from)), ("destination", axes(to))]),
        Op::Transpose(order) => map([("axes", json!(order.list))]),
        Op::Cast(dtype) => {
            map([("dtype", json!(if matches!(dtype, DType::Int32) { "int32" } else { "float32" }))])
        }
        Op::Clip(low, high) => map([("x_min", json!(low)), ("x_max", json!(high))]),
        Op::OneHot(classes, axis) => map([("num_classes", json!(classes)), ("axis", json!(axis))]),
        Op::Repeat([times], axis) => map([("repeats", json!(times)), ("axis", json!(axis))]),
        Op::Repeat(times, axis) => map([("repeats", json!(times)), ("axis", json!(axis))]),
        Op::Roll(shift, axis) => map([("shift", axes(shift)), ("axis", axes(axis))]),
        Op::Gelu(approximate) => map([("approximate", json!(approximate))]),
        Op::LeakyRelu(slope) => map([("negative_slope", json!(slope))]),
        Op::Elu(alpha) => map([("alpha", json!(alpha))]),
        Op::Split(sections, places, axis) => {
            let parts = if places.is_empty() { json!(sections) } else { json!(places) };
            map([("indices_or_sections", parts), ("axis", json!(axis))])
        }
        Op::Tile(repeats) => map([("repeats", json!(repeats))]),
        Op::Swapaxes(first, second) => map([("axis1", json!(first)), ("axis2", json!(second))]),
        // Keras on JAX computes none that it has read, as it makes a list of one axis, too: it is written step by step.
        Op::Norm(..) => Map::new(),
    }
}

fn number(value: f64, whole: bool) -> Value {
    if whole { json!(value as i64) } else { json!(value) }
}

/// An array as NumPy's, list in list.
fn array(constant: &Constant) -> Value {
    let Constant { shape, numbers, whole } = constant;
    let mut values: Vec<Value> = numbers.iter().map(|n| number(*n, *whole)).collect();
    for axis in shape.iter().skip(1).rev() {
        values = values.chunks((*axis).max(1)).map(|chunk| Value::Array(chunk.to_vec())).collect();
    }
    let dtype = if *whole { "int32" } else { "float32" };
    json!({ "class_name": "__numpy__", "config": { "value": values, "dtype": dtype } })
}

fn index(index: &Index) -> Value {
    match index {
        Index::At(at) => json!(at),
        Index::NewAxis => Value::Null,
        Index::Rest => json!({ "class_name": "__ellipsis__", "config": {} }),
        Index::Slice(start, stop, step) => {
            let step = Some(*step).filter(|step| *step != 1);
            json!({ "class_name": "__slice__", "config": { "start": start, "stop": stop, "step": step } })
        }
    }
}

#[cfg(test)]
mod tests {
    use keras_shape::layers::Binary;

    use super::*;

    #[test]
    fn arrays_are_lists_in_lists() {
        let constant = Constant { shape: &[2, 3], numbers: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], whole: true };
        let value = array(&constant);
        assert_eq!(value["config"]["value"], json!([[0, 1, 2], [3, 4, 5]]));
        let op = Op::Constant(Some(Binary::Subtract), constant, true);
        assert_eq!(Written::Op(&op).args(vec![json!("x")]), vec![value, json!("x")]);
    }
}
