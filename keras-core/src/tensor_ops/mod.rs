//! Arithmetic on Burn tensors, for layers of your own that are written in them.

pub mod activation;
pub(crate) mod extremes;
