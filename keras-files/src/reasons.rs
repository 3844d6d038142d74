//! What stands against a model of a file.

use crate::cells::over_cells;
use crate::config::{is_layer, make, wrapped_model};
use crate::error::shown;
use crate::graph::{Graph, Layer};
use crate::old::{old_layer, unspoken};
use crate::writer::Writer;

/// Whether a layer is one of the caller's, and what is wrong with it if it is.
pub type Custom<'a> = dyn Fn(&Layer) -> Option<Result<(), String>> + 'a;

/// Why a graph cannot be made here: every layer that does not exist, with all that is wrong with its arguments. Layers of
/// which `custom` says something are the caller's.
pub fn reasons(graph: &Graph, writer: &Writer, custom: &Custom<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for layer in &graph.layers {
        let name = shown(&layer.name);
        if layer.input.is_some() {
            continue;
        }
        if let Some(inner) = &layer.inner {
            found.extend(reasons(inner, writer, custom));
            continue;
        }
        if let Some(given) = custom(layer) {
            found.extend(given.err().map(|error| format!("layer `{name}`: {error}")));
            continue;
        }
        if old_layer(layer, writer).is_some() {
            found.push(unspoken(layer));
            continue;
        }
        let class = layer.class.as_str();
        if layer.operation.is_some() {
            let wrong = make(layer, writer).err().unwrap_or_default();
            found.extend(wrong.into_iter().map(|error| format!("layer `{name}`: {error}")));
        } else if class == "Lambda" {
            found.push(format!(
                "layer `{name}` is a `Lambda`, whose Python code is not run: write it as a layer of your own"
            ));
        } else if let Some(own) = layer.registered.as_deref().filter(|own| own.contains('>')) {
            found.push(format!("layer `{name}` is of the author's own class `{}`", shown(own)));
        } else if !is_layer(class) {
            found.push(format!(
                "layer `{name}` is of the class `{}`, which does not exist here",
                shown(class)
            ));
        } else if let Some(cells) = over_cells(layer) {
            found.extend(match cells {
                Ok(cells) => cells
                    .own()
                    .map(|own| format!("layer `{name}` has a cell of the author's own class `{own}`"))
                    .collect(),
                Err(error) => vec![format!("layer `{name}`: {error}")],
            });
        } else {
            match wrapped_model(layer, writer) {
                Ok(Some(inner)) => found.extend(reasons(&inner, writer, custom)),
                Ok(None) => {
                    let wrong = make(layer, writer).err().unwrap_or_default();
                    found.extend(wrong.into_iter().map(|error| format!("layer `{name}`: {error}")));
                }
                Err(error) => found.push(format!("layer `{name}`: {error}")),
            }
        }
    }
    found
}
