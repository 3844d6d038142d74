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
    let mut chain = Chain::default();
    for value in list {
        let told = pipeline_behind(value, (&layers, &mut chain), config, writer);
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
    if !is_pipeline(value, class, writer) {
        return None;
    }
    let mut config = value.get("config")?.as_object()?.clone();
    let built = BUILT.iter().find_map(|at| value.pointer(at)).cloned().unwrap_or(Value::Null);
    config.insert("build_input_shape".into(), built);
    Some(json!({ "class_name": "Sequential", "config": config }))
}

fn is_pipeline(value: &Value, class: &str, writer: &Writer) -> bool {
    let own = is_own(value.get("registered_name").and_then(Value::as_str));
    class == "Pipeline" && !own && writer.generation >= Generation::Keras3
}

/// A `Pipeline` that stands behind other layers of a `Sequential`, with the shape that it takes where a legacy `.h5` does not say it:
/// what the layers before it give, or else what the model was built for.
fn pipeline_behind(
    value: &Value,
    (before, chain): (&[Layer], &mut Chain),
    config: &Value,
    writer: &Writer,
) -> Option<Value> {
    let class = value.get("class_name")?.as_str()?;
    if BUILT.iter().any(|at| value.pointer(at).is_some()) || !is_pipeline(value, class, writer) {
        return None;
    }
    let taken = match before {
        [] => config.get("build_input_shape")?.clone(),
        before => json!(chain.given(before, config, writer)?),
    };
    let mut value = value.clone();
    value.as_object_mut()?.insert("build_config".into(), json!({ "input_shape": taken }));
    Some(value)
}

/// What is known of the tensors of a chain while it is read: each layer is looked at once.
#[derive(Default)]
struct Chain {
    /// Nothing before it is asked for.
    specs: Option<Specs>,
    /// How many layers have been looked at, an input that is not among them too.
    done: usize,
}

impl Chain {
    /// What the layers of a chain give, of which those that were there before are the same.
    fn given(&mut self, layers: &[Layer], config: &Value, writer: &Writer) -> Option<Vec<Option<usize>>> {
        let first = layers.first()?;
        // Places count from the input.
        let shift = usize::from(first.input.is_none());
        if self.specs.is_none() {
            let input = if shift == 1 { implied_input(first, config)? } else { first.clone() };
            (self.specs, self.done) = (Some(Specs::of_inputs(&[input])), 1);
        }
        let specs = self.specs.as_mut()?;
        let last = |done: usize| TensorRef { layer: done - 1, call: 0, tensor: 0 };
        for layer in layers.get(self.done - shift..)? {
            let call = Call { args: vec![Argument::Tensor(last(self.done))], kwargs: Vec::new() };
            let called = Layer { calls: vec![call], ..layer.clone() };
            specs.infer(&called, (self.done, 0), writer);
            self.done += 1;
        }
        specs.shape(last(self.done))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A legacy `.h5` does not say what each takes; what the layers before it give is looked at once for all of them.
    #[test]
    fn pipelines_of_a_chain_take_what_the_layers_before_them_give() {
        let rescaling = json!({ "class_name": "Rescaling", "config": { "name": "r", "scale": 2.0 } });
        let mut tail = vec![
            json!({ "class_name": "Dense", "config": { "name": "d", "units": 4, "batch_shape": [null, 3] } }),
        ];
        tail.extend((0..300).map(|i| {
            json!({ "class_name": "Pipeline", "config": { "name": format!("p{i}"), "layers": [rescaling] } })
        }));
        tail.push(json!({ "class_name": "Dense", "config": { "name": "e", "units": 5 } }));
        tail.push(json!({ "class_name": "Pipeline", "config": { "name": "last", "layers": [rescaling] } }));
        let input =
            json!({ "class_name": "InputLayer", "config": { "name": "x", "batch_shape": [null, 3] } });
        for head in [vec![input], Vec::new()] {
            let layers = [head, tail.clone()].concat();
            let model = json!({ "class_name": "Sequential", "config": { "name": "m", "layers": layers } });
            let graph = Graph::read(&model, &Writer::new(Some("3.8.0".into()), None)).unwrap();
            let takes = |name: &str| {
                let inner = graph.layer(name).unwrap().inner.as_ref().unwrap();
                inner.layers[0].input.as_ref().unwrap().shape.clone()
            };
            assert_eq!(takes("p0"), [None, Some(4)]);
            assert_eq!(takes("p299"), [None, Some(4)]);
            assert_eq!(takes("last"), [None, Some(5)]);
        }
    }
}
