//! Masks beside initial states. Until Keras 3 a recurrent layer that was given states applied the mask that its sequence carried;
//! Keras 3 applies none but one by name. So the mask is given by name here.

use keras_shape::{Arg, MaskRule, Role};
use serde_json::Value;

use super::operations::Operation;
use super::{Argument, Call, Graph, Layer, TensorRef};
use crate::config::make;
use crate::writer::Writer;

/// Where the mask of a tensor comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Origin {
    /// It has none.
    None,
    /// Numbers of words, of which 0 is none.
    Ids(TensorRef),
    /// Features that are not all this number.
    Features(TensorRef, f64),
    /// Several masks together, or one that a model inside makes.
    Mixed,
}

/// So many layers a mask may go through.
const MOST: usize = 64;

/// Gives recurrent layers with states the masks by name that their sequences carry.
///
/// # Errors
/// A mask that cannot be named.
pub(super) fn name(graph: &mut Graph, writer: &Writer) -> Result<(), String> {
    let mut found: Vec<((usize, usize), Origin)> = Vec::new();
    for (at, layer) in graph.layers.iter().enumerate() {
        // Few layers are given several tensors, and fewer take states.
        let with_states = |call: &Call| {
            let named =
                call.kwargs.iter().any(|(name, arg)| name == "initial_state" && !arg.tensors().is_empty());
            named || call.args.iter().flat_map(Argument::tensors).count() > 1
        };
        if layer.operation.is_some() || layer.inner.is_some() || !layer.calls.iter().any(with_states) {
            continue;
        }
        let Ok(made) = make(layer, writer) else { continue };
        if !made.config.takes(Role::InitialState) {
            continue;
        }
        for (number, call) in layer.calls.iter().enumerate().filter(|(_, call)| with_states(call)) {
            let masked = call.kwargs.iter().any(|(name, arg)| name == "mask" && !arg.tensors().is_empty());
            let first = call.args.iter().flat_map(Argument::tensors).next();
            let Some(first) = first.filter(|_| !masked) else { continue };
            match origin(graph, writer, first, 0) {
                Origin::None => {}
                Origin::Mixed => {
                    return Err(format!(
                        "layer `{}` begins with states, and applies a mask that is put together of several: until Keras 3 it did so, and here such a mask has no name",
                        crate::shown(&layer.name)
                    ));
                }
                origin => found.push(((at, number), origin)),
            }
        }
    }
    let mut made: Vec<(Origin, TensorRef)> = Vec::new();
    for ((at, number), origin) in found {
        let known = made.iter().find(|(other, _)| *other == origin).map(|(_, mask)| *mask);
        let mask = known.unwrap_or_else(|| mask_of(graph, origin));
        made.push((origin, mask));
        let call = &mut graph.layers[at].calls[number];
        call.kwargs.retain(|(name, _)| name != "mask");
        call.kwargs.push(("mask".into(), Argument::Tensor(mask)));
    }
    Ok(())
}

/// Where the mask of a tensor comes from, which so many layers have handed on already.
pub(super) fn origin(graph: &Graph, writer: &Writer, tensor: TensorRef, depth: usize) -> Origin {
    let layer = &graph.layers[tensor.layer];
    let Some(call) = layer.calls.get(tensor.call) else { return Origin::None };
    if layer.operation.is_some() || layer.input.is_some() {
        return Origin::None;
    }
    if depth > MOST {
        return Origin::Mixed;
    }
    let mut taken: Vec<TensorRef> = call.args.iter().flat_map(Argument::tensors).collect();
    if let Some(inner) = &layer.inner {
        let makes = inner.layers.iter().any(crate::source::makes_masks);
        let masked = || taken.iter().any(|of| origin(graph, writer, *of, depth + 1) != Origin::None);
        return if makes || masked() { Origin::Mixed } else { Origin::None };
    }
    let Ok(made) = make(layer, writer) else { return Origin::None };
    if made.config.takes(Role::InitialState) {
        taken.truncate(1);
    }
    match made.config.mask_rule() {
        MaskRule::Drop | MaskRule::Use => Origin::None,
        MaskRule::Make => match (taken.as_slice(), layer.class.as_str()) {
            ([ids], "Embedding") => Origin::Ids(*ids),
            ([x], "Masking") => {
                let value = layer.config.get("mask_value").and_then(Value::as_f64);
                Origin::Features(*x, value.unwrap_or(0.0))
            }
            _ => Origin::Mixed,
        },
        _ => {
            let mut all = taken.iter().map(|of| origin(graph, writer, *of, depth + 1));
            let first = all.next().unwrap_or(Origin::None);
            if all.all(|other| other == first) { first } else { Origin::Mixed }
        }
    }
}

/// The mask, as further layers.
fn mask_of(graph: &mut Graph, origin: Origin) -> TensorRef {
    let (of, value) = match origin {
        Origin::Features(of, value) => (of, Arg::Float(value)),
        Origin::Ids(of) => (of, Arg::Int(0)),
        Origin::None | Origin::Mixed => return TensorRef { layer: 0, call: 0, tensor: 0 },
    };
    let differs = Arg::Call("not_equal".into(), vec![(Some("x2".into()), value)]);
    let mask = step(graph, differs, of);
    if !matches!(origin, Origin::Features(..)) {
        return mask;
    }
    let any = Arg::Call("any".into(), vec![(Some("axis".into()), Arg::Int(-1))]);
    step(graph, any, mask)
}

fn step(graph: &mut Graph, op: Arg, of: TensorRef) -> TensorRef {
    let mut name = format!("{}_mask", graph.layers[of.layer].name);
    while graph.layer(&name).is_some() {
        name.push_str("_1");
    }
    graph.layers.push(Layer::operation(name, Operation::Node(op), vec![of]));
    TensorRef { layer: graph.layers.len() - 1, call: 0, tensor: 0 }
}
