//! A `Sequential` of Keras 1 that begins with a `Merge` of other models: its branches and what follows are one graph.

use serde_json::Value;

use super::chains::implied_input;
use super::{Argument, Call, Graph, Kind, Layer, MAX_DEPTH, TensorRef};
use super::{functional, layer, missing, model_kind, operations};
use crate::error::{Error, Result, shown};
use crate::writer::Writer;

/// Whether a chain begins with models that are merged.
pub(super) fn begin(list: &[Value]) -> bool {
    list.first().is_some_and(|first| merged(first).is_some())
}

/// The models that a `Merge` has inside.
fn merged(value: &Value) -> Option<&Vec<Value>> {
    let is_merge = value.get("class_name").and_then(Value::as_str) == Some("Merge");
    let models = value.get("config")?.get("layers")?.as_array()?;
    (is_merge && !models.is_empty()).then_some(models)
}

/// Reads such a chain.
///
/// # Errors
/// A branch is no model, or two layers have one name.
pub(super) fn read(
    list: &[Value],
    name: String,
    writer: &Writer,
    depth: usize,
    count: &mut usize,
) -> Result<Graph> {
    let mut branches = Branches { layers: Vec::new(), inputs: Vec::new(), writer, count };
    let last = branches.chain(list, depth)?;
    let Branches { mut layers, inputs, .. } = branches;
    operations::read(&mut layers);
    let (outputs, kind) = (vec![last], Kind::Functional);
    let (input_keys, output_keys) = (Vec::new(), Vec::new());
    Ok(Graph { name, kind, trainable: true, layers, inputs, outputs, input_keys, output_keys })
}

struct Branches<'a> {
    layers: Vec<Layer>,
    inputs: Vec<TensorRef>,
    writer: &'a Writer,
    count: &'a mut usize,
}

impl Branches<'_> {
    /// The end of a chain, whose layers are added to the graph.
    fn chain(&mut self, list: &[Value], depth: usize) -> Result<TensorRef> {
        if depth > MAX_DEPTH {
            return Err(Error::new(format!("models are nested more than {MAX_DEPTH} deep")));
        }
        let Some(first) = list.first() else { return Err(Error::new("a model in a `Merge` has no layers")) };
        let (mut last, rest) = match merged(first) {
            Some(models) => {
                let ends: Vec<Argument> = models
                    .iter()
                    .map(|model| self.branch(model, depth + 1).map(Argument::Tensor))
                    .collect::<Result<_>>()?;
                let mut merge = layer(first, self.writer, depth, self.count)?;
                merge.config.remove("layers");
                (self.called(merge, Argument::List(ends))?, &list[1..])
            }
            None => {
                let first = layer(first, self.writer, depth, self.count)?;
                if first.input.is_some() {
                    (self.input(first), &list[1..])
                } else {
                    let input = implied_input(&first, &Value::Null);
                    let input = input.ok_or_else(|| Error::new("a model in a `Merge` has no input"))?;
                    (self.input(input), list)
                }
            }
        };
        for value in rest {
            let next = layer(value, self.writer, depth, self.count)?;
            last = self.called(next, Argument::Tensor(last))?;
        }
        Ok(last)
    }

    /// The output of a model in a `Merge`.
    fn branch(&mut self, value: &Value, depth: usize) -> Result<TensorRef> {
        let class = value.get("class_name").and_then(Value::as_str).unwrap_or_default();
        let config = value.get("config").ok_or_else(|| missing("config", class))?;
        match model_kind(class) {
            Some(Kind::Sequential) => {
                let list = config.as_array().or_else(|| config.get("layers").and_then(Value::as_array));
                self.chain(list.ok_or_else(|| missing("layers", class))?, depth)
            }
            Some(Kind::Functional) => {
                let graph = functional(config, self.writer, depth, self.count)?;
                self.graph(graph)
            }
            None => {
                Err(Error::new(format!("a `Merge` has the layer `{}` inside, and no model", shown(class))))
            }
        }
    }

    /// Adds a graph; gives its output.
    fn graph(&mut self, graph: Graph) -> Result<TensorRef> {
        let [output] = graph.outputs[..] else {
            return Err(Error::new(format!(
                "the model `{}` in a `Merge` has several outputs",
                shown(&graph.name)
            )));
        };
        let by = self.layers.len();
        for mut layer in graph.layers {
            self.new_name(&layer.name)?;
            layer.renumber(&|at| at + by);
            self.layers.push(layer);
        }
        let there = |tensor: TensorRef| TensorRef { layer: tensor.layer + by, ..tensor };
        self.inputs.extend(graph.inputs.into_iter().map(there));
        Ok(there(output))
    }

    fn new_name(&self, name: &str) -> Result<()> {
        match self.layers.iter().any(|layer| layer.name == name) {
            true => Err(Error::new(format!("two layers have the name `{}`", shown(name)))),
            false => Ok(()),
        }
    }

    /// An input, which branches with the same first layer share.
    fn input(&mut self, input: Layer) -> TensorRef {
        let at = self.layers.iter().position(|layer| layer.name == input.name && layer.input == input.input);
        let tensor = TensorRef { layer: at.unwrap_or(self.layers.len()), call: 0, tensor: 0 };
        if at.is_none() {
            self.layers.push(Layer { implied: false, ..input });
            self.inputs.push(tensor);
        }
        tensor
    }

    /// A layer applied to what comes before it. A layer that stands in two branches is one.
    fn called(&mut self, mut layer: Layer, arg: Argument) -> Result<TensorRef> {
        let call = Call { args: vec![arg], kwargs: Vec::new() };
        let known = self.layers.iter().position(|known| known.name == layer.name);
        let Some(at) = known.filter(|at| {
            let known = &self.layers[*at];
            known.class == layer.class && known.config == layer.config && layer.inner.is_none()
        }) else {
            // Models in a chain of Keras 1 have no names.
            if layer.inner.is_some() {
                let base = layer.name.clone();
                let mut number = 0;
                while self.new_name(&layer.name).is_err() {
                    number += 1;
                    layer.name = format!("{base}_{number}");
                }
            }
            self.new_name(&layer.name)?;
            layer.calls.push(call);
            self.layers.push(layer);
            return Ok(TensorRef { layer: self.layers.len() - 1, call: 0, tensor: 0 });
        };
        let calls = &mut self.layers[at].calls;
        let same = |other: &Call| match (&other.args[..], &call.args[..]) {
            ([Argument::Tensor(a)], [Argument::Tensor(b)]) => a == b,
            _ => false,
        };
        let number = calls.iter().position(same).unwrap_or(calls.len());
        if number == calls.len() {
            calls.push(call);
        }
        Ok(TensorRef { layer: at, call: number, tensor: 0 })
    }
}
