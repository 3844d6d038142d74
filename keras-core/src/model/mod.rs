//! Models: what the macro's types can do.

mod api;
mod cost;
mod layer;
#[doc(hidden)]
pub mod missing;
mod own;
pub mod plot;
mod predict;
mod proof;
mod run;
mod structure;
mod summary;

pub use api::{AnyModel, Core, Model};
pub use layer::{AnyLayer, Built, built};
pub use own::{Lambda, Layer, LayerContext, Own, WeightSpec, own_outputs};
pub use proof::*;
pub(crate) use run::{check_entry, infer_nodes};
pub use run::{outputs_for, run};
pub use structure::{BlockInfo, InputInfo, LayerInfo, Member, NodeInfo, Source, Structure};
pub use summary::Summary;
