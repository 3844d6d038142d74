//! The two directions of a `Bidirectional` in legacy files.

use crate::array::Array;
use crate::parts::LayerPart;

/// A layer and its arrays in one order. Keras writes what is trained first. Of a `Bidirectional` Keras 2 does not say which direction
/// is, so that it reads them the wrong way round; the names of the weights do.
pub(crate) fn ordered(layer: &LayerPart, names: &[&str], arrays: Vec<Array>) -> (LayerPart, Vec<Array>) {
    let mut layer = layer.clone();
    let found = both_ways(&layer).then(|| backward(names)).flatten();
    let Some(found) = found.filter(|found| found.len() == arrays.len()) else {
        layer.weights.sort_by_key(|weight| !weight.trainable);
        return (layer, arrays);
    };
    // Of the cells of one direction those come first that are trained.
    let half = layer.weights.len() / 2;
    let (forward, behind) = layer.weights.split_at_mut(half);
    [forward, behind].into_iter().for_each(|weights| weights.sort_by_key(|weight| !weight.trainable));
    let (behind, forward): (Vec<_>, Vec<_>) =
        found.into_iter().zip(arrays).partition(|(backward, _)| *backward);
    (layer, forward.into_iter().chain(behind).map(|(_, array)| array).collect())
}

/// Whether the names of weights have those of a backward direction before its forward one, which is frozen then.
pub(crate) fn turned(names: &[String]) -> bool {
    let parts = |name: &String| name.split('/').map(str::to_string).collect::<Vec<_>>();
    let first = |wanted: &str| names.iter().position(|name| parts(name).iter().any(|part| part == wanted));
    names.iter().enumerate().any(|(at, name)| {
        parts(name)
            .iter()
            .filter_map(|part| part.strip_prefix("backward_"))
            .any(|of| first(&format!("forward_{of}")).is_some_and(|forward| forward > at))
    })
}

/// Whether a layer computes both ways: one of Keras, or of the author's own with such weights.
pub(crate) fn both_ways(layer: &LayerPart) -> bool {
    let inner = layer.inner.as_deref().unwrap_or_default();
    if layer.class == "Bidirectional" || inner.split('/').any(|class| class == "Bidirectional") {
        return true;
    }
    let paths: Vec<&str> = layer.weights.iter().map(|weight| weight.path.as_str()).collect();
    layer.own && backward(&paths).is_some_and(|found| found.is_sorted())
}

/// Which weights are those of the backward direction; nothing unless as many are of the forward one. The names of both differ in one
/// part: others may begin so as well, as the name of the layer or of a cell.
fn backward(names: &[&str]) -> Option<Vec<bool>> {
    let depth = names.iter().map(|name| name.split('/').count()).min()?;
    (0..depth).find_map(|at| {
        let direction = |name: &&str| {
            let part = name.split('/').nth(at)?;
            match (part.starts_with("backward_"), part.starts_with("forward_")) {
                (false, false) => None,
                (backward, _) => Some(backward),
            }
        };
        let found: Vec<bool> = names.iter().map(direction).collect::<Option<_>>()?;
        (2 * found.iter().filter(|backward| **backward).count() == found.len()).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::WantedWeight;

    /// A layer whose weights are trained or not, and its arrays, each with the number of its place in the file.
    fn case(class: &str, trained: &[bool]) -> (LayerPart, Vec<Array>) {
        let weights = trained.iter().enumerate().map(|(index, trainable)| WantedWeight {
            index,
            path: format!("layer/{index}"),
            shape: vec![1],
            trainable: *trainable,
        });
        let layer = LayerPart { class: class.into(), weights: weights.collect(), ..LayerPart::default() };
        let arrays = (0..trained.len()).map(|n| Array::floats(vec![1], vec![n as f32]).unwrap());
        (layer, arrays.collect())
    }

    /// Which array of the file each weight gets, by its place.
    fn got(class: &str, trained: &[bool], names: &[&str]) -> Vec<usize> {
        let (layer, arrays) = case(class, trained);
        let (layer, arrays) = ordered(&layer, names, arrays);
        let mut pairs: Vec<(usize, usize)> =
            layer.weights.iter().zip(&arrays).map(|(w, a)| (w.index, a.first().unwrap() as usize)).collect();
        pairs.sort_unstable();
        pairs.into_iter().map(|(_, array)| array).collect()
    }

    /// `tf_keras` 2.21 writes them so of a layer whose forward direction is frozen.
    #[test]
    fn directions_go_by_their_names() {
        let names = ["both/backward_lstm/lstm_cell/kernel:0", "both/forward_lstm/lstm_cell/kernel:0"];
        assert_eq!(got("Bidirectional", &[true, true], &names), [1, 0]);
        // Other parts of the names may begin so, too: of the layer, and of a cell.
        let names =
            ["forward_a/backward_rnn/forward_cell/kernel:0", "forward_a/forward_rnn/forward_cell/kernel:0"];
        assert_eq!(got("Bidirectional", &[true, true], &names), [1, 0]);
        assert_eq!(got("Bidirectional", &[true, true], &["kernel:0", "bias:0"]), [0, 1]);
    }

    /// Keras 2 has the trained weights of both directions before the others of both.
    #[test]
    fn frozen_cells_of_both_directions_come_last() {
        let names = ["b/forward_r/c1/k", "b/backward_r/c1/k", "b/forward_r/c0/k", "b/backward_r/c0/k"];
        assert_eq!(got("Bidirectional", &[false, true, false, true], &names), [2, 0, 3, 1]);
    }

    #[test]
    fn other_layers_have_their_trained_weights_first() {
        let names = ["forward_sn/kernel:0", "forward_sn/bias:0", "forward_sn/vector:0"];
        assert_eq!(got("SpectralNormalization", &[false, true, true], &names), [2, 0, 1]);
        let names = ["forward_norm/gamma:0", "backward_norm/mean:0"];
        assert_eq!(got("Own", &[false, true], &names), [1, 0]);
        assert_eq!(got("Bidirectional", &[false, true], &["forward_norm/a", "forward_norm/b"]), [1, 0]);
    }

    #[test]
    fn a_frozen_forward_direction_is_seen_among_others() {
        let names = ["m/backward_lstm/k", "dense/k", "m/forward_lstm/k"].map(str::to_string);
        assert!(turned(&names));
        let names = ["m/forward_lstm/k", "m/backward_lstm/k", "m/forward_lstm/b"].map(str::to_string);
        assert!(!turned(&names));
    }
}
