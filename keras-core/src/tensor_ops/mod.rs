//! Arithmetic on tensors that several layers share.

pub mod activation;
pub(crate) mod extremes;
pub mod regularize;
pub(crate) mod window;
