//! Weights in files.

mod safetensors;

pub use safetensors::{load_weights, save_weights};
