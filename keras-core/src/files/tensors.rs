//! Tensors by name in a [safetensors](https://github.com/huggingface/safetensors) file.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Map;

use super::safetensors::{self, File, Tensor};
use crate::data::{DataError, write_atomically};
use crate::tensor::Raw;
use crate::{Error, Result, message};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The weights of a model.
    Weights,
    /// All that a training needs to go on.
    Checkpoint,
}

impl Kind {
    /// The word for it in the file.
    fn format(self) -> &'static str {
        match self {
            Kind::Weights => "keras-core",
            Kind::Checkpoint => "keras-core checkpoint",
        }
    }
}

/// A tensor on its way into a file.
pub(crate) struct Entry {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Entry {
    /// Floats of a tensor, or integers of one that holds these.
    pub fn raw(name: String, raw: &Raw) -> Result<Self> {
        let shape = raw.shape();
        if raw.is_float() {
            let bytes = raw.to_vec()?.iter().flat_map(|x| x.to_le_bytes()).collect();
            return Ok(Entry { name, dtype: "F32", shape, bytes });
        }
        let bytes = raw.to_integers()?.into_iter().flat_map(|x| i64::from(x).to_le_bytes()).collect();
        Ok(Entry { name, dtype: "I64", shape, bytes })
    }

    /// Its name, and what stands under it.
    fn tensor(&self) -> (&str, Tensor<'_>) {
        (&self.name, Tensor { dtype: self.dtype, shape: self.shape.clone(), data: &self.bytes })
    }

    /// Numbers in a row.
    pub fn numbers(name: String, numbers: &[f64]) -> Self {
        let bytes = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        Entry { name, dtype: "F64", shape: vec![numbers.len()], bytes }
    }

    /// One whole number.
    pub fn count(name: String, count: u64) -> Self {
        Entry { name, dtype: "U64", shape: Vec::new(), bytes: count.to_le_bytes().to_vec() }
    }
}

pub(super) fn file_error(path: &Path, message: impl core::fmt::Display) -> Error {
    Error::File { path: path.display().to_string(), message: message.to_string() }
}

/// Writes tensors. The file is either whole or as it was before.
///
/// # Errors
/// The file cannot be written, or two tensors have one name.
pub(crate) fn write(path: &Path, kind: Kind, entries: &[Entry], words: Vec<(String, String)>) -> Result<()> {
    let mut seen = HashSet::new();
    if let Some(twice) = entries.iter().find(|entry| !seen.insert(entry.name.as_str())) {
        return Err(file_error(
            path,
            format!(
                "two weights have the name `{}`, and a file tells them apart by it: give each its own",
                message::name(&twice.name)
            ),
        ));
    }
    let mut tensors: Vec<_> = entries.iter().map(Entry::tensor).collect();
    let mut said = Map::new();
    for (name, word) in words {
        said.insert(name, word.into());
    }
    said.insert("format".to_string(), kind.format().into());
    let header = safetensors::header(&mut tensors, said).map_err(|e| file_error(path, e))?;
    let write = |out: &mut dyn std::io::Write| {
        out.write_all(&header)?;
        tensors.iter().try_for_each(|(_, tensor)| out.write_all(tensor.data))
    };
    write_atomically(path, write).map_err(|error| match error {
        DataError::Write { source, .. } => file_error(path, format!("cannot be written: {source}")),
        other => file_error(path, other),
    })
}

/// The tensors of a file.
pub(crate) struct Contents<'a> {
    path: &'a Path,
    file: File<'a>,
}

/// Reads the bytes of a file; with the feature `files` also of a folder that holds a model of Keras, as an archive.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    #[cfg(feature = "files")]
    let read = keras_files::bytes(path);
    #[cfg(not(feature = "files"))]
    let read = std::fs::read(path);
    read.map_err(|e| file_error(path, e))
}

impl<'a> Contents<'a> {
    /// Looks through what [`bytes`] has read. What the file claims about itself is checked against its true length
    /// before anything is made.
    ///
    /// # Errors
    /// It is no safetensors file, is cut short, has a name twice, or is for something else.
    pub fn new(path: &'a Path, bytes: &'a [u8], kind: Kind) -> Result<Self> {
        let file = safetensors::read(bytes)
            .map_err(|e| file_error(path, format!("not a safetensors file, or cut short: {e}")))?;
        let is_checkpoint =
            file.words.get("format").is_some_and(|format| format == Kind::Checkpoint.format());
        match (kind, is_checkpoint) {
            (Kind::Weights, true) => Err(file_error(
                path,
                "holds the state of a training, not weights alone: read it with `load_checkpoint`",
            )),
            (Kind::Checkpoint, false) => Err(file_error(
                path,
                "is no checkpoint, which `save_checkpoint` and `BackupAndRestore` write; weights alone are read \
                 with `load_weights`",
            )),
            _ => Ok(Contents { path, file }),
        }
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.file.tensors.keys().map(String::as_str).collect()
    }

    /// What the file says about itself under this name.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.file.words.get(name).map(String::as_str)
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.file.tensors.get(name).map(|tensor| tensor.shape.clone())
    }

    /// Why a tensor cannot be read as 32-bit floats, if so.
    pub fn fault(&self, name: &str) -> Option<String> {
        let tensor = self.file.tensors.get(name)?;
        match tensor.dtype {
            "F32" => None,
            "F64" => {
                let beyond = f64s(tensor).find(|x| x.is_finite() && (*x as f32).is_infinite())?;
                Some(format!("holds {beyond:e}, which is too large for a 32-bit float"))
            }
            other => Some(format!("holds {other}, not floats")),
        }
    }

    /// The 32-bit floats of a tensor that [`fault`](Contents::fault) finds nothing wrong with.
    fn floats(&self, name: &str) -> Option<Vec<f32>> {
        let tensor = self.file.tensors.get(name)?;
        match tensor.dtype {
            "F32" => Some(tensor.data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
            "F64" => Some(f64s(tensor).map(|x| x as f32).collect()),
            _ => None,
        }
    }

    /// A tensor of floats, or of integers if it holds these.
    ///
    /// # Errors
    /// It is not there, or holds something else.
    pub fn raw(&self, name: &str) -> Result<Raw> {
        let tensor = self.tensor(name)?;
        // Tensors have an axis at least.
        let shape = if tensor.shape.is_empty() { vec![1] } else { tensor.shape.clone() };
        if tensor.dtype == "I64" {
            let whole = tensor.data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b));
            let whole = whole.map(i32::try_from).collect::<core::result::Result<Vec<i32>, _>>();
            let whole = whole.map_err(|_| self.wrong(name, "a number of 32 bits"))?;
            return Raw::from_i32(whole, &shape);
        }
        if let Some(fault) = self.fault(name) {
            return Err(file_error(self.path, format!("`{}` {fault}", message::name(name))));
        }
        Raw::from_f32(self.floats(name).unwrap_or_default(), &shape)
    }

    /// Numbers in a row.
    ///
    /// # Errors
    /// They are not there, or something else is.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let tensor = self.tensor(name)?;
        if tensor.dtype == "F64" { Ok(f64s(tensor).collect()) } else { Err(self.wrong(name, "numbers")) }
    }

    /// One whole number.
    ///
    /// # Errors
    /// It is not there, or something else is.
    pub fn count(&self, name: &str) -> Result<u64> {
        let tensor = self.tensor(name)?;
        match (tensor.dtype, tensor.data.try_into()) {
            ("U64", Ok(bytes)) => Ok(u64::from_le_bytes(bytes)),
            _ => Err(self.wrong(name, "one whole number")),
        }
    }

    /// An error of this file.
    pub fn error(&self, message: impl core::fmt::Display) -> Error {
        file_error(self.path, message)
    }

    fn tensor(&self, name: &str) -> Result<&Tensor<'a>> {
        self.file.tensors.get(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> Error {
        self.error(format!("`{}` is missing", message::name(name)))
    }

    fn wrong(&self, name: &str, expected: &str) -> Error {
        self.error(format!("`{}` is not {expected}", message::name(name)))
    }
}

fn f64s(tensor: &Tensor<'_>) -> impl Iterator<Item = f64> {
    tensor.data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b))
}
