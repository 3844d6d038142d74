//! Lengths that a graph of Keras 2 computes: `tf.shape(x)`, what is taken and joined of it, and what is computed with it. Here they
//! are known, or told by the data, and no layers.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::specs::{self, Specs};
use super::{Argument, Call, Graph, Layer, TensorRef, items};
use crate::writer::Writer;

/// How long an axis is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    /// As many as there are samples.
    Batch,
    /// Only the data knows.
    Open,
    /// A number that the file says, or one that is computed with such.
    Known(f64),
}

impl Length {
    /// As `reshape` takes it.
    fn said(&self) -> i64 {
        if let Length::Known(n) = self { *n as i64 } else { -1 }
    }
}

/// What a tensor holds: lengths in a list, or one alone.
#[derive(Clone, Debug)]
struct Lengths {
    all: Vec<Length>,
    alone: bool,
    /// Whether there are no more than these.
    exact: bool,
}

impl Lengths {
    fn one(length: Length) -> Self {
        Lengths { all: vec![length], alone: true, exact: true }
    }

    fn list(all: Vec<Length>) -> Self {
        Lengths { all, alone: false, exact: true }
    }
}

/// The tensors that hold lengths.
type Found = HashMap<TensorRef, Lengths>;

/// So many layers one after the other lengths may go through.
const MAX_CHAIN: usize = 16;

/// Says lengths as numbers where they are known, and the shapes of `tf.reshape`; takes the layers away that computed them.
pub(super) fn settle(graph: &mut Graph, writer: &Writer) {
    if !graph.layers.iter().any(|layer| function(layer) == "shape") {
        return;
    }
    let mut found = Found::new();
    let mut idle = Vec::new();
    let mut specs = Specs::of_inputs(&graph.layers);
    for (at, number) in specs::order(&graph.layers) {
        let layer = &graph.layers[at];
        let lengths = of(layer, &layer.calls[number], &found, &specs);
        if !lengths.is_empty() {
            for (tensor, lengths) in lengths.into_iter().enumerate() {
                found.insert(TensorRef { layer: at, call: number, tensor }, lengths);
            }
            continue;
        }
        let name = function(layer).to_string();
        if let Some(whole) = folded(graph, (at, number), &specs) {
            let folded = TensorRef { layer: at, call: number, tensor: 0 };
            for arg in
                graph.layers.iter_mut().flat_map(|layer| &mut layer.calls).flat_map(|call| &mut call.args)
            {
                if matches!(arg, Argument::Tensor(tensor) if *tensor == folded) {
                    *arg = Argument::Tensor(whole);
                }
            }
            idle.push(at);
            continue;
        }
        said(&name, &mut graph.layers[at].calls[number], &found);
        specs.infer(&graph.layers[at], (at, number), writer);
    }
    idle.extend(found.keys().map(|tensor| tensor.layer));
    idle.sort_unstable();
    idle.dedup();
    without_idle(graph, &idle);
}

/// The tensor of which a call makes a matrix for `K.dot`, that is for products with constant matrices whose axes are put back behind
/// them: these multiply the tensor as it is.
fn folded(graph: &Graph, (at, number): (usize, usize), specs: &Specs) -> Option<TensorRef> {
    if function(&graph.layers[at]) != "reshape" {
        return None;
    }
    let call = &graph.layers[at].calls[number];
    let Some(Argument::Tensor(whole)) = call.args.first() else { return None };
    let (_, Argument::Value(shape)) = call.kwargs.iter().find(|(key, _)| key == "shape")? else {
        return None;
    };
    let [first, features] = items(shape)?.as_slice() else { return None };
    let of = specs.shape(*whole)?;
    let features = features.as_u64().and_then(|n| usize::try_from(n).ok());
    if first.as_i64() != Some(-1) || features.is_none() || of.len() < 3 || *of.last()? != features {
        return None;
    }
    let takers = |tensor: TensorRef| {
        let layers = graph.layers.iter().enumerate();
        let calls =
            layers.flat_map(|(at, layer)| layer.calls.iter().enumerate().map(move |call| (at, layer, call)));
        calls.filter(move |(.., (_, call))| specs::tensors(call).any(|other| other == tensor))
    };
    let ends = |tensor: TensorRef| graph.outputs.contains(&tensor);
    let matrix = TensorRef { layer: at, call: number, tensor: 0 };
    let product = |(at, layer, (number, call)): (usize, &Layer, (usize, &Call))| {
        let product = TensorRef { layer: at, call: number, tensor: 0 };
        let alone =
            specs::tensors(call).count() == 1 && matches!(call.args.first(), Some(Argument::Tensor(_)));
        let turned = call.kwargs.iter().any(|(_, arg)| matches!(arg, Argument::Value(Value::Bool(true))));
        function(layer) == "matmul"
            && alone
            && !turned
            && !ends(product)
            && takers(product).all(|(_, layer, _)| function(layer) == "reshape")
    };
    (!ends(matrix) && takers(matrix).next().is_some() && takers(matrix).all(product)).then_some(*whole)
}

/// Puts numbers in the places of the lengths that a call takes.
fn said(name: &str, call: &mut Call, found: &Found) {
    for (key, arg) in &mut call.kwargs {
        let shape = key == "shape" && matches!(name, "reshape" | "broadcast_to");
        if let Some(shape) = held(found, arg).filter(|_| shape) {
            let Some((batch, rest)) = shape.split_first() else { continue };
            let open = rest.iter().filter(|length| length.said() == -1).count();
            // A shape that begins with -1 is that of as many samples only if nothing else is open.
            let first = *batch == Length::Batch || (*batch == Length::Known(-1.0) && open == 0);
            if first && !rest.contains(&Length::Batch) && (open <= 1 || name == "broadcast_to") {
                let lengths: Vec<i64> = shape.iter().map(Length::said).collect();
                *arg = Argument::Value(json!([&[-1], &lengths[1..]].concat()));
            }
            continue;
        }
        number(found, arg);
    }
    // The places of a list of tensors are tensors.
    let lists = matches!(name, "concat" | "stack");
    call.args.iter_mut().filter(|_| !lists).for_each(|arg| number(found, arg));
}

/// The number or the list of numbers that an argument of lengths is, if all are known.
fn number(found: &Found, arg: &mut Argument) {
    let has_length = arg.tensors().iter().any(|tensor| found.contains_key(tensor));
    let Some(all) = held(found, arg).filter(|_| has_length) else { return };
    let known = |length: &Length| match length {
        Length::Known(n) if n.fract() == 0.0 => Some(json!(*n as i64)),
        Length::Known(n) => Some(json!(n)),
        _ => None,
    };
    let Some(numbers) = all.iter().map(known).collect::<Option<Vec<Value>>>() else { return };
    let alone = matches!(arg, Argument::Tensor(tensor) if found.get(tensor).is_some_and(|held| held.alone));
    *arg = Argument::Value(if alone { numbers[0].clone() } else { Value::Array(numbers) });
}

/// The function of TensorFlow that a layer is.
fn function(layer: &Layer) -> &str {
    let is_one = matches!(layer.class.as_str(), "TFOpLambda" | "SlicingOpLambda");
    let name = layer.config.get("function").and_then(Value::as_str).filter(|_| is_one);
    name.and_then(|name| name.rsplit('.').next()).unwrap_or_default()
}

/// The lengths in each tensor that a layer gives; nothing if it gives others.
fn of(layer: &Layer, call: &Call, found: &Found, specs: &Specs) -> Vec<Lengths> {
    let first = || {
        let Some(Argument::Tensor(first)) = call.args.first() else { return None };
        found.get(first)
    };
    let list = || first().filter(|held| !held.alone);
    match function(layer) {
        "shape" => {
            let Some(Argument::Tensor(of)) = call.args.first() else { return Vec::new() };
            vec![shape(specs.shape(*of))]
        }
        "getitem" => list().and_then(|all| item(call, all)).into_iter().collect(),
        "unstack" => {
            list().map_or_else(Vec::new, |held| held.all.iter().map(|length| Lengths::one(*length)).collect())
        }
        "concat" | "stack" => {
            let all: Option<Vec<Vec<Length>>> = call.args.iter().map(|arg| held(found, arg)).collect();
            let lengths =
                call.args.iter().flat_map(Argument::tensors).any(|tensor| found.contains_key(&tensor));
            let all = all.filter(|_| lengths).map(|all| all.concat());
            let all = all.filter(|all| all.len() <= 2 * keras_shape::MAX_RANK);
            all.map(|all| vec![Lengths::list(all)]).unwrap_or_default()
        }
        "cast" => first().cloned().into_iter().collect(),
        "sqrt" => first().map(|held| each(held, f64::sqrt)).into_iter().collect(),
        "rsqrt" => first().map(|held| each(held, |n| 1.0 / n.sqrt())).into_iter().collect(),
        name => both(name, call, found).into_iter().collect(),
    }
}

/// The lengths of a tensor, of which perhaps nothing is known.
fn shape(shape: Option<Vec<Option<usize>>>) -> Lengths {
    let Some(shape) = shape else {
        let mut all = vec![Length::Open; keras_shape::MAX_RANK];
        all[0] = Length::Batch;
        return Lengths { all, alone: false, exact: false };
    };
    let known = |(axis, n): (usize, &Option<usize>)| match (axis, n) {
        (0, _) => Length::Batch,
        (_, Some(n)) => Length::Known(*n as f64),
        (_, None) => Length::Open,
    };
    Lengths::list(shape.iter().enumerate().map(known).collect())
}

fn each(held: &Lengths, f: impl Fn(f64) -> f64) -> Lengths {
    let one = |length: &Length| match length {
        Length::Known(n) => Length::Known(f(*n)),
        _ => Length::Open,
    };
    Lengths { all: held.all.iter().map(one).collect(), ..held.clone() }
}

/// What is computed of two lengths, or of a length and a number.
fn both(name: &str, call: &Call, found: &Found) -> Option<Lengths> {
    let f: fn(f64, f64) -> f64 = match name {
        "add" => |a, b| a + b,
        "subtract" => |a, b| a - b,
        "multiply" => |a, b| a * b,
        "floordiv" | "floor_div" => |a, b| (a / b).floor(),
        "truediv" | "divide" => |a, b| a / b,
        "maximum" => f64::max,
        "minimum" => f64::min,
        _ => return None,
    };
    let second = call.kwargs.iter().find(|(key, _)| key == "y").map(|(_, arg)| arg).or(call.args.get(1))?;
    let first = call.args.first()?;
    let tensors: Vec<TensorRef> = [first, second].into_iter().flat_map(Argument::tensors).collect();
    if tensors.is_empty() {
        return None;
    }
    let (a, b) = (held(found, first)?, held(found, second)?);
    let alone = |arg: &Argument| match arg {
        Argument::Tensor(tensor) => found.get(tensor).is_some_and(|held| held.alone),
        Argument::Value(value) => items(value).is_none(),
        Argument::List(_) => false,
    };
    let count = a.len().max(b.len());
    if (a.len() != count && a.len() != 1) || (b.len() != count && b.len() != 1) {
        return None;
    }
    let all = (0..count).map(|at| match (a[at % a.len()], b[at % b.len()]) {
        (Length::Known(a), Length::Known(b)) => Length::Known(f(a, b)),
        _ => Length::Open,
    });
    Some(Lengths { all: all.collect(), alone: alone(first) && alone(second), exact: true })
}

/// One of several lengths, or some of them.
fn item(call: &Call, of: &Lengths) -> Option<Lengths> {
    let (_, spec) = call.kwargs.iter().find(|(key, _)| key == "slice_spec")?;
    let Argument::Value(spec) = spec else { return None };
    let spec = match items(spec).map(Vec::as_slice) {
        Some([one]) => one,
        Some(_) => return None,
        None => spec,
    };
    // How many axes there are is not always known: one from the end is not the batch, if it is not the only one.
    let place = |at: i64| {
        let at = if at < 0 && of.exact { at + i64::try_from(of.all.len()).ok()? } else { at };
        usize::try_from(at).ok()
    };
    if let Some(at) = spec.as_i64() {
        let length = place(at).and_then(|at| of.all.get(at).copied());
        return Some(Lengths::one(length.unwrap_or(Length::Open)));
    }
    let bound = |key: &str, default: usize| match spec.get(key) {
        None | Some(Value::Null) => Some(default),
        Some(bound) => bound.as_i64().and_then(place),
    };
    let end = if of.exact { of.all.len() } else { usize::MAX };
    let (from, to) = (bound("start", 0)?, bound("stop", end)?);
    let step = spec.get("step").filter(|step| !step.is_null()).map_or(Some(1), Value::as_i64)?;
    let to = if of.exact { to.min(of.all.len()) } else { to };
    let some = of.all.get(from..to)?;
    (step == 1).then(|| Lengths::list(some.to_vec()))
}

/// The lengths that an argument holds; nothing if it holds what is none.
fn held(found: &Found, arg: &Argument) -> Option<Vec<Length>> {
    match arg {
        Argument::Tensor(tensor) => found.get(tensor).map(|held| held.all.clone()),
        Argument::List(list) => {
            let all: Option<Vec<Vec<Length>>> = list.iter().map(|arg| held(found, arg)).collect();
            all.map(|all| all.concat())
        }
        Argument::Value(value) => match items(value) {
            Some(list) => list.iter().map(|n| n.as_f64().map(Length::Known)).collect(),
            None => value.as_f64().map(|n| vec![Length::Known(n)]),
        },
    }
}

/// Takes those of these layers away of which nothing is made any more.
fn without_idle(graph: &mut Graph, idle: &[usize]) {
    let mut gone = vec![false; graph.layers.len()];
    for _ in 0..=MAX_CHAIN {
        let mut taken = vec![false; graph.layers.len()];
        graph.outputs.iter().for_each(|output| taken[output.layer] = true);
        for (_, layer) in graph.layers.iter().enumerate().filter(|(at, _)| !gone[*at]) {
            let args = layer.calls.iter().flat_map(|call| {
                call.args.iter().chain(call.kwargs.iter().map(|(_, arg)| arg)).flat_map(Argument::tensors)
            });
            args.for_each(|tensor| taken[tensor.layer] = true);
        }
        idle.iter().filter(|at| !taken[**at]).for_each(|at| gone[*at] = true);
    }
    let mut places = Vec::with_capacity(gone.len());
    let mut next = 0;
    for gone in &gone {
        places.push(next);
        next += usize::from(!gone);
    }
    let mut at = 0;
    graph.layers.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
    let place = |at: usize| places.get(at).copied().unwrap_or(at);
    graph.layers.iter_mut().for_each(|layer| layer.renumber(&place));
    for end in graph.inputs.iter_mut().chain(&mut graph.outputs) {
        end.layer = place(end.layer);
    }
}
