//! Tensors: rank-erased inside, typed at the border.

mod raw;

pub use raw::Raw;

#[cfg(feature = "files")]
mod any;
mod axes;
mod check;
mod data;
mod element;
mod in_order;
pub mod kinds;
pub mod lists;
mod no_array;
mod numbers;
mod typed;

#[cfg(feature = "files")]
pub use any::{Any, AnyNumbers, AnyOutputs, AnyTensors};
#[doc(hidden)]
pub use axes::{Computed, ComputedAxis, ShapeAt};
pub use check::check_dims;
pub(crate) use check::{TARGET, check_target, check_target_axes, target_error};
#[doc(hidden)]
pub use data::OnEntry;
pub use data::{Data, InputElement, IntoInput, IntoTarget};
pub use element::{ArrayElement, Values};
pub(crate) use element::{bits, integer, takes_numbers, takes_strings};
#[doc(hidden)]
pub use lists::Anything;
pub use lists::{IntoInputs, IntoTargets, LayerInput, Many, Of, OneSample, Sample, SampleOf, Shapes};
pub use no_array::{ByReference, IsArray, IsLabels, IsNumbers, IsOne, IsReference, List, Reference};
pub use numbers::Numbers;
pub use typed::{
    Axis, ClassNumbers, Const, Dyn, Fits, FitsAxis, FitsTarget, Integers, Len, Mistaken, NestedArray, Shape,
    Strings, TakesArray, TakesNumbers, TakesStrings, TakesTarget, Tensor, Unknown,
};
