//! Chains of layers: a `Sequential`, and a `Pipeline` in it.

use serde_json::{Map, Value, json};

use super::specs::Specs;
use super::{Argument, Call, Graph, Input, Kind, Layer, TensorRef};
use super::{branches, input_of, is_own, layer, missing, shape, trainable};
use crate::error::{Error, Result, shown};
use crate::writer::{Generation, Writer};

/// Reads a `Sequential`.
///
/// # Errors
/// A layer that cannot be read; a model that does not say what it takes.
pub(super) fn sequential(config: &Value, writer: &Writer, depth: usize, count: &mut usize) -> Result<Graph> {
    // Until 2.2 the configuration is the list of layers itself.
    let list = config.as_array().or_else(|| config.get("layers").and_then(Value::as_array));
    let list = list.ok_or_else(|| missing("layers", "Sequential"))?;
    let name = config.get("name").and_then(Value::as_str).unwrap_or("sequential").to_string();
    if branches::begin(list) {
        return branches::read(list, name, writer, depth, count);
    }
    let mut layers: Vec<Layer> = Vec::with_capacity(list.len() + 1);
    for value in list {
        let told = pipeline_behind(value, &layers, config, writer);
        layers.push(layer(told.as_ref().unwrap_or(value), writer, depth, count)?);
    }
    if layers.first().is_some_and(|layer| layer.input.is_none()) {
        let Some(input) = implied_input(&layers[0], config) else {
            return Err(Error::new(format!(
                "the model `{}` was saved before it knew the shape of its input, so that Keras does not read it either: write it \
                 with `model!`, and read the weights with `load_weights`",
                shown(&name)
            )));
        };
        layers.insert(0, input);
    }
    let last = connect(&mut layers);
    let Some(last) = last else { return Err(Error::new("the model has no layers")) };
    let inputs = vec![TensorRef { layer: 0, call: 0, tensor: 0 }];
    let trainable = trainable(config);
    let (outputs, kind) = (vec![last], Kind::Sequential);
    let (input_keys, output_keys) = (Vec::new(), Vec::new());
    Ok(Graph { name, kind, trainable, layers, inputs, outputs, input_keys, output_keys })
}

/// The input of a chain that begins with a layer.
pub(super) fn implied_input(first: &Layer, config: &Value) -> Option<Layer> {
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
        operation: None,
    })
}

/// Where a `Pipeline` says the shape that it was built for.
const BUILT: [&str; 2] = ["/build_config/input_shape", "/inbound_nodes/0/args/0/config/shape"];

/// The `Sequential` that computes what a `Pipeline` does, which is layers one after the other. It has no input: archives say outside
/// of its arguments what it was built for, and calls what tensors they take.
pub(super) fn pipeline(value: &Value, class: &str, writer: &Writer) -> Option<Value> {
    let own = is_own(value.get("registered_name").and_then(Value::as_str));
    if class != "Pipeline" || own || writer.generation < Generation::Keras3 {
        return None;
    }
    let mut config = value.get("config")?.as_object()?.clone();
    let built = BUILT.iter().find_map(|at| value.pointer(at)).cloned().unwrap_or(Value::Null);
    config.insert("build_input_shape".into(), built);
    Some(json!({ "class_name": "Sequential", "config": config }))
}

/// A `Pipeline` that stands behind other layers of a `Sequential`, with the shape that it takes where a legacy `.h5` does not say it:
/// what the layers before it give, or else what the model was built for.
fn pipeline_behind(value: &Value, before: &[Layer], config: &Value, writer: &Writer) -> Option<Value> {
    let class = value.get("class_name")?.as_str()?;
    if BUILT.iter().any(|at| value.pointer(at).is_some()) || pipeline(value, class, writer).is_none() {
        return None;
    }
    let taken = match before {
        [] => config.get("build_input_shape")?.clone(),
        before => json!(given(before, config, writer)?),
    };
    let mut value = value.clone();
    value.as_object_mut()?.insert("build_config".into(), json!({ "input_shape": taken }));
    Some(value)
}

/// What a chain of layers gives.
fn given(chain: &[Layer], config: &Value, writer: &Writer) -> Option<Vec<Option<usize>>> {
    let mut layers = chain.to_vec();
    if layers.first()?.input.is_none() {
        layers.insert(0, implied_input(&layers[0], config)?);
    }
    connect(&mut layers);
    Specs::of_graph(&layers, writer).shape(TensorRef { layer: layers.len() - 1, call: 0, tensor: 0 })
}

/// Applies each layer to what the one before it gives; says what the last one gives.
fn connect(layers: &mut [Layer]) -> Option<TensorRef> {
    let mut last: Option<TensorRef> = None;
    for (at, layer) in layers.iter_mut().enumerate() {
        if let Some(before) = last {
            layer.calls.push(Call { args: vec![Argument::Tensor(before)], kwargs: Vec::new() });
        }
        last = Some(TensorRef { layer: at, call: 0, tensor: 0 });
    }
    last
}
