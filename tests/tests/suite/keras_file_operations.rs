//! Operations in Keras's files: `keras.ops` of Keras 3, functions of TensorFlow of Keras 2.

use keras_core::prelude::*;

use super::keras_files::{check, fixture};

#[test]
fn operations_of_keras_3_give_its_numbers() {
    for name in
        ["operations", "operations_masked", "operations_every", "operations_end_masks", "operations_more"]
    {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
    // Legacy files do not say which are none of the layers.
    for name in ["operations", "operations_masked"] {
        check(name, &fixture(&format!("{name}.h5")), &fixture(&format!("{name}_io.npz")));
    }
}

/// By tf_keras 2.21 (`tests/keras/make_file_operations_2.py`).
#[test]
fn functions_of_tensorflow_give_the_numbers_of_keras_2() {
    for end in ["h5", "keras"] {
        check(end, &fixture(&format!("k2_operations.{end}")), &fixture("k2_operations_io.npz"));
    }
}

/// `TensorFlowOpLayer`, as TensorFlow 2.0 to 2.3 has it (`tests/keras/make_file_op_layers.py`).
#[test]
fn raw_operations_of_tensorflow_give_their_numbers() {
    check("k2_op_layers", &fixture("k2_op_layers.h5"), &fixture("k2_op_layers_io.npz"));
}

/// Functions that are indices, layers, or functions of `keras.ops` under other names, and shapes that are made of lengths
/// (`tests/keras/make_file_operations_3.py`, by Keras 2.12).
#[test]
fn more_functions_of_tensorflow_give_their_numbers() {
    check("k2_functions", &fixture("k2_functions.h5"), &fixture("k2_functions_io.npz"));
}

/// Lengths that the graph computes, and functions that Keras 3 does not have (`tests/keras/make_file_operations_4.py`, by
/// Keras 2.12). The latter are not written.
#[test]
fn lengths_in_graphs_of_keras_2_are_known() {
    check("k2_lengths", &fixture("k2_lengths.h5"), &fixture("k2_lengths_io.npz"));
    let folder = tempfile::tempdir().expect("a folder");
    let model = load_model(fixture("k2_lengths.h5")).expect("a model");
    let error = model.save(folder.path().join("again.keras")).expect_err("no such function").to_string();
    assert!(error.contains("which Keras 3 does not have") && error.contains("`tf."), "{error}");
}

/// Keras on JAX computes no norm in a model, as it gives JAX a list of axes: it is written as the root of a sum of squares, under names that are free.
#[test]
fn norms_are_written_step_by_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("norm.keras");
    let model = model!(
        let x = Input(2, 3);
        let norm = x => ops::norm(axis = (1, 2), keepdims = true);
        let flat = x => Flatten(name = "norm_square");
        [norm => Flatten(), flat] => Concatenate()
    );
    model.save(&file).expect("a file");
    let bytes = std::fs::read(&file).expect("a file");
    let graph = keras_files::KerasFile::read(bytes).expect("a file").graph().expect("a graph");
    for (name, class) in [("norm_square_1", "Square"), ("norm_sum", "Sum"), ("norm", "Sqrt")] {
        assert_eq!(graph.layer(name).expect(name).class, class);
    }
    let x = ndarray::Array3::from_shape_fn((1, 2, 3), |(_, a, b)| (a * 3 + b) as f32);
    let y = load_model(&file).expect("a model").predict(&x).expect("numbers").to_vec().expect("numbers");
    // numpy.linalg.norm of 0 to 5: the root of 55.
    assert!((y[0] - 7.416_198_5).abs() < 1e-6 && y[1..] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "{y:?}");
}

/// What was read is written, and read again.
#[test]
fn operations_are_written_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "operations.keras",
        "operations_masked.keras",
        "operations_more.keras",
        "k2_operations.h5",
        "k2_op_layers.h5",
        "k2_functions.h5",
    ] {
        let path = folder.path().join("again.keras");
        load_model(fixture(name)).expect("a model").save(&path).expect("a file");
        let io = format!("{}_io.npz", name.split('.').next().expect("a name"));
        check(name, &path, &fixture(&io));
    }
}

/// Functions that order numbers, and products along letters, which are operations of `model!` too.
#[test]
fn orders_and_letters_are_written_and_read_again() {
    let model = model! {
        let x = Input(3, 4);
        let s = ops::einsum("bqd,bkd->bqk", x, x);
        let (values, places) = ops::top_k(s, 2);
        (values, places, ops::sort(s, axis = 1), ops::argsort(s, axis = 1), ops::moveaxis(s, 1, -1))
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("orders.keras");
    model.save(&file).expect("a file");
    let x =
        ndarray::Array3::from_shape_fn((2, 3, 4), |(n, a, b)| ((n * 12 + a * 4 + b) * 7 % 11) as f32 / 4.0);
    let own = model.predict(&x).expect("numbers");
    let again = load_model(&file).expect("a model").predict(&x).expect("numbers");
    let found: Vec<Vec<f32>> = again.iter().map(|raw| raw.to_vec().expect("numbers")).collect();
    let wanted = [own.0.to_vec(), own.1.to_vec(), own.2.to_vec(), own.3.to_vec(), own.4.to_vec()];
    let wanted: Vec<Vec<f32>> = wanted.into_iter().map(|numbers| numbers.expect("numbers")).collect();
    assert_eq!(found, wanted);
}
