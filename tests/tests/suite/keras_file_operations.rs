//! Operations in Keras's files: `keras.ops` of Keras 3, functions of TensorFlow of Keras 2.

use keras_core::prelude::*;

use super::keras_files::{arrays, assert_close, check, fixture};

#[test]
fn operations_of_keras_3_give_its_numbers() {
    for name in ["operations", "operations_masked"] {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
}

/// By tf_keras 2.21 (`tests/keras/make_file_operations_2.py`).
#[test]
fn functions_of_tensorflow_give_the_numbers_of_keras_2() {
    for end in ["h5", "keras"] {
        check(end, &fixture(&format!("k2_operations.{end}")), &fixture("k2_operations_io.npz"));
    }
}

/// What was read is written, and read again.
#[test]
fn operations_are_written_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["operations.keras", "operations_masked.keras", "k2_operations.h5"] {
        let path = folder.path().join("again.keras");
        load_model(fixture(name)).expect("a model").save(&path).expect("a file");
        let io = format!("{}_io.npz", name.split('.').next().expect("a name"));
        check(name, &path, &fixture(&io));
    }
    let _ = (arrays, assert_close);
}
