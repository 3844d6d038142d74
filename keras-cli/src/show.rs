//! `keras show FILE`.

use keras_core::prelude::*;

use crate::Outcome;

/// Prints the summary of a model, who wrote it, and what differs from Keras 3.
pub(crate) fn run(file: &str) -> Outcome {
    let model = load_model(file).map_err(|error| error.to_string())?;
    say!("{}", model.report());
    say!("{}", model.summary());
    Ok(())
}
