//! Bins whose boundaries were found in data: Keras 3 writes them among the arguments of the layer, and Keras 2 keeps a summary of
//! the data among the weights, of which they are made again.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::array::Array;
use crate::hdf5::Hdf5;
use crate::parts::snake;

const CLASS: &str = "Discretization";

/// The arguments of a layer.
type Args = Map<String, Value>;

/// Writes the boundaries among the arguments of each layer of a model, and of models inside, that has a summary in the file.
pub(crate) fn settle(config: &mut Value, file: &Hdf5) {
    let Some(layers) = layers_of(config) else { return };
    if !file.has_group("model_weights") {
        return archived(layers, file, "");
    }
    for layer in layers.iter_mut().filter_map(with_open) {
        let name = layer.pointer("/config/name").and_then(Value::as_str).unwrap_or_default();
        let group = format!("model_weights/{name}");
        let names = file.texts(&group, "weight_names").ok().flatten().unwrap_or_default();
        let paths = names.iter().map(|name| format!("{group}/{name}"));
        let mut paths = paths.filter(|path| is_summary(file, path));
        each(layer, &mut |args| {
            if let Some(path) = paths.next() {
                insert(args, file, &path);
            }
        });
    }
}

/// Whether an array of a file is such a summary.
pub(crate) fn is_summary(file: &Hdf5, path: &str) -> bool {
    path.rsplit('/').next() == Some("summary:0") && matches!(file.shape(path).as_deref(), Some([2, _]))
}

fn layers_of(model: &mut Value) -> Option<&mut Vec<Value>> {
    model.pointer_mut("/config/layers").and_then(Value::as_array_mut)
}

/// The arguments of a layer of the class whose boundaries are not there.
fn open(layer: &mut Value) -> Option<&mut Args> {
    if layer.get("class_name")?.as_str()? != CLASS {
        return None;
    }
    let args = layer.get_mut("config")?.as_object_mut()?;
    (args.get("num_bins")?.as_u64().is_some() && args.get("bin_boundaries").is_none_or(Value::is_null))
        .then_some(args)
}

/// A layer that is or holds such a layer.
fn with_open(layer: &mut Value) -> Option<&mut Value> {
    let mut any = false;
    each(layer, &mut |_| any = true);
    any.then_some(layer)
}

/// Hands on the arguments of each such layer, of a layer, a model or what a wrapper is around, in order.
fn each(layer: &mut Value, visit: &mut dyn FnMut(&mut Args)) {
    if let Some(args) = open(layer) {
        visit(args);
    } else if let Some(inner) = layer.pointer_mut("/config/layer") {
        each(inner, visit);
    } else if let Some(layers) = layers_of(layer) {
        layers.iter_mut().for_each(|layer| each(layer, visit));
    }
}

fn insert(args: &mut Args, file: &Hdf5, path: &str) {
    let count = args.get("num_bins").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let found = file.array(path).ok().zip(count).and_then(|(summary, count)| boundaries(&summary, count));
    if let Some(found) = found {
        args.insert("bin_boundaries".into(), found.into());
    }
}

/// The layers of a model whose weights stand below a path of an archive. Members of a container are called by their classes, and
/// counted; those without such a layer inside are none that is looked for.
fn archived(layers: &mut [Value], file: &Hdf5, path: &str) {
    let mut members: HashMap<String, std::vec::IntoIter<String>> = HashMap::new();
    for layer in layers.iter_mut().filter_map(with_open) {
        let Some(class) = layer.get("class_name").and_then(Value::as_str) else { continue };
        let class = snake(if class == "Model" { "Functional" } else { class });
        let of_class = || members_of(file, path, &class).into_iter();
        let Some(found) = members.entry(class.clone()).or_insert_with(of_class).next() else { continue };
        archived_member(layer, file, &found);
    }
}

fn archived_member(layer: &mut Value, file: &Hdf5, path: &str) {
    if let Some(args) = open(layer) {
        insert(args, file, &format!("{path}/vars/0"));
    } else if let Some(inner) = layer.pointer_mut("/config/layer") {
        archived_member(inner, file, &format!("{path}/layer"));
    } else if let Some(layers) = layers_of(layer) {
        archived(layers, file, path);
    }
}

/// The members of a class below a path that have a summary, in order.
fn members_of(file: &Hdf5, path: &str, class: &str) -> Vec<String> {
    let (own, mut found) = (snake(CLASS), Vec::new());
    for container in ["layers", "_layer_checkpoint_dependencies"] {
        let container = if path.is_empty() { container.to_string() } else { format!("{path}/{container}") };
        let number = |name: &str, class: &str| match name.strip_prefix(class)? {
            "" => Some(0),
            rest => rest.strip_prefix('_')?.parse::<usize>().ok(),
        };
        let has_one = |member: &String| {
            file.under(member).any(|path| {
                let mut names = path.rsplit('/').skip(1);
                names.next() == Some("vars") && names.next().is_some_and(|name| number(name, &own).is_some())
            })
        };
        let names = file.groups(&container).into_iter();
        let mut names: Vec<(usize, String)> =
            names.filter_map(|name| Some((number(&name, class)?, format!("{container}/{name}")))).collect();
        names.sort();
        found.extend(names.into_iter().map(|(_, member)| member).filter(has_one));
    }
    found
}

/// The boundaries of so many bins with an equal share of the data each. A summary is numbers in order, and below them how much
/// of the data each stands for.
fn boundaries(summary: &Array, count: usize) -> Option<Vec<f64>> {
    let [2, width] = summary.shape[..] else { return None };
    // No more bins than there are numbers of which they are made.
    if width == 0 || count == 0 || count > 1 << 16 {
        return None;
    }
    let numbers = summary.to_f32();
    let (values, weights) = numbers.split_at(width);
    // In floats, as NumPy adds them.
    let mut total = 0.0f32;
    let sums: Vec<f32> = weights
        .iter()
        .map(|weight| {
            total += weight;
            total
        })
        .collect();
    let shares: Vec<f64> = sums.iter().map(|sum| f64::from(sum / total)).collect();
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let share = 1.0 / count as f64;
    let bounds = (0..count - 1).map(|i| between(share + share * i as f64, &shares, &values) as f32);
    let bounds: Vec<f64> = bounds.map(f64::from).collect();
    bounds.iter().all(|bound| bound.is_finite()).then_some(bounds)
}

/// The value at `x` on the lines through points, as `numpy.interp`.
fn between(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let behind = xs.partition_point(|at| *at <= x);
    match behind {
        0 => ys[0],
        n if n == xs.len() => ys[n - 1],
        n => ys[n - 1] + (ys[n] - ys[n - 1]) / (xs[n] - xs[n - 1]) * (x - xs[n - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tf_keras` 2.21: `get_bin_boundaries(np.array([[0, 1, 2, 5, 9], [1, 1, 2, 1, 1]], "float32"), 4)`.
    #[test]
    fn boundaries_are_those_of_keras_2() {
        let summary =
            Array::floats(vec![2, 5], vec![0.0, 1.0, 2.0, 5.0, 9.0, 1.0, 1.0, 2.0, 1.0, 1.0]).unwrap();
        assert_eq!(boundaries(&summary, 4), Some(vec![f64::from(0.499_999_97_f32), 1.5, 3.5]));
        assert_eq!(boundaries(&Array::floats(vec![2, 0], vec![]).unwrap(), 4), None);
    }
}
