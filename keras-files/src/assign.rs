//! Which array of a file is which weight of a model.

use std::collections::HashMap;

use crate::array::Array;
use crate::bins;
use crate::dequantize::dequantized;
use crate::directions;
use crate::error::{Result, shown};
use crate::hdf5::Hdf5;
use crate::layout::to_keras_3;
use crate::lora::{Scales, with_zeros};
use crate::parts::{Counter, LayerPart, ModelPart, Part, WantedWeight};
use crate::writer::Writer;

/// How the layers of a file and those of a model are told to be the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// By name where all names agree, else by order; the paths of Keras 3 are those of the order.
    #[default]
    Either,
    /// By name: layers of other names keep their weights.
    Name,
    /// By order.
    Order,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// The array of each weight, by its index; nothing where the file has none.
    pub arrays: Vec<Option<Array>>,
    /// What does not fit.
    pub problems: Vec<Problem>,
    /// What the file has and the model does not ask for, as paths.
    pub unused: Vec<String>,
}

/// What does not fit between a file and a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The layer of the model; empty if it is about the whole.
    pub layer: String,
    /// The weight of the model, if it is about one.
    pub weight: Option<String>,
    /// What it is.
    pub kind: ProblemKind,
}

/// What a [`Problem`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The file has no such layer, or no such weight.
    Missing,
    /// Another shape.
    Shape {
        /// That of the model.
        expected: Vec<usize>,
        /// That of the file.
        found: Vec<usize>,
    },
    /// Another number of weights of the layer.
    Count {
        /// That of the model.
        expected: usize,
        /// That of the file.
        found: usize,
    },
    /// Another number of layers with weights.
    Layers {
        /// That of the model.
        expected: usize,
        /// That of the file.
        found: usize,
    },
    /// An array that cannot be read.
    Unreadable(String),
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let what = match &self.weight {
            Some(weight) => format!("`{}`", shown(weight)),
            None => format!("layer `{}`", shown(&self.layer)),
        };
        match &self.kind {
            ProblemKind::Missing => write!(f, "{what} is not in the file"),
            ProblemKind::Shape { expected, found } => {
                write!(f, "{what} is {found:?} in the file, and {expected:?} in the model")?;
                let axis = expected.iter().zip(found).position(|(a, b)| a != b);
                match axis {
                    Some(axis) if expected.len() == found.len() => write!(f, ": axis {axis} differs"),
                    _ => Ok(()),
                }
            }
            ProblemKind::Count { expected, found } => {
                write!(f, "{what} has {found} weights in the file, and {expected} in the model")
            }
            ProblemKind::Layers { expected, found } => {
                write!(f, "the file has {found} layers with weights, and the model {expected}")
            }
            ProblemKind::Unreadable(why) => write!(f, "{what}: {why}"),
        }
    }
}

impl Assigned {
    fn of(model: &ModelPart) -> Self {
        let count = Part::Model(model.clone()).weights().iter().map(|w| w.index + 1).max().unwrap_or(0);
        Assigned { arrays: vec![None; count], ..Assigned::default() }
    }

    fn problem(&mut self, layer: &str, weight: Option<&str>, kind: ProblemKind) {
        self.problems.push(Problem { layer: layer.into(), weight: weight.map(str::to_string), kind });
    }

    /// Takes the arrays of a layer, each for a weight.
    fn take(&mut self, layer: &str, wanted: &[&WantedWeight], arrays: Vec<Array>) {
        if wanted.len() != arrays.len() {
            let kind = ProblemKind::Count { expected: wanted.len(), found: arrays.len() };
            return self.problem(layer, None, kind);
        }
        for (want, array) in wanted.iter().zip(arrays) {
            // Keras's single numbers have no axes; tensors here have one at least.
            let alone = want.shape == [1] && array.shape.is_empty();
            if array.shape != want.shape && !alone {
                let kind = ProblemKind::Shape { expected: want.shape.clone(), found: array.shape };
                self.problem(layer, Some(&want.path), kind);
                continue;
            }
            self.arrays[want.index] = Some(array);
        }
    }
}

/// The weights of a legacy file: a group for each layer, in an order that the file says.
pub(crate) fn legacy(
    file: &Hdf5,
    root: &str,
    model: &ModelPart,
    (writer, scales): (&Writer, &Scales),
    by: By,
) -> Result<Assigned> {
    let mut out = Assigned::of(model);
    let stored = legacy_layers(file, root)?;
    let parts: Vec<&Part> = model.parts.iter().filter(|part| !part.weights().is_empty()).collect();
    let places: HashMap<&str, usize> = stored.iter().enumerate().map(|(i, s)| (s.name.as_str(), i)).collect();
    let by_name: Vec<Option<usize>> = parts.iter().map(|part| places.get(part.name()).copied()).collect();
    let all_named = by_name.iter().all(Option::is_some) && parts.len() == stored.len();
    let pairs: Vec<Option<usize>> = match by {
        By::Name => by_name,
        By::Either if all_named => by_name,
        _ if parts.len() != stored.len() => {
            let kind = ProblemKind::Layers { expected: parts.len(), found: stored.len() };
            out.problem("", None, kind);
            // What agrees by name may still be wanted, where mismatches are skipped.
            by_name
        }
        _ => (0..parts.len()).map(Some).collect(),
    };
    for (part, at) in parts.iter().zip(&pairs) {
        match at {
            Some(at) => legacy_part(file, &stored[*at], part, (writer, scales), &mut out),
            None => out.problem(part.name(), None, ProblemKind::Missing),
        }
    }
    for (at, stored) in stored.iter().enumerate() {
        if !pairs.contains(&Some(at)) {
            out.unused.extend(stored.names.iter().map(|name| format!("{}/{name}", stored.name)));
        }
    }
    Ok(out)
}

/// The paths of the weights of a legacy file below its root, in order.
pub(crate) fn legacy_paths(file: &Hdf5, root: &str) -> Result<Vec<String>> {
    let of_layer = |stored: &Stored| -> Vec<String> {
        stored.names.iter().map(|name| format!("{}/{name}", stored.name)).collect()
    };
    Ok(legacy_layers(file, root)?.iter().flat_map(of_layer).collect())
}

/// A layer of a legacy file.
struct Stored {
    name: String,
    group: String,
    names: Vec<String>,
}

/// The layers of a legacy file that have weights, in order.
fn legacy_layers(file: &Hdf5, root: &str) -> Result<Vec<Stored>> {
    let mut stored = Vec::new();
    for name in file.texts(root, "layer_names")?.unwrap_or_default() {
        let group = if root.is_empty() { name.clone() } else { format!("{root}/{name}") };
        let mut names = file.texts(&group, "weight_names")?.unwrap_or_default();
        names.retain(|name| !bins::is_summary(file, &format!("{group}/{name}")));
        if !names.is_empty() {
            stored.push(Stored { name, group, names });
        }
    }
    Ok(stored)
}

fn legacy_part(
    file: &Hdf5,
    stored: &Stored,
    part: &Part,
    (writer, scales): (&Writer, &Scales),
    out: &mut Assigned,
) {
    let mut arrays = Vec::with_capacity(stored.names.len());
    for name in &stored.names {
        match file.array(&format!("{}/{name}", stored.group)) {
            Ok(array) => arrays.push(array),
            Err(error) => {
                return out.problem(part.name(), None, ProblemKind::Unreadable(error.to_string()));
            }
        }
    }
    // Layers that have LoRA here take all three. One in a wrapper is named in the paths of its weights.
    let layers = part.layers();
    let has_lora = |name: &str| {
        layers.iter().any(|layer| {
            let is_of =
                |weight: &&WantedWeight| layer.name == name || weight.path.rsplit('/').nth(1) == Some(name);
            layer.weights.iter().filter(is_of).any(WantedWeight::is_lora)
        })
    };
    let (names, arrays) = match scales.merged(&stored.names, arrays, &has_lora) {
        Ok(merged) => merged,
        Err(error) => return out.problem(part.name(), None, ProblemKind::Unreadable(error.to_string())),
    };
    if let Part::Layer(layer) = part {
        let all: Vec<usize> = (0..names.len()).collect();
        return layer_arrays(layer, (&names, &arrays, &all), writer, out);
    }
    let layers: Vec<&LayerPart> = layers.into_iter().filter(|layer| !layer.weights.is_empty()).collect();
    if let Some(groups) = by_prefix(&layers, &names) {
        let mut found = Assigned { arrays: out.arrays.clone(), ..Assigned::default() };
        for (layer, at) in layers.iter().zip(&groups) {
            layer_arrays(layer, (&names, &arrays, at), writer, &mut found);
        }
        if found.problems.is_empty() {
            out.arrays = found.arrays;
            return;
        }
    }
    if layers.iter().any(|layer| directions::both_ways(layer)) && directions::turned(&names) {
        let why = "a forward direction in it is frozen in the file, and which weights are its is not known";
        return out.problem(part.name(), None, ProblemKind::Unreadable(why.into()));
    }
    out.take(part.name(), &part.legacy_order(), arrays);
}

/// Takes those of the arrays that are of a layer, by their places.
fn layer_arrays(
    layer: &LayerPart,
    (names, arrays, at): (&[String], &[Array], &[usize]),
    writer: &Writer,
    out: &mut Assigned,
) {
    let names: Vec<&str> = at.iter().map(|at| names[*at].as_str()).collect();
    let arrays = at.iter().map(|at| arrays[*at].clone()).collect();
    let (layer, arrays) = directions::ordered(layer, &names, arrays);
    let arrays = dequantized(&layer, &names, arrays).and_then(|arrays| to_keras_3(arrays, &layer, writer));
    match arrays {
        Ok(arrays) => out.take(&layer.name, &layer.weights.iter().collect::<Vec<_>>(), arrays),
        Err(error) => out.problem(&layer.name, None, ProblemKind::Unreadable(error.to_string())),
    }
}

/// Which weights of a model in the file are those of which layer in it, by the names that begin with the layer's; nothing
/// unless each belongs to one layer.
fn by_prefix(layers: &[&LayerPart], names: &[String]) -> Option<Vec<Vec<usize>>> {
    let mut groups = vec![Vec::new(); layers.len()];
    for (at, name) in names.iter().enumerate() {
        let of = |layer: &LayerPart| {
            name.split('/').rev().skip(1).any(|part| part == layer.name)
                || name.split('/').next().is_some_and(|first| {
                    first.strip_prefix(layer.name.as_str()).is_some_and(|rest| rest.starts_with('_'))
                        && !name.contains('/')
                })
        };
        let mut found = layers.iter().enumerate().filter(|(_, layer)| of(layer)).map(|(i, _)| i);
        let first = found.next()?;
        if found.next().is_some() {
            return None;
        }
        groups[first].push(at);
    }
    groups.iter().all(|group: &Vec<usize>| !group.is_empty()).then_some(groups)
}

/// Where the sublayers of a layer of Keras 3 keep its weights, in the order of the weights.
const SUBLAYERS: &[&[&str]] = &[
    &["cell"],
    &["forward_layer"],
    &["backward_layer"],
    &["layer"],
    &["query_dense", "_query_dense"],
    &["key_dense", "_key_dense"],
    &["_gate_dense", "gate_dense"],
    &["value_dense", "_value_dense"],
    &["output_dense", "_output_dense"],
];

/// The weights of a file of Keras 3: paths made of classes, which count within each model.
pub(crate) fn by_path(files: &[Hdf5], model: &ModelPart) -> Result<Assigned> {
    let mut paths = Paths { files, out: Assigned::of(model), used: Vec::new() };
    paths.model(model, "");
    let Paths { mut out, used, .. } = paths;
    let used: std::collections::HashSet<String> = used.into_iter().collect();
    for file in files {
        for path in file.under("") {
            let is_weight = !used.contains(path)
                && !path.starts_with("optimizer/")
                && !path.starts_with("metrics/")
                && !path.contains("seed_generator");
            if is_weight {
                out.unused.push(path.to_string());
            }
        }
    }
    Ok(out)
}

/// The names of the members of a container, by class; `twice` counts those with weights twice.
fn names(parts: &[&Part], twice: bool) -> impl Iterator<Item = String> {
    let mut counter = Counter::default();
    parts.iter().map(move |part| {
        let name = counter.next(part.class());
        if twice && !part.weights().is_empty() {
            counter.next(part.class());
        }
        name
    })
}

struct Paths<'a> {
    files: &'a [Hdf5],
    out: Assigned,
    used: Vec<String>,
}

impl Paths<'_> {
    fn model(&mut self, model: &ModelPart, at: &str) {
        let joined = |name: &str| if at.is_empty() { name.to_string() } else { format!("{at}/{name}") };
        let containers = ["layers", "_layer_checkpoint_dependencies"].map(joined);
        let found = containers.iter().find(|path| self.files.iter().any(|file| file.has_group(path)));
        let container = found.unwrap_or(&containers[0]).clone();
        let parts: Vec<&Part> = model
            .parts
            .iter()
            .filter(|part| !(matches!(part, Part::Input) && model.class == "Sequential"))
            .collect();
        let twice = container == containers[1] && self.counts_twice(&parts, &container);
        for (part, name) in parts.iter().zip(names(&parts, twice)) {
            self.part(part, &format!("{container}/{name}"));
        }
    }

    /// Whether a container of TensorFlow counts each layer with weights twice: 2.12 does, as it lists it twice, and 2.14
    /// does not. Twice counted, the last layer of a class has a name that is not there otherwise.
    fn counts_twice(&self, parts: &[&Part], container: &str) -> bool {
        names(parts, true).zip(parts).filter(|(_, part)| !part.weights().is_empty()).all(|(name, _)| {
            let path = format!("{container}/{name}");
            self.files.iter().any(|file| file.has_group(&path))
        })
    }

    fn part(&mut self, part: &Part, at: &str) {
        match part {
            Part::Input => {}
            Part::Model(model) => self.model(model, at),
            Part::Wrapped(_, inner) => self.part(inner, &format!("{at}/layer")),
            Part::Layer(layer) if layer.weights.is_empty() => {}
            Part::Layer(layer) => self.layer(layer, at),
        }
    }

    fn layer(&mut self, layer: &LayerPart, at: &str) {
        let mut arrays = Vec::new();
        let mut found = Vec::new();
        if layer.own {
            found = own_paths(layer, at);
            found.retain(|path| self.files.iter().any(|file| file.has_array(path)));
        } else {
            self.files.iter().for_each(|file| collect(file, at, &layer.cells, 0, &mut found));
        }
        if found.is_empty() {
            return self.out.problem(&layer.name, None, ProblemKind::Missing);
        }
        // The kernel stands in the file as a weight of the wrapper and of the layer inside.
        let inside = if layer.inner.as_deref() == Some("SpectralNormalization") { "/layer" } else { "" };
        let divided = layer.class == "SpectralNormalization" || !inside.is_empty();
        let again = divided.then(|| format!("{at}{inside}/layer/vars/0"));
        for path in found.iter().filter(|path| again.as_ref() != Some(path)) {
            let file = self.files.iter().find(|file| file.has_array(path));
            match file.map(|file| file.array(path)) {
                Some(Ok(array)) => arrays.push(array),
                Some(Err(error)) => {
                    return self.out.problem(&layer.name, None, ProblemKind::Unreadable(error.to_string()));
                }
                None => {}
            }
        }
        self.used.extend(found);
        let wanted: Vec<&WantedWeight> = layer.weights.iter().collect();
        match dequantized(layer, &[], arrays) {
            Ok(arrays) => self.out.take(&layer.name, &wanted, with_zeros(&wanted, arrays)),
            Err(error) => self.out.problem(&layer.name, None, ProblemKind::Unreadable(error.to_string())),
        }
    }
}

/// The paths of the weights of a layer that Keras does not have: `dense/kernel` is the first variable of its `dense`.
fn own_paths(layer: &LayerPart, at: &str) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut paths = Vec::new();
    for weight in &layer.weights {
        // Behind the name of the layer, before that of the weight.
        let (from, to) = (layer.name.len() + 1, weight.path.rfind('/').unwrap_or(0));
        let inside = weight.path.get(from..to).unwrap_or_default();
        let count = counts.entry(inside).or_insert(0);
        let group = if inside.is_empty() { at.to_string() } else { format!("{at}/{inside}") };
        paths.push(format!("{group}/vars/{count}"));
        *count += 1;
    }
    paths
}

/// The paths of the weights of a layer, in order.
fn collect(file: &Hdf5, at: &str, cells: &[String], depth: usize, found: &mut Vec<String>) {
    // Not deeper than there is something.
    if depth > 8 || file.under(at).next().is_none() {
        return;
    }
    let vars = format!("{at}/vars");
    let prefix = vars.len() + 1;
    let mut own: Vec<(usize, String)> =
        file.under(&vars).filter_map(|path| Some((path[prefix..].parse().ok()?, path.to_string()))).collect();
    own.sort();
    found.extend(own.into_iter().map(|(_, path)| path));
    // A list is counted by the classes of what is in it.
    let mut counter = Counter::default();
    for cell in cells {
        let name = counter.next(cell);
        collect(file, &format!("{at}/cells/{name}"), &[], depth + 1, found);
    }
    for names in SUBLAYERS {
        for name in *names {
            let before = found.len();
            collect(file, &format!("{at}/{name}"), cells, depth + 1, found);
            if found.len() > before {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tf_keras` 2.21 has them so of a model inside, in which the forward direction of a `Bidirectional` is frozen.
    #[test]
    fn directions_in_a_model_inside_go_by_their_names() {
        let weight = |index: usize, path: &str| WantedWeight {
            index,
            path: path.into(),
            shape: vec![1],
            trainable: true,
        };
        let layer = |name: &str, class: &str, weights| {
            let (name, class) = (name.into(), class.into());
            LayerPart { name, class, inner: Some("LSTM".into()), weights, ..LayerPart::default() }
        };
        let both = layer(
            "both",
            "Bidirectional",
            vec![weight(0, "both/forward_layer/kernel"), weight(1, "both/backward_layer/kernel")],
        );
        let dense = layer("dense", "Dense", vec![weight(2, "dense/kernel")]);
        let names = ["both/backward_lstm/kernel:0", "dense/kernel:0", "both/forward_lstm/kernel:0"];
        let names = names.map(str::to_string);
        let arrays: Vec<Array> = (0..3).map(|n| Array::floats(vec![1], vec![n as f32]).unwrap()).collect();
        let layers = [&both, &dense];
        let groups = by_prefix(&layers, &names).unwrap();
        let mut out = Assigned { arrays: vec![None; 3], ..Assigned::default() };
        for (layer, at) in layers.iter().zip(&groups) {
            layer_arrays(layer, (&names, &arrays, at), &Writer::new(Some("2.15.0".into()), None), &mut out);
        }
        assert_eq!(out.problems, []);
        let got: Vec<_> = out.arrays.iter().flatten().filter_map(Array::first).collect();
        assert_eq!(got, [2.0, 0.0, 1.0]);
    }
}
