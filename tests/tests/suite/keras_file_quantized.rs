//! Quantized models in Keras's files, by Keras 3.15 (`tests/keras/make_file_quantized.py`).

use keras_core::prelude::*;

use super::keras_files::{arrays, assert_close, check, fixture};

/// Of 8 and of 4 bits, with inputs rounded and not, with scales of columns and of blocks; tables that are gone back through.
const KINDS: [&str; 8] =
    ["int8", "int8_weights", "int8_tied", "int8_both", "int4", "int4_columns", "int4_inputs", "int4_tied"];

#[test]
fn quantized_models_give_the_numbers_of_keras() {
    for kind in KINDS {
        let name = format!("quantized_{kind}");
        check(&name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
    check("legacy", &fixture("quantized_int8.h5"), &fixture("quantized_int8_io.npz"));
}

/// Keras trains what is no table of integers, and gradients pass as if nothing was rounded.
#[test]
fn a_step_of_training_is_that_of_keras() {
    let io = fixture("quantized_int8_trained_io.npz");
    let (given, wanted) = (arrays(&io, "input_"), arrays(&io, "output_"));
    let model = load_model(fixture("quantized_int8.keras")).expect("a model");
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.fit(&given[0], &given[1]).batch_size(3).shuffle(false).verbose(0).run().expect("a step");
    let found = model.predict(&given[0]).expect("outputs");
    assert_close("trained", &found.to_vec().expect("numbers"), &wanted[0]);
}

#[test]
fn what_is_said_of_a_quantized_model() {
    let model = load_model(fixture("quantized_int8.keras")).expect("a model");
    let report = model.report().to_string();
    assert!(
        report.contains(
            "layer `dense`: its weights are quantized (int8): they are floats of the same values here, which are not trained, \
             and what it multiplies is rounded as there"
        ),
        "{report}"
    );
    let embedding = report.lines().find(|line| line.contains("`embedding`")).expect("a note");
    assert!(embedding.ends_with("which are not trained"), "{embedding}");
    // With Keras's scales: kernels of 7 * 3 * 5, 4 * 3 * 5, 9 * 7, 5 * 3, the table of 11 * 9.
    let frozen: usize = model
        .named_params()
        .iter()
        .filter(|(path, _)| {
            path.ends_with("kernel") && !path.contains("lstm") || path.ends_with("embeddings")
        })
        .map(|(_, param)| param.value().shape().iter().product::<usize>())
        .sum();
    assert_eq!(frozen, 105 + 60 + 63 + 15 + 99);
    let folder = tempfile::tempdir().expect("a folder");
    let error = model.save(folder.path().join("again.keras")).expect_err("rounded").to_string();
    assert!(error.contains("layer `dense` rounds what it multiplies"), "{error}");
}

/// Floats of the same values give the same where nothing else is rounded.
#[test]
fn weights_that_were_quantized_are_written_as_floats() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("again.keras");
    for name in ["quantized_int4", "quantized_int8_weights"] {
        load_model(fixture(&format!("{name}.keras"))).expect("a model").save(&path).expect("a file");
        check(name, &path, &fixture(&format!("{name}_io.npz")));
    }
}

model! {
    /// The first layers of the quantized models.
    struct Plain {
        Input(6, dtype = int32) => Embedding(11, 9, mask_zero = true) => Dense(7, activation = gelu)
    }
}

#[test]
fn what_is_quantized_in_another_way_is_named() {
    let error = |name: &str| load_model(fixture(name)).expect_err("not read").to_string();
    let float8 = error("quantized_float8.keras");
    assert!(float8.contains("layer `last`: it is quantized (float8)"), "{float8}");
    let each = error("quantized_each.keras");
    assert!(
        each.contains("layer `each`: the `Dense` in it is quantized, and Keras computes there"),
        "{each}"
    );
    assert!(!each.contains("missing"), "{each}");
    let heads = error("quantized_heads.keras");
    assert!(heads.contains("layer `heads`: its weights are quantized, and nothing says so"), "{heads}");
    let error = Plain::new().load_weights_with(fixture("quantized_int8.keras")).by_name(true).run();
    let error = error.expect_err("integers").to_string();
    assert!(error.contains("its weights are quantized"), "{error}");
}
