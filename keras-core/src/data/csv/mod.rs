//! Tables of numbers from CSV files.
//!
//! A table comes as an array `(row, column)` of `f32` with a name for each column; [`CsvTable::split`] takes the
//! columns to predict apart from the ones to predict them from. Columns of words and dates become numbers by the option
//! `columns`, and [`open`] reads a file too large for memory batch by batch.
//!
//! ```
//! use keras_core::data::csv::{self, Column, CsvOptions};
//!
//! # let folder = std::env::temp_dir().join(format!("csv-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("birds.csv");
//! # std::fs::write(&path, "seen,weight,color,species\n2024-02-29,18.5,red,robin\n2024-03-01,11,blue,tit\n2024-03-03,17,red,robin\n")?;
//! let options = CsvOptions::default()
//!     .column("seen", Column::date_parts())
//!     .column("color", Column::one_hot())
//!     .column("species", Column::classes());
//! let table = csv::read(&path, &options)?;
//! assert_eq!(
//!     table.names,
//!     ["seen_year", "seen_month", "seen_day", "seen_weekday", "weight", "color_blue", "color_red", "species"]
//! );
//! // Class numbers follow the alphabet, and the mapping is kept.
//! assert_eq!(table.words("species")?, ["robin", "tit"]);
//! let (x, y) = table.split(&["species"])?;
//! assert_eq!(x.row(0).to_vec(), [2024.0, 2.0, 29.0, 3.0, 18.5, 0.0, 1.0]);
//! assert_eq!(y, ndarray::array![[0.0], [1.0], [0.0]]);
//!
//! // Another file gets the same numbers.
//! let same = options.column("species", Column::classes().vocabulary(table.words("species")?));
//! # drop(same);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: <https://keras.io/examples/structured_data/imbalanced_classification/>, which does this by hand.

mod batches;
mod rows;
#[cfg(test)]
mod tests;

use std::path::Path;

use ndarray::Array2;

use super::{DataError, limit};
use rows::{Source, line_at};

pub use super::table::{Column, CsvNumber, Table as CsvTable, TableBatches as CsvBatches};
pub use batches::{CsvFile, open, open_as};

/// Whether the first line of a file names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvHeader {
    /// It does if a cell of it is not a number; with the option `columns`, if a column is called otherwise there than by its
    /// place.
    #[default]
    Auto,
    /// It does.
    Present,
    /// It does not. The columns are then named `0`, `1` and so on.
    Absent,
}

/// How to read a CSV file.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvOptions {
    /// What stands between two cells, a comma by default.
    pub delimiter: u8,
    /// Whether the first line names the columns.
    pub header: CsvHeader,
    /// Columns to leave out, such as names and other text.
    pub skip: Vec<String>,
    /// Columns that hold no numbers, each with what is made of it; see [`column`](CsvOptions::column).
    pub columns: Vec<(String, Column)>,
    /// What to put in place of cells that are empty or say `NA`, `NaN` or `null`. With `None` they are errors. A word that is
    /// missing has 0 in all columns that stand for words.
    pub missing: Option<f32>,
    /// How many bytes the table may take in memory: by default 256 MiB, or 32 times the size of the file where that is
    /// more, which no table of numbers reaches.
    pub limit: Option<u64>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            header: CsvHeader::default(),
            skip: Vec::new(),
            columns: Vec::new(),
            missing: None,
            limit: None,
        }
    }
}

impl CsvOptions {
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
pub fn read(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvTable, DataError> {
    read_as(path, options)
}

/// Reads a table of numbers of a type: `read_as::<i64>(path, &options)?` for ids and other integers.
///
/// # Errors
///
/// [`DataError::Cell`] with line and column for a cell that is not a number, [`DataError::Malformed`] for a line
/// with more or fewer cells than the first or for a name given twice, [`DataError::Missing`] for a column to skip
/// that is not there, [`DataError::Read`] when the file cannot be read.
pub fn read_as<T: CsvNumber>(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvTable<T>, DataError> {
    let path = path.as_ref();
    let source = Source::<T>::of(path, options)?;
    let limit = limit::bytes(options.limit, path);
    let mut rows = source.rows()?;
    let (mut values, mut count) = (Vec::new(), 0);
    while let Some(at) = rows.next(&mut values)? {
        if size_of_val(values.as_slice()) as u64 > limit {
            return Err(limit::exceeded(path, &format!("line {}", line_at(path, at)), limit));
        }
        count += 1;
    }
    let layout = source.layout;
    let values = Array2::from_shape_vec((count, layout.width()), values)
        .map_err(|error| DataError::malformed(path, "table", error.to_string()))?;
    let (names, made) = (layout.table_names, layout.made);
    Ok(CsvTable { names, values, path: path.to_path_buf(), made })
}
