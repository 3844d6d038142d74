//! Tensors: rank-erased inside, typed at the border.

mod raw;

pub use raw::{Raw, Value};
