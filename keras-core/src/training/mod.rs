//! Training: what it takes, what it reports while it runs, and what it leaves behind.

pub mod constraints;
pub mod history;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod progress;
pub mod regularizers;
pub mod target;
#[cfg(test)]
mod testing;
