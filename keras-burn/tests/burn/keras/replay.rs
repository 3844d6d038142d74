//! Cases of a file: their operation and its gradients on a device beside the plan.

use keras_ops::{self as ops, Symbolic};
use serde_json::Value;

use super::known::Known;
use crate::agree::agree_within;

/// What is computed from a case's inputs.
pub type Compute = fn(&[Symbolic]) -> Vec<Symbolic>;

/// Every case of a file by the operation of its name. Real Keras's results are what the tests of `keras-ops` compare.
pub fn replay(file: &str, table: &[(&str, Compute)]) {
    let cases: Value = serde_json::from_str(file).unwrap();
    for (name, compute) in table {
        let given = Known::list(&cases[*name]["inputs"]);
        let x: Vec<Symbolic> = given.iter().map(|x| ops::input(&x.shape[..], x.dtype)).collect();
        let mut outputs = compute(&x);
        let floats: Vec<&Symbolic> = outputs.iter().filter(|y| y.dtype().is_float()).collect();
        let smooth: Vec<&Symbolic> = x.iter().filter(|x| x.dtype().is_float()).collect();
        let has_gradients = cases[*name]["gradients"].as_array().is_some_and(|all| !all.is_empty());
        if has_gradients {
            let pairs: Vec<(Symbolic, Symbolic)> =
                floats.into_iter().map(|y| (y.clone(), ops::cos(y) + 0.5)).collect();
            outputs.extend(ops::vjp(&pairs, &smooth));
        }
        let numbers: Vec<&[f32]> = given.iter().map(|x| &x.data[..]).collect();
        agree_within(name, &x.iter().collect::<Vec<_>>(), &outputs, &numbers, [1e-4, 2e-5]);
    }
}
