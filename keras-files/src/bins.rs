//! Bins whose boundaries were found in data: Keras 3 writes them among the arguments of the layer, and Keras 2 keeps a summary of
//! the data among the weights, of which they are made again.

use serde_json::Value;

use crate::array::Array;
use crate::hdf5::Hdf5;
use crate::parts::snake;

const CLASS: &str = "Discretization";

/// Writes the boundaries among the arguments of each layer of a model that has a summary in the file.
pub(crate) fn settle(config: &mut Value, file: &Hdf5) {
    let Some(layers) = config.pointer_mut("/config/layers").and_then(Value::as_array_mut) else { return };
    let mut stored = archived(file).into_iter();
    for layer in layers {
        if layer.get("class_name").and_then(Value::as_str) != Some(CLASS) {
            continue;
        }
        let Some(args) = layer.get_mut("config").and_then(Value::as_object_mut) else { continue };
        let count = args.get("num_bins").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(count), None | Some(Value::Null)) = (count, args.get("bin_boundaries")) else { continue };
        let name = args.get("name").and_then(Value::as_str).unwrap_or_default();
        let Some(path) = legacy(file, name).or_else(|| stored.next()) else { continue };
        let found = file.array(&path).ok().and_then(|summary| boundaries(&summary, count));
        if let Some(found) = found {
            args.insert("bin_boundaries".into(), found.into());
        }
    }
}

/// Whether a layer of a legacy file has nothing but such a summary.
pub(crate) fn is_summary(names: &[String]) -> bool {
    matches!(names, [name] if name.rsplit('/').next().is_some_and(|name| name == "summary:0"))
}

/// The summary of the layer of this name in a legacy file.
fn legacy(file: &Hdf5, name: &str) -> Option<String> {
    let path = format!("model_weights/{name}/summary:0");
    let nested = format!("model_weights/{name}/{name}/summary:0");
    [path, nested].into_iter().find(|path| file.has_array(path))
}

/// The summaries in an archive, in the order of the layers.
fn archived(file: &Hdf5) -> Vec<String> {
    let class = snake(CLASS);
    let mut found = Vec::new();
    for container in ["layers", "_layer_checkpoint_dependencies"] {
        let number = |name: &str| match name.strip_prefix(&class)? {
            "" => Some(0),
            rest => rest.strip_prefix('_')?.parse::<usize>().ok(),
        };
        let mut names: Vec<(usize, String)> =
            file.groups(container).into_iter().filter_map(|name| Some((number(&name)?, name))).collect();
        names.sort();
        found.extend(names.into_iter().map(|(_, name)| format!("{container}/{name}/vars/0")));
    }
    found.retain(|path| file.has_array(path));
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
