//! Random graphs from Keras to us and back.

use std::path::Path;

use keras_core::prelude::*;

use super::keras_files::{arrays, check};
use super::python;

/// `KERAS_GRAPHS` graphs, 8 if that is not set: Keras takes two seconds for each.
#[test]
fn random_graphs_go_from_keras_to_us_and_back() {
    let count = std::env::var("KERAS_GRAPHS").ok().and_then(|count| count.parse().ok()).unwrap_or(8usize);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (make, check_all) = (Path::new("make"), Path::new("check"));
    if python::run("random_graphs.py", &[make, folder, Path::new(&count.to_string())]).is_none() {
        return;
    }
    for i in 0..count {
        let (file, io) = (folder.join(format!("g{i}.keras")), folder.join(format!("g{i}_io.npz")));
        check(&format!("graph {i}"), &file, &io);
        let model = load_model(&file).expect("a model");
        model
            .save(folder.join(format!("g{i}_ours.keras")))
            .unwrap_or_else(|error| panic!("graph {i}: {error}"));
        if i % 20 == 0 {
            steps(&file, &folder.join(format!("g{i}_again.keras")), &io);
        }
    }
    let printed = python::run("random_graphs.py", &[check_all, folder]).expect("Keras, as before");
    assert_eq!(printed.lines().count(), count, "{printed}");
    for line in printed.lines() {
        let words: Vec<f32> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
        let [_, weights, outputs] = words[..] else { panic!("{line}") };
        assert!(weights == 0.0 && outputs <= 1e-5, "graph, weights, outputs: {line}");
    }
}

/// Five steps from the file, then from a file of ours after two of them: to the bit.
fn steps(file: &Path, again: &Path, io: &Path) {
    let inputs = arrays(io, "input_");
    let targets = [ndarray::ArrayD::<f32>::zeros(vec![4, 2]), ndarray::ArrayD::<f32>::ones(vec![4, 3])];
    let (x, y): (Vec<_>, Vec<_>) = (inputs.iter().collect(), targets.iter().collect());
    let mut model = load_model(file).expect("a model").compiled().expect("a training").seed(1);
    let step = |model: &mut Compiled<LoadedModel, keras_core::files::keras::FileLosses>| {
        model.train_on_batch(&x[..], &y[..]).expect("a step")
    };
    step(&mut model);
    step(&mut model);
    model.save(again).expect("a file");
    let mut other = load_model(again).expect("a model").compiled().expect("a training").seed(1);
    let has_dropout = model.structure().layers.iter().any(|layer| layer.class == "Dropout");
    for _ in 0..3 {
        let (a, b) = (step(&mut model), step(&mut other));
        // Dropout draws by the number of the step, which begins anew.
        assert!(has_dropout || format!("{a:?}") == format!("{b:?}"), "{a:?} {b:?}");
    }
}
