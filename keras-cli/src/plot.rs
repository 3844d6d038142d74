//! `keras plot FILE OUT.svg`, or `OUT.png`.

use keras_core::prelude::*;

use crate::{From, Outcome};

/// Draws the graph of a model, with the shapes of its tensors.
pub(crate) fn run(from: From<'_>, out: &str) -> Outcome {
    let model = from.load()?;
    model.plot().show_shapes(true).show_layer_names(true).save(out).map_err(|error| error.to_string())
}
