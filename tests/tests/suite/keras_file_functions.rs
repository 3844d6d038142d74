//! Functions of `keras.ops` in Keras's files for which `model!` has no words, by Keras 3.15 (`tests/keras/make_file_functions.py`,
//! `make_file_functions_more.py`, `make_file_by_name.py` and `make_file_rare.py`); `functions_more` has NaN in the arguments of a call;
//! LoRA in legacy files (`tests/keras/make_file_lora.py`).

use keras_core::files::keras::{CustomLayer, LoadModel};
use keras_core::model::Trace;
use keras_core::prelude::*;
use keras_core::shape::Shape as Dims;
use keras_core::tensor::AnyOutputs;
use serde_json::json;

use super::keras_files::{check, fixture};

const KINDS: [&str; 9] = [
    "functions_arrays",
    "functions_numbers",
    "functions_algebra",
    "functions_lists",
    "functions_more",
    "functions_parts",
    "functions_signals",
    "functions_bits",
    "functions_resized",
];

#[test]
fn functions_give_the_numbers_of_keras() {
    for name in KINDS {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
}

#[test]
fn functions_are_written_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in KINDS {
        let path = folder.path().join("again.keras");
        load_model(fixture(&format!("{name}.keras"))).expect("a model").save(&path).expect("a file");
        check(name, &path, &fixture(&format!("{name}_io.npz")));
    }
}

/// The files have the same graph, and differ in an argument.
#[test]
fn functions_with_other_arguments_are_other_plans() {
    for name in ["roll_1", "roll_2"] {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
}

/// `x` times a number, in the place of a class of the author's own.
struct Times(f32);

impl CustomLayer for Times {
    fn output(&self, inputs: &[Dims]) -> keras_core::Result<Dims> {
        Ok(inputs[0])
    }

    fn trace(&self, inputs: &[ops::Symbolic], _: &mut Trace<'_>) -> keras_core::Result<ops::Symbolic> {
        Ok(&inputs[0] * self.0)
    }
}

#[test]
fn layers_of_the_callers_are_other_plans_when_they_are_given_anew() {
    let numbers = |factor: f32| {
        let model = LoadModel::new(fixture("lambda.keras")).custom("Lambda", move |_| Ok(Times(factor)));
        let x = ndarray::ArrayD::<f32>::ones(vec![1, 4]);
        let y: AnyOutputs = model.run().expect("a model").predict_on_batch(&[&x][..]).expect("numbers");
        y.iter().next().expect("an output").to_vec().expect("numbers")
    };
    assert_ne!(numbers(1.0), numbers(2.0));
}

#[test]
fn lora_of_files_stays_apart_and_is_written_into_its_kernel() {
    for name in ["lora_dense", "lora_embed"] {
        for end in ["h5", "keras"] {
            check(name, &fixture(&format!("{name}.{end}")), &fixture(&format!("{name}_io.npz")));
        }
        let model = load_model(fixture(&format!("{name}.h5"))).expect("a model");
        let has_lora = |(path, _): &(String, _)| path.ends_with("_a") && path.contains("lora_");
        assert!(model.named_params().iter().any(has_lora), "{}", model.report());
        let archive = load_model(fixture(&format!("{name}.keras"))).expect("a model");
        let weights = |model: &keras_core::files::keras::LoadedModel| {
            model
                .named_params()
                .iter()
                .map(|(path, param)| (path.clone(), param.value().shape().to_vec()))
                .collect::<Vec<_>>()
        };
        assert_eq!(weights(&model), weights(&archive));
        // What is written has the product in the kernel, as Keras's archives have.
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("again.keras");
        model.save(&path).expect("a file");
        check(name, &path, &fixture(&format!("{name}_io.npz")));
    }
}

/// Each of them has tables of 2^25 numbers at most, and a file may have many.
#[test]
fn tables_of_all_functions_of_a_file_have_a_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.json");
    let refused = |count: usize| {
        let tensor = |name: &str| json!({ "class_name": "__keras_tensor__", "config": { "keras_history": [name, 0, 0] } });
        let mut layers = vec![json!({
            "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": { "name": "x", "batch_shape": [null, 5000, 1, 1], "dtype": "float32" },
        })];
        layers.extend((0..count).map(|i| {
            let name = format!("resize_{i}");
            json!({
                "module": "keras.src.ops.image", "class_name": "Resize", "registered_name": "Resize", "name": name,
                "config": { "name": name, "size": [6600 + i, 1], "interpolation": "bilinear", "antialias": true },
                "inbound_nodes": [{ "args": [tensor("x")], "kwargs": {} }],
            })
        }));
        let outputs: Vec<_> = (0..count).map(|i| json!([format!("resize_{i}"), 0, 0])).collect();
        let config = json!({
            "name": "resized", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": outputs,
        });
        let model = json!({ "module": "keras", "class_name": "Functional", "config": config, "keras_version": "3.15.1" });
        std::fs::write(&path, model.to_string()).expect("a file");
        LoadModel::new(&path).check().err().map(|error| error.to_string())
    };
    assert_eq!(refused(1), None);
    let error = refused(5).expect("too many");
    assert!(error.contains("tables of more than 2^27 numbers"), "{error}");
}
