//! Tensors of cases.

use keras_ops::DType;
use serde_json::Value;

/// A tensor of a case.
pub struct Known {
    pub shape: Vec<usize>,
    pub dtype: DType,
    pub data: Vec<f32>,
}

impl Known {
    pub fn read(value: &Value) -> Known {
        let shape = value["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let dtype = match value["dtype"].as_str().unwrap() {
            "bool" => DType::Bool,
            "int32" => DType::Int32,
            _ => DType::Float32,
        };
        let number = |x: &Value| match (x, dtype) {
            (Value::String(text), _) => text.parse::<f32>().unwrap(),
            (x, DType::Int32) => f32::from_bits(x.as_i64().unwrap() as i32 as u32),
            (x, _) => x.as_f64().unwrap() as f32,
        };
        Known { shape, dtype, data: value["data"].as_array().unwrap().iter().map(number).collect() }
    }

    pub fn list(value: &Value) -> Vec<Known> {
        value.as_array().map(|list| list.iter().map(Known::read).collect()).unwrap_or_default()
    }
}
