//! Operations that move, join, repeat and find elements: <https://keras.io/api/ops/numpy/>.

mod axes;
mod correlate;
mod differences;
pub(crate) mod gather;
mod join;
mod matrices;
mod nan;
mod pad;
mod pieces;
mod places;
mod quantile;
mod ranges;
mod rearrange;
mod repeat;
mod scans;
mod segments;
mod sequences;
mod sort;
mod statistics;
mod unique;
mod words;

pub use axes::{flip, moveaxis, ravel, swapaxes, transpose};
pub use correlate::{CorrelateMode, correlate};
pub use differences::{TrapezoidCall, diff, trapezoid};
pub use gather::{scatter, segment_sum, take, take_along_axis};
pub use join::{append, concatenate, meshgrid, stack, unstack};
pub use matrices::*;
pub use nan::*;
pub use pad::{PadCall, PadMode, PadWidth, pad};
pub use pieces::{Sections, slice, split};
pub use places::*;
pub use quantile::*;
pub use ranges::{Countable, arange, eye, one_hot, tril, triu};
pub use rearrange::rearrange;
pub use repeat::{Repeats, Shifts, repeat, roll, tile};
pub use scans::{cumprod, cumsum};
pub use segments::*;
pub use sequences::*;
pub use sort::{ArgCall, argmax, argmin, argpartition, argsort, sort, top_k};
pub use statistics::*;
pub use unique::{UniqueCall, unique};
pub use words::*;

pub(crate) use join::joined;
