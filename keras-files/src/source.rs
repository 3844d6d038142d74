//! A model of a file as the source that a person would have written: `model! { ... }`.

mod initializers;
mod layers;
mod masks;
mod names;
mod operations;
mod text;

use std::collections::HashMap;
use std::fmt::Write;

use keras_shape::check_name;
use serde_json::Value;

pub(crate) use self::masks::makes as makes_masks;
use self::names::{binding, type_name};
use self::text::{MOST_DEPTH, depth, with_arguments};
use crate::error::{Error, Result, shown};
use crate::graph::{Argument, Call, Graph, Kind, Layer, Operation, TensorRef};
use crate::writer::{Generation, Writer};

/// The names by which calls take tensors as inputs.
const INPUTS: [&str; 6] = ["query", "value", "key", "inputs", "sequence", "sequences"];

/// The source of a model of this name, with those of the models inside before it.
///
/// # Errors
/// A layer cannot be read, or stands in a way that `model!` has no words for.
pub fn source(graph: &Graph, writer: &Writer, name: &str) -> Result<String> {
    let written = Types::written(graph, writer, type_name(name), "")?;
    let mut text = String::new();
    for Written { name, body } in written {
        let _ = write!(text, "model! {{\n    pub struct {name} {{\n{body}    }}\n}}\n\n");
    }
    Ok(text)
}

/// A model as source: the name of its type, and what stands in its braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The name of the type.
    pub name: String,
    /// The body.
    pub body: String,
}

/// The sources of a model of this very name and, before it, of the models inside, whose names begin with its name.
///
/// # Errors
/// As [`source`].
pub fn sources(graph: &Graph, writer: &Writer, name: &str) -> Result<Vec<Written>> {
    Types::written(graph, writer, name.to_string(), name)
}

/// The models that have been written so far.
struct Types<'a> {
    writer: &'a Writer,
    written: Vec<Written>,
    names: HashMap<String, usize>,
    /// What the names of models inside begin with.
    prefix: &'a str,
}

impl<'a> Types<'a> {
    fn written(graph: &Graph, writer: &'a Writer, name: String, prefix: &'a str) -> Result<Vec<Written>> {
        let mut types = Types { writer, written: Vec::new(), names: HashMap::new(), prefix };
        let name = types.fresh(&name);
        types.model(&graph.without_carried_masks(writer), name)?;
        Ok(types.written)
    }

    /// Writes a model inside, and gives what stands for it where it is a layer of this name.
    fn inside(&mut self, graph: &Graph, name: &str, layer: Option<&str>) -> Result<String> {
        let name = self.fresh(&format!("{}{}", self.prefix, type_name(name)));
        self.model(graph, name.clone())?;
        // As a layer it is called by its type, unless it has a name of its own.
        let named = layer.filter(|layer| !self.prefix.is_empty() && check_name(layer).is_ok());
        Ok(named.map_or(name.clone(), |layer| format!("{name}(name = {layer:?})")))
    }

    /// Writes a model.
    fn model(&mut self, graph: &Graph, name: String) -> Result<()> {
        let ends = masks::ends(graph, self.writer);
        let mut body = Body {
            types: self,
            graph,
            lines: Vec::new(),
            tensors: HashMap::new(),
            taken: HashMap::new(),
            shared: HashMap::new(),
            ends,
        };
        let body = match graph.kind {
            Kind::Sequential => body.chain()?,
            Kind::Functional => body.graph()?,
        };
        self.written.push(Written { name, body });
        Ok(())
    }

    fn fresh(&mut self, name: &str) -> String {
        let count = self.names.entry(name.to_string()).or_insert(0);
        *count += 1;
        if *count == 1 { name.to_string() } else { format!("{name}{count}") }
    }
}

struct Body<'a, 'b> {
    types: &'a mut Types<'b>,
    graph: &'a Graph,
    lines: Vec<String>,
    /// What stands for a tensor: a binding, or a chain that is written where it is used.
    tensors: HashMap<(usize, usize, usize), String>,
    taken: HashMap<String, usize>,
    /// The bindings of layers that are applied more than once.
    shared: HashMap<usize, String>,
    /// The calls that end a mask which something further down would use.
    ends: masks::Ends,
}

impl Body<'_, '_> {
    fn chain(&mut self) -> Result<String> {
        let mut text = String::new();
        for (at, layer) in self.graph.layers.iter().enumerate() {
            match &layer.input {
                Some(input) => {
                    let _ = write!(text, "        {}", self.input(layer, input, !layer.implied)?);
                }
                None => {
                    let call = &layer.calls[0];
                    let applied = with_arguments(self.layer(at, call)?, &self.said((at, 0), call)?);
                    let _ = write!(text, "\n            => {applied}");
                }
            }
        }
        text.push('\n');
        Ok(text)
    }

    /// How often a tensor is used.
    fn uses(&self, tensor: TensorRef) -> usize {
        let of = |arg: &Argument| arg.tensors().into_iter().filter(|other| *other == tensor).count();
        let in_calls = self.graph.layers.iter().flat_map(|layer| &layer.calls);
        let calls: usize = in_calls
            .map(|call| call.args.iter().chain(call.kwargs.iter().map(|(_, arg)| arg)).map(of).sum::<usize>())
            .sum();
        calls + self.graph.outputs.iter().filter(|other| **other == tensor).count()
    }

    fn graph(&mut self) -> Result<String> {
        // In the order in which the model takes them, which need not be that of its layers.
        let taken = self.graph.inputs.iter().map(|input| input.layer);
        let mut seen = vec![false; self.graph.layers.len()];
        let inputs =
            taken.chain(0..self.graph.layers.len()).filter(|at| !std::mem::replace(&mut seen[*at], true));
        let inputs: Vec<usize> = inputs.collect();
        for at in inputs {
            let layer = &self.graph.layers[at];
            if let Some(input) = &layer.input {
                let text = self.input(layer, input, true)?;
                self.bind(TensorRef { layer: at, call: 0, tensor: 0 }, &layer.name, text, true);
            }
        }
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for (at, layer) in self.graph.layers.iter().enumerate() {
            waiting.extend((0..layer.calls.len()).filter(|_| layer.input.is_none()).map(|call| (at, call)));
        }
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut rest = Vec::new();
            for (at, number) in waiting {
                let call = &self.graph.layers[at].calls[number];
                let tensors = call
                    .args
                    .iter()
                    .chain(call.kwargs.iter().map(|(_, arg)| arg))
                    .flat_map(Argument::tensors);
                let ready = tensors.clone().all(|t| self.tensors.contains_key(&(t.layer, t.call, t.tensor)));
                if ready { self.call(at, number)? } else { rest.push((at, number)) }
            }
            if rest.len() == before {
                return Err(Error::new("a layer takes what is made of its own output"));
            }
            waiting = rest;
        }
        let outputs: Vec<String> = self.graph.outputs.iter().map(|tensor| self.tensor(*tensor)).collect();
        let keys = &self.graph.output_keys;
        let tail = if keys.len() == outputs.len() && keys.iter().all(|key| check_name(key).is_ok()) {
            let named = keys.iter().zip(&outputs).map(|(key, output)| format!("{key:?}: {output}"));
            format!("{{{}}}", named.collect::<Vec<_>>().join(", "))
        } else if outputs.len() == 1 {
            outputs.concat()
        } else {
            format!("({})", outputs.join(", "))
        };
        let mut text: String = self.lines.iter().map(|line| format!("        {line}\n")).collect();
        let _ = writeln!(text, "        {tail}");
        Ok(text)
    }

    fn tensor(&self, tensor: TensorRef) -> String {
        self.tensors.get(&(tensor.layer, tensor.call, tensor.tensor)).cloned().unwrap_or_default()
    }

    /// Gives a tensor a name, unless it is used once and so can stand where it is used.
    fn bind(&mut self, tensor: TensorRef, name: &str, text: String, always: bool) {
        let key = (tensor.layer, tensor.call, tensor.tensor);
        // What is nested too deeply nobody reads, and behind a name stands no chain.
        let in_place = self.uses(tensor) == 1 && depth(&text) < MOST_DEPTH && !self.stands_by_name(tensor);
        if !always && in_place {
            self.tensors.insert(key, text);
            return;
        }
        let name = self.name(name);
        self.lines.push(format!("let {name} = {text};"));
        self.tensors.insert(key, name);
    }

    /// Whether a call takes a tensor by a name of its own: a mask, or a state that a layer begins with.
    fn stands_by_name(&self, tensor: TensorRef) -> bool {
        let mut calls = (self.graph.layers.iter().filter(|layer| layer.operation.is_none()))
            .flat_map(|layer| layer.calls.iter().map(|call| (is_recurrent(layer), call)));
        calls.any(|(recurrent, call)| {
            let mut by_name = call.kwargs.iter().filter(|(name, _)| !INPUTS.contains(&name.as_str()));
            by_name.any(|(_, arg)| arg.tensors().contains(&tensor))
                || recurrent && inputs_of(call).skip(1).any(|state| state == tensor)
        })
    }

    fn name(&mut self, name: &str) -> String {
        let name = binding(name);
        let count = self.taken.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { name } else { format!("{name}_again_{count}") }
    }

    /// A call of a layer.
    fn call(&mut self, at: usize, number: usize) -> Result<()> {
        let layer = &self.graph.layers[at];
        let call = layer.calls[number].clone();
        let inputs: Vec<TensorRef> = inputs_of(&call).collect();
        if inputs.is_empty() {
            return Err(Error::new(format!("layer `{}` takes no tensor", shown(&layer.name))));
        }
        let (inputs, states) =
            if is_recurrent(layer) { inputs.split_at(1) } else { (&inputs[..], &inputs[..0]) };
        let from: Vec<String> = inputs.iter().map(|tensor| self.tensor(*tensor)).collect();
        let from = if from.len() == 1 { from.concat() } else { format!("[{}]", from.join(", ")) };
        if let Some(Ok(Operation::Node(op))) = &layer.operation {
            let (name, op, outputs) = (layer.name.clone(), op.clone(), self.outputs(at, number));
            let text = self.operation((at, number), &op, inputs)?;
            return self.bound(at, number, outputs, &name, text, true);
        }
        let mut extra = self.said((at, number), &call)?;
        if !states.is_empty() {
            let states: Vec<String> = states.iter().map(|tensor| self.tensor(*tensor)).collect();
            extra.push(format!("initial_state = [{}]", states.join(", ")));
        }
        // What is said of the call of a model stands behind the name of the model.
        let applied = if layer.calls.len() > 1 || layer.inner.is_some() && !extra.is_empty() {
            let name = self.shared_layer(at)?;
            if extra.is_empty() { name } else { format!("{name}({})", extra.join(", ")) }
        } else {
            with_arguments(self.layer(at, &call)?, &extra)
        };
        let outputs = self.outputs(at, number);
        let mut text = format!("{from} => {applied}");
        if self.ends.behind.contains(&(at, number)) && !self.gives_more(at) && outputs <= 1 {
            text.push_str(" => Identity(mask = None)");
        }
        let name = layer.name.clone();
        self.bound(at, number, outputs, &name, text, false)
    }

    /// Binds what a call gives.
    fn bound(
        &mut self,
        at: usize,
        number: usize,
        outputs: usize,
        name: &str,
        text: String,
        always: bool,
    ) -> Result<()> {
        if outputs <= 1 && !self.gives_more(at) {
            let first = TensorRef { layer: at, call: number, tensor: 0 };
            self.bind(first, name, text, always);
            return Ok(());
        }
        // What nobody takes has no name.
        let taken = |i: usize| self.uses(TensorRef { layer: at, call: number, tensor: i }) > 0;
        let taken: Vec<bool> = (0..outputs).map(taken).collect();
        let names: Vec<String> = taken
            .into_iter()
            .enumerate()
            .map(|(i, taken)| if taken { self.name(&format!("{name}_{i}")) } else { "_".into() })
            .collect();
        let rest = if self.gives_more(at) { ", .." } else { "" };
        self.lines.push(format!("let ({}{rest}) = {text};", names.join(", ")));
        for (i, name) in names.into_iter().enumerate() {
            self.tensors.insert((at, number, i), name);
        }
        Ok(())
    }

    /// How many tensors a call gives, as far as it is asked for.
    fn outputs(&self, at: usize, number: usize) -> usize {
        let in_calls = self.graph.layers.iter().flat_map(|layer| &layer.calls);
        let args = in_calls.flat_map(|call| call.args.iter().chain(call.kwargs.iter().map(|(_, arg)| arg)));
        let all = args.flat_map(Argument::tensors).chain(self.graph.outputs.iter().copied());
        let asked =
            all.filter(|t| (t.layer, t.call) == (at, number)).map(|t| t.tensor + 1).max().unwrap_or(1);
        let layer = &self.graph.layers[at];
        let states = layer.config.get("return_state").and_then(Value::as_bool) == Some(true);
        match layer.class.as_str() {
            "LSTM" if states => 3,
            "GRU" | "SimpleRNN" if states => 2,
            _ => asked,
        }
    }

    /// Whether a layer may give more tensors than are asked for: states.
    fn gives_more(&self, at: usize) -> bool {
        let layer = &self.graph.layers[at];
        let states = layer.config.get("return_state").and_then(Value::as_bool) == Some(true);
        match layer.class.as_str() {
            "LSTM" | "GRU" | "SimpleRNN" => false,
            "LSTMCell" | "GRUCell" | "SimpleRNNCell" | "StackedRNNCells" => true,
            _ => states,
        }
    }

    /// The arguments of a call by name, and that it ends a mask.
    fn said(&self, at: (usize, usize), call: &Call) -> Result<Vec<String>> {
        let mut extra = self.keywords(call)?;
        if self.ends.said.contains(&at) {
            extra.push("mask = None".into());
        }
        Ok(extra)
    }

    /// The arguments of a call by name.
    fn keywords(&self, call: &Call) -> Result<Vec<String>> {
        let mut extra = Vec::new();
        for (name, arg) in &call.kwargs {
            match arg {
                Argument::Value(Value::Bool(flag)) if name == "training" => {
                    if self.types.writer.generation < Generation::Keras3 {
                        extra.push(format!("training = {flag}"));
                    }
                }
                Argument::Value(Value::Bool(true)) => extra.push(format!("{name} = true")),
                Argument::Value(_) => {}
                Argument::Tensor(_) | Argument::List(_) if INPUTS.contains(&name.as_str()) => {}
                Argument::Tensor(tensor) => extra.push(format!("{name} = {}", self.tensor(*tensor))),
                Argument::List(_) => {
                    let list: Vec<String> =
                        arg.tensors().into_iter().map(|tensor| self.tensor(tensor)).collect();
                    extra.push(format!("{name} = [{}]", list.join(", ")));
                }
            }
        }
        Ok(extra)
    }
}

/// Whether a layer takes the states that it begins with by a name.
fn is_recurrent(layer: &Layer) -> bool {
    matches!(layer.class.as_str(), "LSTM" | "GRU" | "SimpleRNN" | "RNN" | "Bidirectional")
}

/// The tensors that a call takes as inputs, whether by position or by name.
fn inputs_of(call: &Call) -> impl Iterator<Item = TensorRef> + '_ {
    let by_name = call.kwargs.iter().filter(|(name, _)| INPUTS.contains(&name.as_str()));
    call.args.iter().chain(by_name.map(|(_, arg)| arg)).flat_map(Argument::tensors)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A model of a recurrent layer that is called so, and of this output.
    fn model(call: &Value, output: &Value) -> Result<String> {
        let input = json!({
            "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": { "batch_shape": [null, 3, 2], "dtype": "float32", "name": "x" },
        });
        let layer = json!({
            "class_name": "LSTM", "name": "lstm", "config": { "units": 2, "name": "lstm" }, "inbound_nodes": [call],
        });
        let config = json!({
            "name": "model", "layers": [input, layer], "input_layers": [["x", 0, 0]], "output_layers": [output],
        });
        let writer = Writer { generation: Generation::Keras3, ..Writer::new(None, None) };
        let graph = Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer)?;
        source(&graph, &writer, "model")
    }

    #[test]
    fn what_stands_in_no_model_is_refused() {
        let x = json!({ "class_name": "__keras_tensor__", "config": { "keras_history": ["x", 0, 0] } });
        let good = json!({ "args": [x], "kwargs": {} });
        assert!(model(&good, &json!(["lstm", 0, 0])).expect("a source").contains("=> LSTM(2"));
        let without = json!({ "args": [], "kwargs": {} });
        assert!(model(&without, &json!(["lstm", 0, 0])).is_err());
        let far = model(&good, &json!(["lstm", 0, 1u64 << 50])).expect_err("no such tensor").to_string();
        assert!(far.contains("gives no tensor"), "{far}");
    }
}
