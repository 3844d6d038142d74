//! Weights, and the state of a training, in files.

mod header;
#[cfg(feature = "files")]
pub mod keras;
#[cfg(feature = "onnx")]
pub mod onnx;
mod safetensors;
mod tensors;
mod weights;

pub(crate) use tensors::{Contents, Entry, Kind, bytes as read_bytes, write as write_entries};
pub(crate) use weights::{check_extension, check_model_name, compare, params_mut, save_named};
pub use weights::{load_weights, save_weights};
