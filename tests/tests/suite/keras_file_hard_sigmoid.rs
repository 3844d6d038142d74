//! `hard_sigmoid` of Keras 1 and 2 in files for Keras 3, which has another function of that name.

use std::path::Path;

use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_core::tensor::{AnyOutputs, Raw};
use ndarray::{ArrayD, Ix2, Ix3, Ix4, Ix5};

use super::keras_file_blocks::samples;
use super::keras_files::{assert_close, check, fixture};
use super::python;

/// By tf_keras 2.21: an LSTM, a GRU, a dense layer and the activation alone.
#[test]
fn a_file_of_keras_2_becomes_one_of_keras_3_with_its_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hard.keras");
    let model = load_model(fixture("k2_hard.h5")).expect("a model");
    let said = model.report().rewritten.join("\n");
    assert!(said.contains("`lstm_1`") && said.contains("1.2 times as large"), "{said}");
    assert!(said.contains("`activation`") && said.contains("`Rescaling(1.2)`"), "{said}");
    model.save(&path).expect("a file");
    check("k2_hard as of Keras 3", &path, &fixture("k2_hard_io.npz"));
    let read = ::keras_files::KerasFile::read(std::fs::read(&path).expect("bytes")).expect("an archive");
    let config = read.config.expect("a model").to_string();
    assert!(config.contains("hard_sigmoid") && !config.contains("hard_sigmoid_keras2"), "{config}");
    assert!(load_model(&path).expect("a model").report().rewritten.is_empty());
}

/// Gives weights a size at which all parts of the function count.
fn spread<M: Model>(model: &mut M) {
    for layer in model.layers_mut() {
        for param in layer.params_mut() {
            let shape = param.value().shape();
            let n = shape.iter().product();
            let numbers = (0..n).map(|i| ((5 * i + 3) % 13) as f32 / 3.0 - 2.0).collect();
            param
                .set_value(Raw::from_f32(numbers, &shape).expect("a weight"))
                .expect("a weight of this shape");
        }
    }
}

/// Writes a model with these numbers, finds them in the file, and leaves what Keras is to find.
fn kept<M: Model>(folder: &Path, name: &str, x: &ArrayD<f32>, model: &mut M, wanted: Vec<f32>) {
    let path = folder.join(format!("{name}.keras"));
    model.save(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = load_model(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let outputs: AnyOutputs = again.predict_on_batch(&[x][..]).expect("outputs");
    let found = outputs.iter().next().expect("an output").to_vec().expect("numbers");
    let lines: Vec<String> = wanted.iter().map(f32::to_string).collect();
    assert_close(name, &found, &ndarray::Array1::from(wanted).into_dyn());
    std::fs::write(folder.join(format!("{name}.out")), lines.join("\n")).expect("a file");
    std::fs::write(folder.join(format!("{name}.txt")), again.summary().to_string()).expect("a file");
    // Weights of such a file are those of the model again.
    let numbers = |model: &M| -> Vec<Vec<f32>> {
        model.weights().iter().map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
    };
    let before = numbers(model);
    model.load_weights(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    for (now, before) in numbers(model).concat().iter().zip(before.concat()) {
        assert!(
            (now - before).abs() <= 2.0 * f32::EPSILON * before.abs(),
            "{name}: {now} instead of {before}"
        );
    }
}

macro_rules! kept {
    ($folder:expr; $($name:literal $axes:expr, $dims:ty => $model:expr;)*) => { $({
        let mut model = with_seed(3, || $model);
        spread(&mut model);
        let x = samples(&$axes);
        let typed = x.clone().into_dimensionality::<$dims>().expect("so many axes");
        let wanted = model.predict_on_batch(&typed).expect("outputs").to_vec().expect("numbers");
        kept($folder, $name, &x, &mut model, wanted);
    })* };
}

#[test]
fn each_layer_with_the_hard_sigmoid_of_keras_2_is_one_of_keras_3() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    kept! { folder;
        "lstm" [5, 3], Ix3 => model!(Input(5, 3) => LSTM(4, recurrent_activation = hard_sigmoid_keras2));
        "gru" [5, 3], Ix3 => model!(
            Input(5, 3) => GRU(4, activation = hard_sigmoid_keras2, recurrent_activation = hard_sigmoid_keras2, reset_after = false)
        );
        "gru_after" [5, 3], Ix3 => model!(
            Input(5, 3) => GRU(4, activation = hard_sigmoid_keras2, recurrent_activation = hard_sigmoid_keras2)
        );
        "simple" [5, 3], Ix3 => model!(Input(5, 3) => SimpleRNN(4, activation = hard_sigmoid_keras2, use_bias = false));
        "both_ways" [5, 3], Ix3 => model!(
            Input(5, 3) => Masking() => Bidirectional(
                LSTM(4, return_sequences = true),
                backward_layer = LSTM(4, recurrent_activation = hard_sigmoid_keras2, return_sequences = true, go_backwards = true)
            )
        );
        "cells" [5, 3], Ix3 => model!(
            Input(5, 3) => RNN([LSTMCell(3), GRUCell(4, recurrent_activation = hard_sigmoid_keras2), SimpleRNNCell(2)])
        );
        "cell" [5, 3], Ix3 => model!(Input(5, 3) => RNN(LSTMCell(3, recurrent_activation = hard_sigmoid_keras2)));
        "images" [3, 4, 5, 2], Ix5 => model!(
            Input(3, 4, 5, 2) => ConvLSTM2D(3, 2, recurrent_activation = hard_sigmoid_keras2)
        );
        "steps" [5, 3], Ix3 => model!(Input(5, 3) => TimeDistributed(Dense(2, activation = hard_sigmoid_keras2)));
        "convolutions" [6, 7, 2], Ix4 => model!(
            Input(6, 7, 2)
                => Conv2D(4, 2, activation = hard_sigmoid_keras2)
                => DepthwiseConv2D(2, activation = hard_sigmoid_keras2)
                => SeparableConv2D(3, 2, activation = hard_sigmoid_keras2)
                => Conv2DTranspose(2, 3, activation = hard_sigmoid_keras2)
        );
        "einsum" [5, 3], Ix3 => model!(
            Input(5, 3) => EinsumDense("abc,cd->abd", output_shape = (5, 4), bias_axes = "d", activation = hard_sigmoid_keras2)
        );
        "alone" [4], Ix2 => model!(
            let small = Dense(3) => ReLU();
            Input(4) => Dense(5) => Activation("hard_sigmoid_keras2") => small => Dense(2)
        );
        "chain_alone" [5, 3], Ix3 => model!(
            Input(5, 3) => Masking() => Activation("hard_sigmoid_keras2") => LSTM(3, recurrent_activation = hard_sigmoid_keras2)
        );
    }
    let Some(printed) = python::run("check_saved.py", &[folder]) else { return };
    assert_eq!(printed.lines().count(), 13, "{printed}");
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let worst: f64 = words[1].parse().expect("a number");
        assert!(worst <= 1e-5 && words[2] == "same", "{printed}");
    }
}
