//! The operations that make masks, as Keras writes them into the graph of a functional model.

use keras_shape::{MaskOperation, MaskSource};
use serde_json::{Map, Value, json};

use super::super::operations::module;
use super::{Writing, shape_json};
use crate::model::tensor_of;

impl Writing<'_> {
    /// An operation that makes a mask, with its name and its call, if a layer is given something of it.
    pub(super) fn mask(&self, mask: usize) -> Option<(Value, &'static str, Value)> {
        let info = self.masks.get(mask)?;
        let class = info.operation.class();
        let mut config = arguments(info.operation);
        config.insert("name".into(), json!(info.name));
        let object = json!({ "module": module(class), "class_name": class, "config": config, "registered_name": class });
        let mut args: Vec<Value> = info.inputs.iter().map(|source| self.source(*source)).collect();
        match info.operation {
            MaskOperation::NotEqual(value, true) => args.push(json!(value as i64)),
            MaskOperation::NotEqual(value, false) => args.push(json!(value)),
            MaskOperation::Concatenate(_) => args = vec![Value::Array(args)],
            MaskOperation::Cast(_)
            | MaskOperation::Any
            | MaskOperation::ExpandDims
            | MaskOperation::ZerosLike
            | MaskOperation::OnesLike
            | MaskOperation::LogicalOr
            | MaskOperation::ConvertToTensor => {}
        }
        Some((object, info.name, json!({ "args": args, "kwargs": {} })))
    }

    /// Adds the masks to a call that Keras gives it by itself.
    pub(super) fn add_masks(&self, node: usize, call: &mut Value) {
        let mut masks: Vec<Value> = self.masks.of_node(node).map(|mask| self.source(mask)).collect();
        let mask = match masks.len() {
            0 => return,
            1 => masks.remove(0),
            _ => Value::Array(masks),
        };
        if let Some(kwargs) = call.get_mut("kwargs").and_then(Value::as_object_mut) {
            kwargs.insert("mask".into(), mask);
        }
    }

    fn source(&self, source: MaskSource) -> Value {
        let mask = match tensor_of(source) {
            Ok(tensor) => return self.tensor(tensor),
            Err(mask) => mask,
        };
        let info = &self.structure.masks[mask];
        let dtype = match info.operation {
            MaskOperation::Cast(precision) => precision.map_or("float32", |precision| precision.name()),
            MaskOperation::NotEqual(..)
            | MaskOperation::Any
            | MaskOperation::ExpandDims
            | MaskOperation::ZerosLike
            | MaskOperation::OnesLike
            | MaskOperation::LogicalOr
            | MaskOperation::Concatenate(_)
            | MaskOperation::ConvertToTensor => "bool",
        };
        let shape = shape_json(&self.masks.shape(source));
        let config = json!({ "shape": shape, "dtype": dtype, "keras_history": [info.name, 0, 0] });
        json!({ "class_name": "__keras_tensor__", "config": config })
    }
}

/// The arguments of its constructor.
fn arguments(operation: MaskOperation) -> Map<String, Value> {
    let config = match operation {
        MaskOperation::Cast(precision) => {
            json!({ "dtype": precision.map_or("float32", |precision| precision.name()) })
        }
        MaskOperation::Any => json!({ "axis": -1, "keepdims": false }),
        MaskOperation::ExpandDims => json!({ "axis": -1 }),
        MaskOperation::ZerosLike | MaskOperation::OnesLike => json!({ "dtype": "bool" }),
        MaskOperation::Concatenate(axis) => json!({ "axis": axis }),
        MaskOperation::ConvertToTensor => json!({ "dtype": null, "sparse": null, "ragged": null }),
        MaskOperation::NotEqual(..) | MaskOperation::LogicalOr => json!({}),
    };
    config.as_object().cloned().unwrap_or_default()
}
