//! `keras source FILE`.

use std::path::Path;
use std::sync::Arc;

use keras_core::files::keras::LoadModel;
use keras_files::{KerasFile, source};

use crate::Outcome;

/// Prints the model of a file as the source that `model!` takes.
pub(crate) fn run(file: &str) -> Outcome {
    let fault = |error: &dyn std::fmt::Display| format!("{file}: {error}");
    let bytes = keras_files::bytes(file).map_err(|error| fault(&error))?;
    let read = Arc::new(KerasFile::read(bytes).map_err(|error| fault(&error))?);
    // What `model!` would not take either.
    LoadModel::opened(file, Arc::clone(&read)).check().map_err(|error| error.to_string())?;
    let graph = read.graph().map_err(|error| fault(&error))?;
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = source(&graph, &read.writer, &stem).map_err(|error| fault(&error))?;
    say!("use keras_core::prelude::*;\n\n{}", text.trim_end());
    Ok(())
}
