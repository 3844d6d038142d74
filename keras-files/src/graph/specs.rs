//! The shapes of tensors in a graph, as far as they follow from the inputs before all of it is read.

use std::collections::{HashMap, HashSet};

use keras_shape::{Dim, LayerConfig, Shape, TensorSpec, infer};

use super::operations::{self, Operation};
use super::{Argument, Call, Layer, TensorRef};
use crate::config::{make, make_of, operation_of};
use crate::writer::Writer;

/// The calls, each behind those whose tensors it takes.
pub(crate) fn order(layers: &[Layer]) -> Vec<(usize, usize)> {
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for (at, layer) in layers.iter().enumerate().filter(|(_, layer)| layer.input.is_none()) {
        waiting.extend((0..layer.calls.len()).map(|call| (at, call)));
    }
    let (mut done, mut order) = (HashSet::new(), Vec::with_capacity(waiting.len()));
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|at| {
            let ready = tensors(&layers[at.0].calls[at.1]).all(|tensor| {
                let made = layers.get(tensor.layer).is_some_and(|layer| layer.input.is_some());
                made || done.contains(&(tensor.layer, tensor.call))
            });
            if ready {
                done.insert(*at);
                order.push(*at);
            }
            !ready
        });
        if waiting.len() == before {
            break;
        }
    }
    order
}

/// The tensors that a call takes.
pub(crate) fn tensors(call: &Call) -> impl Iterator<Item = TensorRef> + '_ {
    call.args.iter().chain(call.kwargs.iter().map(|(_, arg)| arg)).flat_map(Argument::tensors)
}

/// What is known of tensors.
#[derive(Default)]
pub(super) struct Specs {
    known: HashMap<TensorRef, TensorSpec>,
    /// The tensors that models inside give, by layer: each call gives the same, and models inside of them would be looked through
    /// twice as often at each depth where each is called twice.
    inner: HashMap<usize, Vec<(usize, TensorSpec)>>,
}

impl Specs {
    /// Those of the inputs.
    pub(super) fn of_inputs(layers: &[Layer]) -> Self {
        let inputs = layers.iter().enumerate().filter_map(|(at, layer)| {
            let input = layer.input.as_ref().filter(|input| !input.shape.is_empty())?;
            let dims: Vec<Dim> = input.shape.iter().map(|n| n.map_or(Dim::NONE, Dim::Fixed)).collect();
            let shape = Shape::new(&dims);
            let whole = input.dtype.contains("int");
            let spec = if whole { TensorSpec::int(shape) } else { TensorSpec::float(shape) };
            Some((TensorRef { layer: at, call: 0, tensor: 0 }, spec))
        });
        Specs { known: inputs.collect(), ..Specs::default() }
    }

    /// Those of all tensors, as far as they are known.
    pub(super) fn of_graph(layers: &[Layer], writer: &Writer) -> Self {
        let mut specs = Specs::of_inputs(layers);
        for (at, call) in order(layers) {
            specs.infer(&layers[at], (at, call), writer);
        }
        specs
    }

    /// The lengths of a tensor, where they are known.
    pub(super) fn shape(&self, tensor: TensorRef) -> Option<Vec<Option<usize>>> {
        Some(self.known.get(&tensor)?.shape.dims().iter().map(|dim| dim.fixed()).collect())
    }

    /// What a call gives of tensors that are known.
    pub(super) fn infer(&mut self, layer: &Layer, (at, call): (usize, usize), writer: &Writer) {
        if let Some(inner) = &layer.inner {
            let given = self.inner.entry(at).or_insert_with(|| {
                let inside = Specs::of_graph(&inner.layers, writer);
                let outputs = inner.outputs.iter().enumerate();
                outputs.filter_map(|(i, output)| Some((i, *inside.known.get(output)?))).collect()
            });
            let tensors =
                given.iter().map(|(tensor, spec)| (TensorRef { layer: at, call, tensor: *tensor }, *spec));
            self.known.extend(tensors);
            return;
        }
        let Some(steps) = operations::steps(layer, &layer.calls[call]) else {
            let Ok(made) = make(layer, writer) else { return };
            let taken: Vec<TensorRef> = layer.calls[call].args.iter().flat_map(Argument::tensors).collect();
            return self.given((at, call), &made.config, &taken);
        };
        let count = steps.len();
        for (i, (operation, taken)) in steps.iter().enumerate() {
            // Steps before the last are no layers of the graph, and are numbered behind all.
            let place = if i + 1 == count { (at, call) } else { (usize::MAX - count + 1 + i, 0) };
            let taken: Vec<TensorRef> = taken
                .iter()
                .map(|tensor| match tensor.layer.checked_sub(operations::BEHIND) {
                    Some(step) => TensorRef { layer: usize::MAX - count + 1 + step, ..*tensor },
                    None => *tensor,
                })
                .collect();
            match operation {
                Operation::Node(op) => {
                    if let Ok(config) = operation_of(op) {
                        self.given(place, &config, &taken);
                    }
                }
                Operation::Layer(class, config) => {
                    if let Ok(made) = make_of(class, config, writer, 0) {
                        self.given(place, &made.config, &taken);
                    }
                }
            }
        }
    }

    fn given(&mut self, (layer, call): (usize, usize), config: &LayerConfig, taken: &[TensorRef]) {
        let specs: Vec<Option<TensorSpec>> =
            taken.iter().map(|tensor| self.known.get(tensor).copied()).collect();
        if specs.is_empty() || specs.contains(&None) {
            return;
        }
        if let Some(outputs) = infer(config, &specs, 0, true).outputs() {
            for tensor in 0..outputs.len() {
                self.known.insert(TensorRef { layer, call, tensor }, outputs.get(tensor));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::graph::Graph;
    use crate::writer::Writer;

    /// Each model inside is called twice: what is known of its tensors must not take twice as long at each depth.
    #[test]
    fn deeply_nested_models_take_no_time() {
        let mut model = Value::Null;
        for depth in 0..30 {
            let input = json!({
                "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                "config": { "name": "x", "batch_input_shape": [null, 3] },
            });
            let twice = json!([[["x", 0, 0, {}]], [["inner", 1, 0, {}]]]);
            let (inner, output) = match model {
                Value::Null => (
                    json!({ "class_name": "Dense", "name": "inner", "config": { "name": "inner", "units": 3 },
                        "inbound_nodes": [[["x", 0, 0, {}]], [["inner", 0, 0, {}]]] }),
                    json!([["inner", 1, 0]]),
                ),
                mut inner => {
                    inner["name"] = json!("inner");
                    inner["inbound_nodes"] = twice;
                    (inner, json!([["inner", 2, 0]]))
                }
            };
            let mut layers = vec![input, inner];
            if depth == 29 {
                // Only where lengths are computed all tensors are looked at.
                layers.push(json!({ "class_name": "TFOpLambda", "name": "tf.shape",
                    "config": { "name": "tf.shape", "function": "compat.v1.shape" },
                    "inbound_nodes": [["x", 0, 0, {}]] }));
            }
            model = json!({ "class_name": "Functional", "config": {
                "name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": output,
            } });
        }
        let graph = Graph::read(&model, &Writer::new(Some("2.15.0".into()), None)).unwrap();
        assert_eq!(graph.outputs.len(), 1);
    }
}
