//! Where masks end in a model of a file. Keras drops them without a word; `model!` has the author say so.

use std::collections::{HashMap, HashSet};

use keras_shape::{Dim, LayerConfig, Mask, MaskRule, Role, Shape, TensorSpec, mask_of_outputs};
use serde_json::Value;

use crate::config::{make, wrapped_model};
use crate::graph::{Argument, Call, Graph, Layer, Operation, TensorRef, order};
use crate::writer::Writer;

/// A call, by the places of its layer and its own.
type At = (usize, usize);

/// Where a mask was dropped inside of a model, of which nobody says anything: at no call of the outer one.
const INSIDE: usize = usize::MAX;

/// Where a source ends masks of which something further down would use what is left.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The calls that say `mask = None`.
    pub said: HashSet<At>,
    /// The calls of which the outputs lose theirs behind them.
    pub behind: HashSet<At>,
}

/// The calls that end masks, of which something further down would use what is left.
pub(super) fn ends(graph: &Graph, writer: &Writer) -> Ends {
    let mut ends = Ends::default();
    if !graph.layers.iter().any(makes) {
        return ends;
    }
    let flow = Flow { graph, writer, order: order(&graph.layers), given: HashMap::new() };
    // Each round ends one more mask.
    for _ in 0..2 * flow.order.len() {
        let Err((dropper, user)) = flow.masks(&mut ends) else { break };
        let Some(dropper) = flow.order.get(dropper).copied() else { break };
        let new = match (uses_what_it_drops(&graph.layers[dropper.0], writer), flow.takes_one(user)) {
            (false, _) => ends.said.insert(dropper),
            (true, true) => ends.said.insert(user),
            (true, false) => ends.behind.insert(dropper),
        };
        if !new {
            break;
        }
    }
    ends
}

/// Whether a layer computes with masks that it does not hand on.
fn uses_what_it_drops(layer: &Layer, writer: &Writer) -> bool {
    let merges = || make(layer, writer).is_ok_and(|made| made.config.mask_rule() == MaskRule::PassAll);
    layer.inner.is_some() || (layer.operation.is_none() && merges())
}

/// The masks of a graph.
struct Flow<'a> {
    graph: &'a Graph,
    writer: &'a Writer,
    order: Vec<At>,
    /// Those that its inputs carry.
    given: HashMap<TensorRef, Mask>,
}

impl Flow<'_> {
    /// The masks of all tensors that carry one, or have lost it; or which call dropped one that another call would use.
    fn masks(&self, ends: &mut Ends) -> Result<HashMap<TensorRef, Mask>, (usize, At)> {
        let mut known = self.given.clone();
        for (place, at) in self.order.iter().enumerate() {
            let layer = &self.graph.layers[at.0];
            let given = self.tensors(*at, &known, ends.said.contains(at));
            // A layer that stands for an operation computes without masks, as the operation does.
            let stands = matches!(layer.operation, Some(Ok(Operation::Layer(..))));
            if stands && given.iter().any(|spec| spec.mask == Mask::Present) {
                ends.said.insert(*at);
                continue;
            }
            let masks = self.outputs(layer, &given, place).map_err(|dropper| (dropper, *at))?;
            for (tensor, mask) in masks.into_iter().enumerate() {
                if mask != Mask::Absent && !ends.behind.contains(at) {
                    known.insert(TensorRef { layer: at.0, call: at.1, tensor }, mask);
                }
            }
        }
        Ok(known)
    }

    /// The tensors of a call with their roles and masks; of their shapes only that they have steps.
    fn tensors(&self, at: At, known: &HashMap<TensorRef, Mask>, dropped: bool) -> Vec<TensorSpec> {
        let layer = &self.graph.layers[at.0];
        let call = &layer.calls[at.1];
        let config = make(layer, self.writer).ok().map(|made| made.config);
        let spec = |tensor: &TensorRef, role: Role| TensorSpec {
            role,
            mask: known.get(tensor).copied().filter(|_| !dropped).unwrap_or(Mask::Absent),
            ..TensorSpec::float(Shape::new(&[Dim::NONE; 3]))
        };
        let mut all = Vec::new();
        for (i, tensor) in call.args.iter().flat_map(Argument::tensors).enumerate() {
            let state = i > 0 && config.is_some_and(|config| config.takes(Role::InitialState));
            all.push(spec(&tensor, if state { Role::InitialState } else { Role::Input }));
        }
        for (name, arg) in &call.kwargs {
            let role = Role::from_name(name).unwrap_or(Role::Input);
            match (arg, role) {
                (Argument::List(list), Role::Mask)
                    if config.is_some_and(|config| config.masks_in_a_list()) =>
                {
                    for (arg, role) in list.iter().zip([Role::QueryMask, Role::ValueMask]) {
                        all.extend(arg.tensors().iter().map(|tensor| spec(tensor, role)));
                    }
                }
                _ => all.extend(arg.tensors().iter().map(|tensor| spec(tensor, role))),
            }
        }
        all
    }

    /// The masks of what a layer gives, or at which place the one was dropped that it would use.
    fn outputs(&self, layer: &Layer, given: &[TensorSpec], place: usize) -> Result<Vec<Mask>, usize> {
        let first = given.first().map_or(Mask::Absent, |spec| spec.mask);
        if let Some(inner) = &layer.inner {
            return self.of_inner(inner, given, place);
        }
        let made = if matches!(layer.operation, None | Some(Ok(Operation::Layer(..)))) {
            make(layer, self.writer).ok()
        } else {
            None
        };
        let Some(config) = made.map(|made| made.config) else {
            let wraps = wrapped_model(layer, self.writer).is_ok_and(|inner| inner.is_some());
            let lost = if first == Mask::Present { Mask::Lost(place) } else { first };
            return Ok(vec![if wraps { first } else { lost }]);
        };
        let mask = self.with_rule(&config, given, place)?;
        Ok(vec![mask; config.masked_outputs()])
    }

    fn with_rule(&self, config: &LayerConfig, given: &[TensorSpec], place: usize) -> Result<Mask, usize> {
        let inside = |spec: &TensorSpec| match spec.mask {
            Mask::Lost(INSIDE) if config.uses_mask() => TensorSpec { mask: Mask::Absent, ..*spec },
            _ => *spec,
        };
        let given: Vec<TensorSpec> = given.iter().map(inside).collect();
        mask_of_outputs(config, &given, place).map_err(|error| error.culprit.unwrap_or(INSIDE))
    }

    /// The masks of what a model inside gives, which drops masks without a word.
    fn of_inner(&self, inner: &Graph, given: &[TensorSpec], place: usize) -> Result<Vec<Mask>, usize> {
        let inputs = inner.inputs.iter().zip(given).map(|(tensor, spec)| (*tensor, spec.mask)).collect();
        let flow = Flow { graph: inner, writer: self.writer, order: order(&inner.layers), given: inputs };
        let mut known: HashMap<TensorRef, Mask> = flow.given.clone();
        for at in &flow.order {
            let given = flow.tensors(*at, &known, false);
            let masks = flow.outputs(&inner.layers[at.0], &given, INSIDE)?;
            for (tensor, mask) in masks.into_iter().enumerate() {
                known.insert(TensorRef { layer: at.0, call: at.1, tensor }, mask);
            }
        }
        let of = |tensor: &TensorRef| match known.get(tensor) {
            Some(Mask::Lost(INSIDE)) => Mask::Lost(place),
            mask => mask.copied().unwrap_or(Mask::Absent),
        };
        Ok(inner.outputs.iter().map(of).collect())
    }

    /// Whether a call takes a single tensor, of which it can say that the mask does not count.
    fn takes_one(&self, at: At) -> bool {
        let layer = &self.graph.layers[at.0];
        let call: &Call = &layer.calls[at.1];
        layer.inner.is_none() && crate::graph::tensors(call).count() == 1
    }
}

/// Whether a layer makes a mask of numbers.
pub(crate) fn makes(layer: &Layer) -> bool {
    let zero = layer.config.get("mask_zero").and_then(Value::as_bool) == Some(true);
    zero || layer.class == "Masking"
        || layer.inner.as_ref().is_some_and(|inner| inner.layers.iter().any(makes))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::source;
    use super::*;
    use crate::writer::Generation;

    fn tensor(layer: &str) -> Value {
        json!({ "class_name": "__keras_tensor__", "config": { "keras_history": [layer, 0, 0] } })
    }

    fn layer(class: &str, name: &str, mut config: Value, args: &Value) -> Value {
        config["name"] = name.into();
        json!({ "module": "keras.layers", "class_name": class, "name": name, "config": config, "inbound_nodes": [{ "args": [args], "kwargs": {} }] })
    }

    fn input(name: &str, shape: &Value, dtype: &str) -> Value {
        let config = json!({ "batch_shape": shape, "dtype": dtype, "name": name });
        json!({ "class_name": "InputLayer", "name": name, "inbound_nodes": [], "config": config })
    }

    fn model(name: &str, layers: &[Value], inputs: &[&str], output: &str) -> Value {
        let inputs: Vec<Value> = inputs.iter().map(|input| json!([input, 0, 0])).collect();
        json!({ "name": name, "layers": layers, "input_layers": inputs, "output_layers": [[output, 0, 0]] })
    }

    /// What the source of a model of words, numbers, this layer of both and an LSTM says of the LSTM.
    fn lstm_behind(merge: &Value) -> String {
        let words = json!({ "input_dim": 9, "output_dim": 2, "mask_zero": true });
        let layers = [
            input("ids", &json!([null, 5]), "int32"),
            input("x", &json!([null, 5, 2]), "float32"),
            layer("Embedding", "words", words, &tensor("ids")),
            merge.clone(),
            layer("LSTM", "lstm", json!({ "units": 3 }), &tensor("both")),
        ];
        let config = model("model", &layers, &["ids", "x"], "lstm");
        let writer = Writer { generation: Generation::Keras3, ..Writer::new(None, None) };
        let graph =
            Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer).expect("a graph");
        let text = source(&graph, &writer, "model").expect("a source");
        text.split_once("=> LSTM").expect("an LSTM").1.lines().next().expect("a line").to_string()
    }

    /// What Keras drops without a word, a source says: a merge of which one tensor alone has a mask computes with that one, so
    /// that the mask ends behind it.
    #[test]
    fn masks_end_where_something_would_use_them() {
        let both = json!([tensor("words"), tensor("x")]);
        let merge = |class: &str| lstm_behind(&layer(class, "both", json!({}), &both));
        assert!(merge("Maximum").contains("mask = None"), "{}", merge("Maximum"));
        // `Concatenate` hands on the mask of whichever tensor has one.
        assert!(!merge("Concatenate").contains("mask"), "{}", merge("Concatenate"));
        // A model inside hands on what the layers in it do.
        let inner = |class: &str, config: Value| {
            let layers = [
                input("inside", &json!([null, 5, 2]), "float32"),
                layer(class, "last", config, &tensor("inside")),
            ];
            let mut config = model("both", &layers, &["inside"], "last");
            config["name"] = "both".into();
            lstm_behind(&json!({
                "class_name": "Functional", "name": "both", "config": config,
                "inbound_nodes": [{ "args": [tensor("words")], "kwargs": {} }],
            }))
        };
        assert!(!inner("Dense", json!({ "units": 4 })).contains("mask"));
        assert!(inner("Conv1D", json!({ "filters": 4, "kernel_size": [3] })).contains("mask = None"));
    }
}
