//! What stands against a model of a file.

use crate::cells::over_cells;
use crate::config::{is_layer, make, wrapped_model};
use crate::error::shown;
use crate::graph::{Graph, Layer, is_own};
use crate::old::{old_layer, unspoken};
use crate::writer::Writer;

/// Whether a layer is one of the caller's, and what is wrong with it if it is.
pub type Custom<'a> = dyn Fn(&Layer) -> Option<Result<(), String>> + 'a;

/// Something that stands against a model of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The name of the layer.
    pub layer: String,
    /// What stands against it, in a sentence that names the layer.
    pub text: String,
    /// What it is.
    pub kind: ReasonKind,
}

/// What a [`Reason`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonKind {
    /// A class or an operation that is not here: what it is the caller may say.
    Unknown,
    /// A layer that Keras had once, which runs and has no words in a source.
    Unspoken,
    /// Arguments that a layer does not take here.
    Arguments,
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a graph cannot be made here: every layer that does not exist, with all that is wrong with its arguments, by name and each
/// once. Layers of which `custom` says something are the caller's.
pub fn reasons(graph: &Graph, writer: &Writer, custom: &Custom<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    of_graph(graph, writer, custom, &mut found);
    found.sort();
    found.dedup();
    found
}

fn of_graph(graph: &Graph, writer: &Writer, custom: &Custom<'_>, found: &mut Vec<Reason>) {
    for layer in graph.layers.iter().filter(|layer| layer.input.is_none()) {
        match &layer.inner {
            Some(inner) => of_graph(inner, writer, custom, found),
            None => of_layer(layer, writer, custom, found),
        }
    }
}

fn of_layer(layer: &Layer, writer: &Writer, custom: &Custom<'_>, found: &mut Vec<Reason>) {
    let name = shown(&layer.name);
    let reason = |kind, text| Reason { layer: layer.name.clone(), text, kind };
    let unknown = |text: String| reason(ReasonKind::Unknown, text);
    let wrong = |kind| {
        let name = &name;
        move |error: String| reason(kind, format!("layer `{name}`: {error}"))
    };
    if let Some(given) = custom(layer) {
        found.extend(given.err().map(wrong(ReasonKind::Arguments)));
        return;
    }
    if old_layer(layer, writer).is_some() {
        found.push(reason(ReasonKind::Unspoken, unspoken(layer)));
        return;
    }
    let class = layer.class.as_str();
    if let Some(operation) = &layer.operation {
        let unknown = operation.as_ref().is_err_and(|unread| unread.unknown);
        let kind = if unknown { ReasonKind::Unknown } else { ReasonKind::Arguments };
        found.extend(make(layer, writer).err().unwrap_or_default().into_iter().map(wrong(kind)));
    } else if class == "Lambda" {
        found.push(unknown(format!(
            "layer `{name}` is a `Lambda`, whose Python code is not run: write it as a layer of your own"
        )));
    } else if let Some(own) = layer.registered.as_deref().filter(|own| is_own(Some(own))) {
        found.push(unknown(format!("layer `{name}` is of the author's own class `{}`", shown(own))));
    } else if !is_layer(class, writer) {
        found.push(unknown(format!(
            "layer `{name}` is of the class `{}`, which does not exist here",
            shown(class)
        )));
    } else if let Some(cells) = over_cells(layer) {
        match cells {
            Ok(cells) => {
                found.extend(cells.own().map(|own| {
                    unknown(format!("layer `{name}` has a cell of the author's own class `{own}`"))
                }))
            }
            Err(error) => found.push(wrong(ReasonKind::Arguments)(error)),
        }
    } else {
        match wrapped_model(layer, writer) {
            Ok(Some(inner)) => of_graph(&inner, writer, custom, found),
            Ok(None) => {
                let errors = make(layer, writer).err().unwrap_or_default();
                found.extend(errors.into_iter().map(wrong(ReasonKind::Arguments)));
            }
            Err(error) => found.push(wrong(ReasonKind::Arguments)(error.to_string())),
        }
    }
}
