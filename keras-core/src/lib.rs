//! Keras models in Rust, with shapes that the compiler proves.
#![deny(unsafe_code)]

// The macro writes `::keras_core::...`, also inside this crate's own tests.
extern crate self as keras_core;

pub mod context;
pub mod error;
pub mod layers;
pub mod ops;
pub mod param;
pub mod tensor;
pub mod training;

pub use error::{Error, Result};
pub use keras_shape as shape;
