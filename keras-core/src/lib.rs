//! keras-core

pub mod data;
pub mod training;
