//! Models and weights as Keras 3 writes them.

mod blocks;
pub(super) mod hard_sigmoid;
mod lora;
mod masks;
mod norms;
mod tree;

use std::path::Path;

use keras_files::{Array, Part, Tree, json_text, pack};
use keras_shape::{DType, LayerConfig, Precision, Role, Shape as Dims};
use serde_json::{Map, Value, json};

use self::tree::{is_number, model_tree};
use super::super::tensors::file_error;
use super::compiled::Compilation;
use super::json::{OF_CALLS, layer as layer_json, object};
use super::operations::Written;
use super::parts::of_model;
use crate::data::{DataError, write_atomically};
use crate::model::{AnyLayer, AnyModel, MaskNodes, Member, NodeInfo, Source, Structure};
use crate::{Error, Result};

/// The Keras whose format is written.
const VERSION: &str = "3.15.1";

/// Writes a model with its weights as a `.keras` archive, which Keras 3 loads. The file is either whole or as it was
/// before; equal models are equal bytes.
///
/// # Errors
/// The file cannot be written, or the model has what Keras has no words for: layers of your own, closures.
pub(crate) fn save(model: &dyn AnyModel, training: Option<Compilation<'_>>, path: &Path) -> Result<()> {
    let mut config = model_json(model, model.structure().name).map_err(|error| file_error(path, error))?;
    let training = training.and_then(|training| Some((training, training.config()?)));
    if let (Some((_, compile)), Some(config)) = (&training, config.as_object_mut()) {
        config.insert("compile_config".into(), compile.clone());
    }
    let config = json_text(&config);
    let metadata = json!({ "keras_version": VERSION, "date_saved": "1980-01-01@00:00:00" }).to_string();
    let weights = weights_bytes(model, training.map(|(training, _)| training), path, Kind::Model)?;
    let entries = [
        ("metadata.json", metadata.as_bytes()),
        ("config.json", config.as_bytes()),
        ("model.weights.h5", weights.as_slice()),
    ];
    let bytes = pack(&entries).map_err(|error| file_error(path, error))?;
    write(path, &bytes)
}

/// Writes the weights of a model as a `.weights.h5`.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn save_weights(model: &dyn AnyModel, path: &Path) -> Result<()> {
    write(path, &weights_bytes(model, None, path, Kind::Weights)?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically(path, |out| out.write_all(bytes)).map_err(|error| match error {
        DataError::Write { source, .. } => file_error(path, format!("cannot be written: {source}")),
        other => file_error(path, other),
    })
}

/// Weights as they are where no model of Keras 3 stands beside them.
fn weights_bytes(
    model: &dyn AnyModel,
    training: Option<Compilation<'_>>,
    path: &Path,
    of: Kind,
) -> Result<Vec<u8>> {
    let layers = model.layers();
    let params: Vec<_> = layers.into_iter().flat_map(|layer| layer.params()).collect();
    let mut arrays = Vec::with_capacity(params.len());
    for param in params {
        let array = Array::floats(param.value.shape(), param.value.to_vec()?);
        arrays.push(array.map_err(|error| file_error(path, error))?);
    }
    lora::add(model, &mut arrays).map_err(|error| file_error(path, error))?;
    let mut tree = Tree::new();
    let mut part = of_model(model);
    if of == Kind::Model {
        hard_sigmoid::to_keras3(model, &mut arrays);
        hard_sigmoid::as_models(model, &mut part, &|_| true);
    }
    model_tree(&part, &arrays, &mut tree);
    if let Some(training) = training {
        let part = Part::Model(part);
        let layers = part.layers();
        let weights = layers
            .iter()
            .flat_map(|layer| layer.weights.iter().filter(|weight| is_number(&layer.class, weight)));
        let paths: Vec<&str> = weights.map(|weight| weight.path.as_str()).collect();
        training.tree(&mut tree, &paths).map_err(|error| file_error(path, error))?;
    }
    tree.to_bytes().map_err(|error| file_error(path, error))
}

/// A model as an object of Keras.
fn model_json(model: &dyn AnyModel, name: &str) -> Result<Value, String> {
    let (structure, layers) = (model.structure(), model.layers());
    let masks = MaskNodes::new(structure, &layers).in_files();
    let writing = Writing { structure, layers, masks };
    let operations = (0..writing.layers.len()).any(|at| writing.operation(at).is_some());
    // A chain of calls with arguments is a model of the functional API to Keras.
    let says = |node: &NodeInfo| writing.call_arguments(node).is_ok_and(|says| !says.is_empty());
    let calls = writing.structure.groups.is_empty() && writing.structure.nodes.iter().any(says);
    if writing.structure.sequential && !operations && !calls {
        let config = writing.sequential(name)?;
        return Ok(object("keras", "Sequential", config));
    }
    let config = writing.functional(name)?;
    Ok(object("keras.src.models.functional", "Functional", config))
}

/// A tensor's axes.
fn shape_json(shape: &Dims) -> Value {
    shape.dims().iter().map(|dim| dim.fixed().map_or(Value::Null, |n| json!(n))).collect()
}

struct Writing<'a> {
    structure: &'static Structure,
    layers: Vec<&'a dyn AnyLayer>,
    masks: MaskNodes,
}

impl Writing<'_> {
    fn layer(&self, at: usize) -> Result<Value, String> {
        let layer = self.layers[at];
        if let Some(function) = layer.function().filter(|function| !function.is_of_keras()) {
            let (name, class) = (layer.name(), function.class());
            return Err(format!("layer `{name}` is the function `{class}`, which Keras 3 does not have"));
        }
        if let Some(operation) = self.operation(at) {
            return Ok(operation.object(layer.name()));
        }
        if hard_sigmoid::is_alone(layer) {
            return Ok(hard_sigmoid::alone(layer.name(), layer.trainable(), &self.shape_before(at)));
        }
        let mut value = self.layer_of(layer)?;
        let mut nodes = self.structure.nodes.iter().filter(|node| node.layer == at);
        let policy = nodes.find_map(|node| Some(node.call.policy()).filter(|policy| !policy.is_float32()));
        if policy.is_some_and(|policy| policy.quantized.is_some()) {
            return Err(format!(
                "layer `{}` rounds what it multiplies, as it was quantized: `save_weights` to a `.safetensors` keeps its weights, \
                 and the file that it is of the layer itself",
                layer.name()
            ));
        }
        if let Some(precision) = policy.and_then(|policy| policy.precision) {
            set_policy(&mut value, precision);
        }
        Ok(value)
    }

    /// The shape of what a layer is called with, in which lengths are free that are others in another call.
    fn shape_before(&self, at: usize) -> Value {
        let nodes = self.structure.nodes.iter().filter(|node| node.layer == at);
        let shapes =
            nodes.filter_map(|node| Some(shape_json(&self.structure.spec(*node.inputs.first()?).shape)));
        let one = |a: Value, b: Value| match (a, b) {
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                a.into_iter().zip(b).map(|(a, b)| if a == b { a } else { Value::Null }).collect()
            }
            _ => Value::Null,
        };
        shapes.reduce(one).unwrap_or(Value::Null)
    }

    /// The operation that a layer is in Keras.
    fn operation(&self, at: usize) -> Option<Written<'_>> {
        let mut nodes = self.structure.nodes.iter().filter(|node| node.layer == at);
        Written::of(self.layers[at], nodes.next())
    }

    fn layer_of(&self, layer: &dyn AnyLayer) -> Result<Value, String> {
        let name = layer.name();
        if let Some(config) = layer.config() {
            let written = layer_json(name, config, layer.trainable());
            return written.map_err(|error| format!("layer `{name}`: {error}"));
        }
        if let Some(inner) = layer.nested() {
            let mut value = model_json(inner, name)?;
            if let Some(config) = value.get_mut("config").and_then(Value::as_object_mut) {
                config.insert("trainable".into(), json!(layer.trainable()));
            }
            return Ok(value);
        }
        if let Some(inner) = layer.wrapped() {
            let config =
                json!({ "name": name, "trainable": layer.trainable(), "layer": self.layer_of(inner)? });
            return Ok(object("keras.layers", "TimeDistributed", config));
        }
        Err(format!(
            "layer `{name}` is of the class `{}`, which Keras does not have: its weights alone are written by \
             `save_weights`",
            layer.class()
        ))
    }

    fn input(&self, i: usize) -> Value {
        let info = &self.structure.inputs[i];
        let dtype = info.spec.dtype.name();
        let config = json!({
            "batch_shape": shape_json(&info.spec.shape), "dtype": dtype, "sparse": false, "ragged": false,
            "name": info.name,
        });
        object("keras.layers", "InputLayer", config)
    }

    fn sequential(&self, name: &str) -> Result<Value, String> {
        let mut layers = vec![self.input(0)];
        for at in 0..self.layers.len() {
            self.check(self.structure.nodes.iter().find(|node| node.layer == at))?;
        }
        for block in 0..self.structure.groups.len() {
            self.calls_of_block(block)?;
        }
        layers.extend(self.chain(None, &(0..self.layers.len()).collect::<Vec<_>>())?);
        let shape = shape_json(&self.structure.inputs[0].spec.shape);
        Ok(
            json!({ "name": name, "trainable": true, "dtype": "float32", "layers": layers, "build_input_shape": shape }),
        )
    }

    /// What a call says that a chain has no place for.
    fn check(&self, node: Option<&NodeInfo>) -> Result<(), String> {
        let Some(node) = node else { return Ok(()) };
        let layer = &self.structure.layers[node.layer];
        let says = self.call_arguments(node)?;
        if says.is_empty() && node.roles.iter().all(|role| role.is_input()) {
            return Ok(());
        }
        Err(format!(
            "layer `{}` is called with arguments, for which a `Sequential` of Keras has no place",
            layer.name
        ))
    }

    fn functional(&self, name: &str) -> Result<Value, String> {
        let mut layers = Vec::new();
        // Among the rows of a chain there is no input.
        let order = self.structure.order;
        let inputs = (0..self.structure.inputs.len()).map(Member::Input);
        for member in inputs.filter(|input| !order.contains(input)).chain(order.iter().copied()) {
            let (mut value, name, nodes) = match member {
                Member::Input(i) => (self.input(i), self.structure.inputs[i].name, Vec::new()),
                Member::Layer(at) => {
                    let nodes = self.structure.nodes.iter().enumerate().filter(|(_, node)| node.layer == at);
                    let nodes = nodes.map(|(index, node)| {
                        let mut call = self.node(node)?;
                        self.add_masks(index, &mut call);
                        Ok(call)
                    });
                    let mut nodes = nodes.collect::<Result<Vec<Value>, String>>()?;
                    layers.extend(self.steps_before(at, &mut nodes));
                    (self.layer(at)?, self.structure.layers[at].name, nodes)
                }
                Member::Block(block) => {
                    let calls = self.calls_of_block(block)?;
                    let value = self.block(block, &self.structure.inside(block))?;
                    (value, self.structure.groups[block].name, calls)
                }
                Member::Mask(mask) => match self.mask(mask) {
                    Some((value, name, call)) => (value, name, vec![call]),
                    None => continue,
                },
            };
            if let Some(map) = value.as_object_mut() {
                map.insert("name".into(), json!(name));
                map.insert("inbound_nodes".into(), Value::Array(nodes));
            }
            layers.push(value);
        }
        let inputs: Vec<Value> = self.structure.inputs.iter().map(|info| json!([info.name, 0, 0])).collect();
        Ok(json!({
            "name": name, "trainable": true, "layers": layers, "input_layers": one(inputs),
            "output_layers": self.outputs(),
        }))
    }

    /// The outputs by their names, where they stand in a dict; else one after the other.
    fn outputs(&self) -> Value {
        let outputs: Vec<Value> = self.structure.outputs.iter().map(|source| self.end(*source)).collect();
        let names = self.structure.output_names;
        let of = |source: &Source| match source {
            Source::Input(i) => self.structure.inputs[*i].name,
            Source::Node(node, _) => self.structure.layers[self.structure.nodes[*node].layer].name,
        };
        if !self.structure.outputs_named && self.structure.outputs.iter().map(of).eq(names.iter().copied()) {
            return one(outputs);
        }
        // In the order in which Keras counts them, whatever order the map of a build has.
        let mut pairs: Vec<(String, Value)> = names.iter().map(ToString::to_string).zip(outputs).collect();
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        Value::Object(pairs.into_iter().collect())
    }

    /// Which layer, which of its calls and which tensor.
    fn history(&self, source: Source) -> (&'static str, usize, usize, bool) {
        match source {
            Source::Input(i) => (self.structure.inputs[i].name, 0, 0, false),
            Source::Node(node, tensor) => {
                let layer = self.structure.nodes[node].layer;
                let call = self.structure.nodes[..node].iter().filter(|n| n.layer == layer).count();
                if let Some(block) = self.structure.blocks(layer).first() {
                    return (self.structure.groups[*block].name, call, tensor, false);
                }
                let functional =
                    self.layers[layer].nested().is_some_and(|inner| !inner.structure().sequential);
                (self.structure.layers[layer].name, call, tensor, functional)
            }
        }
    }

    /// An output: models that are graphs count their calls from 1 there.
    fn end(&self, source: Source) -> Value {
        let (name, call, tensor, functional) = self.history(source);
        json!([name, call + usize::from(functional), tensor])
    }

    fn tensor(&self, source: Source) -> Value {
        let (name, call, tensor, _) = self.history(source);
        let spec = self.structure.spec(source);
        let precision = match source {
            Source::Node(node, _) if spec.dtype == DType::Float32 => {
                self.structure.nodes[node].call.precision
            }
            Source::Node(..) | Source::Input(_) => None,
        };
        let dtype = precision.map_or(spec.dtype.name(), Precision::name);
        let config = json!({ "shape": shape_json(&spec.shape), "dtype": dtype, "keras_history": [name, call, tensor] });
        json!({ "class_name": "__keras_tensor__", "config": config })
    }

    /// What a call says beside its tensors.
    fn call_arguments(&self, node: &NodeInfo) -> Result<Map<String, Value>, String> {
        let mut kwargs = Map::new();
        if let Some(training) = node.call.training {
            kwargs.insert("training".into(), json!(training));
        }
        if let Some(config) = self.structure.config(node) {
            for (key, value) in config.values() {
                if OF_CALLS.contains(&key) && value.downcast_ref::<bool>() == Some(&true) {
                    kwargs.insert(key.into(), json!(true));
                }
            }
        }
        if node.drop_mask
            && self.layers[node.layer].config().is_some_and(|c| c.mask_rule() != keras_shape::MaskRule::Drop)
        {
            let name = self.structure.layers[node.layer].name;
            return Err(format!(
                "layer `{name}` drops a mask on purpose (`mask = None`), which a file of Keras cannot say"
            ));
        }
        Ok(kwargs)
    }

    /// A call of a layer.
    fn node(&self, node: &NodeInfo) -> Result<Value, String> {
        if let Some(operation) = self.operation(node.layer) {
            let tensors = node.inputs.iter().map(|source| self.tensor(*source)).collect();
            return Ok(operation.call(tensors));
        }
        let mut kwargs = self.call_arguments(node)?;
        let mut inputs = Vec::new();
        let mut named: Vec<(&'static str, Vec<Value>)> = Vec::new();
        let config = self.layers[node.layer].config();
        for (source, role) in node.inputs.iter().zip(node.roles) {
            let tensor = self.tensor(*source);
            if role.is_input() {
                inputs.push(tensor);
                continue;
            }
            let name = config.map_or(role.name(), |config| config.mask_argument(*role));
            let name = if *role == Role::InitialState { role.name() } else { name };
            match named.iter_mut().find(|(other, _)| *other == name) {
                Some((_, list)) => list.push(tensor),
                None => named.push((name, vec![tensor])),
            }
        }
        let of_cells = config.map_or(Vec::new(), states_of_cells);
        for (name, mut list) in named {
            if name == "initial_state" && !of_cells.is_empty() {
                list = nested(list, &of_cells);
            }
            let one = list.len() == 1 && name != "initial_state";
            kwargs.insert(name.into(), if one { list.remove(0) } else { Value::Array(list) });
        }
        let apart = config.is_some_and(LayerConfig::has_heads);
        let args = if config.is_some_and(|config| config.cell().is_some() || config.facts().stack.is_some()) {
            // A cell is called with the features of a step and a list of states.
            let states = inputs.split_off(inputs.len().min(1));
            let states = if of_cells.is_empty() { states } else { nested(states, &of_cells) };
            inputs.into_iter().chain([Value::Array(states)]).collect()
        } else if inputs.len() > 1 && !apart {
            vec![Value::Array(inputs)]
        } else {
            inputs
        };
        Ok(json!({ "args": args, "kwargs": kwargs }))
    }
}

/// Says of a layer that it computes in numbers of 16 bits, and of those in it.
fn set_policy(layer: &mut Value, precision: Precision) {
    let Some(config) = layer.get_mut("config").and_then(Value::as_object_mut) else { return };
    config.insert("dtype".into(), json!(precision.policy()));
    for key in ["layer", "backward_layer", "cell", "cells"] {
        match config.get_mut(key) {
            Some(Value::Array(cells)) => cells.iter_mut().for_each(|cell| set_policy(cell, precision)),
            Some(inner) => set_policy(inner, precision),
            None => {}
        }
    }
}

/// How many states each cell of a stack has, also inside of a wrapper: Keras has a list for each.
fn states_of_cells(config: &LayerConfig) -> Vec<usize> {
    if let Some(cells) = config.facts().stack {
        return cells.iter().filter_map(|cell| Some(cell.config.cell()?.states)).collect();
    }
    if let Some(wrapper) = config.both_ways() {
        let forward = states_of_cells(wrapper.layer.config);
        let backward = wrapper.backward_layer.map(|layer| states_of_cells(layer.config));
        return [forward.clone(), backward.unwrap_or(forward)].concat();
    }
    config.wrapped().iter().flat_map(|inner| states_of_cells(inner.config)).collect()
}

/// A list in lists of these lengths.
fn nested(list: Vec<Value>, lengths: &[usize]) -> Vec<Value> {
    let mut list = list.into_iter();
    lengths.iter().map(|n| Value::Array(list.by_ref().take(*n).collect())).collect()
}

/// What a path says about the format: nothing if it is none of Keras's.
pub(crate) fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    if name.ends_with(".weights.h5") {
        return Some(Kind::Weights);
    }
    name.ends_with(".keras").then_some(Kind::Model)
}

/// What is written under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `.keras` archive.
    Model,
    /// A `.weights.h5`.
    Weights,
}

/// Writes what the name of the file says.
///
/// # Errors
/// As [`save`].
pub(crate) fn save_as(model: &dyn AnyModel, training: Option<Compilation<'_>>, path: &Path) -> Result<()> {
    match kind(path) {
        Some(Kind::Model) => save(model, training, path),
        _ => Err(Error::File {
            path: path.display().to_string(),
            message: "a model is saved under a name that ends in `.keras`; weights alone are written by `save_weights`"
                .into(),
        }),
    }
}

/// Ends of a model: a single one stands for itself.
fn one(mut all: Vec<Value>) -> Value {
    if all.len() == 1 { all.remove(0) } else { Value::Array(all) }
}
