//! Weights as [safetensors](https://github.com/huggingface/safetensors): a tensor per weight, named
//! by Keras's path (`dense/kernel`).

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::data::{DataError, write_atomically};
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::Raw;
use crate::{Error, Result};

fn file_error(path: &Path, message: impl core::fmt::Display) -> Error {
    Error::File { path: path.display().to_string(), message: message.to_string() }
}

/// Writes a model's weights. The file is either whole or as it was before, also after a crash.
///
/// # Errors
/// The file cannot be written.
pub fn save_weights(model: &dyn AnyModel, path: &Path) -> Result<()> {
    let mut tensors = Vec::new();
    for (name, param) in model.named_params() {
        let bytes: Vec<u8> = param.value.to_vec()?.iter().flat_map(|x| x.to_le_bytes()).collect();
        tensors.push((name, param.value.shape(), bytes));
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| file_error(path, e))?;
            Ok((name.as_str(), view))
        })
        .collect::<Result<Vec<_>>>()?;
    let format = HashMap::from([("format".to_string(), "keras-core".to_string())]);
    let bytes = safetensors::serialize(views, Some(format)).map_err(|e| file_error(path, e))?;
    write_atomically(path, |out| out.write_all(&bytes)).map_err(|error| match error {
        DataError::Write { source, .. } => file_error(path, format!("cannot be written: {source}")),
        other => file_error(path, other),
    })
}

/// Reads a model's weights. Nothing is changed unless everything fits.
///
/// # Errors
/// The file is no safetensors file, is cut short, or holds other weights than the model: the message
/// names those that are missing, superfluous or of another shape.
pub fn load_weights(model: &mut dyn AnyModel, path: &Path) -> Result<()> {
    // What the file claims about itself is checked against its true length before anything is made.
    let bytes = std::fs::read(path).map_err(|e| file_error(path, e))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| file_error(path, format!("not a safetensors file, or cut short: {e}")))?;
    let wanted: Vec<(String, Vec<usize>)> =
        model.named_params().into_iter().map(|(name, p)| (name, p.value.shape())).collect();
    let mut wrong = Vec::new();
    for (name, shape) in &wanted {
        match file.tensor(name) {
            Err(_) => wrong.push(format!("`{name}` {shape:?} is missing")),
            Ok(tensor) if tensor.shape() != shape.as_slice() => {
                wrong.push(format!("`{name}` is {:?}, and the model's is {shape:?}", tensor.shape()));
            }
            Ok(tensor) if floats(&tensor).is_none() => {
                wrong.push(format!("`{name}` holds {:?}, not floats", tensor.dtype()));
            }
            Ok(_) => {}
        }
    }
    for name in file.names() {
        if !wanted.iter().any(|(wanted, _)| wanted == name) {
            wrong.push(format!("`{}` is not a weight of the model", readable(name)));
        }
    }
    if !wrong.is_empty() {
        let count = wrong.len();
        wrong.truncate(8);
        let more = if count > 8 { format!("\n  and {} more", count - 8) } else { String::new() };
        let list = wrong.join("\n  ");
        return Err(file_error(path, format!("the weights are not this model's:\n  {list}{more}")));
    }
    let device = model.device();
    let mut values = Vec::new();
    for (name, shape) in &wanted {
        let floats = file.tensor(name).ok().as_ref().and_then(floats).unwrap_or_default();
        values.push(Raw::from_f32(floats, shape, &device)?.aligned()?);
    }
    let mut layers = model.layers_mut();
    let params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
    for (param, value) in params.into_iter().zip(values) {
        param.value = value;
    }
    Ok(())
}

/// A name out of a file, which may be anything, for a message.
fn readable(name: &str) -> String {
    let mut text: String = name.chars().take(100).flat_map(char::escape_debug).collect();
    if name.chars().nth(100).is_some() {
        text.push_str("...");
    }
    text
}

/// A tensor's numbers, if they are floats of 32 or 64 bits.
fn floats(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => {
            Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Dtype::F64 => Some(
            data.chunks_exact(8)
                .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32)
                .collect(),
        ),
        _ => None,
    }
}
