//! Data on its way into a model: files of arrays and tables, labels, sequences of unequal length, and the split
//! into what a model learns from and what it is tested on.
//!
//! Everything here yields `ndarray` arrays and a [`DataError`] that names the file and the place in it. A file is
//! never trusted: what it claims about its own size is only believed as its bytes arrive.

mod atomic;
pub mod csv;
mod error;
mod folder;
pub mod idx;
mod limit;
mod normalize;
pub mod npy;
mod series;
mod split;
mod utils;

pub(crate) use atomic::{clear_temporary, write_atomically};
pub use error::DataError;
pub use folder::{TextFolder, text_dataset_from_directory};
pub use limit::ReadOptions;
pub use normalize::normalize;
pub use series::{SeriesOptions, timeseries_dataset_from_array, timeseries_from_array};
pub use split::{Split, SplitSize, split_dataset, split_indices, train_test_split};
pub use utils::{Label, PadOptions, Side, pad_sequences, to_categorical};
