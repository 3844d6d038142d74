//! Files of models that take strings, between Keras on TensorFlow and here: both give the same numbers.

use std::path::Path;

use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use ndarray::Array2;
use serde_json::{Value as Json, json};

use super::python;

/// A case of `string_files.py`: rows of strings or integers for each input.
enum Rows {
    Strings(Array2<String>),
    Integers(Array2<i64>),
}

fn rows(json: &Json) -> Rows {
    let rows = json.as_array().expect("rows");
    let width = rows[0].as_array().expect("a row").len();
    let all: Vec<&Json> = rows.iter().flat_map(|row| row.as_array().expect("a row")).collect();
    let shape = (rows.len(), width);
    if all[0].is_string() {
        let strings = all.iter().map(|text| text.as_str().expect("a string").to_string()).collect();
        Rows::Strings(Array2::from_shape_vec(shape, strings).expect("rows"))
    } else {
        let integers = all.iter().map(|n| n.as_i64().expect("an integer")).collect();
        Rows::Integers(Array2::from_shape_vec(shape, integers).expect("rows"))
    }
}

fn predicted(model: &LoadedModel, inputs: &[Rows]) -> AnyOutputs {
    let found = match inputs {
        [Rows::Strings(x)] => model.predict(x),
        [Rows::Integers(x)] => model.predict(x),
        [Rows::Strings(a), Rows::Integers(b)] => model.predict((a, b)),
        [Rows::Strings(a), Rows::Strings(b)] => model.predict((a, b)),
        _ => panic!("inputs of another kind"),
    };
    found.expect("numbers")
}

/// Compares with the output that Keras gave.
fn compare(name: &str, found: &AnyOutputs, case: &Json) {
    let shape: Vec<usize> = serde_json::from_value(case["shape"].clone()).expect("a shape");
    let wanted: Vec<f32> = serde_json::from_value(case["output"].clone()).expect("numbers");
    assert_eq!(found.shape(), shape, "{name}");
    let found = found.to_vec().expect("numbers");
    assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{name}: {found:?} {wanted:?}");
}

#[test]
fn files_with_strings_go_from_keras_to_us_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let script = "string_files.py";
    let Some(_) = python::run_with("tensorflow", script, &[Path::new("make"), folder]) else { return };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|end| end == "json") {
            names.push(path.file_stem().expect("a name").to_string_lossy().into_owned());
        }
    }
    for name in &names {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a case");
        let case: Json = serde_json::from_str(&text).expect("JSON");
        let model =
            load_model(folder.join(format!("{name}.keras"))).unwrap_or_else(|e| panic!("{name}: {e}"));
        let inputs: Vec<Rows> = case["inputs"].as_array().expect("inputs").iter().map(rows).collect();
        compare(name, &predicted(&model, &inputs), &case);
        let ours = folder.join(format!("{name}_ours.keras"));
        model.save(&ours).unwrap_or_else(|e| panic!("{name}: {e}"));
        compare(name, &predicted(&load_model(&ours).expect("our file"), &inputs), &case);
    }
    let written = adapted(folder);
    let printed = python::run_with("tensorflow", script, &[Path::new("check"), folder]).expect("as before");
    assert_eq!(printed.lines().count(), names.len() + written, "{printed}");
    assert!(printed.lines().all(|line| line.ends_with(" same")), "{printed}");
}

/// Writes models whose vocabularies were found in data here, with what they give; says how many.
fn adapted(folder: &Path) -> usize {
    let write = |name: &str, inputs: Json, shape: Vec<usize>, output: Vec<f32>| {
        let case = json!({ "inputs": [inputs], "shape": shape, "output": output });
        std::fs::write(folder.join(format!("{name}.json")), case.to_string()).expect("a file");
        folder.join(format!("{name}_ours.keras"))
    };
    let texts = ["the cat sat", "the dog", "é"];
    let mut words = model!(Input(1, dtype = string) => StringLookup(num_oov_indices = 2) => Embedding(6, 3));
    words.string_lookup.adapt(&["b", "a", "b", "é"]).expect("a vocabulary");
    let y = words.predict(&["a", "é", "other"]).expect("numbers");
    let path = write("own_words", json!([["a"], ["é"], ["other"]]), y.shape(), y.to_vec().expect("numbers"));
    words.save(path).expect("a file");
    let mut text = model!(Input(1, dtype = string)
        => TextVectorization(max_tokens = 6, output_mode = count, pad_to_max_tokens = true) => Dense(2));
    text.text_vectorization.adapt(&texts).expect("a vocabulary");
    let y = text.predict(&texts).expect("numbers");
    let path = write(
        "own_texts",
        json!([[texts[0]], [texts[1]], [texts[2]]]),
        y.shape(),
        y.to_vec().expect("numbers"),
    );
    text.save(path).expect("a file");
    let mut ids = model!(Input(2, dtype = int32) => IntegerLookup(mask_token = 0) => Embedding(6, 2));
    ids.integer_lookup.adapt(&[3, 7, 7, 0, 12]).expect("a vocabulary");
    let x = ndarray::arr2(&[[7, 3], [0, 12], [5, 7]]);
    let y = ids.predict(&x).expect("numbers");
    let path = write("own_ids", json!([[7, 3], [0, 12], [5, 7]]), y.shape(), y.to_vec().expect("numbers"));
    ids.save(path).expect("a file");
    // Weights of tokens, found in data and told.
    let mut weighed = model!(Input(1, dtype = string)
        => TextVectorization(max_tokens = 6, output_mode = tf_idf, pad_to_max_tokens = true) => Dense(2));
    weighed.text_vectorization.adapt(&texts).expect("a vocabulary");
    let y = weighed.predict(&texts).expect("numbers");
    let path = write(
        "own_learnt_tf_idf",
        json!([[texts[0]], [texts[1]], [texts[2]]]),
        y.shape(),
        y.to_vec().expect("numbers"),
    );
    weighed.save(path).expect("a file");
    let mut told = model!(Input(2, dtype = int32)
        => IntegerLookup(max_tokens = 5, output_mode = tf_idf, pad_to_max_tokens = true));
    told.integer_lookup.set_weighted_vocabulary(&[7, 3], &[0.5, 0.25]).expect("a vocabulary");
    let y = told.predict(&x).expect("numbers");
    assert_eq!(y.to_vec().expect("numbers")[..5], [0.0, 0.5, 0.25, 0.0, 0.0]);
    let path =
        write("own_told_tf_idf", json!([[7, 3], [0, 12], [5, 7]]), y.shape(), y.to_vec().expect("numbers"));
    told.save(path).expect("a file");
    5
}

model! {
    struct Places { Input(2, dtype = int32) => IntegerLookup(mask_token = 0) }
}

model! {
    struct Words { Input(2, dtype = string) => StringLookup(vocabulary = ["the", "cat"]) => Embedding(4, 1) }
}

model! {
    struct Sentences { Input(1, dtype = string) => TextVectorization(vocabulary = ["the", "cat"]) }
}

/// Strings are read where they stand. The lengths and places are those of Keras 3.15 on TensorFlow.
#[test]
fn a_model_inside_reads_strings() {
    let model = model!(
        let (a, b) = (Input(2, dtype = string), Input(2, dtype = string));
        let words = Words();
        [a => words, b => words] => Add() => Flatten() => Dense(1));
    let table = model.weights()[0].1.to_vec().expect("numbers");
    let (a, b) =
        (ndarray::arr2(&[["cat", "x"], ["the", "the"]]), ndarray::arr2(&[["the", "the"], ["cat", "y"]]));
    let y = model.predict((&a, &b)).expect("numbers");
    let kernel = model.weights()[1].1.to_vec().expect("numbers");
    let wanted = |places: [usize; 4]| {
        (table[places[0]] + table[places[1]]) * kernel[0] + (table[places[2]] + table[places[3]]) * kernel[1]
    };
    let found = y.to_vec().expect("numbers");
    assert!((found[0] - wanted([2, 1, 0, 1])).abs() < 1e-6, "{found:?}");
    assert!((found[1] - wanted([1, 2, 1, 0])).abs() < 1e-6, "{found:?}");
    let one = model.predict_one((&["cat", "x"], &["the", "the"])).expect("numbers");
    assert_eq!(one[0], found[0]);
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ());
    let target = ndarray::arr2(&[[1.0f32], [0.0]]);
    let before = model.evaluate((&a, &b), &target).verbose(0).run().expect("a loss").loss();
    model.fit((&a, &b), &target).epochs(5).verbose(0).run().expect("a history");
    assert!(model.evaluate((&a, &b), &target).verbose(0).run().expect("a loss").loss() < before);
    let texts = model!(Input(1, dtype = string) => Sentences => Rescaling(1.0));
    let y = texts.predict(&["the cat sat", "cat"]).expect("places");
    assert_eq!((y.shape(), y.to_vec().expect("numbers")), (vec![2, 3], vec![2., 3., 1., 3., 0., 0.]));
    assert_eq!(texts.predict_one("cat the").expect("places"), [3.0, 2.0]);
}

/// The places are those of Keras 3.15, where a vocabulary of data is in a model inside another.
#[test]
fn a_model_inside_finds_its_vocabulary_in_data() {
    let mut model = model!(Input(2, dtype = int32) => Places => Rescaling(1.0));
    let x = ndarray::arr2(&[[5, 0], [9, 4]]);
    let error = model.predict(&x).expect_err("no vocabulary").to_string();
    assert!(error.contains("there is no vocabulary yet"), "{error}");
    let data = ndarray::arr2(&[[5, 7], [5, 9], [5, 7]]);
    model.places.integer_lookup.adapt(&data).expect("integers");
    let found = model.predict(&x).expect("numbers");
    assert_eq!(found.to_vec().expect("numbers"), [2.0, 0.0, 4.0, 1.0]);
}

/// The places are those of Keras 3.15: `IntegerLookup(...)`, `adapt`, `get_vocabulary()`.
#[test]
fn a_vocabulary_of_integers_is_learnt_from_data() {
    let mut model = model!(Input(3, dtype = int32) => IntegerLookup(mask_token = 0, num_oov_indices = 2));
    let x = ndarray::arr2(&[[7, 3, 0], [5, 12, 8]]);
    let error = model.predict(&x).expect_err("no vocabulary").to_string();
    assert!(error.contains("there is no vocabulary yet"), "{error}");
    model.integer_lookup.adapt(&[3, 7, 7, 0, 12]).expect("a vocabulary");
    assert_eq!(model.integer_lookup.get_vocabulary().expect("a vocabulary"), [0, -1, -1, 7, 12, 3]);
    assert_eq!(model.predict(&x).expect("places").to_vec().expect("numbers"), [3., 5., 0., 2., 4., 1.]);
    // Another vocabulary takes its place.
    model.integer_lookup.set_vocabulary(&[8, 5]).expect("a vocabulary");
    assert_eq!(model.predict(&x).expect("places").to_vec().expect("numbers"), [2., 2., 0., 4., 1., 3.]);
    let mut given = model!(Input(3, dtype = int32) => IntegerLookup(vocabulary = [1, 2]));
    assert!(given.integer_lookup.adapt(&[1]).is_err_and(|e| e.to_string().contains("given as an argument")));
}
