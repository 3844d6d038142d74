//! Helpers that compare models with what real Keras said.
//!
//! The fixtures come from `tests/keras/make_fixtures.py`; its header describes the files.

mod archive;
pub mod blocks;
mod book;
mod cases;
pub mod json;
pub mod ranks;
mod threads;

pub use archive::Archive;
pub use cases::{check_functional, check_layer, check_layers, check_shape, close};
pub use threads::with_threads;
