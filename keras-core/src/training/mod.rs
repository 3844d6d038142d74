//! Training: what it takes, what it reports while it runs, and what it leaves behind.

pub mod callbacks;
mod checkpoint;
mod compiled;
pub mod constraints;
mod evaluate;
mod fit;
pub mod history;
pub mod losses;
pub mod metrics;
mod names;
pub mod optimizers;
mod order;
pub mod progress;
pub mod regularizers;
mod resume;
pub mod target;
#[cfg(test)]
mod testing;
mod trainer;

pub use compiled::{Compile, Compiled, TargetOf};
pub use evaluate::{Evaluate, Evaluation};
pub use fit::Fit;
pub use trainer::{AnyLoss, Logs};
