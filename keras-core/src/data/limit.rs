//! How much a reader may unpack.

use std::path::Path;

use super::DataError;

/// Arrays up to this size are read whatever the size of their file.
const SMALL: u64 = 256 << 20;

/// What packs better than this is refused where no limit is set: real data rarely does, files made to harm do.
const RATIO: u64 = 32;

/// How to read the files of [`idx`](super::idx) and [`npy`](super::npy).
///
/// ```no_run
/// use keras_core::data::{ReadOptions, idx};
///
/// let options = ReadOptions::new().limit(8 << 30);
/// let images: ndarray::Array3<u8> = idx::read_with("train-images-idx3-ubyte.gz", &options)?;
/// # Ok::<(), keras_core::data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    limit: Option<u64>,
}

impl ReadOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes an array may take when it is unpacked: by default 256 MiB, or 32 times the size of the file where
    /// that is more. A small file may claim, and unpack to, more than there is memory.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// What holds for a file; a plain one has no more bytes than it is long.
    pub(super) fn of(self, path: &Path, packed: bool) -> Limit {
        let length = std::fs::metadata(path).map_or(u64::MAX, |metadata| metadata.len());
        Limit { bytes: bytes(self.limit, path), there: if packed { u64::MAX } else { length } }
    }
}

/// How much may be read of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    bytes: u64,
    there: u64,
}

impl Limit {
    /// Refuses an array that takes more than it may. One that takes more than there is will end too early instead.
    pub fn check(self, path: &Path, place: &str, bytes: Option<u64>) -> Result<(), DataError> {
        match bytes {
            Some(bytes) if bytes > self.bytes && bytes <= self.there => {
                Err(exceeded(path, place, self.bytes))
            }
            _ => Ok(()),
        }
    }
}

/// How many bytes may be made of a file, with this limit or by default.
pub(super) fn bytes(limit: Option<u64>, path: &Path) -> u64 {
    let by_default = || {
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        size.saturating_mul(RATIO).max(SMALL)
    };
    limit.unwrap_or_else(by_default)
}

/// An array that takes more than it may.
pub(super) fn exceeded(path: &Path, place: &str, limit: u64) -> DataError {
    DataError::Limit { path: path.to_path_buf(), place: place.to_string(), limit }
}
