//! Whole steps of whole models: what is timed, on which data, and how.
//!
//! `benches/compare` runs these beside other libraries; `cargo bench -p keras-benches` runs them alone.

pub mod clock;
pub mod data;
pub mod feed;
pub mod floor;
pub mod job;
pub mod models;
