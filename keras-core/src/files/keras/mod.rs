//! Files of Keras: `.keras` archives, `.weights.h5`, legacy `.h5`.

mod build;
mod compiled;
mod custom;
mod custom_cell;
mod draft;
mod functions;
mod json;
mod legacy_state;
mod load_model;
mod load_weights;
mod loaded;
mod old;
mod operations;
mod parts;
mod save;

use std::path::Path;

use keras_files::KerasFile;

pub(crate) use compiled::Compilation;
pub use compiled::FileLosses;
pub use custom::CustomLayer;
pub use custom_cell::CustomCell;
#[doc(hidden)]
pub use functions::Function;
pub use keras_shape::Dim;
pub use load_model::{LoadModel, load_model};
pub(crate) use load_weights::load;
#[doc(hidden)]
pub use load_weights::pretrained;
pub use load_weights::{LoadWeights, WeightsReport};
pub use loaded::{LoadedModel, Report};
pub(crate) use save::{Kind, kind, save, save_as, save_weights};

use super::tensors::file_error;
use crate::{Error, Result};

pub use keras_files::{Problem, ProblemKind};

/// An error of a file, with its name.
fn at(path: &Path) -> impl Fn(keras_files::Error) -> Error {
    move |error| file_error(path, error)
}

/// Whether a file, of which these are the bytes, is one of Keras.
pub(crate) fn is_of_keras(path: &Path, bytes: &[u8]) -> bool {
    KerasFile::is_one(bytes) || is_map(path, bytes)
}

/// Whether it is a map of shards: `model.weights.json`.
fn is_map(path: &Path, bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{')
        && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Reads what a file says of itself.
fn open(path: &Path, bytes: Vec<u8>) -> Result<KerasFile> {
    if !is_map(path, &bytes) {
        return KerasFile::read(bytes).map_err(at(path));
    }
    if let Some(file) = KerasFile::architecture(&bytes) {
        return Ok(file);
    }
    let text = String::from_utf8(bytes).map_err(|_| file_error(path, "no UTF-8 text"))?;
    let shard = |name: &str| {
        let beside = path.with_file_name(name);
        std::fs::read(&beside)
            .map_err(|error| keras_files::Error::new(format!("the shard `{name}`: {error}")))
    };
    KerasFile::shards(&text, shard).map_err(at(path))
}
