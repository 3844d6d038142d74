//! Unusual models that real Keras makes anew, read in each of its formats, written and read by Keras again.

use std::path::{Path, PathBuf};

use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;

use super::keras_files::arrays;
use super::python;

/// What a difference may be of the largest output, for models that compute in numbers of 16 bits.
const HALF: f32 = 2e-2;

/// `KERAS_VARIANTS_FOLDER` keeps the files, and has those that were made before.
#[test]
fn unusual_models_go_from_keras_to_us_and_back() {
    let own = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("KERAS_VARIANTS_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(own.path());
    let list = folder.join("list.txt");
    if !list.exists() && python::run("variants.py", &[Path::new("make"), folder]).is_none() {
        return;
    }
    let list = std::fs::read_to_string(list).expect("a list");
    let mut wrong: Vec<String> = Vec::new();
    for name in list.lines() {
        wrong.extend(there(folder, name).into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), list.lines().count(), wrong.join("\n"));
    let printed = python::run("variants.py", &[Path::new("check"), folder]).expect("Keras, as before");
    assert!(printed.trim().is_empty(), "{printed}");
}

/// What is wrong with a model in each of its formats.
fn there(folder: &Path, name: &str) -> Vec<String> {
    let at = |end: &str| folder.join(format!("{name}{end}"));
    let mut wrong = Vec::new();
    for end in [".keras", ".h5"] {
        let path = at(end);
        if !path.exists() {
            continue;
        }
        let model = match load_model(&path) {
            Ok(model) => model,
            Err(error) => {
                wrong.push(format!("{end}: {error}"));
                continue;
            }
        };
        wrong.extend(differs(&model, name, &at("_io.npz")).map(|text| format!("{end}: {text}")));
        if end == ".keras" {
            wrong.extend(written(model, folder, name));
        }
    }
    wrong
}

/// What is wrong with the weights alone, and with what is written.
fn written(mut model: LoadedModel, folder: &Path, name: &str) -> Vec<String> {
    let at = |end: &str| folder.join(format!("{name}{end}"));
    let mut wrong = Vec::new();
    let count = model.weights().len();
    for end in [".weights.h5", ".weights.json"] {
        if !at(end).exists() {
            continue;
        }
        match model.load_weights_with(at(end)).run() {
            Ok(report) if report.loaded == count => {
                wrong.extend(differs(&model, name, &at("_io.npz")).map(|text| format!("{end}: {text}")));
            }
            Ok(report) => wrong.push(format!("{end}: {report}")),
            Err(error) => wrong.push(format!("{end}: {error}")),
        }
    }
    let saved = [model.save(at("_ours.keras")), model.save_weights(at("_ours.weights.h5"))];
    wrong.extend(saved.into_iter().filter_map(|saved| Some(format!("writing: {}", saved.err()?))));
    wrong
}

/// What is wrong with the outputs of a model.
fn differs(model: &LoadedModel, name: &str, io: &Path) -> Option<String> {
    let inputs = arrays(io, "input_");
    // What a batch before has left.
    model.reset_states();
    let found: AnyOutputs = match model.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]) {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    let wanted = arrays(io, "output_");
    if found.count() != wanted.len() {
        return Some(format!("{} outputs instead of {}", found.count(), wanted.len()));
    }
    let most = if name.contains("16") { HALF } else { 1e-5 };
    for (i, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        if found.shape() != wanted.shape() {
            return Some(format!("output {i} is {:?} instead of {:?}", found.shape(), wanted.shape()));
        }
        let largest = wanted.iter().fold(0.0f32, |max, x| max.max(x.abs()));
        let found = found.to_vec().expect("numbers");
        let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        if worst > most * largest || found.iter().any(|x| x.is_nan()) {
            return Some(format!("output {i} differs by {worst}, of at most {largest}"));
        }
    }
    None
}
