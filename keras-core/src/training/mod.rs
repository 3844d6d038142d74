//! Training: what it takes, what it reports while it runs, and what it leaves behind.

pub mod history;
pub mod progress;
