//! One case of the fixtures against one model.

use std::collections::HashMap;
use std::fs::read_to_string;
use std::path::Path;
use std::sync::OnceLock;

use burn::tensor::Tensor;
use keras_core::context::Context;
use keras_core::engine::differences;
use keras_core::model::{AnyLayer, AnyModel, Model};
use keras_core::shape::Regularizer;
use keras_core::tensor::{Of, Raw, Value};
use keras_core::training::regularizers::on_tape;
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

fn raw(array: &ArrayD<f32>, model: &dyn AnyModel) -> Raw {
    let values = array.iter().copied().collect();
    Raw::from_f32(values, array.shape(), &model.device()).expect("a tensor")
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
    let raws: Vec<Raw> = weights.iter().map(|w| raw(w, &model)).collect();
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
    let key = |name: &str| format!("{id}/{name}{suffix}");
    model.reset_states();
    let device = model.device();
    let mut context = if training { Context::training(device, 0, 0) } else { Context::gradients(device) };
    let x = raw(&archive.get(&format!("{id}/x")), model);
    let x_leaf = if archive.has(&key("gx")) { x.tracked().expect("leaf") } else { x };
    let outputs =
        model.forward(vec![Value::new(x_leaf.clone())], &mut context).unwrap_or_else(|e| panic!("{id}: {e}"));
    let y = outputs[0].data.flat().expect("output");
    close(
        &format!("{id}: output{suffix}"),
        &outputs[0].data.to_vec().expect("output"),
        &archive.get(&key("y")),
        1e-5,
    );
    let t = raw(&archive.get(&format!("{id}/t")), model).flat().expect("target");
    let mut loss: Tensor<1> = (y - t).powi_scalar(2).mean();
    for extra in context.take_losses() {
        loss = loss + extra;
    }
    for param in model.layers().iter().flat_map(|layer| layer.params()) {
        if let Some(penalty) =
            context.leaf(param.id).and_then(|leaf| on_tape(&param.regularizer, leaf).expect("penalty"))
        {
            loss = loss + penalty;
        }
    }
    let found = Raw::new(loss.clone()).to_vec().expect("loss");
    close(&format!("{id}: loss{suffix}"), &found, &archive.get(&key("loss")), 1e-5);
    let mut gradients = if loss.is_tracked() { Some(loss.backward()) } else { None };
    let leaves: Vec<Raw> = model
        .layers()
        .iter()
        .flat_map(|layer| layer.params())
        .filter_map(|param| context.leaf(param.id).cloned())
        .collect();
    let mut wanted = Vec::new();
    for i in 0.. {
        let name = if suffix.is_empty() { format!("{id}/g{i}") } else { format!("{id}/g{suffix}{i}") };
        if !archive.has(&name) {
            break;
        }
        wanted.push(archive.get(&name));
    }
    assert_eq!(leaves.len(), wanted.len(), "{id}: number of trainable weights");
    for (i, (leaf, wanted)) in leaves.iter().zip(&wanted).enumerate() {
        let grad = gradients.as_mut().and_then(|g| leaf.grad(g).expect("gradient"));
        let found = grad.map_or(vec![0.0; wanted.len()], |g| g.to_vec().expect("gradient"));
        close(&format!("{id}: gradient {i}{suffix}"), &found, wanted, 1e-4);
    }
    if archive.has(&key("gx")) {
        let wanted = archive.get(&key("gx"));
        let grad = gradients.as_mut().and_then(|g| x_leaf.grad(g).expect("gradient"));
        let found = grad.map_or(vec![0.0; wanted.len()], |g| g.to_vec().expect("gradient"));
        close(&format!("{id}: input gradient{suffix}"), &found, &wanted, 1e-4);
    }
    let updates = context.take_updates();
    for (i, param) in model.layers().iter().flat_map(|layer| layer.params()).enumerate() {
        let name = format!("{id}/w_after{i}");
        if training && archive.has(&name) {
            // A frozen layer keeps its averages.
            let updated = updates.iter().rev().find(|(updated, _)| *updated == param.id);
            let value = updated.map_or(&param.value, |(_, value)| value);
            close(
                &format!("{id}: {} after training", param.path),
                &value.to_vec().expect("value"),
                &archive.get(&name),
                1e-5,
            );
        }
    }
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
    // One number is an array of one here, and of no axes in Keras.
    let lengths = |shape: &[usize]| if shape.is_empty() { vec![1] } else { shape.to_vec() };
    let wanted: Vec<Vec<usize>> = weights.iter().map(|w| lengths(w.shape())).collect();
    let found: Vec<Vec<usize>> = model.named_params().iter().map(|(_, param)| param.value.shape()).collect();
    assert_eq!(found, wanted, "{id}: weights");
    let raws: Vec<Raw> = weights
        .iter()
        .map(|w| {
            let values = w.iter().copied().collect();
            Raw::from_f32(values, &lengths(w.shape()), &model.device()).expect("a weight")
        })
        .collect();
    let params = model.layers_mut().into_iter().flat_map(|layer| layer.params_mut());
    for (param, value) in params.zip(raws) {
        param.value = value;
    }

    let mut context = Context::gradients(model.device());
    let gradients_wanted = |i: usize| {
        let key = if i == 0 { format!("{id}/gx") } else { format!("{id}/gx{i}") };
        archive.has(&key).then(|| archive.get(&key))
    };
    let xs: Vec<Raw> = each(&archive, id, "x")
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let x = raw(x, &model);
            if gradients_wanted(i).is_some() { x.tracked().expect("leaf") } else { x }
        })
        .collect();
    let given = xs.iter().map(|x| Value::new(x.clone())).collect();
    let outputs = model.forward(given, &mut context).unwrap_or_else(|e| panic!("{id}: {e}"));
    let (ys, ts) = (each(&archive, id, "y"), each(&archive, id, "t"));
    assert_eq!(outputs.len(), ys.len(), "{id}: number of outputs");
    let mut loss: Option<Tensor<1>> = None;
    for (i, ((output, y), t)) in outputs.iter().zip(&ys).zip(&ts).enumerate() {
        assert_eq!(output.data.shape(), y.shape(), "{id}: shape of output {i}");
        close(&format!("{id}: output {i}"), &output.data.to_vec().expect("output"), y, 1e-5);
        let t = raw(t, &model).flat().expect("target");
        let term = (output.data.flat().expect("output") - t).powi_scalar(2).mean();
        loss = Some(match loss {
            Some(loss) => loss + term,
            None => term,
        });
    }
    let mut loss = loss.expect("an output");
    for extra in context.take_losses() {
        loss = loss + extra;
    }
    for param in model.layers().iter().flat_map(|layer| layer.params()) {
        if let Some(leaf) = context.leaf(param.id)
            && let Some(penalty) = on_tape(&param.regularizer, leaf).expect("penalty")
        {
            loss = loss + penalty;
        }
    }
    let found = Raw::new(loss.clone()).to_vec().expect("loss");
    close(&format!("{id}: loss"), &found, &archive.get(&format!("{id}/loss")), 1e-5);

    let mut gradients = if loss.is_tracked() { Some(loss.backward()) } else { None };
    let mut gradient = |leaf: &Raw, n: usize| {
        let grad = gradients.as_mut().and_then(|g| leaf.grad(g).expect("gradient"));
        grad.map_or(vec![0.0; n], |g| g.to_vec().expect("gradient"))
    };
    let leaves: Vec<Raw> = model
        .layers()
        .iter()
        .flat_map(|layer| layer.params())
        .filter_map(|param| context.leaf(param.id).cloned())
        .collect();
    let wanted = archive.numbered(&format!("{id}/g"));
    assert_eq!(leaves.len(), wanted.len(), "{id}: number of trainable weights");
    for (i, (leaf, wanted)) in leaves.iter().zip(&wanted).enumerate() {
        close(&format!("{id}: gradient {i}"), &gradient(leaf, wanted.len()), wanted, 1e-4);
    }
    for (i, x) in xs.iter().enumerate() {
        if let Some(wanted) = gradients_wanted(i) {
            close(&format!("{id}: gradient of input {i}"), &gradient(x, wanted.len()), &wanted, 1e-4);
        }
    }
    check_plan(id, &model, &archive);
}

/// The same numbers from a plan: outputs, and gradients where the loss is that of the outputs alone.
fn check_plan(id: &str, model: &dyn AnyModel, archive: &Archive) {
    let flat = |x: &ArrayD<f32>| x.iter().copied().collect::<Vec<f32>>();
    let inputs: Vec<_> = each(archive, id, "x").iter().map(|x| (flat(x), x.shape().to_vec())).collect();
    let targets: Vec<_> = each(archive, id, "t").iter().map(flat).collect();
    let found = differences(model, &inputs, &targets).unwrap_or_else(|e| panic!("{id}: {e}"));
    let Some(found) = found else { return };
    for (i, (output, y)) in found.outputs.iter().zip(each(archive, id, "y")).enumerate() {
        close(&format!("{id}: output {i} of a plan"), output, &y, 1e-5);
    }
    let params = model.layers().into_iter().flat_map(|layer| layer.params());
    if params.into_iter().any(|param| param.regularizer != Regularizer::None) {
        return;
    }
    let found = found.gradients.into_iter().flatten();
    for (i, (found, wanted)) in found.zip(archive.numbered(&format!("{id}/g"))).enumerate() {
        close(&format!("{id}: gradient {i} of a plan"), &found, &wanted, 1e-4);
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
