//! The clock, the data and the command line that all peers share with `keras-benches`.

#[path = "../../src/clock.rs"]
pub mod clock;
#[path = "../../src/data.rs"]
pub mod data;
#[path = "../../src/feed.rs"]
pub mod feed;
#[path = "../../src/job.rs"]
pub mod job;
