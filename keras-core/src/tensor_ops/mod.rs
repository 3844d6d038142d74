//! Arithmetic on tensors that several layers share.

pub mod activation;
pub(crate) mod conv;
pub(crate) mod extremes;
pub(crate) mod pool;
pub mod regularize;
pub mod resize;
pub(crate) mod window;
