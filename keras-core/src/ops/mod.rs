//! Arithmetic on tensors that several layers share.

pub mod activation;
pub mod conv;
pub mod pool;
pub mod regularize;
pub mod resize;
pub mod window;
