//! Tables of numbers from Parquet files.
//!
//! A table comes as an array `(row, column)` of `f32` with a name for each column, as of a [CSV file](super::csv). Columns of
//! words and dates become numbers by [`ParquetOptions::column`]; truth values are 0 and 1.
//!
//! ```no_run
//! use keras_core::data::Column;
//! use keras_core::data::parquet::{self, ParquetOptions};
//!
//! let options = ParquetOptions::default().column("species", Column::classes()).column("seen", Column::days());
//! let table = parquet::read("birds.parquet", &options)?;
//! let (x, y) = table.split(&["species"])?;
//! # drop((x, y));
//! # Ok::<(), keras_core::data::DataError>(())
//! ```
//!
//! [`open`] reads a file too large for memory batch by batch.
//!
//! Files that are not compressed, or by Snappy, GZIP or LZ4, are read by the crate [`parquet`](https://docs.rs/parquet).
//! Columns of lists and of groups have no number for a row and are left out by `skip`.

use std::borrow::Cow;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};

use super::table::{self, Column, CsvNumber, Layout, Rows as _, Table, TableBatches, Wanted};
use super::{DataError, limit};
use crate::message;

/// How to read a Parquet file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParquetOptions {
    /// Columns to leave out.
    pub skip: Vec<String>,
    /// Columns that hold no numbers, each with what is made of it; see [`column`](ParquetOptions::column).
    pub columns: Vec<(String, Column)>,
    /// What to put in place of cells without a value. With `None` they are errors. A word that is missing has 0 in all columns
    /// that stand for words.
    pub missing: Option<f32>,
    /// How many bytes the table may take in memory: by default 256 MiB, or 32 times the size of the file where that is more.
    pub limit: Option<u64>,
}

impl ParquetOptions {
    /// The column named `name` holds words or dates: `.column("species", Column::classes())`.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, column: Column) -> Self {
        let name = name.into();
        self.columns.retain(|(other, _)| *other != name);
        self.columns.push((name, column));
        self
    }
}

/// Reads a table of numbers as `f32`. Whole numbers that these cannot hold, such as 16777217, are refused rather than
/// rounded: [`read_as`] reads ids as integers.
///
/// # Errors
///
/// As [`read_as`].
pub fn read(path: impl AsRef<Path>, options: &ParquetOptions) -> Result<Table, DataError> {
    read_as(path, options)
}

/// Reads a table of numbers of a type: `read_as::<i64>(path, &options)?` for ids and other integers.
///
/// # Errors
///
/// [`DataError::Malformed`] with row and column for a cell that is no number of this type, and for a file that is no Parquet
/// or is compressed in another way, [`DataError::Missing`] for a column of the options that is not there,
/// [`DataError::Read`] when the file cannot be read.
pub fn read_as<T: CsvNumber>(
    path: impl AsRef<Path>,
    options: &ParquetOptions,
) -> Result<Table<T>, DataError> {
    let path = path.as_ref();
    let source = Source::<T>::of(path, options)?;
    let limit = limit::bytes(options.limit, path);
    let mut rows = source.rows()?;
    let mut values = Vec::new();
    while rows.next(&mut values)? {
        if size_of_val(values.as_slice()) as u64 > limit {
            return Err(limit::exceeded(path, &format!("row {}", rows.count), limit));
        }
    }
    let count = rows.count;
    drop(rows);
    let layout = source.layout;
    let values = Array2::from_shape_vec((count, layout.width()), values)
        .map_err(|error| DataError::malformed(path, "table", error.to_string()))?;
    Ok(Table { names: layout.table_names, values, path: path.to_path_buf(), made: layout.made })
}

/// What a reader makes of a file; a file that it panics at is damaged: it counts on some of what a file says of itself.
fn guarded<R>(path: &Path, read: impl FnOnce() -> Result<R, DataError>) -> Result<R, DataError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(path)))
}

fn damaged(path: &Path) -> DataError {
    DataError::malformed(path, "table", "the file is damaged")
}

/// A Parquet file with what is made of its columns.
#[derive(Clone, Debug)]
struct Source<T> {
    path: PathBuf,
    layout: Layout<T>,
}

fn opened(path: &Path) -> Result<SerializedFileReader<File>, DataError> {
    let file = File::open(path).map_err(|source| DataError::read(path, source))?;
    guarded(path, || SerializedFileReader::new(file).map_err(|error| wrong(path, error)))
}

impl<T: CsvNumber> Source<T> {
    /// With these options. Words that they leave open are looked for in the whole file.
    fn of(path: &Path, options: &ParquetOptions) -> Result<Self, DataError> {
        let reader = opened(path)?;
        let schema = reader.metadata().file_metadata().schema();
        let names: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_string()).collect();
        let wanted = Wanted { skip: &options.skip, columns: &options.columns, missing: options.missing };
        let layout = Layout::of(
            path,
            names,
            &wanted,
            || "schema".to_string(),
            |search| {
                guarded(path, || {
                    for row in reader.get_row_iter(None).map_err(|error| wrong(path, error))? {
                        let row = row.map_err(|error| wrong(path, error))?;
                        let cells: Vec<Option<Cow<'_, str>>> =
                            fields(&row).map(|field| text(field).ok()).collect();
                        search.note(|place| cells.get(place)?.as_ref().map(|text| text.as_bytes()));
                    }
                    Ok(())
                })
            },
        )?;
        Ok(Source { path: path.to_path_buf(), layout })
    }

    /// The rows from the first on, of which a page of each column is in memory.
    fn rows(&self) -> Result<Rows<'_, T>, DataError> {
        let reader = Box::new(opened(&self.path)?);
        let rows = guarded(&self.path, || Ok(RowIter::from_file_into(reader)))?;
        Ok(Rows { source: self, rows, count: 0 })
    }
}

/// The rows of a file.
struct Rows<'a, T> {
    source: &'a Source<T>,
    rows: RowIter<'static>,
    /// How many were read.
    count: usize,
}

impl<T: CsvNumber> table::Rows<T> for Rows<'_, T> {
    fn next(&mut self, values: &mut Vec<T>) -> Result<bool, DataError> {
        let Source { path, layout } = self.source;
        let next = guarded(path, || self.rows.next().transpose().map_err(|error| wrong(path, error)))?;
        let Some(row) = next else { return Ok(false) };
        self.count += 1;
        for (column, field) in fields(&row).enumerate() {
            let encoded = match text(field) {
                Ok(cell) => layout.encode(column, cell.as_bytes(), values),
                Err(problem) => layout.no_cell(column, problem),
            };
            encoded.map_err(|problem| {
                let name = layout.names.get(column).map_or("", String::as_str);
                let place = format!("row {}, column \"{}\"", self.count, message::name(name));
                DataError::malformed(path, place, problem)
            })?;
        }
        Ok(true)
    }
}

/// A Parquet file of which a batch at a time is in memory: what [`open`] gives.
#[derive(Clone, Debug)]
pub struct ParquetFile<T = f32> {
    source: Source<T>,
}

/// Opens a Parquet file that is too large for memory. Its rows are read again for every epoch, in the order of the file or
/// shuffled within a window; of each column a page at a time is in memory, about a megabyte as files are usually written.
///
/// ```no_run
/// use keras_core::data::Column;
/// use keras_core::data::parquet::{self, ParquetOptions};
/// use keras_core::prelude::*;
///
/// let file = parquet::open("birds.parquet", &ParquetOptions::default().column("species", Column::classes()))?;
/// let mut model = model!(Input(7) => Dense(8, activation = relu) => Dense(3, activation = softmax))
///     .compile("adam", SparseCategoricalCrossentropy::new(), ["accuracy"]);
/// let mut epoch = 0;
/// model
///     .fit_batches(|| {
///         epoch += 1;
///         file.batches(&["species"], 32).shuffle(10_000, epoch)
///     })
///     .epochs(3)
///     .run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Words that the options leave open are looked for in the whole file first, once. The option `limit` is one of tables in memory.
///
/// # Errors
///
/// As [`read_as`], but for the cells, which are read by [`batches`](ParquetFile::batches).
pub fn open(path: impl AsRef<Path>, options: &ParquetOptions) -> Result<ParquetFile, DataError> {
    open_as(path, options)
}

/// [`open`] for numbers of another type.
///
/// # Errors
///
/// As [`open`].
pub fn open_as<T: CsvNumber>(
    path: impl AsRef<Path>,
    options: &ParquetOptions,
) -> Result<ParquetFile<T>, DataError> {
    Ok(ParquetFile { source: Source::of(path.as_ref(), options)? })
}

impl<T: CsvNumber> ParquetFile<T> {
    /// The names of the columns of the table.
    pub fn column_names(&self) -> &[String] {
        &self.source.layout.table_names
    }

    /// The words of the column named `name` in the file, in the order of their class numbers or columns.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of words of that name.
    pub fn words(&self, name: &str) -> Result<&[String], DataError> {
        table::words(&self.source.path, &self.source.layout.made, name)
    }

    /// The rows in batches, from the first on: inputs `(row, feature)` and targets `(row, target)`, as [`Table::split`] has
    /// them. The last batch may be smaller. What cannot be read is an error in the place of a batch, after which there are no
    /// more.
    pub fn batches<S: AsRef<str>>(&self, targets: &[S], batch_size: usize) -> TableBatches<'_, T> {
        let Source { path, layout } = &self.source;
        let rows = || Ok(Box::new(self.source.rows()?) as _);
        TableBatches::new(path, layout, targets, batch_size, rows)
    }
}

fn wrong(path: &Path, error: parquet::errors::ParquetError) -> DataError {
    DataError::malformed(path, "table", message::sentence(error))
}

fn fields(row: &Row) -> impl Iterator<Item = &Field> {
    row.get_column_iter().map(|(_, field)| field)
}

/// A cell as it would stand in a CSV file; empty where there is no value.
fn text(field: &Field) -> Result<Cow<'_, str>, &'static str> {
    const PARTS: [i64; 2] = [86_400_000, 86_400_000_000];
    Ok(match field {
        Field::Null => "".into(),
        Field::Bool(value) => if *value { "1" } else { "0" }.into(),
        Field::Byte(value) => value.to_string().into(),
        Field::Short(value) => value.to_string().into(),
        Field::Int(value) => value.to_string().into(),
        Field::Long(value) => value.to_string().into(),
        Field::UByte(value) => value.to_string().into(),
        Field::UShort(value) => value.to_string().into(),
        Field::UInt(value) => value.to_string().into(),
        Field::ULong(value) => value.to_string().into(),
        Field::Float16(value) => value.to_f32().to_string().into(),
        Field::Float(value) => value.to_string().into(),
        Field::Double(value) => value.to_string().into(),
        Field::Decimal(_) => field.to_string().into(),
        Field::Str(value) => value.as_str().into(),
        Field::Bytes(value) => String::from_utf8_lossy(value.data()).into_owned().into(),
        Field::Date(days) => super::table::iso(i64::from(*days), 0, 1).into(),
        Field::TimestampMillis(time) => {
            super::table::iso(time.div_euclid(PARTS[0]), time.rem_euclid(PARTS[0]), 1_000).into()
        }
        Field::TimestampMicros(time) => {
            super::table::iso(time.div_euclid(PARTS[1]), time.rem_euclid(PARTS[1]), 1_000_000).into()
        }
        Field::TimeMillis(time) => (f64::from(*time) / PARTS[0] as f64).to_string().into(),
        Field::TimeMicros(time) => (*time as f64 / PARTS[1] as f64).to_string().into(),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            return Err("holds several values: the option `skip` leaves the column out");
        }
    })
}

#[cfg(test)]
mod tests;
