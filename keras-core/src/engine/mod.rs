//! What runs a model on the CPU: a plan made once for the lengths of a batch, on buffers that are kept.
//!
//! A plan knows every tensor of a model for inputs of given lengths, so it owns a buffer for each and a
//! kernel for each layer: slices in, slices out, forward and backward, from `keras-kernels`. Nothing is
//! allocated after the first step, nothing is recorded on a tape, and no gradient is computed that nobody asks for.
//! A layer without a kernel is run by its operations, which are a plan of their own.

mod again;
mod backward;
mod build;
mod cache;
mod cast;
mod copy;
mod directions;
mod external;
mod finals;
mod fuse;
mod inner_strings;
mod kernel;
pub(crate) mod kernels;
mod moved;
mod nested;
mod once;
mod parts;
mod plan;
mod program;
mod strings;
mod traced;
mod weights;
mod wrapped;

pub(crate) use build::takes_integers;
pub(crate) use cache::{InUse, take};
pub(crate) use inner_strings::inner_lengths;
pub(crate) use kernel::{Choice, Site, blend};
pub(crate) use kernels::Link;
pub(crate) use parts::MaskPlace;
pub(crate) use plan::{Mode, Plan, Trained};
pub(crate) use program::Program;
pub(crate) use strings::{add_lengths, lengths_of, own_axes, with_length};
pub(crate) use weights::regularize;

#[doc(hidden)]
pub use strings::Reading;

pub use cache::{clear, without};
#[doc(hidden)]
pub use once::{Squares, by_operations, pass, squares, weighted};
