//! The layers that are written in operations against Keras's own numbers (`data/layers.txt`, made by `data/cases.py`):
//! their rule, their weights, and what they give as a plan and on Burn's tape, forward and backward.

mod graph;
mod images;
mod noise;
mod preprocessing;
mod sequences;
mod written;

use std::path::Path;

use keras_core::context::Context;
use keras_core::engine::{islands, weighted};
use keras_core::layers::Forward;
use keras_core::model::{
    AnyLayer, AnyModel, Built, Core, InputInfo, LayerInfo, NodeInfo, Source, Structure, Trace,
};
use keras_core::ops::{Symbolic, array};
use keras_core::param::{Param, ParamId, Weight};
use keras_core::shape::{CallArgs, Dim, Inferred, LayerConfig, Mask, Outputs, Role, Shape, TensorSpec};
use keras_core::tensor::{Raw, Value};
use keras_core::{Error, Result};
use serde_json::Value as Json;

use graph::{Graph, graph, mask, named, outputs, role, rule, truth, y_mask};

use super::{device, differs, lengths, list, numbers, python};

fn flat(values: &[f32]) -> Result<Raw> {
    Raw::from_f32(values.to_vec(), &[values.len()], &device())
}

/// What a plan of the layer gives that Keras does not.
fn planned(graph: &Graph, case: &Json) -> Result<Vec<String>> {
    let named = named(case);
    let mut shapes: Vec<Vec<usize>> = list(&case["shapes"]).iter().map(lengths).collect();
    shapes.extend(named.iter().map(|(_, _, shape)| shape.clone()));
    let given: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    let training = case["training"] == true;
    let burn = islands(graph, &given, training);
    if !burn.is_empty() {
        return Ok(vec![format!("no plan: {burn:?} run as Burn code")]);
    }
    let numbers_in = list(&case["x"]).iter().map(numbers).chain(named.into_iter().map(|(_, v, _)| v));
    let inputs: Vec<(Vec<f32>, Vec<usize>)> = numbers_in.zip(shapes.iter().cloned()).collect();
    let factors: Vec<Vec<f32>> = outputs(case).map(|output| numbers(&output["c"])).collect();
    let Some(found) = weighted(graph, &inputs, &factors, training)? else {
        return Ok(vec!["no plan".into()]);
    };
    let mut wrong = Vec::new();
    for (i, (found, expected)) in found.outputs.iter().zip(outputs(case)).enumerate() {
        wrong.extend(differs(&format!("output {i} of the plan"), &flat(found)?, &expected["y"])?);
    }
    let inputs = &inputs[..list(&case["x"]).len()];
    if found.masks[0].as_ref() != y_mask(case).as_ref() {
        wrong.push(format!("mask of the plan {:?}, Keras {:?}", found.masks[0], y_mask(case)));
    }
    let trained = list(&case["weights"]).iter().zip(&found.gradients[inputs.len()..]);
    let trained = trained.filter(|(weight, _)| weight["trainable"] == true);
    let expected = list(&case["dx"]).iter().chain(list(&case["dw"]));
    let gradients = found.gradients[..inputs.len()].iter().chain(trained.map(|(_, gradient)| gradient));
    for (i, (found, expected)) in gradients.zip(expected).enumerate() {
        let what = format!("gradient {i} of the plan");
        match found {
            Some(found) => wrong.extend(differs(&what, &flat(found)?, expected)?),
            None => wrong.push(format!("no {what}")),
        }
    }
    Ok(wrong)
}

/// What the layer gives on Burn's tape that Keras does not.
fn on_tape(graph: &Graph, case: &Json) -> Result<Vec<String>> {
    let mut context = Context::training(device(), 0, 0);
    context.training = case["training"] == true;
    let params = graph.layer.weights();
    let weights = params.iter().map(|p| context.weight(p, true)).collect::<Result<Vec<Weight>>>()?;
    let inputs = list(&case["x"]).iter().zip(list(&case["shapes"])).enumerate();
    let mut inputs = inputs
        .map(|(i, (x, shape))| {
            let value = Value::new(Raw::from_f32(numbers(x), &lengths(shape), &device())?.tracked()?);
            let mask = mask(case, i).map(|(counts, shape)| Raw::from_bool(counts, &shape, &device()));
            Ok(Value { role: role(case, i), ..value.with_mask(mask.transpose()?) })
        })
        .collect::<Result<Vec<Value>>>()?;
    let leaves: Vec<Raw> = inputs.iter().map(|x| x.data.clone()).collect();
    for (role, v, shape) in named(case) {
        inputs.push(Value { role, ..Value::new(Raw::from_f32(v, &shape, &device())?) });
    }
    let ys = graph.layer.config().call(&weights, &inputs, &mut context)?;
    let mut wrong = Vec::new();
    let counts = ys[0].mask.as_ref().map(|mask| mask.to_vec()).transpose()?;
    let counts = counts.map(|m| m.iter().map(|x| *x != 0.0).collect());
    if counts != y_mask(case) {
        wrong.push(format!("mask {counts:?}, Keras {:?}", y_mask(case)));
    }
    let mut loss = flat(&[0.0])?.flat()?.sum();
    for (i, (y, expected)) in ys.iter().zip(outputs(case)).enumerate() {
        if y.data.shape() != lengths(&expected["y_shape"]) {
            wrong.push(format!("shape {:?}, Keras {}", y.data.shape(), expected["y_shape"]));
        }
        wrong.extend(differs(&format!("output {i}"), &y.data, &expected["y"])?);
        loss = loss + (y.data.flat()? * flat(&numbers(&expected["c"]))?.flat()?).sum();
    }
    for added in context.take_losses() {
        loss = loss + added;
    }
    let mut gradients = loss.backward();
    let trained = weights.iter().zip(params).filter(|(_, param)| param.trainable).map(|(w, _)| &w.data);
    let leaves = leaves.iter().chain(trained);
    for (i, (leaf, expected)) in leaves.zip(list(&case["dx"]).iter().chain(list(&case["dw"]))).enumerate() {
        match leaf.grad(&mut gradients)? {
            Some(found) => wrong.extend(differs(&format!("gradient {i}"), &found, expected)?),
            None => wrong.push(format!("no gradient {i}")),
        }
    }
    let updates = context.take_updates();
    let frozen = params.iter().filter(|param| !param.trainable);
    for (param, expected) in frozen.zip(list(&case["updates"])) {
        match updates.iter().find(|(id, _)| *id == param.id) {
            Some((_, value)) => wrong.extend(differs(&param.path, value, expected)?),
            None => wrong.extend(differs(&param.path, &param.value, expected)?),
        }
    }
    for (param, expected) in params.iter().filter(|param| param.trainable).zip(list(&case["assigned"])) {
        let value = updates.iter().find(|(id, _)| *id == param.id).map_or(&param.value, |(_, value)| value);
        wrong.extend(differs(&param.path, value, expected)?);
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
    let mut wrong = planned(&graph, case)?;
    wrong.extend(on_tape(&graph, case)?);
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
