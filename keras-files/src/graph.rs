//! The graph that a file describes, whichever Keras wrote it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::{Error, Result, shown};
use crate::writer::Writer;

/// How deep models may be nested.
const MAX_DEPTH: usize = 32;

/// Layers that a model may have, those of models inside counted.
const MAX_LAYERS: usize = 20_000;

/// How deep values in a call may be nested.
const MAX_NESTING: usize = 32;

/// What kind of model a graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A chain of layers.
    Sequential,
    /// Any graph.
    Functional,
}

/// A model: its layers, and how tensors go through them.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Its name.
    pub name: String,
    /// What Keras calls it.
    pub kind: Kind,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// Its layers in the order of the file, inputs among them.
    pub layers: Vec<Layer>,
    /// Its inputs.
    pub inputs: Vec<TensorRef>,
    /// Its outputs.
    pub outputs: Vec<TensorRef>,
}

/// A layer of a graph.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its class, as the file has it.
    pub class: String,
    /// The module of the class, where the file says it.
    pub module: String,
    /// The name under which a class of the author's own is registered.
    pub registered: Option<String>,
    /// Its arguments, as the file has them.
    pub config: Map<String, Value>,
    /// The model that it is, if it is one.
    pub inner: Option<Box<Graph>>,
    /// What it is, if it is an input.
    pub input: Option<Input>,
    /// Whether the file has it as an input, and not only its shape on the first layer.
    pub implied: bool,
    /// Where it is applied.
    pub calls: Vec<Call>,
}

/// An input of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its axes, the batch axis first; nothing where only the data knows.
    pub shape: Vec<Option<usize>>,
    /// The type of its numbers: `float32`.
    pub dtype: String,
}

/// A tensor: which layer gives it, at which of its calls, and which of the tensors of that call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorRef {
    /// The layer, by its place in [`Graph::layers`].
    pub layer: usize,
    /// Which of its calls.
    pub call: usize,
    /// Which of the tensors.
    pub tensor: usize,
}

/// A call of a layer.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The arguments by position.
    pub args: Vec<Argument>,
    /// The arguments by name.
    pub kwargs: Vec<(String, Argument)>,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A tensor.
    Tensor(TensorRef),
    /// Several of them, or of what else there is.
    List(Vec<Argument>),
    /// What is no tensor.
    Value(Value),
}

impl Argument {
    /// The tensors in it, in order.
    pub fn tensors(&self) -> Vec<TensorRef> {
        match self {
            Argument::Tensor(tensor) => vec![*tensor],
            Argument::List(list) => list.iter().flat_map(Argument::tensors).collect(),
            Argument::Value(_) => Vec::new(),
        }
    }
}

impl Graph {
    /// The layer of this name.
    pub fn layer(&self, name: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// Reads the configuration of a model, as it stands in a file.
    ///
    /// # Errors
    /// It is none, or no graph: the model of a class of the author's own.
    pub fn read(config: &Value, writer: &Writer) -> Result<Self> {
        let mut count = 0;
        read_model(config, writer, 0, &mut count)
    }
}

/// Whether a class is that of a model.
pub fn model_kind(class: &str) -> Option<Kind> {
    match class {
        "Sequential" => Some(Kind::Sequential),
        "Functional" | "Model" | "Container" | "Graph" => Some(Kind::Functional),
        _ => None,
    }
}

fn read_model(value: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Graph> {
    if depth > MAX_DEPTH {
        return Err(Error::new(format!("models are nested more than {MAX_DEPTH} deep")));
    }
    let class = text(value, "class_name")?;
    let Some(kind) = model_kind(class) else {
        return Err(Error::new(format!(
            "the model is of the class `{}`, which is the author's own: only `Sequential` and functional models say \
             in their file what they compute",
            shown(class)
        )));
    };
    let config = value.get("config").ok_or_else(|| missing("config", class))?;
    match kind {
        Kind::Sequential => sequential(config, writer, depth, count),
        Kind::Functional => functional(config, writer, depth, count),
    }
}

fn missing(what: &str, of: &str) -> Error {
    Error::new(format!("`{what}` of `{}` is missing in the configuration", shown(of)))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    let found = value.get(key).and_then(Value::as_str);
    found.ok_or_else(|| Error::new(format!("`{key}` is missing in the configuration, or no text")))
}

/// A layer without its calls.
fn layer(value: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Layer> {
    *count += 1;
    if *count > MAX_LAYERS {
        return Err(Error::new(format!("the model has more than {MAX_LAYERS} layers")));
    }
    let class = text(value, "class_name")?.to_string();
    let config = value.get("config").cloned().unwrap_or(Value::Null);
    let inner = match model_kind(&class) {
        Some(_) => Some(Box::new(read_model(value, writer, depth + 1, count)?)),
        None => None,
    };
    let config = match config {
        Value::Object(config) => config,
        _ => Map::new(),
    };
    let named = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_string);
    let name = value.get("name").and_then(Value::as_str).map(str::to_string).or_else(|| named("name"));
    let name = name.or_else(|| inner.as_ref().map(|inner| inner.name.clone()));
    let name = name.unwrap_or_else(|| class.to_lowercase());
    let input = (class == "InputLayer").then(|| input_of(&config)).flatten();
    if class == "InputLayer" && input.is_none() {
        return Err(Error::new(format!("the input `{}` does not say its shape", shown(&name))));
    }
    let registered = value.get("registered_name").and_then(Value::as_str);
    let registered = registered.filter(|registered| *registered != class).map(str::to_string);
    let module = value.get("module").and_then(Value::as_str).unwrap_or_default().to_string();
    let calls = Vec::new();
    Ok(Layer { name, class, module, registered, config, inner, input, implied: false, calls })
}

/// The input that a layer's arguments tell of.
fn input_of(config: &Map<String, Value>) -> Option<Input> {
    let shape = ["batch_shape", "batch_input_shape"].iter().find_map(|key| shape(config.get(*key)?));
    let shape = shape.or_else(|| {
        // Without the batch axis.
        let mut axes = self::shape(config.get("input_shape")?)?;
        axes.insert(0, None);
        Some(axes)
    })?;
    let dtype = ["input_dtype", "dtype"].iter().find_map(|key| dtype(config.get(*key)?));
    Some(Input { shape, dtype: dtype.unwrap_or_else(|| "float32".into()) })
}

/// A list of lengths.
pub(crate) fn shape(value: &Value) -> Option<Vec<Option<usize>>> {
    let list = items(value)?;
    if list.len() > keras_shape::MAX_RANK {
        return None;
    }
    let mut shape = Vec::with_capacity(list.len());
    for item in list {
        shape.push(match item {
            Value::Null => None,
            Value::Number(n) => Some(usize::try_from(n.as_u64()?).ok()?),
            _ => return None,
        });
    }
    Some(shape)
}

/// The items of a list, or of a tuple that stands as an object.
pub(crate) fn items(value: &Value) -> Option<&Vec<Value>> {
    match value {
        Value::Array(list) => Some(list),
        Value::Object(object) => match object.get("class_name").and_then(Value::as_str) {
            Some("__tuple__" | "TensorShape" | "ListWrapper") => object.get("items")?.as_array(),
            _ => None,
        },
        _ => None,
    }
}

/// The name of a type of numbers, which may be that of a policy.
pub(crate) fn dtype(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Object(object) => Some(object.get("config")?.get("name")?.as_str()?.to_string()),
        _ => None,
    }
}

/// Whether a graph is trained: frozen models say so in their arguments.
fn trainable(config: &Value) -> bool {
    config.get("trainable").and_then(Value::as_bool).unwrap_or(true)
}

fn sequential(config: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Graph> {
    // Until 2.2 the configuration is the list of layers itself.
    let list = config.as_array().or_else(|| config.get("layers").and_then(Value::as_array));
    let list = list.ok_or_else(|| missing("layers", "Sequential"))?;
    let name = config.get("name").and_then(Value::as_str).unwrap_or("sequential").to_string();
    let mut layers: Vec<Layer> = Vec::with_capacity(list.len() + 1);
    for value in list {
        layers.push(layer(value, writer, depth, count)?);
    }
    if layers.first().is_some_and(|layer| layer.input.is_none()) {
        let Some(input) = implied_input(&layers[0], config) else {
            return Err(Error::new(format!(
                "the model `{}` was saved before it knew the shape of its input",
                shown(&name)
            )));
        };
        layers.insert(0, input);
    }
    let mut last: Option<TensorRef> = None;
    for at in 0..layers.len() {
        if let Some(before) = last {
            layers[at].calls.push(Call { args: vec![Argument::Tensor(before)], kwargs: Vec::new() });
        }
        last = Some(TensorRef { layer: at, call: 0, tensor: 0 });
    }
    let Some(last) = last else { return Err(Error::new("the model has no layers")) };
    let inputs = vec![TensorRef { layer: 0, call: 0, tensor: 0 }];
    let trainable = trainable(config);
    Ok(Graph { name, kind: Kind::Sequential, trainable, layers, inputs, outputs: vec![last] })
}

/// The input of a chain that begins with a layer.
fn implied_input(first: &Layer, config: &Value) -> Option<Layer> {
    let of_model = || {
        let inner = first.inner.as_ref()?;
        let at = inner.inputs.first()?;
        inner.layers[at.layer].input.clone()
    };
    let wrapped = || input_of(first.config.get("layer")?.get("config")?.as_object()?);
    let built = || {
        let shape = shape(config.get("build_input_shape")?)?;
        Some(Input { shape, dtype: "float32".into() })
    };
    let input = input_of(&first.config).or_else(of_model).or_else(built).or_else(wrapped)?;
    Some(Layer {
        name: format!("{}_input", first.name),
        class: "InputLayer".into(),
        module: String::new(),
        registered: None,
        config: Map::new(),
        inner: None,
        input: Some(input),
        implied: true,
        calls: Vec::new(),
    })
}

fn functional(config: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Graph> {
    let list = config.get("layers").and_then(Value::as_array).ok_or_else(|| {
        Error::new("the model is of a class of the author's own: its file does not say what it computes")
    })?;
    let name = config.get("name").and_then(Value::as_str).unwrap_or("functional").to_string();
    let mut layers = Vec::with_capacity(list.len());
    for value in list {
        layers.push(layer(value, writer, depth, count)?);
    }
    let mut names = HashMap::new();
    for (at, layer) in layers.iter().enumerate() {
        if names.insert(layer.name.clone(), at).is_some() {
            return Err(Error::new(format!("two layers have the name `{}`", shown(&layer.name))));
        }
    }
    let nodes: Vec<&[Value]> = list
        .iter()
        .map(|value| value.get("inbound_nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice))
        .collect();
    let firsts = first_calls(&names, &layers, &nodes, config);
    let reader = Nodes { names: &names, layers: &layers, nodes: &nodes, firsts };
    let mut calls = Vec::with_capacity(layers.len());
    for (at, nodes) in nodes.iter().enumerate() {
        let of_layer = nodes.iter().map(|node| reader.call(node));
        calls.push(of_layer.collect::<Result<Vec<Call>>>().map_err(|error| {
            Error::new(format!("the calls of layer `{}`: {error}", shown(&layers[at].name)))
        })?);
    }
    let ends = |key: &str| -> Result<Vec<TensorRef>> {
        let value = config.get(key).ok_or_else(|| missing(key, &name))?;
        let mut found = Vec::new();
        reader.ends(value, 0, &mut found)?;
        if found.is_empty() {
            return Err(Error::new(format!("`{key}` of `{}` is empty", shown(&name))));
        }
        Ok(found)
    };
    let (inputs, outputs) = (ends("input_layers")?, ends("output_layers")?);
    for (layer, calls) in layers.iter_mut().zip(calls) {
        layer.calls = calls;
    }
    Ok(Graph { name, kind: Kind::Functional, trainable: trainable(config), layers, inputs, outputs })
}

/// What is needed to read where layers are applied.
struct Nodes<'a> {
    names: &'a HashMap<String, usize>,
    layers: &'a [Layer],
    nodes: &'a [&'a [Value]],
    /// The number that the first call of each layer has, where tensors are lists.
    firsts: Vec<usize>,
}

/// The number that the first call of each layer has where tensors are lists: of a model it may be 1, as its own making is
/// call 0. Every call leads to an output, so the least number that is named is that of the first.
///
/// Keras 3 has such lists at the ends of the graph alone, where functional models count from 1 and others from 0.
fn first_calls(
    names: &HashMap<String, usize>,
    layers: &[Layer],
    nodes: &[&[Value]],
    config: &Value,
) -> Vec<usize> {
    let new = nodes.iter().flat_map(|nodes| nodes.iter()).any(Value::is_object);
    let functional = |layer: &Layer| layer.inner.as_ref().is_some_and(|inner| inner.kind == Kind::Functional);
    if new {
        return layers.iter().map(|layer| usize::from(functional(layer))).collect();
    }
    let mut least: Vec<Option<usize>> = vec![None; layers.len()];
    let mut name = |at: usize, call: usize| least[at] = Some(least[at].map_or(call, |least| least.min(call)));
    nodes.iter().flat_map(|nodes| nodes.iter()).for_each(|node| named_calls(node, names, 0, &mut name));
    for key in ["input_layers", "output_layers"] {
        named_calls(config.get(key).unwrap_or(&Value::Null), names, 0, &mut name);
    }
    let of = |(layer, least): (&Layer, Option<usize>)| if layer.inner.is_some() { least.unwrap_or(0).min(1) } else { 0 };
    layers.iter().zip(least).map(of).collect()
}

/// Tells of every tensor in a value which layer and which call it is of.
fn named_calls(value: &Value, names: &HashMap<String, usize>, depth: usize, tell: &mut impl FnMut(usize, usize)) {
    if depth > MAX_NESTING {
        return;
    }
    match value {
        Value::Array(list) => {
            let layer = list.first().and_then(Value::as_str).and_then(|name| names.get(name));
            let call = list.get(1).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            if let (Some(layer), Some(call)) = (layer, call) {
                tell(*layer, call);
            }
            list.iter().for_each(|value| named_calls(value, names, depth + 1, tell));
        }
        Value::Object(map) => map.values().for_each(|value| named_calls(value, names, depth + 1, tell)),
        _ => {}
    }
}

impl Nodes<'_> {
    /// One call.
    fn call(&self, node: &Value) -> Result<Call> {
        if let Value::Object(object) = node {
            let mut call = Call::default();
            for arg in object.get("args").and_then(items).map_or(&[][..], Vec::as_slice) {
                call.args.push(self.argument(arg, 0)?);
            }
            if let Some(kwargs) = object.get("kwargs").and_then(Value::as_object) {
                for (name, value) in kwargs {
                    call.kwargs.push((name.clone(), self.argument(value, 0)?));
                }
            }
            return Ok(call);
        }
        let Some(list) = node.as_array() else { return Err(Error::new("a call is no list")) };
        // The calls of `TFOpLambda` lose one level.
        let one = [node.clone()];
        let tensors = if list.first().is_some_and(Value::is_string) { &one[..] } else { list };
        let mut call = Call::default();
        let mut args = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            let Some(parts) = tensor.as_array() else {
                return Err(Error::new("a tensor of a call is no list"));
            };
            args.push(match parts.first().and_then(Value::as_str) {
                // A constant among the tensors.
                Some("_CONSTANT_VALUE") => Argument::Value(parts.get(2).cloned().unwrap_or(Value::Null)),
                _ => Argument::Tensor(self.tensor(parts, true)?),
            });
            if let Some(kwargs) = parts.get(3).and_then(Value::as_object) {
                for (name, value) in kwargs {
                    let value = self.old_argument(value, 0)?;
                    call.kwargs.retain(|(other, _)| other != name);
                    call.kwargs.push((name.clone(), value));
                }
            }
        }
        call.args.push(match args.len() {
            1 => args.remove(0),
            _ => Argument::List(args),
        });
        Ok(call)
    }

    /// A tensor by name of its layer, number of the call and of the output.
    fn tensor(&self, parts: &[Value], old: bool) -> Result<TensorRef> {
        let number = |i: usize| parts.get(i).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(name), Some(call), Some(tensor)) =
            (parts.first().and_then(Value::as_str), number(1), number(2))
        else {
            return Err(Error::new("a tensor does not say its layer, call and number"));
        };
        let Some(at) = self.names.get(name).copied() else {
            return Err(Error::new(format!("there is no layer `{}`", shown(name))));
        };
        let from = if old { self.firsts[at] } else { 0 };
        let call = self.index(at, call, from)?;
        Ok(TensorRef { layer: at, call, tensor })
    }

    /// The number of a call, counted from 0.
    fn index(&self, at: usize, call: usize, from: usize) -> Result<usize> {
        let layer = &self.layers[at];
        let calls = self.nodes[at].len().max(usize::from(layer.input.is_some()));
        match call.checked_sub(from) {
            Some(index) if index < calls => Ok(index),
            _ => Err(Error::new(format!("layer `{}` has no call {call}", shown(&layer.name)))),
        }
    }

    /// A value in a call of Keras 3.
    fn argument(&self, value: &Value, depth: usize) -> Result<Argument> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        if let Value::Object(object) = value {
            let class = object.get("class_name").and_then(Value::as_str);
            if class == Some("__keras_tensor__") {
                let parts = object.get("config").and_then(|config| config.get("keras_history"));
                let parts = parts.and_then(items).ok_or_else(|| Error::new("a tensor has no history"))?;
                return Ok(Argument::Tensor(self.tensor(parts, false)?));
            }
        }
        match items(value) {
            Some(list) => {
                let list: Result<Vec<Argument>> =
                    list.iter().map(|value| self.argument(value, depth + 1)).collect();
                let list = list?;
                // A list without tensors is a value as it stands.
                if list.iter().all(|item| matches!(item, Argument::Value(_))) {
                    return Ok(Argument::Value(value.clone()));
                }
                Ok(Argument::List(list))
            }
            None => Ok(Argument::Value(value.clone())),
        }
    }

    /// A value in a call of Keras 1 and 2, where a tensor is a list that begins with a name.
    fn old_argument(&self, value: &Value, depth: usize) -> Result<Argument> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        let Some(list) = value.as_array() else { return Ok(Argument::Value(value.clone())) };
        let is_tensor = list.len() >= 3
            && list[1].is_u64()
            && list[2].is_u64()
            && list[0].as_str().is_some_and(|name| self.names.contains_key(name));
        if is_tensor {
            return Ok(Argument::Tensor(self.tensor(list, true)?));
        }
        let list: Result<Vec<Argument>> =
            list.iter().map(|value| self.old_argument(value, depth + 1)).collect();
        let list = list?;
        if list.iter().all(|item| matches!(item, Argument::Value(_))) {
            return Ok(Argument::Value(value.clone()));
        }
        Ok(Argument::List(list))
    }

    /// The tensors of `input_layers` or `output_layers`: one, a list, or an object of them by name.
    fn ends(&self, value: &Value, depth: usize, found: &mut Vec<TensorRef>) -> Result<()> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        if let Value::Object(object) = value
            && items(value).is_none()
        {
            return object.values().try_for_each(|value| self.ends(value, depth + 1, found));
        }
        let list = items(value).ok_or_else(|| Error::new("inputs or outputs are no list"))?;
        if list.first().is_some_and(Value::is_string) {
            found.push(self.tensor(list, true)?);
            return Ok(());
        }
        list.iter().try_for_each(|value| self.ends(value, depth + 1, found))
    }
}
