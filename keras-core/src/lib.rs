//! keras-core

pub mod data;

