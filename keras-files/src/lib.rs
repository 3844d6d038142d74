//! The files of Keras, of every generation: `.keras` archives, `.weights.h5`, legacy `.h5` models and weights.
//!
//! What a file is, its bytes say and not its name. [`KerasFile::read`] gives one neutral description: who wrote it, a
//! [`Graph`] of layers, and the weights, which [`KerasFile::assign`] brings to the order and the layout that Keras 3 has.
//! No code of a file is ever run, and no size that it claims is believed before as many bytes are there.
#![forbid(unsafe_code)]

mod archive;
mod array;
#[cfg(feature = "hdf5")]
mod assign;
#[cfg(feature = "hdf5")]
mod bins;
mod cells;
mod config;
#[cfg(feature = "hdf5")]
mod dequantize;
#[cfg(feature = "hdf5")]
mod directions;
mod error;
#[cfg(feature = "hdf5")]
mod file;
mod folder;
mod foreign;
mod graph;
#[cfg(feature = "hdf5")]
mod hdf5;
mod json;
mod keras1;
#[cfg(feature = "hdf5")]
mod layout;
#[cfg(feature = "hdf5")]
mod lora;
mod old;
mod parts;
mod quantized;
mod reasons;
mod source;
mod writer;

pub use archive::{Archive, pack};
pub use array::{Array, Numbers};
#[cfg(feature = "hdf5")]
pub use assign::{Assigned, By, Problem, ProblemKind};
pub use cells::{OverCells, StoredCell, over_cells};
pub use config::{Made, Stored, is_layer, make, precision, wrapped_model};
pub use error::{Error, Result, shown};
#[cfg(feature = "hdf5")]
pub use file::{Format, KerasFile};
pub use folder::bytes;
pub use graph::{
    Argument, Call, FUNCTIONS, Graph, Input, Kind, Layer, Operation, TensorRef, Unread, array_of, is_own,
    model_kind, own_model,
};
#[cfg(feature = "hdf5")]
pub use hdf5::{Hdf5, Tree};
pub use json::text as json_text;
#[cfg(feature = "hdf5")]
pub use lora::added as with_product;
pub use old::{Implementation, Local, OldKind, OldLayer, old_layer};
pub use parts::{Counter, LayerPart, ModelPart, Part, WantedWeight, snake};
pub use quantized::Quantized;
pub use reasons::{Custom, Reason, ReasonKind, reasons};
pub use source::{Written, source, sources};
pub use writer::{Generation, Writer};
