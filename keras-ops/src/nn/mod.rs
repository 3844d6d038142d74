//! Operations of neural networks.

mod conv;
mod sizes;

pub use conv::*;
pub use sizes::{DataFormat, Padding, PerAxis};
