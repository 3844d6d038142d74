//! What Keras said, written as JSON.

use std::path::Path;

use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON")
}

/// All numbers of a value, however nested.
pub fn floats(json: &Json) -> Vec<f32> {
    match json {
        Json::Array(list) => list.iter().flat_map(floats).collect(),
        other => vec![other.as_f64().expect("a number") as f32],
    }
}

/// An array, from its shape and values.
pub fn array(json: &Json) -> ArrayD<f32> {
    let shape: Vec<usize> = floats(&json["shape"]).iter().map(|n| *n as usize).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), floats(&json["values"])).expect("an array")
}

/// Gives a model the weights of a list of arrays.
pub fn set(model: &mut impl Model, weights: &Json) {
    let raws: Vec<Raw> = weights
        .as_array()
        .expect("weights")
        .iter()
        .map(array)
        .map(|w| Raw::from_f32(w.iter().copied().collect::<Vec<f32>>(), w.shape()).expect("a tensor"))
        .collect();
    model.set_weights(&raws).expect("the weights fit");
}

/// All weights, one after the other.
pub fn values(model: &impl Model) -> Vec<f32> {
    model.weights().into_iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
}

/// Numbers agree to `tolerance`, relative to what is wanted where that is above 1.
#[track_caller]
pub fn near(what: &str, found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        assert!((f - w).abs() <= tolerance * w.abs().max(1.0), "{what}: element {i} is {f}, wanted {w}");
    }
}
