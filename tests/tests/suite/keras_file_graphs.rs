//! Random graphs from Keras to us and back.

use std::path::{Path, PathBuf};

use keras_core::prelude::*;

use super::keras_files::{arrays, check};
use super::python;

/// `KERAS_GRAPHS` graphs, 8 if that is not set: Keras takes some seconds for each. `KERAS_GRAPHS_FOLDER` keeps them, and has
/// those that were made before.
#[test]
fn random_graphs_go_from_keras_to_us_and_back() {
    let count = std::env::var("KERAS_GRAPHS").ok().and_then(|count| count.parse().ok()).unwrap_or(8usize);
    let own = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("KERAS_GRAPHS_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(own.path());
    let (make, check_all) = (Path::new("make"), Path::new("check"));
    let is_there = folder.join(format!("g{}_io.npz", count - 1)).exists();
    if !is_there && python::run("random_graphs.py", &[make, folder, Path::new(&count.to_string())]).is_none()
    {
        return;
    }
    let mut wrong: Vec<usize> = Vec::new();
    for i in 0..count {
        // All that are wrong are told.
        if std::panic::catch_unwind(|| there(folder, i)).is_err() {
            wrong.push(i);
        }
    }
    assert!(wrong.is_empty(), "graphs {wrong:?}");
    let printed = python::run("random_graphs.py", &[check_all, folder]).expect("Keras, as before");
    assert_eq!(printed.lines().count(), count, "{printed}");
    for line in printed.lines() {
        let words: Vec<f32> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
        let [_, weights, outputs, losses] = words[..] else { panic!("{line}") };
        assert!(
            weights == 0.0 && outputs <= 1e-5 && losses <= 1e-5,
            "graph, weights, outputs, losses: {line}"
        );
    }
}

/// The numbers of a graph are those of Keras; writes it, and what comes of its training.
fn there(folder: &Path, i: usize) {
    let (file, io) = (folder.join(format!("g{i}.keras")), folder.join(format!("g{i}_io.npz")));
    check(&format!("graph {i}"), &file, &io);
    let model = load_model(&file).expect("a model");
    model.save(folder.join(format!("g{i}_ours.keras"))).unwrap_or_else(|error| panic!("graph {i}: {error}"));
    let losses = steps(&file, &folder.join(format!("g{i}_again.keras")), &io);
    std::fs::write(folder.join(format!("g{i}_losses.txt")), losses.join("\n")).expect("a file");
}

fn loss(logs: &keras_core::training::Logs) -> String {
    logs.iter().find(|(name, _)| name == "loss").map(|(_, loss)| loss.to_string()).expect("a loss")
}

/// The losses of five steps from the file. From a file of ours after two of them they are the same to the bit.
fn steps(file: &Path, again: &Path, io: &Path) -> Vec<String> {
    let inputs = arrays(io, "input_");
    let targets = [ndarray::ArrayD::<f32>::zeros(vec![4, 2]), ndarray::ArrayD::<f32>::ones(vec![4, 3])];
    let (x, y): (Vec<_>, Vec<_>) = (inputs.iter().collect(), targets.iter().collect());
    let mut model = load_model(file).expect("a model").compiled().expect("a training").seed(1);
    let step = |model: &mut Compiled<LoadedModel, keras_core::files::keras::FileLosses>| {
        model.train_on_batch(&x[..], &y[..]).expect("a step")
    };
    let mut losses = vec![loss(&step(&mut model)), loss(&step(&mut model))];
    model.save(again).expect("a file");
    let mut other = load_model(again).expect("a model").compiled().expect("a training").seed(1);
    let draws = |layer: &&str| layer.contains("Dropout") || layer.contains("Noise");
    let mut layers = model.structure().layers.iter();
    let is_random =
        layers.any(|layer| draws(&layer.class) || format!("{:?}", layer.config).contains("dropout: 0.2"));
    for _ in 0..3 {
        let (a, b) = (step(&mut model), step(&mut other));
        // What is random draws by the number of the step, which begins anew.
        assert!(is_random || format!("{a:?}") == format!("{b:?}"), "{a:?} {b:?}");
        losses.push(loss(&a));
    }
    losses
}
