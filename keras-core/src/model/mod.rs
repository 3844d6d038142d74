//! Models: what the macro's types can do.

mod adapt;
mod api;
mod cost;
mod entry;
mod layer;
#[doc(hidden)]
pub mod missing;
mod nested;
mod own;
mod penalty;
pub mod plot;
mod predict;
mod predictions;
mod proof;
mod run;
mod structure;
mod summary;
mod trace;
mod trace_masks;
mod wrapped;

pub use api::{AnyModel, Core, Model};
pub use entry::outputs_for;
pub(crate) use entry::{Samples, check_entry, check_masked, input_wants, too_large};
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
pub(crate) use trace::{Given, Traced, forward_config, traced, traced_config};
pub(crate) use trace_masks::OutputMask;
pub use wrapped::TimeDistributed;
pub(crate) use wrapped::{by_batch, inner_model};
