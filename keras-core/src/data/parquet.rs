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
//! Files that are not compressed, or by Snappy, GZIP or LZ4, are read by the crate [`parquet`](https://docs.rs/parquet).
//! Columns of lists and of groups have no number for a row and are left out by `skip`.

use std::borrow::Cow;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ndarray::Array2;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};

use super::table::{Column, CsvNumber, Layout, Table, Wanted};
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
    // The reader counts on some of what a file says of itself.
    catch_unwind(AssertUnwindSafe(|| table(path, options)))
        .unwrap_or_else(|_| Err(DataError::malformed(path, "table", "the file is damaged")))
}

fn table<T: CsvNumber>(path: &Path, options: &ParquetOptions) -> Result<Table<T>, DataError> {
    let file = File::open(path).map_err(|source| DataError::read(path, source))?;
    let reader = SerializedFileReader::new(file).map_err(|error| wrong(path, error))?;
    let schema = reader.metadata().file_metadata().schema();
    let names: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_string()).collect();
    let rows = || reader.get_row_iter(None).map_err(|error| wrong(path, error));
    let wanted = Wanted { skip: &options.skip, columns: &options.columns, missing: options.missing };
    let layout = Layout::<T>::of(
        path,
        names,
        &wanted,
        || "schema".to_string(),
        |search| {
            for row in rows()? {
                let row = row.map_err(|error| wrong(path, error))?;
                let cells: Vec<Option<Cow<'_, str>>> = fields(&row).map(|field| text(field).ok()).collect();
                search.note(|place| cells.get(place)?.as_ref().map(|text| text.as_bytes()));
            }
            Ok(())
        },
    )?;
    let limit = limit::bytes(options.limit, path);
    let (mut values, mut count) = (Vec::new(), 0);
    for row in rows()? {
        let row = row.map_err(|error| wrong(path, error))?;
        count += 1;
        for (column, field) in fields(&row).enumerate() {
            let encoded = match text(field) {
                Ok(cell) => layout.encode(column, cell.as_bytes(), &mut values),
                Err(problem) => layout.no_cell(column, problem),
            };
            encoded.map_err(|problem| {
                let name = layout.names.get(column).map_or("", String::as_str);
                let place = format!("row {count}, column \"{}\"", message::name(name));
                DataError::malformed(path, place, problem)
            })?;
        }
        if size_of_val(values.as_slice()) as u64 > limit {
            return Err(limit::exceeded(path, &format!("row {count}"), limit));
        }
    }
    let values = Array2::from_shape_vec((count, layout.width()), values)
        .map_err(|error| DataError::malformed(path, "table", error.to_string()))?;
    Ok(Table { names: layout.table_names, values, path: path.to_path_buf(), made: layout.made })
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
