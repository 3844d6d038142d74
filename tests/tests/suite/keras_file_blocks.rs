//! Models with blocks, models inside and wrappers around them as files: the same model again, here and in Keras.

use std::path::Path;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use ndarray::ArrayD;

use super::python;

/// Three samples of these axes, as `check_saved.py` makes them.
pub(super) fn samples(axes: &[usize]) -> ArrayD<f32> {
    let shape: Vec<usize> = [3].iter().chain(axes).copied().collect();
    let count = shape.iter().product::<usize>();
    let numbers = (0..count).map(|i| ((7 * i % 11) as f32 - 5.0) / 5.0).collect();
    ArrayD::from_shape_vec(shape, numbers).expect("as many numbers")
}

/// Writes a model, reads it again, and leaves what Keras is to find.
pub(super) fn kept<M: Model>(folder: &Path, name: &str, axes: &[&[usize]], model: &M) {
    let path = folder.join(format!("{name}.keras"));
    model.save(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = load_model(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    for ((own, a), (read, b)) in model.weights().into_iter().zip(again.weights()) {
        assert_eq!(a.to_vec().expect("numbers"), b.to_vec().expect("numbers"), "{name}: {own} {read}");
    }
    assert_eq!(model.weights().len(), again.weights().len(), "{name}");
    assert_eq!(model.summary().to_string(), again.summary().to_string(), "{name}");
    let twice = folder.join(format!("{name}_twice.keras"));
    again.save(&twice).unwrap_or_else(|error| panic!("{name}: {error}"));
    // What a call says of training is not read from files of Keras 3, which itself forgets it.
    let same = std::fs::read(&path).expect("bytes") == std::fs::read(&twice).expect("bytes");
    assert!(same || name == "not_trained", "{name}: other bytes");
    let inputs: Vec<ArrayD<f32>> = axes.iter().map(|axes| samples(axes)).collect();
    let outputs: AnyOutputs =
        again.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]).expect("outputs");
    let numbers: Vec<f32> = outputs.iter().next().expect("an output").to_vec().expect("numbers");
    let lines: Vec<String> = numbers.iter().map(f32::to_string).collect();
    std::fs::write(folder.join(format!("{name}.out")), lines.join("\n")).expect("a file");
    std::fs::write(folder.join(format!("{name}.txt")), model.summary().to_string()).expect("a file");
}

macro_rules! kept {
    ($folder:expr; $($name:literal $axes:expr => $model:expr;)*) => { $({
        kept($folder, $name, &$axes, &with_seed(3, || $model));
    })* };
}

#[test]
fn models_with_blocks_are_files_of_keras() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    kept! { folder;
        "chain" [&[4]] => model!(Input(4) => Dense(3) => (Dense(5, activation = relu) => Dropout(0.5)) => Dense(2));
        "named" [&[4]] => model!(
            let x = Input(4);
            let head = Sequential([Dense(5, activation = relu), Dense(3)], name = "head");
            let y = x => head;
            [x, y] => Concatenate() => Dense(2)
        );
        "shared" [&[4], &[4]] => model!(
            let a = Input(4);
            let b = Input(4);
            let both = Dense(5, activation = tanh) => LayerNormalization();
            let x = a => both;
            let y = b => both;
            [x, y] => Add() => Dense(2)
        );
        "in_each_other" [&[6, 2]] => model!(
            let x = Input(6, 2);
            let small = Conv1D(3, 2, padding = same) => ReLU();
            let large = small => (Dense(4) => BatchNormalization()) => Dense(3);
            let y = x => large;
            y => GlobalMaxPooling1D() => Dense(2)
        );
        "at_each_step" [&[5, 6, 2]] => model!(
            let sentence = Conv1D(3, 2) => GlobalMaxPooling1D();
            Input(5, 6, 2) => TimeDistributed(sentence) => GRU(3) => Dense(2)
        );
        "spectral" [&[4]] => model!(Input(4) => SpectralNormalization(Dense(3)) => Dense(2));
        "spectral_image" [&[5, 5, 2]] => model!(
            Input(5, 5, 2) => SpectralNormalization(Conv2D(3, 2, use_bias = false)) => Flatten() => Dense(2)
        );
        "not_trained" [&[4]] => model!(
            let base = Dense(4) => BatchNormalization();
            let x = Input(4);
            let y = x => base(training = false);
            [x, y] => Add() => Dense(2)
        );
    }
    keras_finds_the_same(folder, 8);
}

/// Keras reads so many models of a folder, computes what they do here and prints their summaries.
pub(super) fn keras_finds_the_same(folder: &Path, count: usize) {
    let Some(printed) = python::run("check_saved.py", &[folder]) else { return };
    assert_eq!(printed.lines().count(), count, "{printed}");
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let worst: f64 = words[1].parse().expect("a number");
        assert!(worst <= 1e-5 && words[2] == "same", "{printed}");
    }
}

#[test]
fn blocks_that_keras_has_no_words_for_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("refused.keras");
    let model = model!(
        let x = Input(4);
        let y = Input(4);
        let join = Add() => Dense(3);
        [x, y] => join
    );
    let error = model.save(&path).expect_err("two tensors").to_string();
    assert!(error.contains("takes 2 tensors, and a `Sequential` of Keras takes one"), "{error}");
    assert!(!path.exists());
}
