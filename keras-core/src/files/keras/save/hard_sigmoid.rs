//! `hard_sigmoid` as Keras 1 and 2 had it, in files of Keras 3: `clip(0.2 x + 0.5, 0, 1)` is `relu6(1.2 x + 3) / 6`, so that
//! the `hard_sigmoid` of Keras 3 gives the same where the weights that make `x` are 1.2 times as large.

use core::any::Any;

use keras_files::{Array, ModelPart, Numbers, Part};
use keras_shape::{Activates, Activation, Inner, LayerConfig, LinearIn};
use serde_json::{Value, json};

use super::super::json::object;
use super::super::parts::each_layer;
use crate::model::{AnyLayer, AnyModel};

/// So many times as large are the weights in a file.
const FACTOR: f64 = 1.2;

/// Multiplies the weights before such activations, among the arrays of all weights of a model, for a file of Keras 3.
pub(super) fn to_keras3(model: &dyn AnyModel, arrays: &mut [Array]) {
    each_of(model, &mut |at, linear| multiply(&mut arrays[at], linear, |x| x * FACTOR));
}

/// Divides the weights before such activations, which come from a model of Keras 3.
pub(in super::super) fn from_keras3(model: &dyn AnyModel, arrays: &mut [Option<Array>]) {
    each_of(model, &mut |at, linear| {
        if let Some(array) = &mut arrays[at] {
            multiply(array, linear, |x| x / FACTOR);
        }
    });
}

/// Hands on the place of each weight before such an activation, among all weights of a model.
fn each_of(model: &dyn AnyModel, visit: &mut dyn FnMut(usize, LinearIn)) {
    each_layer(model, &mut |layer, first| {
        of_layer(layer).into_iter().for_each(|(at, linear)| visit(first + at, linear));
    });
}

/// Whether a layer of a model has such an activation.
pub(in super::super) fn is_in(model: &dyn AnyModel) -> bool {
    let mut found = false;
    each_layer(model, &mut |layer, _| found |= layer.config().is_some_and(is_anywhere));
    found
}

/// Whether a layer is such an activation and nothing else. In a file it is two layers in a `Sequential`, the first of which
/// multiplies.
pub(super) fn is_alone(layer: &dyn AnyLayer) -> bool {
    let function = layer.config().and_then(|config| config.facts().activates);
    matches!(function, Some(Activates::Function(Activation::HardSigmoidKeras2)))
}

/// Such a layer, which is called with tensors of this shape.
pub(super) fn alone(name: &str, trainable: bool, shape: &Value) -> Value {
    let own = |class: &str, config: Value| object("keras.layers", class, config);
    let layers = [
        own(
            "InputLayer",
            json!({ "batch_shape": shape, "dtype": "float32", "name": format!("{name}_input") }),
        ),
        own("Rescaling", json!({ "name": scale_of(name), "scale": FACTOR, "offset": 0.0 })),
        own("Activation", json!({ "name": format!("{name}_function"), "activation": "hard_sigmoid" })),
    ];
    let config = json!({
        "name": name, "trainable": trainable, "dtype": "float32", "layers": layers, "build_input_shape": shape,
    });
    object("keras", "Sequential", config)
}

/// The name of the layer that multiplies, of one that is alone.
fn scale_of(name: &str) -> String {
    format!("{name}_scale")
}

/// What the configuration of a model of Keras 3 says of such activations; nothing if it has none.
pub(in super::super) struct Said(String);

impl Said {
    pub fn of(config: Option<&Value>) -> Option<Said> {
        let text = config?.to_string();
        text.contains("\"hard_sigmoid\"").then_some(Said(text))
    }

    /// As [`as_models`], where the file has them so.
    pub fn as_models(&self, model: &dyn AnyModel, part: &mut ModelPart) {
        as_models(model, part, &|name| self.0.contains(&Value::from(scale_of(name)).to_string()));
    }
}

/// Says of such layers, among what is written of a model, that they are models: paths are counted by classes.
pub(super) fn as_models(model: &dyn AnyModel, part: &mut ModelPart, is: &dyn Fn(&str) -> bool) {
    fn of_layer(layer: &dyn AnyLayer, part: &mut Part, is: &dyn Fn(&str) -> bool) {
        match part {
            Part::Model(inner) => match layer.nested() {
                Some(model) => as_models(model, inner, is),
                // A block.
                None => inner.parts.iter_mut().for_each(|part| of_layer(layer, part, is)),
            },
            Part::Wrapped(name, inner) if name == layer.name() => {
                if let Some(layer) = layer.wrapped() {
                    of_layer(layer, inner, is);
                }
            }
            Part::Layer(of) if of.name == layer.name() && is_alone(layer) && is(&of.name) => {
                of.class = "Sequential".into();
            }
            Part::Input | Part::Layer(_) | Part::Wrapped(..) => {}
        }
    }
    for layer in model.layers() {
        let is_its = |part: &&mut Part| layer.nested().is_none() || part.name() == layer.name();
        part.parts.iter_mut().filter(is_its).for_each(|part| of_layer(layer, part, is));
    }
}

/// What is done to a model that is saved, in a sentence for each layer.
pub(in super::super) fn notes(model: &dyn AnyModel) -> Vec<String> {
    let mut notes = Vec::new();
    each_layer(model, &mut |layer, _| {
        let done = match is_alone(layer) {
            true => format!("`Rescaling({FACTOR})` stands before it"),
            false if of_layer(layer).is_empty() => return,
            false => format!("the weights before its `hard_sigmoid` are {FACTOR} times as large"),
        };
        let name = layer.name();
        notes.push(format!(
            "layer `{name}`: in a `.keras` {done}, with which Keras 3 gives the numbers of Keras 2"
        ));
    });
    notes
}

/// What Keras 3 cannot say of an argument, if it cannot.
pub(in super::super) fn check(config: &LayerConfig, argument: &str) -> Result<(), String> {
    if config.facts().linear_in.iter().any(|linear| linear.argument == argument) {
        return Ok(());
    }
    Err(format!(
        "Keras 3 has no `hard_sigmoid` as Keras 2 had it, and what `{argument}` is given here is not made of weights alone, which \
         could be {FACTOR} times as large instead"
    ))
}

/// That a layer inside of another has no such activation: its weights are not what is multiplied there.
pub(in super::super) fn check_inside(outer: &LayerConfig) -> Result<(), String> {
    if inside(outer).is_some() {
        return Ok(());
    }
    let wrapped = outer.wrapped();
    match wrapped.iter().find(|inner| is_anywhere(inner.config)) {
        None => Ok(()),
        Some(inner) => Err(format!(
            "Keras 3 has no `hard_sigmoid` as Keras 2 had it, and the weights of `{}` are not those that `{}` computes with",
            inner.config.class(),
            outer.class()
        )),
    }
}

fn is_one(value: &dyn Any) -> bool {
    matches!(value.downcast_ref(), Some(Activation::HardSigmoidKeras2))
}

/// Whether a layer has such an activation, or one inside has.
fn is_anywhere(config: &LayerConfig) -> bool {
    config.values().into_iter().any(|(_, value)| is_one(value))
        || config.wrapped().iter().any(|inner| is_anywhere(inner.config))
}

/// The layers in a layer whose weights are those of the layer, one behind the other; nothing of a layer that only computes with
/// another.
fn inside(config: &LayerConfig) -> Option<Vec<Inner>> {
    let facts = config.facts();
    if let Some(both) = config.both_ways() {
        return Some(vec![both.layer, both.backward_layer.unwrap_or(both.layer)]);
    }
    if let Some(cells) = facts.stack {
        return Some(cells.to_vec());
    }
    (facts.wraps.is_some() || facts.each_step.is_some()).then(|| config.wrapped())
}

/// The weights of a layer that are to be multiplied, each by its place among them.
fn of_layer(layer: &dyn AnyLayer) -> Vec<(usize, LinearIn)> {
    let Some(config) = layer.config().filter(|config| is_anywhere(config)) else { return Vec::new() };
    let paths: Vec<String> = layer.named_params().into_iter().map(|(path, _)| path).collect();
    let mut found = Vec::new();
    add(config, &paths, 0, &mut found);
    found
}

fn add(config: &LayerConfig, paths: &[String], first: usize, found: &mut Vec<(usize, LinearIn)>) {
    if let Some(layers) = inside(config) {
        let mut rest = (first, paths);
        for (at, inner) in layers.iter().enumerate() {
            let count = match layers.len() - at {
                1 => rest.1.len(),
                _ if config.both_ways().is_some() => paths.len() / 2,
                _ => first_cell(rest.1),
            };
            add(inner.config, &rest.1[..count], rest.0, found);
            rest = (rest.0 + count, &rest.1[count..]);
        }
        return;
    }
    let values = config.values();
    for linear in config.facts().linear_in {
        let argument = values.iter().find(|(key, _)| *key == linear.argument);
        if !argument.is_some_and(|(_, value)| is_one(*value)) {
            continue;
        }
        for (at, path) in paths.iter().enumerate() {
            let name = path.rsplit('/').next().unwrap_or(path);
            if linear.weights.contains(&name) {
                found.push((first + at, *linear));
            }
        }
    }
}

/// How many weights the first cell of a stack has, whose name their paths have in common.
fn first_cell(paths: &[String]) -> usize {
    let cell = |path: &String| path.rsplit('/').nth(1).unwrap_or_default().to_string();
    let first = paths.first().map(cell);
    paths.iter().take_while(|path| Some(cell(path)) == first).count()
}

fn multiply(array: &mut Array, linear: LinearIn, factor: impl Fn(f64) -> f64) {
    let Some(last) = array.shape.last().copied() else { return };
    let Numbers::F32(values) = &mut array.data else { return };
    let length = (last / linear.of).max(1);
    for (i, value) in values.iter_mut().enumerate() {
        if linear.parts.contains(&(i % last / length)) {
            *value = factor(f64::from(*value)) as f32;
        }
    }
}
