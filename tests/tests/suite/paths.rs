//! Paths of weights: what tells them apart in files, and what files with other names get.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use keras_core::Error;
use keras_core::prelude::*;
use ndarray::Array2;

use crate::files::{bits, folder};

model! {
    struct Inner { Input(4) => Dense(3) => Dense(2) }
}

model! {
    struct Middle { Input(4) => Inner => Dense(4) }
}

model! {
    /// Three models deep, the same model twice, and layers that wrap another.
    struct Outer {
        let x = Input(4);
        let a = x => Middle;
        let b = a => Inner;
        let c = a => Inner;
        [b, c] => Concatenate() => Reshape((2, 2))
            => TimeDistributed(Dense(3))
            => Bidirectional(LSTM(2))
            => Dense(1)
    }
}

/// Adds a weight of its own.
#[derive(Clone, Default)]
struct Shift;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Shift {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("shift", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x + cx.weight("shift"))
    }
}

/// Has two weights of one name.
#[derive(Clone, Default)]
struct Twice;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Twice {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("shift", Dims::fixed(&[N]), Initializer::Ones); 2]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x + cx.weight("shift"))
    }
}

fn paths(model: &impl Model) -> Vec<String> {
    Model::weights(model).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_model_in_a_model_has_the_names_of_its_layers() {
    model! { struct Two { Input(4) => Inner => Dense(1) } }
    let model = Two::new();
    let expected = [
        "inner/dense/kernel",
        "inner/dense/bias",
        "inner/dense_1/kernel",
        "inner/dense_1/bias",
        "dense/kernel",
        "dense/bias",
    ];
    assert_eq!(paths(&model), expected);
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    model.save_weights(&path).expect("a file");
    let mut other = Two::new();
    assert_ne!(bits(&other), bits(&model));
    other.load_weights(&path).expect("weights");
    assert_eq!(bits(&other), bits(&model));
}

#[test]
fn every_weight_has_a_path_of_its_own() {
    let model = Outer::new();
    let paths = paths(&model);
    assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len(), "{paths:?}");
    for path in [
        "middle/inner/dense/kernel",
        "middle/inner/dense_1/bias",
        "middle/dense/kernel",
        "inner/dense/kernel",
        "inner_1/dense/kernel",
    ] {
        assert!(paths.iter().any(|known| known == path), "{path} is not in {paths:?}");
    }
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    model.save_weights(&path).expect("a file");
    let mut other = Outer::new();
    other.load_weights(&path).expect("weights");
    assert_eq!(bits(&other), bits(&model));
    // The state of the optimiser goes by the same paths.
    let (x, y) = (Array2::<f32>::ones((8, 4)), Array2::<f32>::zeros((8, 1)));
    let mut trained = other.compile(Adam::new(0.1), MeanSquaredError::new(), ());
    trained.fit(&x, &y).verbose(0).run().expect("a history");
    trained.save_checkpoint(&path).expect("a file");
    let mut again = Outer::new().compile(Adam::new(0.5), MeanSquaredError::new(), ());
    assert_eq!(again.load_checkpoint(&path).expect("the same training"), 1);
    for model in [&mut trained, &mut again] {
        model.train_on_batch(&x, &y).expect("a step");
    }
    assert_eq!(bits(&*trained), bits(&*again));
}

#[test]
fn layers_of_your_own_may_have_weights_of_one_name() {
    let model = model!(Input(4) => Shift => Shift => Dense(1));
    let paths = paths(&model);
    assert_eq!(paths[..2], ["shift/shift", "shift_1/shift"]);
    let folder = folder();
    model.save_weights(folder.path().join("w.safetensors")).expect("a file");
}

#[test]
fn equal_paths_are_an_error_of_the_save() {
    let model = model!(Input(4) => Twice => Dense(1));
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let error = model.save_weights(&path).expect_err("one name for two");
    let Error::File { path: named, message } = &error else { panic!("{error:?}") };
    assert_eq!(Path::new(named), path);
    assert!(message.contains("two weights have the name `twice/shift`"), "{message}");
    let compiled = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let error = compiled.save_checkpoint(&path).expect_err("one name for two").to_string();
    assert!(error.contains("`weights/twice/shift`"), "{error}");
    assert!(!path.exists());
}

/// Files that were written when weights of a model in a model had no names of layers.
#[test]
fn files_with_flat_names_are_refused_by_name() {
    model! { struct One { Input(4) => Dense(2) } }
    model! { struct Holds { Input(4) => One => Dense(1) } }
    model! { struct Flat { Input(4) => Dense(2, name = "one") => Dense(1) } }
    let folder = folder();
    let path = folder.path().join("old.safetensors");
    Flat::new().save_weights(&path).expect("a file");
    let mut model = Holds::new();
    let before = bits(&model);
    let error = model.load_weights(&path).expect_err("other names").to_string();
    for words in ["`one/dense/kernel` [4, 2] is missing", "`one/kernel` is not a weight of the model"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(bits(&model), before);
}

#[test]
fn names_of_other_formats_are_refused() {
    let folder = folder();
    let mut model = Inner::new();
    for name in ["a.keras", "a.h5", "a.hdf5", "A.H5", "a.onnx", "a.npz"] {
        let path = folder.path().join(name);
        for error in [model.save_weights(&path), model.load_weights(&path)].map(Result::unwrap_err) {
            let Error::File { path: named, message } = &error else { panic!("{error:?}") };
            assert_eq!(Path::new(named), path);
            assert!(message.contains("`.safetensors`"), "{message}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

// ------------------------------------------------------------------------------------------------------------ kills

const CHILD: &str = "KERAS_TESTS_SAVE_AGAIN";

model! {
    /// Large enough that a save takes a while.
    struct Large { Input(512) => Dense(512) => Dense(512) }
}

/// Not a test of its own: the next one runs it as a process that it kills.
#[test]
fn saves_again_and_again_in_a_process_of_its_own() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let model = Large::with_seed(9);
    for _ in 0..10_000 {
        model.save_weights(&path).expect("a file");
    }
}

#[test]
fn kills_leave_a_whole_file_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    let model = Large::with_seed(9);
    model.save_weights(&path).expect("a file");
    let whole = std::fs::read(&path).expect("bytes");
    // Another program's file, half written, in the same folder.
    let foreign = folder.path().join(".other.safetensors.keras-0123456789");
    std::fs::write(&foreign, "half").expect("a file");
    let name = std::thread::current().name().expect("a test").to_string();
    let module = name.rsplit_once("::").expect("a module").0.to_string();
    for kill in 0..30u64 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([&format!("{module}::saves_again_and_again_in_a_process_of_its_own"), "--exact"])
            .env(CHILD, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("a process");
        std::thread::sleep(std::time::Duration::from_millis(60 + kill * 7));
        child.kill().expect("it runs");
        child.wait().expect("an end");
        assert_eq!(std::fs::read(&path).expect("bytes"), whole);
    }
    model.save_weights(&path).expect("a file");
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    left.sort();
    assert_eq!(left, [foreign, path]);
}
