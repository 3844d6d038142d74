//! A file that is read batch by batch.

use std::path::{Path, PathBuf};

use super::rows::Source;
use super::{CsvNumber, CsvOptions};
use crate::data::DataError;
use crate::data::table::{TableBatches, words};

/// A CSV file of which a batch at a time is in memory: what [`open`] gives.
#[derive(Clone, Debug)]
pub struct CsvFile<T = f32> {
    path: PathBuf,
    source: Source<T>,
}

/// Opens a CSV file that is too large for memory. Its rows are read again for every epoch, in the order of the file or
/// shuffled within a window.
///
/// ```
/// use keras_core::data::csv::{self, Column, CsvOptions};
/// use keras_core::prelude::*;
///
/// # let folder = std::env::temp_dir().join(format!("csv-batches-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("large.csv");
/// # let rows: String = (0..100).map(|i| format!("{},{},{}\n", i % 7, i % 3, ["low", "high"][i % 2])).collect();
/// # std::fs::write(&path, format!("a,b,level\n{rows}")).unwrap();
/// let file = csv::open(&path, &CsvOptions::default().column("level", Column::classes()))?;
/// let mut model = model!(Input(2) => Dense(8, activation = relu) => Dense(2, activation = softmax))
///     .compile("adam", SparseCategoricalCrossentropy::new(), ["accuracy"]);
///
/// let mut epoch = 0;
/// model
///     .fit_batches(|| {
///         epoch += 1;
///         file.batches(&["level"], 32).shuffle(10_000, epoch)
///     })
///     .epochs(3)
///     .verbose(0)
///     .run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Words that the options leave open are looked for in the whole file first, once.
///
/// # Errors
///
/// As [`read_as`](super::read_as), but for the cells, which are read by [`batches`](CsvFile::batches).
pub fn open(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvFile, DataError> {
    open_as(path, options)
}

/// [`open`] for numbers of another type.
///
/// # Errors
///
/// As [`open`].
pub fn open_as<T: CsvNumber>(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvFile<T>, DataError> {
    let path = path.as_ref();
    Ok(CsvFile { path: path.to_path_buf(), source: Source::of(path, options)? })
}

impl<T: CsvNumber> CsvFile<T> {
    /// The names of the columns.
    pub fn column_names(&self) -> &[String] {
        &self.source.layout.table_names
    }

    /// The words of the column named `name` in the file, in the order of their class numbers or columns.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of words of that name.
    pub fn words(&self, name: &str) -> Result<&[String], DataError> {
        words(&self.path, &self.source.layout.made, name)
    }

    /// The rows in batches, from the first on: inputs `(row, feature)` and targets `(row, target)`, as
    /// [`CsvTable::split`](super::CsvTable::split) has them. The last batch may be smaller. What cannot be read is an error
    /// in the place of a batch, after which there are no more.
    pub fn batches<S: AsRef<str>>(&self, targets: &[S], batch_size: usize) -> TableBatches<'_, T> {
        let rows = || Ok(Box::new(self.source.rows()?) as _);
        TableBatches::new(&self.path, &self.source.layout, targets, batch_size, rows)
    }
}
