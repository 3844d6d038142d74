//! Operations that move, join, repeat and find elements: <https://keras.io/api/ops/numpy/>.

mod axes;
pub(crate) mod gather;
mod join;
mod more;
mod pad;
mod pieces;
mod ranges;
mod repeat;
mod scans;
mod segments;
mod sort;

pub use axes::{flip, moveaxis, ravel, swapaxes, transpose};
pub use gather::{scatter, segment_sum, take, take_along_axis};
pub use join::{concatenate, stack};
pub use more::*;
pub use pad::{PadCall, PadWidth, pad};
pub use pieces::{Sections, slice, split};
pub use ranges::{Countable, arange, eye, one_hot, tril, triu};
pub use repeat::{repeat, roll, tile};
pub use scans::{cumprod, cumsum};
pub use segments::*;
pub use sort::{ArgCall, argmax, argmin, argsort, sort, top_k};

pub(crate) use join::joined;
