//! What `fit` does when callbacks ask it to save its state, or to go on with a saved one.

use std::path::{Path, PathBuf};

use super::callbacks::{Callback, Request, warn};
use super::checkpoint::{Position, TrainingState, compare_arguments};
use super::trainer::Trainer;
use crate::data::clear_temporary;
use crate::distribution::Ranks;
use crate::model::AnyModel;
use crate::{Error, Result};

/// Does what callbacks have asked for. `arguments` are those of `fit` that decide which samples a step sees.
pub(crate) fn serve<'a>(
    callbacks: &[Box<dyn Callback + 'a>],
    model: &dyn AnyModel,
    trainer: &mut Trainer,
    position: Position,
    arguments: &[(String, u64)],
    ranks: Option<&Ranks>,
) -> Result<()> {
    let writes = ranks.is_none_or(Ranks::is_first);
    for request in core::mem::take(&mut trainer.requests) {
        match request {
            Request::Save(path) => {
                trainer.saving = Some((path.clone(), position));
                if !writes {
                    continue;
                }
                let mut state = TrainingState::of(model, trainer, position, callbacks)?;
                state.arguments = arguments.to_vec();
                let folder = path.parent().unwrap_or(Path::new(""));
                std::fs::create_dir_all(folder).map_err(|source| fault(folder, source))?;
                state.write(model, &path)?;
            }
            Request::Remove(path) => {
                (trainer.saving, trainer.saved) = (None, None);
                if writes {
                    remove(&path)?;
                }
            }
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
    ranks: Option<&Ranks>,
) -> Result<Option<TrainingState>> {
    let requests = core::mem::take(&mut trainer.requests).into_iter();
    let mut paths = requests.rev().filter_map(|request| match request {
        Request::Restore(path) => Some(path),
        _ => None,
    });
    let path = paths.next();
    let Some((path, bytes)) = backup(path, ranks)? else { return Ok(None) };
    let state = TrainingState::of_bytes(model, trainer, &path, &bytes)?;
    compare_arguments(arguments, &state.arguments).map_err(|error| fault(&path, error))?;
    state.apply(model, trainer).map_err(|error| fault(&path, error))?;
    trainer.saved = Some((path.clone(), state.position));
    let untold = state.tell(callbacks)?;
    // Callbacks that write are on the first rank alone.
    for class in untold.into_iter().filter(|_| ranks.is_none_or(Ranks::is_first)) {
        warn(&format!("{}: no callback takes the state of `{class}` that is kept there", path.display()));
    }
    Ok(Some(state))
}

/// The file to go on with and what stands in it: of several ranks that of the first, which alone needs to see it.
fn backup(path: Option<PathBuf>, ranks: Option<&Ranks>) -> Result<Option<(PathBuf, Vec<u8>)>> {
    let Some(ranks) = ranks else {
        return path.map(|path| TrainingState::bytes(&path).map(|bytes| (path, bytes))).transpose();
    };
    let mut own = Ok(Vec::new());
    if let Some(path) = path.as_ref().filter(|_| ranks.is_first()) {
        let name = path.display().to_string();
        own = TrainingState::bytes(path)
            .map(|bytes| [&(name.len() as u64).to_le_bytes(), name.as_bytes(), &bytes].concat());
    }
    let all = ranks.of_first("the backup", own)?;
    let Some((head, rest)) = all.split_at_checked(8) else { return Ok(None) };
    let length = head.try_into().map_or(0, u64::from_le_bytes) as usize;
    let (name, bytes) = rest.split_at_checked(length).unwrap_or((&[], rest));
    Ok(Some((PathBuf::from(String::from_utf8_lossy(name).into_owned()), bytes.to_vec())))
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
