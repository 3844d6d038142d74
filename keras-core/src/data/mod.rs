//! Data on its way into a model: files of arrays and tables, labels, sequences of unequal length, and the split
//! into what a model learns from and what it is tested on.
//!
//! Everything here yields `ndarray` arrays and a [`DataError`] that names the file and the place in it. A file is
//! never trusted: what it claims about its own size is only believed as its bytes arrive.

mod atomic;
mod audio;
mod batches;
pub mod csv;
mod error;
mod folder;
pub mod idx;
#[cfg(any(feature = "images", feature = "plot-png"))]
mod image_grid;
#[cfg(feature = "images")]
mod images;
mod legacy_shuffle;
mod limit;
mod normalize;
pub mod npy;
#[cfg(feature = "parquet")]
pub mod parquet;
mod prefetch;
mod series;
mod split;
mod table;
mod texts;
mod utils;

#[cfg(not(feature = "images"))]
#[doc(hidden)]
pub use crate::without::image_dataset_from_directory;
pub(crate) use atomic::{clear_temporary, write_atomically};
pub use audio::{AudioFolder, Sounds, audio_dataset_from_directory};
pub use batches::{ArrayBatches, batches};
pub use error::DataError;
pub use folder::Subset;
#[cfg(any(feature = "images", feature = "plot-png"))]
pub use image_grid::ImageGrid;
#[cfg(feature = "plot-png")]
pub(crate) use image_grid::png_of;
#[cfg(feature = "images")]
pub use images::{ColorMode, ImageBatch, ImageFolder, Images, Resampling, image_dataset_from_directory};
pub use limit::ReadOptions;
pub use normalize::normalize;
pub use prefetch::{Prefetch, prefetch};
pub use series::{SeriesOptions, timeseries_dataset_from_array, timeseries_from_array};
pub use split::{Split, SplitSize, split_dataset, split_indices, train_test_split};
pub use table::{Column, Table, TableBatches};
pub use texts::{TextFolder, Texts, text_dataset_from_directory};
pub use utils::{Label, PadOptions, Side, pad_sequences, to_categorical, to_categorical_nd};
