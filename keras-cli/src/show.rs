//! `keras show FILE`.

use std::sync::Arc;

use keras_core::files::keras::LoadModel;
use keras_core::prelude::*;
use keras_files::{Format, KerasFile};

use crate::{From, Outcome};

/// Prints the summary of a model, who wrote it, and what differs from Keras 3; of a file of weights alone what they are.
pub(crate) fn run(from: From<'_>) -> Outcome {
    let read = || KerasFile::read(keras_files::bytes(from.file).ok()?).ok();
    let model = match read() {
        Some(file)
            if from.weights.is_none() && matches!(file.format, Format::Weights | Format::LegacyWeights) =>
        {
            return show_weights(&file, from.file);
        }
        Some(file) => from.run(LoadModel::opened(from.file, Arc::new(file)))?,
        // Weights in shards, and what is wrong with others.
        None => from.load()?,
    };
    say!("{}", model.report());
    say!("{}", model.summary());
    Ok(())
}

/// Prints the weights of a file that has nothing else, so that a model can be written for them.
fn show_weights(file: &KerasFile, name: &str) -> Outcome {
    let weights = file.stored_weights().map_err(|error| format!("{name}: {error}"))?;
    say!("{}, written by {}", file.format.name(), file.writer);
    say!(
        "it does not say what model they are of: write that with `model!`, and read them with `load_weights`"
    );
    for (path, shape) in weights {
        let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
        say!("  {} ({})", keras_files::shown(&path), shape.join(", "));
    }
    Ok(())
}
