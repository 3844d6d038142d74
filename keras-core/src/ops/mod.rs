//! Arithmetic on tensors that several layers share.

pub mod activation;
