//! `Merge` of Keras 1 by cosine, which is no `Dot` that normalises: it divides by the products of each input with itself.

use keras_shape::Arg;
use serde_json::{Value, json};

use super::{Operation, Steps, call, layer as of_layer};
use crate::graph::{Argument, Call, Layer, TensorRef};

/// Whether a layer is one.
pub(super) fn is_one(layer: &Layer) -> bool {
    layer.class == "Merge" && layer.config.get("mode").and_then(Value::as_str) == Some("cos")
}

/// `dot(a, b) / max(sqrt(dot(a, a) * dot(b, b)), 1e-7)` with a further axis behind that of the batch.
pub(super) fn read(layer: &mut Layer, steps: &mut Steps<'_>) -> Result<Operation, String> {
    let [applied] = &layer.calls[..] else { return Err("it is applied several times".into()) };
    let tensors: Vec<TensorRef> = applied.args.iter().flat_map(Argument::tensors).collect();
    let [a, b] = tensors[..] else { return Err("it takes no two tensors".into()) };
    let axes = layer.config.get("dot_axes").cloned().unwrap_or(json!(-1));
    let of = |which: usize| match axes.as_array() {
        Some(pair) => pair.get(which).cloned().unwrap_or(Value::Null),
        None => axes.clone(),
    };
    let mut dot = |tensors: [TensorRef; 2], axes: [Value; 2]| {
        steps.push("dot", of_layer("Dot", [("axes", json!(axes))]), tensors.to_vec())
    };
    let parts = [dot([a, a], [of(0), of(0)]), dot([b, b], [of(1), of(1)]), dot([a, b], [of(0), of(1)])];
    let product = steps.step(call("multiply", []), parts[..2].to_vec());
    let root = steps.step(call("sqrt", []), vec![product]);
    let held = steps.step(call("maximum", [("x2", Arg::Float(1e-7))]), vec![root]);
    let divided = steps.step(call("divide", []), vec![parts[2], held]);
    layer.calls = vec![Call { args: vec![Argument::Tensor(divided)], kwargs: Vec::new() }];
    Ok(Operation::Node(call("expand_dims", [("axis", Arg::Int(1))])))
}
