//! Training.

pub mod constraints;
pub mod losses;
pub mod optimizers;
pub mod regularizers;

#[cfg(test)]
mod testing;
