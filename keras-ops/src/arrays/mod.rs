//! Operations that move, join, repeat and find elements: <https://keras.io/api/ops/numpy/>.

mod axes;
mod join;
mod pad;
mod pieces;

pub use axes::{flip, moveaxis, ravel, swapaxes, transpose};
pub use join::{concatenate, stack};
pub use pad::{PadCall, PadWidth, pad};
pub use pieces::{Sections, slice, split};

pub(crate) use join::joined;
