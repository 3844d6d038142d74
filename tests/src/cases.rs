//! One case of the fixtures against one model.

use std::collections::HashMap;
use std::fs::read_to_string;
use std::path::Path;
use std::sync::OnceLock;

use keras_core::engine::{self, Squares, without};
use keras_core::model::{AnyLayer, AnyModel, Model};
use keras_core::tensor::{Of, Raw};
use ndarray::ArrayD;
use serde_json::Value as Json;

use crate::Archive;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

type Cases = HashMap<String, Json>;

fn by_id(cases: impl IntoIterator<Item = Json>) -> Cases {
    cases.into_iter().map(|case| (case["id"].as_str().unwrap_or_default().to_string(), case)).collect()
}

/// A part of a file of cases.
fn part(file: &str, name: &str) -> Cases {
    let all: Json = serde_json::from_str(&fixture(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    by_id(all[name].as_array().expect("cases").clone())
}

/// A file with a case on each line.
fn lines(name: &str) -> Cases {
    by_id(fixture(name).lines().map(|line| serde_json::from_str(line).expect("JSON")))
}

fn find(cases: &'static Cases, id: &str) -> &'static Json {
    cases.get(id).unwrap_or_else(|| panic!("no case {id}"))
}

fn layer_case(id: &str) -> &'static Json {
    static CASES: OnceLock<Cases> = OnceLock::new();
    find(CASES.get_or_init(|| part("cases.json", "layers")), id)
}

/// The models of `merge.npz`, of public reports, and of masks that layers handle in an unusual way.
fn functional_case(id: &str) -> &'static Json {
    static CASES: OnceLock<Cases> = OnceLock::new();
    find(
        CASES.get_or_init(|| {
            let more = ["reports.json", "hidden.json", "states.json", "mixed.json"]
                .into_iter()
                .flat_map(|file| part(file, "models"));
            part("cases.json", "functional").into_iter().chain(more).collect()
        }),
        id,
    )
}

fn shape_case(id: &str) -> &'static Json {
    static CASES: OnceLock<Cases> = OnceLock::new();
    find(CASES.get_or_init(|| lines("shapes.jsonl")), id)
}

fn functional_model(id: &str) -> &'static Json {
    static CASES: OnceLock<Cases> = OnceLock::new();
    find(CASES.get_or_init(|| lines("functional.jsonl")), id)
}

/// A model of one input and one output.
pub trait OneToOne: Model {
    /// Predicts.
    ///
    /// # Errors
    /// As `Model::predict`.
    fn predict_array(&self, x: &ArrayD<f32>) -> keras_core::Result<Vec<f32>>;
}

impl<M: Model<Inputs = Of<<M as Model>::Input>, Outputs = Of<<M as Model>::Output>>> OneToOne for M {
    fn predict_array(&self, x: &ArrayD<f32>) -> keras_core::Result<Vec<f32>> {
        self.predict(x)?.to_vec()
    }
}

/// A shape in the fixtures' words: `[null, 10]`.
fn shape_text(json: &Json) -> String {
    let dims: Vec<String> = json
        .as_array()
        .expect("a shape")
        .iter()
        .map(|d| d.as_u64().map_or("None".to_string(), |n| n.to_string()))
        .collect();
    if dims.len() == 1 { format!("({},)", dims[0]) } else { format!("({})", dims.join(", ")) }
}

/// Compares shapes, parameter counts, layer names and both summaries with Keras's.
///
/// # Panics
/// They differ.
pub fn check_shape<M: Model>(id: &str, model: M) {
    let case = shape_case(id);
    assert_eq!(model.output_shape().to_string(), shape_text(&case["output_shape"]), "{id}: output shape");
    assert_eq!(model.count_params() as u64, case["params"].as_u64().expect("params"), "{id}: params");
    let layers = model.layers();
    let expected = case["layers"].as_array().expect("layers");
    let flat = !expected.iter().any(|layer| layer["class"] == "Sequential");
    if flat {
        let names: Vec<&str> = layers.iter().map(|layer| layer.name()).collect();
        let wanted: Vec<&str> =
            expected.iter().map(|layer| layer["name"].as_str().unwrap_or_default()).collect();
        assert_eq!(names, wanted, "{id}: names");
    }
    let after_build = case["source"].as_array().is_some_and(|lines| {
        lines.iter().any(|line| line.as_str().is_some_and(|line| line.starts_with("model.")))
    });
    if after_build {
        // What Python did to the model afterwards is not part of its source here.
        return;
    }
    for (key, length) in [("summary", None), ("summary_80col", Some(76))] {
        let Some(wanted) = case[key].as_str() else { continue };
        let summary = match length {
            Some(length) => model.summary().line_length(length),
            None => model.summary(),
        };
        assert_eq!(summary.to_string().trim_end(), wanted.trim_end(), "{id}: {key}");
    }
}

fn raw(array: &ArrayD<f32>) -> Raw {
    let values = array.iter().copied().collect();
    Raw::from_f32(values, array.shape()).expect("a tensor")
}

/// Compares two lists of numbers; what counts is the distance over the largest finite one. NaN and infinities are the
/// same in both.
///
/// # Panics
/// They differ.
pub fn close(what: &str, found: &[f32], wanted: &ArrayD<f32>, tolerance: f32) {
    let wanted: Vec<f32> = wanted.iter().copied().collect();
    assert_eq!(found.len(), wanted.len(), "{what}: number of elements");
    let scale = wanted.iter().filter(|x| x.is_finite()).fold(1.0f32, |m, x| m.max(x.abs()));
    for (i, (f, w)) in found.iter().zip(&wanted).enumerate() {
        let same = f == w || (f.is_nan() && w.is_nan());
        assert!(same || (f - w).abs() <= tolerance * scale, "{what}: element {i} is {f}, Keras's is {w}");
    }
}

/// Gives a model Keras's weights and compares outputs (1e-5), loss and gradients (1e-4, relative to
/// the largest) and moving averages with Keras's.
///
/// # Panics
/// They differ.
pub fn check_layer<M: OneToOne>(group: &str, id: &str, mut model: M) {
    let case = layer_case(id);
    let archive = Archive::open(group);
    let key = |name: &str| format!("{id}/{name}");
    assert_eq!(model.output_shape().to_string(), shape_text(&case["output_shape"]), "{id}: output shape");
    assert_eq!(model.count_params() as u64, case["params"].as_u64().expect("params"), "{id}: params");
    let weights = archive.numbered(&key("w"));
    let shapes: Vec<Vec<usize>> = model.weights().iter().map(|(_, w)| w.shape()).collect();
    let wanted: Vec<Vec<usize>> = weights.iter().map(|w| w.shape().to_vec()).collect();
    assert_eq!(shapes, wanted, "{id}: weights");
    let raws: Vec<Raw> = weights.iter().map(raw).collect();
    model.set_weights(&raws).expect("weights fit");
    let x = archive.get(&key("x"));
    let predicted = model.predict_array(&x).unwrap_or_else(|e| panic!("{id}: {e}"));
    close(&format!("{id}: output"), &predicted, &archive.get(&key("y")), 1e-5);
    pass(&model, id, &archive, "", false);
    if case["train"].as_bool() == Some(true) {
        pass(&model, id, &archive, "_train", true);
    }
}

/// Loss and gradients, and what a training pass leaves behind.
fn pass<M: Model>(model: &M, id: &str, archive: &Archive, suffix: &str, training: bool) {
    by_kernels_and_operations(|| pass_here(model, id, archive, suffix, training));
}

fn pass_here<M: Model>(model: &M, id: &str, archive: &Archive, suffix: &str, training: bool) {
    let key = |name: &str| format!("{id}/{name}{suffix}");
    model.reset_states();
    let (found, value) = squared(model, archive, id, training);
    close(&format!("{id}: output{suffix}"), &found.outputs[0], &archive.get(&key("y")), 1e-5);
    close(&format!("{id}: loss{suffix}"), &[value as f32], &archive.get(&key("loss")), 1e-5);
    let mut wanted = Vec::new();
    for i in 0.. {
        let name = if suffix.is_empty() { format!("{id}/g{i}") } else { format!("{id}/g{suffix}{i}") };
        if !archive.has(&name) {
            break;
        }
        wanted.push(archive.get(&name));
    }
    check_gradients(&found, &wanted, &format!("{id}{suffix}"));
    if archive.has(&key("gx")) {
        let wanted = archive.get(&key("gx"));
        let found = gradient(&found.input_gradients[0], wanted.len());
        close(&format!("{id}: input gradient{suffix}"), &found, &wanted, 1e-4);
    }
    for (i, weight) in found.weights.iter().enumerate() {
        let name = format!("{id}/w_after{i}");
        if training && archive.has(&name) {
            let weight = weight.to_vec().expect("numbers");
            close(&format!("{id}: weight {i} after training"), &weight, &archive.get(&name), 1e-5);
        }
    }
}

/// Checks a model by the kernels of its layers, and by their operations.
fn by_kernels_and_operations(check: impl Fn()) {
    check();
    without(check);
}

/// A pass whose loss is the mean squared difference of each output from its target, and all that layers and weights add.
fn squared(model: &dyn AnyModel, archive: &Archive, id: &str, training: bool) -> (Squares, f64) {
    let flat = |x: &ArrayD<f32>| x.iter().copied().collect::<Vec<f32>>();
    let inputs: Vec<_> = each(archive, id, "x").iter().map(|x| (flat(x), lengths(x.shape()))).collect();
    let targets: Vec<_> = each(archive, id, "t").iter().map(flat).collect();
    let found = engine::pass(model, &inputs, training, |i, y, dy| {
        // Not twice the difference first, which may be beyond the largest float.
        let share = 2.0 / y.len() as f32;
        dy.iter_mut().zip(y).zip(&targets[i]).for_each(|((dy, y), t)| *dy = (y - t) * share);
    });
    let found = found.unwrap_or_else(|e| panic!("{id}: {e}"));
    let mean = |(y, t): (&Vec<f32>, &Vec<f32>)| {
        let squares: f64 = y.iter().zip(t).map(|(y, t)| f64::from(y - t) * f64::from(y - t)).sum();
        squares / y.len() as f64
    };
    let value = found.added + found.outputs.iter().zip(&targets).map(mean).sum::<f64>();
    (found, value)
}

fn gradient(found: &Option<Vec<f32>>, n: usize) -> Vec<f32> {
    found.clone().unwrap_or_else(|| vec![0.0; n])
}

/// The gradients of all trainable weights.
fn check_gradients(found: &Squares, wanted: &[ArrayD<f32>], id: &str) {
    let trained = found.gradients.iter().zip(&found.trained).filter(|(_, trained)| **trained);
    let gradients: Vec<&Option<Vec<f32>>> = trained.map(|(gradient, _)| gradient).collect();
    assert_eq!(gradients.len(), wanted.len(), "{id}: number of trainable weights");
    for (i, (found, wanted)) in gradients.into_iter().zip(wanted).enumerate() {
        close(&format!("{id}: gradient {i}"), &gradient(found, wanted.len()), wanted, 1e-4);
    }
}

/// One number is an array of one here, and of no axes in Keras.
fn lengths(shape: &[usize]) -> Vec<usize> {
    if shape.is_empty() { vec![1] } else { shape.to_vec() }
}

/// The arrays `x`, `x1`, `x2`, ... of a case.
fn each(archive: &Archive, id: &str, name: &str) -> Vec<ArrayD<f32>> {
    let key = |i: usize| if i == 0 { format!("{id}/{name}") } else { format!("{id}/{name}{i}") };
    (0..).map(key).take_while(|key| archive.has(key)).map(|key| archive.get(&key)).collect()
}

/// Gives a model of several inputs or outputs Keras's weights and compares declared shapes, outputs (1e-5), loss and
/// gradients (1e-4, relative to the largest) with Keras's.
///
/// # Panics
/// They differ.
pub fn check_layers(group: &str, id: &str, mut model: impl AnyModel) {
    let case = functional_case(id);
    let archive = Archive::open(group);
    let structure = model.structure();
    let declared: Vec<String> =
        (0..structure.outputs.len()).map(|i| structure.output_shape(i).to_string()).collect();
    let wanted: Vec<String> =
        case["output_shapes"].as_array().expect("output shapes").iter().map(shape_text).collect();
    assert_eq!(declared, wanted, "{id}: output shapes");

    let weights = archive.numbered(&format!("{id}/w"));
    let wanted: Vec<Vec<usize>> = weights.iter().map(|w| lengths(w.shape())).collect();
    let found: Vec<Vec<usize>> =
        model.named_params().iter().map(|(_, param)| param.value().shape()).collect();
    assert_eq!(found, wanted, "{id}: weights");
    let raws: Vec<Raw> = weights
        .iter()
        .map(|w| {
            let values = w.iter().copied().collect();
            Raw::from_f32(values, &lengths(w.shape())).expect("a weight")
        })
        .collect();
    let params = model.layers_mut().into_iter().flat_map(|layer| layer.params_mut());
    for (param, value) in params.zip(raws) {
        param.set_value(value).expect("the shape of the weight");
    }

    by_kernels_and_operations(|| check_numbers(id, &model, &archive));
}

/// Outputs, loss and gradients.
fn check_numbers(id: &str, model: &dyn AnyModel, archive: &Archive) {
    let (found, value) = squared(model, archive, id, false);
    let ys = each(archive, id, "y");
    assert_eq!(found.outputs.len(), ys.len(), "{id}: number of outputs");
    for (i, ((output, shape), y)) in found.outputs.iter().zip(&found.shapes).zip(&ys).enumerate() {
        assert_eq!(shape, y.shape(), "{id}: shape of output {i}");
        close(&format!("{id}: output {i}"), output, y, 1e-5);
    }
    close(&format!("{id}: loss"), &[value as f32], &archive.get(&format!("{id}/loss")), 1e-5);
    check_gradients(&found, &archive.numbered(&format!("{id}/g")), id);
    for (i, found) in found.input_gradients.iter().enumerate() {
        let key = if i == 0 { format!("{id}/gx") } else { format!("{id}/gx{i}") };
        if archive.has(&key) {
            let wanted = archive.get(&key);
            close(&format!("{id}: gradient of input {i}"), &gradient(found, wanted.len()), &wanted, 1e-4);
        }
    }
}

/// The names of layers, those of a `Sequential` in its place.
fn layer_names(layers: &Json) -> Vec<&str> {
    let layers = layers.as_array().expect("layers").iter().filter(|layer| layer["class"] != "InputLayer");
    layers
        .flat_map(|layer| match layer.get("sublayers") {
            Some(inner) => layer_names(inner),
            None => vec![layer["name"].as_str().unwrap_or_default()],
        })
        .collect()
}

/// Compares output shapes and names, parameter counts, weights, layer names and all summaries of a model that
/// branches with Keras's.
///
/// # Panics
/// They differ.
pub fn check_functional(id: &str, model: &impl Model) {
    let case = functional_model(id);
    let found: Vec<String> = model.output_shapes().iter().map(ToString::to_string).collect();
    let wanted: Vec<String> =
        case["output_shapes"].as_array().expect("output shapes").iter().map(shape_text).collect();
    assert_eq!(found, wanted, "{id}: output shapes");
    let wanted: Vec<&str> =
        case["output_names"].as_array().expect("output names").iter().filter_map(Json::as_str).collect();
    assert_eq!(model.structure().output_names, wanted, "{id}: output names");
    assert_eq!(model.count_params() as u64, case["params"].as_u64().expect("params"), "{id}: params");
    // The layers of a model inside a model are its own.
    if case.get("model").is_some() {
        let names: Vec<&str> = model.layers().into_iter().map(AnyLayer::name).collect();
        assert_eq!(names, layer_names(&case["layers"]), "{id}: layers");
    }
    let lengths = |shape: &Json| -> Vec<usize> {
        let shape = shape.as_array().expect("a shape").iter();
        let lengths: Vec<usize> = shape.filter_map(|n| n.as_u64().map(|n| n as usize)).collect();
        // One number is an array of one here, and of no axes in Keras.
        if lengths.is_empty() { vec![1] } else { lengths }
    };
    let wanted: Vec<Vec<usize>> =
        case["weights"].as_array().expect("weights").iter().map(|pair| lengths(&pair[1])).collect();
    let found: Vec<Vec<usize>> = model.weights().iter().map(|(_, w)| w.shape()).collect();
    assert_eq!(found, wanted, "{id}: weights");
    let summaries = [
        ("summary", model.summary()),
        ("summary_80col", model.summary().line_length(76)),
        ("expanded", model.summary().expand_nested(true).show_trainable(true)),
    ];
    for (key, summary) in summaries {
        let wanted = case[key].as_str().expect("a summary").trim_end();
        let found = summary.to_string();
        assert_eq!(found.trim_end(), wanted, "{id}: {key}\n{found}\n{wanted}");
    }
}
