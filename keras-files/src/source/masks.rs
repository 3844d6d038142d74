//! Where masks end in a model of a file. Keras drops them without a word; `model!` has the author say so.

use std::collections::{HashMap, HashSet};

use keras_shape::{Dim, LayerConfig, Mask, MaskRule, Role, Shape, TensorSpec, mask_of_outputs};
use serde_json::Value;

use crate::config::{make, wrapped_model};
use crate::graph::{Argument, Graph, Layer, Operation, TensorRef, order, tensors};
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
    let flow = Flow::new(graph, writer);
    // Each round ends one more mask.
    for _ in 0..2 * flow.order.len() {
        let Err((dropper, user)) = flow.masks(HashMap::new(), Some(&mut ends)) else { break };
        let Some(dropper) = flow.order.get(dropper).copied() else { break };
        let new = match (flow.uses_what_it_drops(dropper.0), flow.takes_one(user)) {
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

/// What a layer does with masks.
enum Does<'a> {
    /// What its arguments say.
    Rule(Box<LayerConfig>),
    /// A model, of which the layers do.
    Inner(Box<Flow<'a>>),
    /// It hands on the mask of its steps.
    EachStep,
    /// It hands none on.
    Drops,
}

/// The ways of masks through a graph.
struct Flow<'a> {
    graph: &'a Graph,
    order: Vec<At>,
    layers: Vec<Does<'a>>,
}

impl<'a> Flow<'a> {
    fn new(graph: &'a Graph, writer: &Writer) -> Self {
        let does = |layer: &'a Layer| match (&layer.inner, &layer.operation) {
            (Some(inner), _) => Does::Inner(Box::new(Flow::new(inner, writer))),
            (None, Some(Err(_) | Ok(Operation::Node(_)))) => Does::Drops,
            (None, None | Some(Ok(Operation::Layer(..)))) => match make(layer, writer) {
                Ok(made) => Does::Rule(Box::new(made.config)),
                Err(_) if wrapped_model(layer, writer).is_ok_and(|inner| inner.is_some()) => Does::EachStep,
                Err(_) => Does::Drops,
            },
        };
        Flow { graph, order: order(&graph.layers), layers: graph.layers.iter().map(does).collect() }
    }

    /// The masks of all tensors that carry one, or have lost it, from those that the inputs carry; or which call dropped one
    /// that another call would use. Inside of a model, where masks end nowhere on purpose, they are dropped without a word.
    fn masks(
        &self,
        mut known: HashMap<TensorRef, Mask>,
        mut ends: Option<&mut Ends>,
    ) -> Result<HashMap<TensorRef, Mask>, (usize, At)> {
        for (place, at) in self.order.iter().enumerate() {
            let place = if ends.is_some() { place } else { INSIDE };
            let said = ends.as_ref().is_some_and(|ends| ends.said.contains(at));
            let given = self.tensors(*at, &known, said);
            // A layer that stands for an operation computes without masks, as the operation does.
            let stands = matches!(self.graph.layers[at.0].operation, Some(Ok(Operation::Layer(..))));
            if let Some(ends) = &mut ends
                && stands
                && given.iter().any(|spec| spec.mask == Mask::Present)
            {
                ends.said.insert(*at);
                continue;
            }
            let masks = self.outputs(at.0, &given, place).map_err(|dropper| (dropper, *at))?;
            let behind = ends.as_ref().is_some_and(|ends| ends.behind.contains(at));
            for (tensor, mask) in masks.into_iter().enumerate() {
                if mask != Mask::Absent && !behind {
                    known.insert(TensorRef { layer: at.0, call: at.1, tensor }, mask);
                }
            }
        }
        Ok(known)
    }

    /// The arguments of a layer, if these say what it does.
    fn config(&self, layer: usize) -> Option<&LayerConfig> {
        match &self.layers[layer] {
            Does::Rule(config) => Some(config),
            Does::Inner(_) | Does::EachStep | Does::Drops => None,
        }
    }

    /// The tensors of a call with their roles and masks; of their shapes only that they have steps.
    fn tensors(&self, at: At, known: &HashMap<TensorRef, Mask>, dropped: bool) -> Vec<TensorSpec> {
        let call = &self.graph.layers[at.0].calls[at.1];
        let config = self.config(at.0);
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
            let list =
                if let Argument::List(list) = arg { list.as_slice() } else { core::slice::from_ref(arg) };
            for (i, arg) in list.iter().enumerate() {
                let role = config.map_or(role, |config| config.role_in_list(role, i));
                all.extend(arg.tensors().iter().map(|tensor| spec(tensor, role)));
            }
        }
        all
    }

    /// The masks of what a layer gives, or at which place the one was dropped that it would use.
    fn outputs(&self, layer: usize, given: &[TensorSpec], place: usize) -> Result<Vec<Mask>, usize> {
        let first = given.first().map_or(Mask::Absent, |spec| spec.mask);
        match &self.layers[layer] {
            Does::Rule(config) => {
                let inside = |spec: &TensorSpec| match spec.mask {
                    Mask::Lost(INSIDE) if config.uses_mask() => TensorSpec { mask: Mask::Absent, ..*spec },
                    _ => *spec,
                };
                let given: Vec<TensorSpec> = given.iter().map(inside).collect();
                let mask = mask_of_outputs(config, &given, place);
                let mask = mask.map_err(|error| error.culprit.unwrap_or(INSIDE))?;
                Ok(vec![mask; config.masked_outputs()])
            }
            Does::Inner(flow) => {
                let inputs = flow.graph.inputs.iter().zip(given).map(|(tensor, spec)| (*tensor, spec.mask));
                let known = flow.masks(inputs.collect(), None).map_err(|(dropper, _)| dropper)?;
                let of = |tensor: &TensorRef| match known.get(tensor) {
                    Some(Mask::Lost(INSIDE)) => Mask::Lost(place),
                    mask => mask.copied().unwrap_or(Mask::Absent),
                };
                Ok(flow.graph.outputs.iter().map(of).collect())
            }
            Does::EachStep => Ok(vec![first]),
            Does::Drops => Ok(vec![if first == Mask::Present { Mask::Lost(place) } else { first }]),
        }
    }

    /// Whether a layer computes with masks that it does not hand on.
    fn uses_what_it_drops(&self, layer: usize) -> bool {
        match &self.layers[layer] {
            Does::Rule(config) => {
                self.graph.layers[layer].operation.is_none() && config.mask_rule() == MaskRule::PassAll
            }
            Does::Inner(_) => true,
            Does::EachStep | Does::Drops => false,
        }
    }

    /// Whether a call takes a single tensor, of which it can say that the mask does not count.
    fn takes_one(&self, at: At) -> bool {
        let is_inner = matches!(self.layers[at.0], Does::Inner(_));
        !is_inner && tensors(&self.graph.layers[at.0].calls[at.1]).count() == 1
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
