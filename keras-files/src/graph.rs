//! The graph that a file describes, whichever Keras wrote it.

mod branches;
mod chains;
mod inner_masks;
mod nodes;
mod operations;
mod shapes;
mod specs;
mod state_masks;

use std::collections::HashMap;

use serde_json::{Map, Value};

use self::chains::{pipeline, sequential};
use self::nodes::{Nodes, first_calls};
pub use self::operations::{FUNCTIONS, Operation, Unread, array_of};
pub(crate) use self::specs::{order, tensors};
use crate::error::{Error, Result, shown};
use crate::writer::{Generation, Writer};

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
    /// The names of the inputs, where they stand in a dict; else none.
    pub input_keys: Vec<String>,
    /// The names of the outputs, where they stand in a dict; else none.
    pub output_keys: Vec<String>,
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
    /// What it computes, if it is an operation and no layer, or why it cannot be said here. Its calls then have nothing
    /// but tensors.
    pub operation: Option<std::result::Result<Operation, Unread>>,
}

impl Layer {
    /// An operation that the file does not have as a layer, called once.
    pub(crate) fn operation(name: String, operation: Operation, tensors: Vec<TensorRef>) -> Self {
        let args = tensors.into_iter().map(Argument::Tensor).collect();
        Layer {
            name,
            class: "TFOpLambda".into(),
            module: String::new(),
            registered: None,
            config: Map::new(),
            inner: None,
            input: None,
            implied: false,
            calls: vec![Call { args, kwargs: Vec::new() }],
            operation: Some(Ok(operation)),
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Names layers by other places.
    fn renumber(&mut self, place: &impl Fn(usize) -> usize) {
        match self {
            Argument::Tensor(tensor) => tensor.layer = place(tensor.layer),
            Argument::List(list) => list.iter_mut().for_each(|arg| arg.renumber(place)),
            Argument::Value(_) => {}
        }
    }
}

impl Layer {
    /// Names the layers whose tensors it takes by other places.
    fn renumber(&mut self, place: &impl Fn(usize) -> usize) {
        for call in &mut self.calls {
            call.args.iter_mut().for_each(|arg| arg.renumber(place));
            call.kwargs.iter_mut().for_each(|(_, arg)| arg.renumber(place));
        }
    }
}

impl Graph {
    /// The graph without the masks in calls of models inside that their tensors carry anyway, for whoever has no words for
    /// them; of models inside, too.
    pub fn without_carried_masks(&self, writer: &Writer) -> Graph {
        let mut graph = self.clone();
        inner_masks::leave_out(&mut graph, writer);
        graph
    }

    /// Whether a call of a layer names masks, and each is the one that the tensor at its place carries.
    pub fn names_carried_masks(&self, layer: usize, call: usize, writer: &Writer) -> bool {
        let call = self.layers.get(layer).and_then(|layer| layer.calls.get(call));
        call.is_some_and(|call| inner_masks::is_carried(self, writer, call))
    }

    /// The names by which a dict has its inputs: its keys, or the names of the layers.
    fn input_names(&self) -> Vec<&str> {
        match self.input_keys.as_slice() {
            [] => self.inputs.iter().map(|input| self.layers[input.layer].name.as_str()).collect(),
            keys => keys.iter().map(String::as_str).collect(),
        }
    }

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

/// The class of a model that is the author's own, where its configuration is that of a functional model all the same: a class with
/// a train step of its own, made of inputs and outputs.
pub fn own_model(value: &Value) -> Option<&str> {
    let class = value.get("class_name")?.as_str().filter(|class| model_kind(class).is_none())?;
    let config = value.get("config")?;
    let is_graph = config.get("layers")?.is_array()
        && ["input_layers", "output_layers"].iter().all(|ends| config.get(*ends).is_some());
    is_graph.then_some(class)
}

fn read_model(value: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Graph> {
    if depth > MAX_DEPTH {
        return Err(Error::new(format!("models are nested more than {MAX_DEPTH} deep")));
    }
    let class = text(value, "class_name")?;
    let own = own_model(value).filter(|_| depth == 0).map(|_| Kind::Functional);
    let Some(kind) = model_kind(class).or(own) else {
        return Err(Error::new(format!(
            "the model is of the class `{}`, which is the author's own: only `Sequential` and functional models say \
             in their file what they compute",
            shown(class)
        )));
    };
    let config = value.get("config").ok_or_else(|| missing("config", class))?;
    let mut graph = match kind {
        Kind::Sequential => sequential(config, writer, depth, count)?,
        Kind::Functional => functional(config, writer, depth, count)?,
    };
    crate::keras1::norms_of_batches(&mut graph);
    Ok(graph)
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
    let chain = pipeline(value, &class, writer);
    let inner = match (&chain, model_kind(&class)) {
        (Some(chain), _) => Some(Box::new(read_model(chain, writer, depth + 1, count)?)),
        (None, Some(_)) => Some(Box::new(read_model(value, writer, depth + 1, count)?)),
        (None, None) => None,
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
    Ok(Layer {
        name,
        class,
        module,
        registered,
        config,
        inner,
        input,
        implied: false,
        calls,
        operation: None,
    })
}

/// Whether what is registered under this name is of the author's own: `package>Class`.
pub fn is_own(registered: Option<&str>) -> bool {
    registered.is_some_and(|name| name.contains('>'))
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

/// The names of so many inputs or outputs that stand in a dict, each with one tensor.
fn keys(outputs: Option<&Value>, count: usize) -> Vec<String> {
    match outputs.filter(|outputs| items(outputs).is_none()).and_then(Value::as_object) {
        Some(named) if named.len() == count => {
            nodes::pairs(named).into_iter().map(|(key, _)| key.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a graph is trained: frozen models say so in their arguments.
fn trainable(config: &Value) -> bool {
    config.get("trainable").and_then(Value::as_bool).unwrap_or(true)
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
        let of_layer = nodes.iter().map(|node| reader.call(node, &layers[at]));
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
    let (mut inputs, outputs) = (ends("input_layers")?, ends("output_layers")?);
    let input_keys = keys(config.get("input_layers"), inputs.len());
    let output_keys = keys(config.get("output_layers"), outputs.len());
    inputs.iter_mut().for_each(|input| *input = behind_linear(&layers, &calls, *input));
    for (layer, calls) in layers.iter_mut().zip(calls) {
        layer.calls = calls;
    }
    let (trainable, kind) = (trainable(config), Kind::Functional);
    let mut graph = Graph { name, kind, trainable, layers, inputs, outputs, input_keys, output_keys };
    shapes::settle(&mut graph, writer);
    operations::name(&mut graph.layers, writer);
    operations::read(&mut graph.layers);
    if writer.generation < Generation::Keras3 {
        state_masks::name(&mut graph, writer).map_err(Error::new)?;
    }
    Ok(graph)
}

/// The input of which an input is made: `linear` of Keras 1 gave back the tensor that it took, which then seems to be made by
/// the activation.
fn behind_linear(layers: &[Layer], calls: &[Vec<Call>], end: TensorRef) -> TensorRef {
    let linear = |at: usize| {
        let layer = &layers[at];
        let named = layer.config.get("activation").and_then(Value::as_str);
        matches!(layer.class.as_str(), "Activation" | "Dropout") && named.is_none_or(|name| name == "linear")
    };
    if layers[end.layer].input.is_some() || !linear(end.layer) {
        return end;
    }
    match calls[end.layer].first().map(|call| call.args.as_slice()) {
        Some([Argument::Tensor(of)]) if layers[of.layer].input.is_some() => *of,
        _ => end,
    }
}
