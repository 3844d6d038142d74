//! Lengths that a graph of Keras 2 computes for `tf.reshape`: `tf.shape(x)` and what is taken and joined of it. Here they are
//! known, or told by the data, and no layers.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Argument, Call, Graph, Layer, TensorRef, items};

/// How long an axis is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    /// As many as there are samples.
    Batch,
    /// Only the data knows.
    Open,
    /// A number that the file says.
    Known(i64),
}

impl Length {
    /// As `reshape` takes it.
    fn said(&self) -> i64 {
        if let Length::Known(n) = self { *n } else { -1 }
    }
}

/// What a tensor holds: lengths in a list, or one alone.
type Lengths = (Vec<Length>, bool);

/// The tensors that hold lengths.
type Found = HashMap<TensorRef, Lengths>;

/// So many layers one after the other lengths may go through.
const MAX_CHAIN: usize = 8;

/// Says the shapes of `tf.reshape` as numbers, and takes the layers away that computed them.
pub(super) fn settle(graph: &mut Graph) {
    let found = lengths(&graph.layers);
    if found.is_empty() {
        return;
    }
    for layer in graph.layers.iter_mut().filter(|layer| function(layer) == "reshape") {
        for call in &mut layer.calls {
            let Some((_, arg)) = call.kwargs.iter_mut().find(|(key, _)| key == "shape") else { continue };
            let Some(lengths) = held(&found, arg) else { continue };
            let Some((batch, rest)) = lengths.split_first() else { continue };
            let open = rest.iter().filter(|length| length.said() == -1).count();
            if *batch == Length::Batch && !rest.contains(&Length::Batch) && open <= 1 {
                *arg = Argument::Value(json!(lengths.iter().map(Length::said).collect::<Vec<i64>>()));
            }
        }
    }
    let mut idle: Vec<usize> = found.keys().map(|tensor| tensor.layer).collect();
    idle.sort_unstable();
    idle.dedup();
    without_idle(graph, &idle);
}

/// The function of TensorFlow that a layer is.
fn function(layer: &Layer) -> &str {
    let is_one = matches!(layer.class.as_str(), "TFOpLambda" | "SlicingOpLambda");
    let name = layer.config.get("function").and_then(Value::as_str).filter(|_| is_one);
    name.and_then(|name| name.rsplit('.').next()).unwrap_or_default()
}

/// The tensors of a graph that hold lengths.
fn lengths(layers: &[Layer]) -> Found {
    let mut found = Found::new();
    let mut known = vec![false; layers.len()];
    for _ in 0..MAX_CHAIN {
        let before = found.len();
        for (at, layer) in layers.iter().enumerate() {
            if let ([call], false) = (layer.calls.as_slice(), known[at]) {
                for (tensor, lengths) in of(layer, call, &found).into_iter().enumerate() {
                    found.insert(TensorRef { layer: at, call: 0, tensor }, lengths);
                    known[at] = true;
                }
            }
        }
        if found.len() == before {
            break;
        }
    }
    found
}

/// The lengths in each tensor that a layer gives; nothing if it gives others.
fn of(layer: &Layer, call: &Call, found: &Found) -> Vec<Lengths> {
    let list = || {
        let Some(Argument::Tensor(first)) = call.args.first() else { return None };
        found.get(first).filter(|(_, alone)| !alone).map(|(all, _)| all)
    };
    match function(layer) {
        "shape" => {
            let mut all = vec![Length::Open; keras_shape::MAX_RANK];
            all[0] = Length::Batch;
            vec![(all, false)]
        }
        "getitem" => list().and_then(|all| item(call, all)).into_iter().collect(),
        "unstack" => {
            list().map_or_else(Vec::new, |all| all.iter().map(|length| (vec![*length], true)).collect())
        }
        "concat" | "stack" => {
            let all: Option<Vec<Vec<Length>>> = call.args.iter().map(|arg| held(found, arg)).collect();
            let all = all.map(|all| all.concat()).filter(|all| all.len() <= 2 * keras_shape::MAX_RANK);
            all.map(|all| vec![(all, false)]).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// One of several lengths, or some of them.
fn item(call: &Call, all: &[Length]) -> Option<Lengths> {
    let (_, spec) = call.kwargs.iter().find(|(key, _)| key == "slice_spec")?;
    let Argument::Value(spec) = spec else { return None };
    if let Some(at) = spec.as_i64() {
        // How many axes there are is not known here: one from the end is not the batch, if it is not the only one.
        let length = usize::try_from(at).ok().and_then(|at| all.get(at).copied());
        return Some((vec![length.unwrap_or(Length::Open)], true));
    }
    let bound = |key: &str, default: u64| match spec.get(key) {
        None | Some(Value::Null) => Some(default),
        Some(bound) => bound.as_u64(),
    };
    let (from, to, step) = (bound("start", 0)?, bound("stop", u64::MAX)?, bound("step", 1)?);
    let some = all.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)?;
    (step == 1).then(|| (some.to_vec(), false))
}

/// The lengths that an argument holds; nothing if it holds what is none.
fn held(found: &Found, arg: &Argument) -> Option<Vec<Length>> {
    match arg {
        Argument::Tensor(tensor) => found.get(tensor).map(|(all, _)| all.clone()),
        Argument::List(list) => {
            let all: Option<Vec<Vec<Length>>> = list.iter().map(|arg| held(found, arg)).collect();
            all.map(|all| all.concat())
        }
        Argument::Value(value) => match items(value) {
            Some(list) => list.iter().map(|n| n.as_i64().map(Length::Known)).collect(),
            None => value.as_i64().map(|n| vec![Length::Known(n)]),
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
