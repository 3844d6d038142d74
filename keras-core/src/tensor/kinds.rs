//! What a model may have several of, as a message of the compiler calls it.
#![allow(non_camel_case_types, reason = "messages say `inputs`")]

/// What is fed to a model.
#[derive(Clone, Copy, Debug)]
pub struct inputs;
/// What its outputs should be.
#[derive(Clone, Copy, Debug)]
pub struct targets;
