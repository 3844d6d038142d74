//! The layers that are written in operations against Keras's own numbers (`data/layers.txt`, made by `data/cases.py`):
//! their rule, their weights, and what they give by kernels and by operations, forward and backward.

mod graph;
mod images;
mod noise;
#[cfg(feature = "onnx")]
mod onnx;
mod preprocessing;
mod sequences;
mod written;
mod written_more;

use std::path::Path;

use keras_core::engine::{weighted, without};
use keras_core::tensor::Raw;
use keras_core::{Error, Result};
use serde_json::Value as Json;

use graph::{Graph, graph, named, open, outputs, rule, y_mask};

use super::{differs, lengths, list, numbers, python};

fn flat(values: &[f32]) -> Result<Raw> {
    Raw::from_f32(values.to_vec(), &[values.len()])
}

/// What a plan of the layer gives that Keras does not, by its kernel if it has one or by its operations.
fn planned(graph: &Graph, case: &Json, by: &str) -> Result<Vec<String>> {
    let named = named(case);
    let mut shapes: Vec<Vec<usize>> = list(&case["shapes"]).iter().map(lengths).collect();
    shapes.extend(named.iter().map(|(_, _, shape)| shape.clone()));
    let training = case["training"] == true;
    let numbers_in = list(&case["x"]).iter().map(numbers).chain(named.into_iter().map(|(_, v, _)| v));
    let inputs: Vec<(Vec<f32>, Vec<usize>)> = numbers_in.zip(shapes.iter().cloned()).collect();
    let factors: Vec<Vec<f32>> = outputs(case).map(|output| numbers(&output["c"])).collect();
    let found = weighted(graph, &inputs, &factors, training)?;
    let mut wrong = Vec::new();
    for (i, (found, expected)) in found.outputs.iter().zip(outputs(case)).enumerate() {
        wrong.extend(differs(&format!("output {i} of the {by}"), &flat(found)?, &expected["y"])?);
    }
    for (shape, expected) in found.shapes.iter().zip(outputs(case)) {
        if *shape != lengths(&expected["y_shape"]) {
            wrong.push(format!("shape {shape:?}, Keras {}", expected["y_shape"]));
        }
    }
    let inputs = &inputs[..list(&case["x"]).len()];
    if found.masks[0].as_ref() != y_mask(case).as_ref() {
        wrong.push(format!("mask of the {by} {:?}, Keras {:?}", found.masks[0], y_mask(case)));
    }
    let trained = list(&case["weights"]).iter().zip(&found.gradients[inputs.len()..]);
    let trained = trained.filter(|(weight, _)| weight["trainable"] == true);
    let expected = list(&case["dx"]).iter().chain(list(&case["dw"]));
    let gradients = found.gradients[..inputs.len()].iter().chain(trained.map(|(_, gradient)| gradient));
    for (i, (found, expected)) in gradients.zip(expected).enumerate() {
        let what = format!("gradient {i} of the {by}");
        match found {
            Some(found) => wrong.extend(differs(&what, &flat(found)?, expected)?),
            None => wrong.push(format!("no {what}")),
        }
    }
    let params = graph.layer.weights().iter().zip(&found.weights[inputs.len()..]);
    let (trained, kept): (Vec<_>, Vec<_>) = params.partition(|(param, _)| param.trainable);
    for ((param, value), expected) in
        kept.iter().zip(list(&case["updates"])).chain(trained.iter().zip(list(&case["assigned"])))
    {
        wrong.extend(differs(&format!("{} after the {by}", param.path), value, expected)?);
    }
    Ok(wrong)
}

fn check(case: &Json) -> Result<Vec<String>> {
    let source = case["layer"].as_str().unwrap_or_default();
    let config = python::layer(source).map_err(Error::Argument)?;
    let outputs = match rule(&config, case) {
        Ok(outputs) => outputs,
        Err(message) => return Ok(vec![message]),
    };
    let graph = graph(config, outputs, case)?;
    let mut wrong = planned(&graph, case, "kernel")?;
    wrong.extend(without(|| planned(&graph, case, "operations"))?);
    Ok(wrong)
}

#[test]
fn layers_in_operations_are_those_of_keras() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/layers");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in &files {
        let cases: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in list(&cases) {
            count += 1;
            let messages = check(case).unwrap_or_else(|error| vec![error.to_string()]);
            wrong.extend(
                messages
                    .into_iter()
                    .map(|message| format!("{} {}: {message}", case["layer"], case["shapes"])),
            );
        }
    }
    let lines = include_str!("../data/layers.txt").lines();
    let said = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, said, "run `cases.py` for the lines of layers.txt");
}

/// `data/conv_lstm_masks.json`, written by `data/conv_lstm_masks.py` with NumPy alone.
#[test]
fn recurrent_convolutions_leave_out_masked_steps() {
    let cases: Json = serde_json::from_str(include_str!("../data/conv_lstm_masks.json")).unwrap();
    let mut wrong = Vec::new();
    for case in list(&cases) {
        let messages = check(case).unwrap_or_else(|error| vec![error.to_string()]);
        wrong.extend(messages.into_iter().map(|message| format!("{}: {message}", case["layer"])));
    }
    assert!(wrong.is_empty() && list(&cases).len() == 6, "{}", wrong.join("\n"));
}
