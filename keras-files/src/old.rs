//! Layers that Keras had once, and has no more: what their arguments say.

use keras_shape::{Activation, LayerConfig};
use serde_json::{Map, Value, json};

use crate::config::make_of;
use crate::error::shown;
use crate::graph::{Layer, is_own, items};
use crate::keras1;
use crate::writer::{Generation, Writer};

/// A layer of Keras 1 or 2 that Keras 3 does not have.
#[derive(Clone, Debug)]
pub struct OldLayer {
    /// What it is.
    pub kind: OldKind,
    /// The layer of Keras 3 whose arguments say the rest: how weights begin and are held, whether there is a bias.
    pub like: LayerConfig,
    /// What is done to the output.
    pub activation: Activation,
    /// What differs from what a reader may expect, in sentences.
    pub notes: Vec<String>,
}

/// What an [`OldLayer`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum OldKind {
    /// `LocallyConnected1D` and `LocallyConnected2D`.
    Local(Local),
    /// `Highway` of Keras 1: a layer and its input, mixed by a gate.
    Highway,
    /// `MaxoutDense` of Keras 1: the largest of so many linear features, each of so many units.
    Maxout {
        /// How many features.
        features: usize,
        /// How many units.
        units: usize,
    },
    /// `BatchNormalization` of Keras 1 with `mode = 1`: each sample by itself. The number is added to the variance, and to the
    /// deviation too.
    SampleNorm(f64),
}

/// A convolution whose kernel is another at each place.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Channels of the output.
    pub filters: usize,
    /// The window, of one or two axes.
    pub kernel: Vec<usize>,
    /// How far it moves.
    pub strides: Vec<usize>,
    /// Whether places beyond the border count as zeros.
    pub same: bool,
    /// Whether the channels stand before the places.
    pub channels_first: bool,
    /// How the kernel stands in the file: Keras's `implementation`.
    pub implementation: Implementation,
}

/// How Keras keeps the kernel of a [`Local`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// `1`: `(places, window * channels, filters)`.
    Windows,
    /// `2`: from every number of the input to every number of the output, most of them without meaning.
    All,
    /// `3`: those of the second that have a meaning, in one row.
    Sparse,
}

/// More of an axis no layer has.
const MOST: u64 = 1 << 24;

/// The layer that a layer of a file is, if it is one that Keras had once, or why it cannot be read.
pub fn old_layer(layer: &Layer, writer: &Writer) -> Option<Result<OldLayer, String>> {
    if is_own(layer.registered.as_deref())
        || writer.generation >= Generation::Keras3
        || layer.operation.is_some()
    {
        return None;
    }
    let first = writer.generation == Generation::Keras1;
    let read = match layer.class.as_str() {
        "LocallyConnected1D" => local(layer, 1, writer),
        "LocallyConnected2D" => local(layer, 2, writer),
        "Highway" if first => like(layer, "Dense", &[("units", json!(1))], writer, |_| Ok(OldKind::Highway)),
        "MaxoutDense" if first => like(layer, "Dense", &[("units", json!(1))], writer, |args| {
            let features = number(args.remove("nb_feature").as_ref()).ok_or("`nb_feature` is missing")?;
            let units = number(args.remove("output_dim").as_ref()).ok_or("`output_dim` is missing")?;
            Ok(OldKind::Maxout { features, units })
        }),
        "BatchNormalization" if layer.config.get("mode").and_then(Value::as_i64) == Some(1) => {
            like(layer, "BatchNormalization", &[], writer, |args| {
                Ok(OldKind::SampleNorm(args.get("epsilon").and_then(Value::as_f64).unwrap_or(1e-3)))
            })
        }
        _ => return None,
    };
    Some(read)
}

/// What stands against such a layer in a source.
pub(crate) fn unspoken(layer: &Layer) -> String {
    format!(
        "layer `{}` is a `{}` as Keras had it before Keras 3, for which `model!` has no words: `load_model` reads it",
        shown(&layer.name),
        shown(&layer.class)
    )
}

/// Reads what is a layer's own, and has another layer say the rest.
fn like(
    layer: &Layer,
    class: &str,
    given: &[(&str, Value)],
    writer: &Writer,
    own: impl Fn(&mut Map<String, Value>) -> Result<OldKind, String>,
) -> Result<OldLayer, String> {
    let mut args = layer.config.clone();
    if class == "BatchNormalization" {
        args.remove("mode");
    } else {
        keras1::renamed(&layer.class, &mut args, writer)?;
    }
    let kind = own(&mut args)?;
    args.extend(given.iter().map(|(key, value)| ((*key).to_string(), value.clone())));
    let made =
        make_of(class, &args, writer, 0).map_err(|wrong| wrong.join("; ").replace(class, &layer.class))?;
    let values = made.config.values();
    let activation = values.iter().find(|(key, _)| *key == "activation");
    let activation = activation.and_then(|(_, value)| value.downcast_ref().copied());
    let activation = activation.unwrap_or(Activation::Linear);
    Ok(OldLayer { kind, like: made.config, activation, notes: made.notes })
}

fn number(value: Option<&Value>) -> Option<usize> {
    value.and_then(Value::as_u64).filter(|n| (1..MOST).contains(n)).and_then(|n| usize::try_from(n).ok())
}

/// A length for each axis, of a list or of one number for all.
fn lengths(value: Option<&Value>, axes: usize) -> Option<Vec<usize>> {
    match items(value?) {
        None => Some(vec![number(value)?; axes]),
        Some(list) => list.iter().map(|n| number(Some(n))).collect::<Option<Vec<usize>>>(),
    }
    .filter(|all| all.len() == axes)
}

fn local(layer: &Layer, axes: usize, writer: &Writer) -> Result<OldLayer, String> {
    like(layer, "Dense", &[("units", json!(1))], writer, |args| {
        let filters = number(args.remove("filters").as_ref()).ok_or("`filters` is missing")?;
        let kernel = args.remove("kernel_size");
        let kernel = lengths(kernel.as_ref(), axes).ok_or("`kernel_size` cannot be read")?;
        let strides = args.remove("strides").unwrap_or(json!(1));
        let strides = lengths(Some(&strides), axes).ok_or("`strides` cannot be read")?;
        let padding = args.remove("padding").unwrap_or(json!("valid"));
        let same = match padding.as_str().map(str::to_lowercase).as_deref() {
            Some("valid") => false,
            Some("same") => true,
            _ => return Err(format!("its padding is {}", shown(&padding.to_string()))),
        };
        let channels_first = args.remove("data_format").is_some_and(|format| format == "channels_first");
        args.remove("input_length");
        let implementation = match args.remove("implementation").as_ref().map_or(Some(1), Value::as_i64) {
            Some(1) if same => return Err("with `implementation` 1 its padding is `valid` alone".into()),
            Some(1) => Implementation::Windows,
            Some(2) => Implementation::All,
            Some(3) => Implementation::Sparse,
            _ => return Err("its `implementation` is none of 1, 2 and 3".into()),
        };
        let local = Local { filters, kernel, strides, same, channels_first, implementation };
        Ok(OldKind::Local(local))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, reasons, source};

    #[test]
    fn a_layer_of_old_stands_in_no_source_and_is_read() {
        let config = json!([{
            "class_name": "Highway",
            "config": { "name": "gate", "batch_input_shape": [null, 5], "activation": "tanh", "bias": true },
        }]);
        let writer = Writer::new(Some("1.2.2".into()), None);
        let model = json!({ "class_name": "Sequential", "config": config });
        let graph = Graph::read(&model, &writer).expect("a graph");
        let layer = graph.layer("gate").expect("the layer");
        assert_eq!(old_layer(layer, &writer).expect("one of old").expect("a layer").kind, OldKind::Highway);
        for error in [
            reasons(&graph, &writer, &|_| None)[0].to_string(),
            source(&graph, &writer, "model").expect_err("no words").to_string(),
        ] {
            assert!(
                error.contains("`gate` is a `Highway`") && error.contains("`load_model` reads it"),
                "{error}"
            );
        }
        // In Keras 2 it is somebody's own.
        assert!(old_layer(layer, &Writer::new(Some("2.2.4".into()), None)).is_none());
    }
}
