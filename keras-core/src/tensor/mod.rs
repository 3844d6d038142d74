//! Tensors: rank-erased inside, typed at the border.

mod moves;
mod raw;

pub(crate) use raw::{by_rank, dims};
pub use raw::{Raw, Value};

mod data;
mod typed;

pub use data::{Data, IntoInput, IntoTarget, Values};
pub use typed::{Axis, Const, Dyn, Fits, FitsAxis, FitsRank, FitsTarget, Shape, Tensor, Unknown, check_dims};
