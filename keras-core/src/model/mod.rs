//! Models: what the macro's types can do.

mod alone;
mod api;
mod applied;
mod cells;
mod cost;
mod entry;
mod graph;
mod inspect;
mod layer;
mod mask_nodes;
#[doc(hidden)]
pub mod missing;
mod nested;
mod nested_masks;
mod of_files;
mod own;
#[cfg(feature = "plot")]
pub mod plot;
mod precision;
mod predict;
mod predictions;
mod proof;
mod run;
mod structure;
mod summary;
mod trace;
mod trace_masks;
mod vocabularies;
mod wrapped;

#[doc(hidden)]
pub use alone::{Alone, Value};
pub use api::{AnyModel, Core, Model};
pub(crate) use applied::{Applications, Flow, traced_wrapper};
pub use applied::{Random, State};
pub use cells::{Cell, OwnCells};
#[doc(hidden)]
pub use cells::{RunCell, own_cell};
pub use entry::outputs_for;
pub(crate) use entry::{Samples, check_entry, check_lengths, check_masked, input_wants, too_large};
pub use graph::{GraphWeight, ModelGraph};
pub use inspect::Inspect;
pub use layer::{AnyLayer, Built, built};
pub(crate) use layer::{NoLayer, with_weights};
#[cfg(feature = "files")]
pub(crate) use mask_nodes::{MaskNodes, tensor as tensor_of};
#[doc(hidden)]
pub use nested::{Nested, agrees, problem, problem_of, weights};
pub use nested_masks::Inside;
#[cfg(feature = "files")]
pub(crate) use own::output_of;
pub use own::{Lambda, Layer, LayerFor, Own, WeightSpec, only_output, own_outputs};
pub use predictions::Predict;
pub use proof::*;
#[cfg(feature = "files")]
pub(crate) use run::without_lost;
pub use structure::{BlockInfo, InputInfo, LayerInfo, MaskInfo, Member, NodeInfo, Source, Structure};
pub use summary::Summary;
pub use trace::Trace;
pub(crate) use trace::{Draw, Given, Traced, traced, traced_config};
pub(crate) use trace_masks::OutputMask;
pub use wrapped::TimeDistributed;
pub(crate) use wrapped::{by_batch, inner_model};
