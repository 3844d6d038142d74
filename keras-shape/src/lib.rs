//! The shape rules of Keras layers as values.

pub mod summary;
