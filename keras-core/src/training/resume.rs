//! What `fit` does when callbacks ask it to save its state, or to go on with a saved one.

use std::path::Path;

use super::callbacks::{Callback, Request, warn};
use super::checkpoint::{Position, TrainingState, compare_arguments};
use super::trainer::Trainer;
use crate::data::clear_temporary;
use crate::model::AnyModel;
use crate::{Error, Result};

/// Does what callbacks have asked for. `arguments` are those of `fit` that decide which samples a step sees.
pub(crate) fn serve<'a>(
    callbacks: &[Box<dyn Callback + 'a>],
    model: &dyn AnyModel,
    trainer: &mut Trainer,
    position: Position,
    arguments: &[(String, u64)],
) -> Result<()> {
    for request in core::mem::take(&mut trainer.requests) {
        match request {
            Request::Save(path) => {
                let mut state = TrainingState::of(model, trainer, position, callbacks)?;
                state.arguments = arguments.to_vec();
                let folder = path.parent().unwrap_or(Path::new(""));
                std::fs::create_dir_all(folder).map_err(|source| fault(folder, source))?;
                state.write(model, &path)?;
            }
            Request::Remove(path) => remove(&path)?,
            // Only the beginning of a training asks for it.
            Request::Restore(_) => {}
        }
    }
    Ok(())
}

/// The saved state to go on with, if a callback has asked for one: model, optimiser and callbacks are put into it.
pub(crate) fn restore<'a>(
    callbacks: &mut [Box<dyn Callback + 'a>],
    model: &mut dyn AnyModel,
    trainer: &mut Trainer,
    arguments: &[(String, u64)],
) -> Result<Option<TrainingState>> {
    let requests = core::mem::take(&mut trainer.requests).into_iter();
    let mut paths = requests.rev().filter_map(|request| match request {
        Request::Restore(path) => Some(path),
        _ => None,
    });
    let Some(path) = paths.next() else { return Ok(None) };
    let state = TrainingState::read(model, trainer, &path)?;
    compare_arguments(arguments, &state.arguments).map_err(|error| fault(&path, error))?;
    state.apply(model, trainer).map_err(|error| fault(&path, error))?;
    for class in state.tell(callbacks)? {
        warn(&format!("{}: no callback takes the state of `{class}` that is kept there", path.display()));
    }
    Ok(Some(state))
}

/// A stream that cannot be the one of before the interruption.
pub(crate) fn too_short(batches: usize) -> Error {
    Error::Argument(format!(
        "the training was interrupted after {batches} batches of an epoch, and the stream gives fewer now: it must give \
         the same batches again"
    ))
}

/// Removes a backup, and its folder if nothing else is in it.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(fault(path, source)),
        _ => {}
    }
    clear_temporary(path);
    if let Some(folder) = path.parent() {
        // One that holds other files stays.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

fn fault(path: &Path, source: impl core::fmt::Display) -> Error {
    Error::File { path: path.display().to_string(), message: source.to_string() }
}
