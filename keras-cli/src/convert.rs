//! `keras convert FILE OUT`.

use std::path::Path;

use keras_core::prelude::*;

use crate::{From, Outcome};

/// Reads a model and writes it, or its weights, in the format that the name of the other file says.
pub(crate) fn run(from: From<'_>, out: &str) -> Outcome {
    let name = out.to_ascii_lowercase();
    let known = [".keras", ".weights.h5", ".safetensors", ".onnx"];
    if !known.iter().any(|extension| name.ends_with(extension)) {
        return Err(format!("`{out}` says no format that is written here: {}", known.join(", ")));
    }
    if Path::new(from.file) == Path::new(out) {
        return Err("a file is not converted onto itself".into());
    }
    let model = from.load()?;
    let report = model.report();
    let (written, rewritten) = match name.rsplit_once('.') {
        Some((_, "keras")) => (model.save(out), &report.rewritten[..]),
        Some((_, "onnx")) => (model.export(out), &[][..]),
        _ => (model.save_weights(out), &[][..]),
    };
    written.map_err(|error| error.to_string())?;
    report.notes.iter().chain(rewritten).for_each(|note| say!("{note}"));
    Ok(())
}
