//! Operations among layers: `keras.ops` of Keras 3, `TFOpLambda` and its kin of Keras 2.

mod arguments;
mod as_keras;
mod cosine;
mod functions;
mod keras;
mod op_layer;
mod tensorflow;

use std::collections::HashSet;

use keras_shape::{Arg, LayerConfig, Op};
use serde_json::{Map, Value};

use self::arguments::Arguments;
pub use self::arguments::array_of;
pub use self::functions::FUNCTIONS;
use super::{Argument, Call, Layer, TensorRef};
use crate::config::operation_of;
use crate::writer::{Generation, Writer};

/// What an operation of a file computes, in the words of Keras 3.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A function of `keras.ops` with its arguments: `mean(axis = 1)`. Numbers beside tensors are among them.
    Node(Arg),
    /// A layer that computes the same, but for the mask that it would hand on.
    Layer(&'static str, Map<String, Value>),
}

/// Why it cannot be said what an operation of a file computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What stands against it, in words.
    pub text: String,
    /// Whether there is no such operation here, as against one with arguments that are not read.
    pub unknown: bool,
}

impl Unread {
    /// An operation that is none here.
    fn unknown() -> Self {
        Unread { text: "an operation that does not exist here".into(), unknown: true }
    }

    /// The same of an operation of this name.
    fn of(self, name: &str) -> Self {
        Unread { text: format!("{name}: {}", self.text), ..self }
    }
}

impl From<String> for Unread {
    fn from(text: String) -> Self {
        Unread { text, unknown: false }
    }
}

impl From<&str> for Unread {
    fn from(text: &str) -> Self {
        text.to_string().into()
    }
}

/// What a call computes, and of which tensors.
type Read = Result<(Operation, Vec<TensorRef>), Unread>;

/// Says of the operations of a legacy file of Keras 3 that they are none of its layers: it does not, and some have the names of
/// layers. Layers say whether they are trained, or their type as an object.
pub(super) fn name(layers: &mut [Layer], writer: &Writer) {
    if writer.generation != Generation::Keras3 {
        return;
    }
    for layer in layers.iter_mut().filter(|layer| layer.module.is_empty() && layer.registered.is_none()) {
        let class = layer.class.as_str();
        let known = ["ConvertToTensor", "Concatenate", "GetItem", "Reshape", "Softmax"].contains(&class)
            || Op::function_of(class).is_some()
            || FUNCTIONS.binary_search(&class).is_ok();
        let of_layer =
            layer.config.contains_key("trainable") || layer.config.get("dtype").is_some_and(Value::is_object);
        if known && !of_layer && layer.inner.is_none() && layer.input.is_none() {
            layer.module = "keras.src.ops".into();
        }
    }
}

/// Says of each layer that is an operation what it computes. What is several operations here becomes several layers.
pub(super) fn read(layers: &mut Vec<Layer>) {
    let mut names: HashSet<String> = layers.iter().map(|layer| layer.name.clone()).collect();
    let mut more = Vec::new();
    let count = layers.len();
    for layer in layers.iter_mut().filter(|layer| merges_one(layer)) {
        layer.class = "Identity".into();
        layer.config.retain(|key, _| ["name", "trainable", "dtype"].contains(&key.as_str()));
    }
    for layer in layers.iter_mut().filter(|layer| cosine::is_one(layer)) {
        let mut steps = Steps { of: layer.name.clone(), first: count, names: &mut names, layers: &mut more };
        layer.operation = Some(cosine::read(layer, &mut steps).map_err(Unread::from));
    }
    for layer in layers.iter_mut().filter(|layer| is_operation(layer)) {
        if layer.class.ends_with("OpLambda")
            && let Err(error) = as_keras::turn(layer)
        {
            layer.operation = Some(Err(error.into()));
            continue;
        }
        let mut steps = Steps { of: layer.name.clone(), first: count, names: &mut names, layers: &mut more };
        let before = steps.layers.len();
        let read: Result<Vec<_>, Unread> =
            layer.calls.iter().map(|call| of(layer, call, &mut steps).and_then(settable)).collect();
        layer.operation = Some(match read {
            Ok(read) => taken(&mut layer.calls, read),
            Err(error) => Err(Unread { text: functions::not_so(&layer.class, error.text), ..error }),
        });
        if matches!(layer.operation, Some(Err(_))) {
            more.truncate(before);
        }
    }
    layers.extend(more);
}

/// Where the steps of one operation are counted from, when they are no layers yet.
pub(super) const BEHIND: usize = usize::MAX / 2;

/// What a call of a layer computes, step by step, if it is an operation; no steps if it cannot be said.
pub(super) fn steps(layer: &Layer, call: &Call) -> Option<Vec<(Operation, Vec<TensorRef>)>> {
    if !is_operation(layer) {
        return None;
    }
    let (mut names, mut more) = (HashSet::new(), Vec::new());
    let mut steps = Steps { of: String::new(), first: BEHIND, names: &mut names, layers: &mut more };
    let Ok(last) = of(layer, call, &mut steps) else { return Some(Vec::new()) };
    let before = more.into_iter().filter_map(|step| {
        let taken = step.calls.first()?.args.iter().flat_map(Argument::tensors).collect();
        Some((step.operation?.ok()?, taken))
    });
    Some(before.chain([last]).collect())
}

/// That the arguments of an operation are those that it takes.
fn settable((operation, tensors): (Operation, Vec<TensorRef>)) -> Read {
    if let Operation::Node(op) = &operation {
        operation_of(op)?;
    }
    Ok((operation, tensors))
}

/// Leaves the tensors in the calls; gives what all of them compute.
fn taken(calls: &mut [Call], read: Vec<(Operation, Vec<TensorRef>)>) -> Result<Operation, Unread> {
    let Some((operation, _)) = read.first() else { return Err("it is applied to nothing".into()) };
    let operation = operation.clone();
    if read.iter().any(|(other, _)| *other != operation) {
        return Err("it is applied several times with other numbers".into());
    }
    for (call, (_, tensors)) in calls.iter_mut().zip(read) {
        let tensors = tensors.into_iter().map(Argument::Tensor).collect();
        *call = Call { args: tensors, kwargs: Vec::new() };
    }
    Ok(operation)
}

fn is_operation(layer: &Layer) -> bool {
    layer.inner.is_none()
        && layer.input.is_none()
        && (layer.module.contains(".ops")
            || ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"].contains(&layer.class.as_str()))
}

/// Whether a layer merges a list of one tensor, which Keras gives back as it is, with its mask.
fn merges_one(layer: &Layer) -> bool {
    let one = |call: &Call| match call.args.as_slice() {
        [arg] => arg.tensors().len() == 1 && call.kwargs.iter().all(|(_, arg)| arg.tensors().is_empty()),
        _ => false,
    };
    !is_operation(layer) && !layer.calls.is_empty() && layer.calls.iter().all(one) && merges(&layer.class)
}

/// Whether layers of a class merge a list of tensors, however many. One alone is written as what it is.
fn merges(class: &str) -> bool {
    LayerConfig::default_of(class).is_some_and(|config| config.without_list().is_some())
}

fn of(layer: &Layer, call: &Call, steps: &mut Steps<'_>) -> Read {
    match layer.class.as_str() {
        "TFOpLambda" | "SlicingOpLambda" => tensorflow::read(layer, call, steps),
        "TensorFlowOpLayer" => op_layer::read(layer, call, steps),
        _ => keras::read(layer, call),
    }
}

/// Operations that come before the last one, where a function is several here.
struct Steps<'a> {
    of: String,
    /// The place of the first layer of `layers`.
    first: usize,
    names: &'a mut HashSet<String>,
    layers: &'a mut Vec<Layer>,
}

impl Steps<'_> {
    /// A further operation: what it gives.
    fn step(&mut self, op: Arg, tensors: Vec<TensorRef>) -> TensorRef {
        let function = if let Arg::Call(name, _) = &op { name.clone() } else { "operation".into() };
        self.push(&function, Operation::Node(op), tensors)
    }

    /// A further layer, called after what it does.
    fn push(&mut self, word: &str, operation: Operation, tensors: Vec<TensorRef>) -> TensorRef {
        let mut name = format!("{}_{word}", self.of);
        while !self.names.insert(name.clone()) {
            name.push_str("_1");
        }
        self.layers.push(Layer::operation(name, operation, tensors));
        TensorRef { layer: self.first + self.layers.len() - 1, call: 0, tensor: 0 }
    }

    /// `(..., a, b)` as `(..., b, a)`.
    fn transposed(&mut self, tensor: TensorRef) -> TensorRef {
        self.step(call("swapaxes", [("axis1", Arg::Int(-2)), ("axis2", Arg::Int(-1))]), vec![tensor])
    }
}

/// A function with arguments by name.
fn call<const N: usize>(name: &str, args: [(&str, Arg); N]) -> Arg {
    Arg::Call(name.into(), args.into_iter().map(|(key, arg)| (Some(key.into()), arg)).collect())
}

/// An operation with these arguments.
fn node(name: &str, args: Vec<(String, Arg)>, tensors: Vec<TensorRef>) -> Read {
    let args = args.into_iter().map(|(key, arg)| (Some(key), arg)).collect();
    Ok((Operation::Node(Arg::Call(name.into(), args)), tensors))
}

/// A function of two operands, of which one may be a number or an array.
fn binary(name: &str, x1: &Argument, x2: &Argument) -> Read {
    let (tensor, number, first) = match (x1, x2) {
        (Argument::Tensor(a), Argument::Tensor(b)) => return node(name, Vec::new(), vec![*a, *b]),
        (Argument::Tensor(a), Argument::Value(value)) => (*a, value, false),
        (Argument::Value(value), Argument::Tensor(b)) => (*b, value, true),
        _ => return Err("it takes no tensor, or a list of them for one".into()),
    };
    let alone = arguments::constant(number)?;
    match alone.number() {
        Some(number) if name != "matmul" => {
            node(name, vec![(if first { "x1" } else { "x2" }.into(), number)], vec![tensor])
        }
        _ => node("constant", alone.beside(name, first), vec![tensor]),
    }
}

/// Tensors joined along an axis.
fn concatenated(tensors: Vec<TensorRef>, axis: Option<Value>) -> Read {
    let Some(axis) = axis else { return Err("it joins along the batch".into()) };
    if tensors.len() < 2 {
        return Err("it takes a list of tensors".into());
    }
    Ok((layer("Concatenate", [("axis", axis)]), tensors))
}

/// The axes of a tensor anew; the first is the batch.
fn reshaped(tensor: TensorRef, shape: Option<&Value>) -> Read {
    let shape = shape.and_then(super::items).ok_or("its shape is not known")?;
    let Some((batch, rest)) = shape.split_first() else { return Err("its shape has no axes".into()) };
    if !(batch.is_null() || batch.as_i64() == Some(-1)) {
        return Err("its shape says how many samples there are: that axis is -1 in a model".into());
    }
    Ok((layer("Reshape", [("target_shape", Value::Array(rest.to_vec()))]), vec![tensor]))
}

fn layer<const N: usize>(class: &'static str, args: [(&str, Value); N]) -> Operation {
    Operation::Layer(class, args.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
}

/// Numbers as another type. Truth values are integers here.
fn cast(tensor: TensorRef, dtype: &str) -> Read {
    match dtype.rsplit('.').next().unwrap_or(dtype) {
        "float32" | "float64" => {
            node("cast", vec![("dtype".into(), Arg::Word("float32".into()))], vec![tensor])
        }
        "int32" | "int64" => node("cast", vec![("dtype".into(), Arg::Word("int32".into()))], vec![tensor]),
        "bool" => node("not_equal", vec![("x2".into(), Arg::Int(0))], vec![tensor]),
        other => {
            Err(format!("it makes numbers of the type `{}`, which is none here", crate::shown(other)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merges;

    #[test]
    fn layers_that_merge_a_list_are_known_by_their_rule() {
        for class in ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"] {
            assert!(merges(class), "{class}");
        }
        for class in
            ["Subtract", "Dot", "Attention", "MultiHeadAttention", "Dense", "LSTM", "HashedCrossing", "None"]
        {
            assert!(!merges(class), "{class}");
        }
    }
}
