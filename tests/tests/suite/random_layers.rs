//! Random layers with random arguments: outputs, losses and weights of three steps beside real Keras (`tests/keras/random_layers.py`).

use std::path::{Path, PathBuf};

use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;

use super::keras_files::arrays;
use super::python;

/// `KERAS_RANDOM_LAYERS_FOLDER` keeps the models, and has those that were made before.
#[test]
fn random_layers_agree() {
    let own = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("KERAS_RANDOM_LAYERS_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(own.path());
    let list = folder.join("list.txt");
    let say = |name: &str, default: &str| PathBuf::from(std::env::var(name).unwrap_or(default.into()));
    let seed = say("KERAS_RANDOM_LAYERS_SEED", "1");
    let count = say("KERAS_RANDOM_LAYERS_COUNT", "25");
    if !list.exists() && python::run("random_layers.py", &[folder, &seed, &count]).is_none() {
        return;
    }
    let list = std::fs::read_to_string(list).expect("a list");
    let wrong: Vec<String> = list
        .lines()
        .filter_map(|line| {
            let (name, what) = line.split_once('\t')?;
            Some(format!("{name}: {}\n    {what}", wrong(folder, name).err()?))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), list.lines().count(), wrong.join("\n"));
}

/// Compares what a model gives and what three steps make of it.
fn wrong(folder: &Path, name: &str) -> core::result::Result<(), String> {
    let io = folder.join(format!("{name}.npz"));
    let told = |error: keras_core::Error| error.to_string();
    let model = load_model(folder.join(format!("{name}.keras"))).map_err(told)?;
    let inputs = arrays(&io, "input_");
    let x: Vec<_> = inputs.iter().collect();
    let found: AnyOutputs = model.predict_on_batch(&x[..]).map_err(told)?;
    let (output, wanted) = (found.iter().next().ok_or("no output")?, &arrays(&io, "output_")[0]);
    if output.shape() != wanted.shape() {
        return Err(format!("an output of shape {:?} instead of {:?}", output.shape(), wanted.shape()));
    }
    near("the output", &output.to_vec().map_err(told)?, wanted.iter().copied(), 1e-5)?;
    let mut model = model.compiled().map_err(told)?;
    let targets = arrays(&io, "target_");
    for (step, wanted) in arrays(&io, "losses_")[0].iter().enumerate() {
        let logs = model.train_on_batch(&x[..], &targets.iter().collect::<Vec<_>>()[..]).map_err(told)?;
        let loss = logs.iter().find(|(name, _)| *name == "loss").ok_or("no loss")?.1;
        near(&format!("the loss of step {step}"), &[loss as f32], [*wanted], 2e-5)?;
    }
    let weights = model.weights();
    let after = if weights.is_empty() { Vec::new() } else { arrays(&io, "after_") };
    for ((path, found), wanted) in weights.iter().zip(after) {
        near(path, &found.to_vec().map_err(told)?, wanted, 1e-4)?;
    }
    Ok(())
}

/// That numbers differ by no more than this part of the largest and of themselves.
fn near(
    what: &str,
    found: &[f32],
    wanted: impl IntoIterator<Item = f32>,
    part: f32,
) -> core::result::Result<(), String> {
    let wanted: Vec<f32> = wanted.into_iter().collect();
    let largest = wanted.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let far = |(a, b): &(&f32, &f32)| {
        !((**a - **b).abs() <= part * (largest + b.abs()) + 1e-6 || a == b || (a.is_nan() && b.is_nan()))
    };
    match found.iter().zip(&wanted).find(far) {
        _ if found.len() != wanted.len() => {
            Err(format!("{what}: {} numbers instead of {}", found.len(), wanted.len()))
        }
        Some((found, wanted)) => Err(format!("{what}: {found} instead of {wanted}")),
        None => Ok(()),
    }
}
