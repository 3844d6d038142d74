//! Weights as safetensors: a tensor per weight, named by Keras's path (`dense/kernel`).

use std::path::Path;

use super::tensors::{self, Contents, Entry, Kind, file_error};
use crate::model::{AnyLayer, AnyModel};
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::optimizers::Optimizer;
use crate::training::trainer::Output;
use crate::{Error, Result, message};

/// Extensions of other formats: a file is what its name says.
const OTHERS: [&str; 8] = ["keras", "h5", "hdf5", "npz", "pt", "pth", "onnx", "tflite"];

/// Of these, extensions of files of Keras.
const OF_KERAS: [&str; 3] = ["keras", "h5", "hdf5"];

/// So many lines of a list of differences are shown.
const SHOWN: usize = 8;

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Refuses a name that says another format.
///
/// # Errors
/// The name ends in `.keras`, `.h5`, `.onnx` or the like.
pub(crate) fn check_extension(path: &Path) -> Result<()> {
    let extension = extension(path);
    if !OTHERS.contains(&extension.as_str()) {
        return Ok(());
    }
    let mut message = format!(
        "weights are written and read as safetensors, not in the format that `.{extension}` stands for: give the file a \
         name that ends in `.safetensors`"
    );
    if OF_KERAS.contains(&extension.as_str()) {
        message += match cfg!(feature = "files") {
            true => {
                "; for Keras weights are written under a name that ends in `.weights.h5`, models in `.keras`"
            }
            false => "; files of Keras are read and written with the feature `files` of keras-core",
        };
    }
    Err(file_error(path, message))
}

/// Whether a name says a format of Keras in which weights can be read.
fn is_of_keras(path: &Path) -> bool {
    cfg!(feature = "files") && OF_KERAS.contains(&extension(path).as_str())
}

/// What is wrong with a file, without its name.
fn cause(error: &Error) -> String {
    match error {
        Error::File { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

/// Refuses a name that says a format in which no model is saved while it trains.
///
/// # Errors
/// As [`check_extension`], but for `.keras` and `.weights.h5` with the feature `files`.
pub(crate) fn check_model_name(path: &Path) -> Result<()> {
    #[cfg(feature = "files")]
    if super::keras::kind(path).is_some() {
        return Ok(());
    }
    check_extension(path)
}

/// Writes what the name says: a model where it ends in `.keras`, else weights.
///
/// # Errors
/// As [`save_weights`], and of a model that Keras has no words for.
pub(crate) fn save_named(
    model: &dyn AnyModel,
    outputs: &[Output],
    optimizer: &dyn Optimizer,
    path: &Path,
) -> Result<()> {
    #[cfg(feature = "files")]
    if super::keras::kind(path) == Some(super::keras::Kind::Model) {
        let training = super::keras::Compilation { outputs, optimizer };
        return super::keras::save(model, Some(training), path);
    }
    let _ = (outputs, optimizer);
    save_weights(model, path)
}

/// Writes a model's weights: as safetensors, or as Keras does where the name ends in `.weights.h5` (with the feature
/// `files`). The file is either whole or as it was before, also after a crash.
///
/// # Errors
/// The file cannot be written, its name says another format, or two weights have the same path.
pub fn save_weights(model: &dyn AnyModel, path: &Path) -> Result<()> {
    #[cfg(feature = "files")]
    if super::keras::kind(path) == Some(super::keras::Kind::Weights) {
        return super::keras::save_weights(model, path);
    }
    check_extension(path)?;
    let weights = model.named_params().into_iter();
    let entries = weights.map(|(name, param)| Entry::raw(name, &param.value)).collect::<Result<Vec<_>>>()?;
    tensors::write(path, Kind::Weights, &entries, Vec::new())
}

/// Reads a model's weights, from safetensors or, with the feature `files`, from any file of Keras: what it is, its bytes
/// say. Nothing is changed unless everything fits.
///
/// # Errors
/// The file is no safetensors file, is cut short, or holds other weights than the model: the message
/// names those that are missing, superfluous or of another shape.
pub fn load_weights(model: &mut dyn AnyModel, path: &Path) -> Result<()> {
    let bytes = match tensors::bytes(path) {
        Ok(bytes) => bytes,
        // That a name says another format is worth more than that there is no such file.
        Err(error) => {
            return Err(match check_extension(path) {
                Ok(()) => error,
                Err(_) if is_of_keras(path) => file_error(
                    path,
                    format!("{}; weights are read of `.safetensors`, `.keras` and `.h5`", cause(&error)),
                ),
                Err(format) => format,
            });
        }
    };
    #[cfg(feature = "files")]
    if super::keras::is_of_keras(path, &bytes) || is_of_keras(path) {
        return super::keras::load(model, path, bytes, Default::default(), false).map(|_| ());
    }
    check_extension(path)?;
    let file = Contents::new(path, &bytes, Kind::Weights)?;
    let wrong = compare(model, &file, "");
    if !wrong.is_empty() {
        let list = message::lines(wrong, SHOWN);
        return Err(file.error(format!("the weights are not this model's:\n  {list}")));
    }
    let names: Vec<String> = model.named_params().into_iter().map(|(name, _)| name).collect();
    let values = names.iter().map(|name| file.raw(name)).collect::<Result<Vec<Raw>>>()?;
    let mut layers = model.layers_mut();
    params_mut(&mut layers).into_iter().zip(values).for_each(|(param, value)| param.value = value);
    Ok(())
}

/// All weights of these layers, in order.
pub(crate) fn params_mut<'a>(layers: &'a mut [&mut dyn AnyLayer]) -> Vec<&'a mut Param> {
    layers.iter_mut().flat_map(|layer| layer.params_mut()).collect()
}

/// How the tensors of a file whose names begin with `prefix` differ from the weights of a model.
pub(crate) fn compare(model: &dyn AnyModel, file: &Contents<'_>, prefix: &str) -> Vec<String> {
    let wanted: Vec<(String, Vec<usize>)> =
        model.named_params().into_iter().map(|(name, p)| (name, p.value.shape())).collect();
    let mut wrong = Vec::new();
    for (name, shape) in &wanted {
        let stored = format!("{prefix}{name}");
        let (name, shape) = (message::name(name), shape.as_slice());
        match file.shape(&stored) {
            None => wrong.push(format!("`{name}` {} is missing", message::shape(shape))),
            Some(found) if found != shape => {
                let found = message::shape(&found);
                wrong.push(format!("`{name}` is {found}, and the model's is {}", message::shape(shape)));
            }
            Some(_) => wrong.extend(file.fault(&stored).map(|fault| format!("`{name}` {fault}"))),
        }
    }
    let wanted: std::collections::HashSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    for name in file.names().into_iter().filter_map(|name| name.strip_prefix(prefix)) {
        if !wanted.contains(name) {
            wrong.push(format!("`{}` is not a weight of the model", message::name(name)));
        }
    }
    wrong
}
