//! Operations and states of optimisers in files of Keras 2, by tf_keras 2.21 (`tests/keras/make_file_keras2.py`).

use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;

use super::keras_files::{arrays, assert_close, check, fixture};

/// Running products from both ends and without the number itself, places named by several numbers, images between zeros.
#[test]
fn functions_of_tensorflow_without_a_like_in_keras_3() {
    check("k2_parts", &fixture("k2_parts.h5"), &fixture("k2_parts_io.npz"));
}

/// `gather_nd` at places that are none along one axis, though the cell that they add up to exists: TensorFlow's zeros.
#[test]
fn places_beyond_an_axis_give_zeros() {
    let (model, io) = (load_model(fixture("k2_parts.h5")).expect("a model"), fixture("k2_parts_io.npz"));
    let (mut inputs, wanted) = (arrays(&io, "input_"), arrays(&io, "output_").swap_remove(3));
    for (place, numbers) in [([0, 0], [0.0, 4.0]), ([1, 2], [2.0, -1.0]), ([1, 4], [3.0, 0.0])] {
        for (i, number) in numbers.into_iter().enumerate() {
            inputs[1][[place[0], place[1], i]] = number;
        }
    }
    let found: AnyOutputs = model.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]).expect("outputs");
    let found = found.iter().nth(3).expect("eight outputs").to_vec().expect("numbers");
    for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        let is_outside = matches!((at / 5, at % 5), (0, 0) | (1, 2) | (1, 4));
        assert_eq!(*found, if is_outside { 0.0 } else { *wanted }, "{at}");
    }
}

/// Keras 2 gives zeros there, and Keras 3 what its backend makes of it.
#[test]
fn steps_that_are_masked_before_the_first_that_counts() {
    check("k2_begins", &fixture("k2_begins.h5"), &fixture("k2_begins_io.npz"));
    let report = load_model(fixture("k2_begins.h5")).expect("a model").report().to_string();
    assert_eq!(report.matches("before the first that counts it gives zeros").count(), 4, "{report}");
}

/// A class with a train step of its own, made of inputs and outputs: its file has the graph.
#[test]
fn functional_models_of_an_own_class_are_read() {
    for end in ["h5", "keras"] {
        let path = fixture(&format!("k2_own_class.{end}"));
        check("k2_own_class", &path, &fixture("k2_own_class_io.npz"));
        let report = load_model(path).expect("a model").report().to_string();
        assert!(report.contains("of the author's own class `Custom`"), "{report}");
    }
}

/// After one step more: what Keras gives that has gone on without a file between.
#[test]
fn states_that_keras_2_keeps_in_another_way_go_on() {
    for name in ["nadam", "adafactor", "scaled_adam", "scaled_old_adam", "scaled_nadam"] {
        let io = fixture(&format!("k2_state_{name}_io.npz"));
        let (given, wanted) = (arrays(&io, "input_"), arrays(&io, "output_"));
        let model = load_model(fixture(&format!("k2_state_{name}.h5"))).expect("a model");
        let mut model = model.compiled().unwrap_or_else(|error| panic!("{name}: {error}"));
        model.train_on_batch(&given[0], &given[1]).expect("a step");
        let found = model.predict(&given[0]).expect("outputs");
        assert_close(name, &found.to_vec().expect("numbers"), &wanted[0]);
    }
}

#[test]
fn optimisers_that_keras_3_does_not_have_are_named() {
    let cases = [("old_nadam", "that of Keras until 2.10"), ("scaled_fixed", "its loss scale is fixed")];
    for (name, says) in cases {
        let model = load_model(fixture(&format!("k2_state_{name}.h5"))).expect("a model");
        let error = model.compiled().err().expect("no such optimiser").to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}
