//! Cases of a file: their operation and its gradients on a device beside the plan.

use keras_ops::{self as ops, DType, Symbolic};
use serde_json::Value;

use crate::agree::agree_within;

/// What is computed from a case's inputs.
pub type Compute = fn(&[Symbolic]) -> Vec<Symbolic>;

/// Shape, type and numbers of a tensor.
fn read(value: &Value) -> (Vec<usize>, DType, Vec<f32>) {
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
    (shape, dtype, value["data"].as_array().unwrap().iter().map(number).collect())
}

/// Every case of a file by the operation of its name. Real Keras's results are what the tests of `keras-ops` compare.
pub fn replay(file: &str, table: &[(&str, Compute)]) {
    let cases: Value = serde_json::from_str(file).unwrap();
    for (name, compute) in table {
        let given: Vec<_> = cases[*name]["inputs"].as_array().into_iter().flatten().map(read).collect();
        let x: Vec<Symbolic> = given.iter().map(|(shape, dtype, _)| ops::input(&shape[..], *dtype)).collect();
        let mut outputs = compute(&x);
        let floats: Vec<&Symbolic> = outputs.iter().filter(|y| y.dtype().is_float()).collect();
        let smooth: Vec<&Symbolic> = x.iter().filter(|x| x.dtype().is_float()).collect();
        let has_gradients = cases[*name]["gradients"].as_array().is_some_and(|all| !all.is_empty());
        if has_gradients {
            let pairs: Vec<(Symbolic, Symbolic)> =
                floats.into_iter().map(|y| (y.clone(), ops::cos(y) + 0.5)).collect();
            outputs.extend(ops::vjp(&pairs, &smooth));
        }
        let numbers: Vec<&[f32]> = given.iter().map(|(_, _, data)| &data[..]).collect();
        agree_within(name, &x.iter().collect::<Vec<_>>(), &outputs, &numbers, [1e-4, 2e-5]);
    }
}
