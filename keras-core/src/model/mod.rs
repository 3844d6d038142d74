//! Models: what the macro's types can do.

mod adapt;
mod api;
mod applied;
mod cost;
mod entry;
mod inspect;
mod layer;
#[doc(hidden)]
pub mod missing;
mod nested;
mod own;
pub mod plot;
mod predict;
mod predictions;
mod proof;
mod run;
mod structure;
mod summary;
mod trace;
mod trace_masks;
pub(crate) mod trace_tape;
mod wrapped;

pub use api::{AnyModel, Core, Model};
pub(crate) use applied::{Applications, Flow};
#[cfg(feature = "files")]
pub(crate) use entry::check_lengths as check_entry_lengths;
pub use entry::outputs_for;
pub(crate) use entry::{Samples, check_entry, check_lengths, check_masked, input_wants, too_large};
pub use inspect::Inspect;
pub use layer::{AnyLayer, Built, built};
#[doc(hidden)]
pub use nested::{Nested, agrees, problem, problem_of, weights};
pub use own::{Lambda, Layer, LayerContext, LayerFor, Own, WeightSpec, own_outputs};
pub use predictions::Predict;
pub use proof::*;
pub use run::run;
pub use structure::{BlockInfo, InputInfo, LayerInfo, Member, NodeInfo, Source, Structure};
pub use summary::Summary;
pub use trace::Trace;
pub(crate) use trace::{Draw, Given, Traced, traced, traced_config};
pub(crate) use trace_masks::OutputMask;
pub(crate) use trace_tape::forward_config;
pub use wrapped::TimeDistributed;
pub(crate) use wrapped::{by_batch, inner_model};
