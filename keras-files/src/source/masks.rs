//! Where masks end in a model of a file. Keras drops them without a word; `model!` has the author say so.

use std::collections::{HashMap, HashSet};

use keras_shape::MaskRule;
use serde_json::Value;

use crate::config::make;
use crate::graph::{Graph, Layer, Operation, order, tensors};
use crate::writer::Writer;

/// A call, by the places of its layer and its own.
type At = (usize, usize);

/// The calls that end masks of which something further down would use what is left.
pub(super) fn ends(graph: &Graph, writer: &Writer) -> HashSet<At> {
    if !graph.layers.iter().any(makes) {
        return HashSet::new();
    }
    let rules: Vec<MaskRule> = graph.layers.iter().map(|layer| rule(layer, writer)).collect();
    let order = order(&graph.layers);
    let mut carries: HashSet<At> = HashSet::new();
    let mut given: HashSet<At> = HashSet::new();
    for at in &order {
        let call = &graph.layers[at.0].calls[at.1];
        let masked = tensors(call).any(|tensor| carries.contains(&(tensor.layer, tensor.call)));
        if masked {
            given.insert(*at);
        }
        match rules[at.0] {
            MaskRule::Make => drop(carries.insert(*at)),
            MaskRule::Pass | MaskRule::PassAll | MaskRule::PassAny | MaskRule::UseAndPass if masked => {
                carries.insert(*at);
            }
            _ => {}
        }
    }
    let mut wanted: HashMap<At, bool> = HashMap::new();
    for output in &graph.outputs {
        wanted.insert((output.layer, output.call), false);
    }
    for at in order.iter().rev() {
        let layer = &graph.layers[at.0];
        let call = &layer.calls[at.1];
        // A mask by name stands for that of the tensor.
        let named = call.kwargs.iter().any(|(name, arg)| name == "mask" && !arg.tensors().is_empty());
        let uses = matches!(rules[at.0], MaskRule::Use | MaskRule::UseAndPass) && !named;
        let behind = wanted.get(at).copied().unwrap_or(false);
        if uses || layer.inner.is_some() || behind {
            for tensor in tensors(call) {
                wanted.insert((tensor.layer, tensor.call), true);
            }
        }
    }
    let drops = |at: &At| matches!(rules[at.0], MaskRule::Drop) && wanted.get(at).copied().unwrap_or(false);
    // A layer that stands for an operation computes without masks, as the operation does.
    let stands = |at: &At| matches!(graph.layers[at.0].operation, Some(Ok(Operation::Layer(..))));
    given.into_iter().filter(|at| drops(at) || stands(at)).collect()
}

/// Whether a layer makes a mask of numbers.
pub(crate) fn makes(layer: &Layer) -> bool {
    let zero = layer.config.get("mask_zero").and_then(Value::as_bool) == Some(true);
    zero || layer.class == "Masking"
        || layer.inner.as_ref().is_some_and(|inner| inner.layers.iter().any(makes))
}

fn rule(layer: &Layer, writer: &Writer) -> MaskRule {
    if layer.operation.is_some() {
        return MaskRule::Drop;
    }
    if let Some(inner) = &layer.inner {
        return if inner.layers.iter().any(makes) { MaskRule::Make } else { MaskRule::PassAny };
    }
    make(layer, writer).map_or(MaskRule::Drop, |made| made.config.mask_rule())
}
