//! Every case of `keras-core/tests/data/layers.txt` on a device beside the plan: outputs, masks and gradients. That the plan
//! gives what Keras gives is what the tests of `keras-core` say.

#[path = "../../../keras-core/tests/cases/graph.rs"]
#[allow(dead_code)] // What is compared with Keras alone.
mod graph;
#[path = "../../../keras-shape/tests/python/mod.rs"]
mod python;

use std::path::Path;

use burn::tensor::Device;
use graph::{graph, named, outputs, rule};
use keras_burn::OnDevice;
use keras_core::engine::weighted;
use keras_core::model::AnyModel;
use keras_core::{Error, Result};
use serde_json::Value as Json;

fn numbers(json: &Json) -> Vec<f32> {
    json.as_array().into_iter().flatten().map(|v| v.as_f64().unwrap_or(f64::NAN) as f32).collect()
}

fn lengths(json: &Json) -> Vec<usize> {
    numbers(json).into_iter().map(|n| n as usize).collect()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// What differs by more than the rounding of sums.
fn differs(what: &str, found: &[f32], expected: &[f32]) -> Option<String> {
    let largest = expected.iter().fold(1f32, |largest, x| largest.max(x.abs()));
    let far = |(a, b): (&f32, &f32)| (a - b).abs() > 3e-5 * largest || a.is_nan() != b.is_nan();
    let wrong = found.len() != expected.len() || found.iter().zip(expected).any(far);
    wrong.then(|| format!("{what}:\n  device {found:?}\n  plan   {expected:?}"))
}

fn check(case: &Json) -> Result<Vec<String>> {
    let config = python::layer(case["layer"].as_str().unwrap_or_default()).map_err(Error::Argument)?;
    let model = graph(config, rule(&config, case).map_err(Error::Argument)?, case)?;
    let named = named(case);
    let shapes =
        list(&case["shapes"]).iter().map(lengths).chain(named.iter().map(|(_, _, shape)| shape.clone()));
    let numbers_in = list(&case["x"]).iter().map(numbers).chain(named.iter().map(|(_, v, _)| v.clone()));
    let inputs: Vec<(Vec<f32>, Vec<usize>)> = numbers_in.zip(shapes).collect();
    let factors: Vec<Vec<f32>> = outputs(case).map(|output| numbers(&output["c"])).collect();
    let training = case["training"] == true;
    let run = || weighted(&model, &inputs, &factors, training);
    let plan = run()?;
    model.set_executor(Some(OnDevice::new(&Device::flex())));
    let device = run()?;
    let mut wrong = Vec::new();
    for (i, (found, expected)) in device.outputs.iter().zip(&plan.outputs).enumerate() {
        wrong.extend(differs(&format!("output {i}"), found, expected));
    }
    if device.masks != plan.masks {
        wrong.push(format!("masks {:?}, plan {:?}", device.masks, plan.masks));
    }
    if device.shapes != plan.shapes || device.trained != plan.trained {
        wrong.push(format!("shapes {:?}, plan {:?}", device.shapes, plan.shapes));
    }
    wrong.extend(differs("added loss", &[device.added as f32], &[plan.added as f32]));
    for (i, (found, expected)) in device.weights.iter().zip(&plan.weights).enumerate() {
        wrong.extend(differs(&format!("weight {i} after the pass"), &found.to_vec()?, &expected.to_vec()?));
    }
    let inputs = device.input_gradients.iter().zip(&plan.input_gradients);
    for (i, pair) in device.gradients.iter().zip(&plan.gradients).chain(inputs).enumerate() {
        match pair {
            (Some(found), Some(expected)) => wrong.extend(differs(&format!("gradient {i}"), found, expected)),
            (None, None) => {}
            (found, _) => wrong.push(format!("gradient {i} is there: {}", found.is_some())),
        }
    }
    Ok(wrong)
}

#[test]
fn every_layer_is_that_of_the_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../keras-core/tests/data/layers");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in &files {
        let cases: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in list(&cases) {
            count += 1;
            let messages = check(case).unwrap_or_else(|error| vec![error.to_string()]);
            let named = |message| format!("{} {}: {message}", case["layer"], case["shapes"]);
            wrong.extend(messages.into_iter().map(named));
        }
    }
    let lines = include_str!("../../../keras-core/tests/data/layers.txt").lines();
    let said = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, said);
}
