//! The norm, which Keras on JAX cannot compute in a model: the root of a sum of squares.

use keras_shape::DType;
use keras_shape::layers::Op;
use serde_json::{Value, json};

use super::super::operations::{Written, module};
use super::{Writing, shape_json};

/// An operation as an object of Keras, with its calls.
fn step(class: &str, name: &str, mut config: Value, calls: Vec<Value>) -> Value {
    config["name"] = json!(name);
    json!({
        "module": module(class), "class_name": class, "config": config, "registered_name": class, "name": name,
        "inbound_nodes": calls,
    })
}

/// A call with a tensor of another step.
fn call(of: &str, at: usize, shape: &Value) -> Value {
    let config = json!({ "shape": shape, "dtype": "float32", "keras_history": [of, at, 0] });
    json!({ "args": [{ "class_name": "__keras_tensor__", "config": config }], "kwargs": {} })
}

impl Writing<'_> {
    /// What is computed before a layer that several operations of Keras are; its calls take the last of them then.
    pub(super) fn steps_before(&self, at: usize, nodes: &mut [Value]) -> Vec<Value> {
        let Some(Written::Op(Op::Norm(axes, keepdims))) = self.operation(at) else { return Vec::new() };
        let name = self.layers[at].name();
        let [float, square, sum] =
            ["float", "square", "sum"].map(|word| self.free_name(format!("{name}_{word}")));
        let of_layer = || self.structure.nodes.iter().filter(|node| node.layer == at);
        let inputs = of_layer().filter_map(|node| node.inputs.first());
        let shapes: Vec<Value> =
            inputs.map(|source| shape_json(&self.structure.spec(*source).shape)).collect();
        let sums: Vec<Value> = of_layer()
            .map(|node| match node.outputs.output(0) {
                Some(spec) => shape_json(&spec.shape),
                None => Value::Null,
            })
            .collect();
        let of = |name: &str, shapes: &[Value]| -> Vec<Value> {
            shapes.iter().enumerate().map(|(i, shape)| call(name, i, shape)).collect()
        };
        // Squares of integers may be more than they hold.
        let whole = of_layer().filter_map(|node| node.inputs.first());
        let whole = whole.into_iter().any(|source| self.structure.spec(*source).dtype != DType::Float32);
        let first = nodes.iter_mut().zip(of(&sum, &sums));
        let mut first: Vec<Value> = first.map(|(node, last)| std::mem::replace(node, last)).collect();
        let mut steps = Vec::new();
        if whole {
            let calls = std::mem::replace(&mut first, of(&float, &shapes));
            steps.push(step("Cast", &float, json!({ "dtype": "float32" }), calls));
        }
        steps.push(step("Square", &square, json!({}), first));
        let config = json!({ "axis": axes.list, "keepdims": keepdims });
        steps.push(step("Sum", &sum, config, of(&square, &shapes)));
        steps
    }

    /// A name that nothing else in the model has.
    fn free_name(&self, mut name: String) -> String {
        let structure = self.structure;
        let taken = |name: &str| {
            structure.layers.iter().any(|layer| layer.name == name)
                || structure.inputs.iter().any(|input| input.name == name)
                || structure.groups.iter().any(|group| group.name == name)
                || structure.masks.iter().any(|mask| mask.name == name)
        };
        while taken(&name) {
            name.push_str("_1");
        }
        name
    }
}
