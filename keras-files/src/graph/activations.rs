//! Layers as the activations of others: they stand behind them here.

use serde_json::{Map, Value, json};

use super::{Argument, Call, Graph, Layer, TensorRef};

/// Layers without weights that may be activations.
const ACTIVATIONS: [&str; 6] = ["ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU", "Activation"];

/// Whether a layer computes its activation last.
fn ends_in_activation(class: &str) -> bool {
    matches!(class, "Dense" | "EinsumDense" | "Activation")
        || ((class.contains("Conv") || class.starts_with("LocallyConnected") || class.contains("Deconv"))
            && !class.contains("LSTM"))
}

/// Puts each layer that is the activation of another behind it.
pub(super) fn split(graph: &mut Graph) {
    if !graph.layers.iter().any(|layer| activation_of(layer).is_some()) {
        return;
    }
    // Where each layer is now, and where what it gives comes from.
    let (mut places, mut ends, mut layers) = (Vec::new(), Vec::new(), Vec::new());
    for mut layer in std::mem::take(&mut graph.layers) {
        places.push(layers.len());
        let activation = activation_of(&layer);
        if activation.is_some() {
            layer.config.insert("activation".into(), json!("linear"));
        }
        let (name, calls) = (layer.name.clone(), layer.calls.len());
        layers.push(layer);
        if let Some((class, config)) = activation {
            layers.push(behind(&name, class, config, layers.len() - 1, calls));
        }
        ends.push(layers.len() - 1);
    }
    let inserted: Vec<usize> =
        places.iter().zip(&ends).filter(|(a, b)| a != b).map(|(_, end)| *end).collect();
    let moved = |tensor: &mut TensorRef| {
        if let Some(end) = ends.get(tensor.layer) {
            tensor.layer = *end;
        }
    };
    for (at, layer) in layers.iter_mut().enumerate() {
        if inserted.contains(&at) {
            continue;
        }
        for call in &mut layer.calls {
            let args = call.args.iter_mut().chain(call.kwargs.iter_mut().map(|(_, arg)| arg));
            args.for_each(|arg| each(arg, &moved));
        }
    }
    graph.inputs.iter_mut().chain(&mut graph.outputs).for_each(moved);
    graph.layers = layers;
}

fn each(argument: &mut Argument, change: &impl Fn(&mut TensorRef)) {
    match argument {
        Argument::Tensor(tensor) => change(tensor),
        Argument::List(list) => list.iter_mut().for_each(|argument| each(argument, change)),
        Argument::Value(_) => {}
    }
}

/// The layer that is the activation of another: its class and its arguments.
fn activation_of(layer: &Layer) -> Option<(String, Map<String, Value>)> {
    if layer.inner.is_some() || layer.registered.is_some() || !ends_in_activation(&layer.class) {
        return None;
    }
    let object = layer.config.get("activation")?.as_object()?;
    let class = object.get("class_name")?.as_str().filter(|class| ACTIVATIONS.contains(class))?;
    if object.get("registered_name").and_then(Value::as_str).is_some_and(|name| name.contains('>')) {
        return None;
    }
    Some((class.to_string(), object.get("config")?.as_object()?.clone()))
}

/// The layer behind the one at `of`.
fn behind(name: &str, class: String, config: Map<String, Value>, of: usize, calls: usize) -> Layer {
    let call = |call| Call {
        args: vec![Argument::Tensor(TensorRef { layer: of, call, tensor: 0 })],
        kwargs: Vec::new(),
    };
    Layer {
        name: format!("{name}_activation"),
        class,
        module: String::new(),
        registered: None,
        config,
        inner: None,
        input: None,
        implied: false,
        calls: (0..calls).map(call).collect(),
        operation: None,
    }
}
