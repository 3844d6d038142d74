//! Tables of numbers with named columns.

mod batches;
mod column;
mod date;
mod layout;
mod number;
mod show;

use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView1, Axis};

use super::DataError;

pub(super) use batches::Rows;
pub use batches::TableBatches;
pub use column::Column;
#[cfg(feature = "parquet")]
pub(super) use date::iso;
pub(super) use layout::{Layout, Wanted, is_absent};
pub use number::CsvNumber;

/// A table of numbers with named columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T = f32> {
    /// The columns' names.
    pub names: Vec<String>,
    /// The numbers, `(row, column)`.
    pub values: Array2<T>,
    /// The file, for messages.
    pub(super) path: PathBuf,
    pub(super) made: Vec<Made>,
}

/// The columns of a table that are made of one of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    /// The name in the file.
    pub name: String,
    pub columns: Range<usize>,
    /// The words in the order of their numbers, of a column of words.
    pub words: Option<Vec<String>>,
}

impl<T: Clone> Table<T> {
    /// The column named `name`, `(row)`.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is none of that name.
    pub fn column(&self, name: &str) -> Result<ArrayView1<'_, T>, DataError> {
        let column = columns(&self.path, &self.names, &[name])?;
        Ok(self.values.column(column[0]))
    }

    /// The words of the column named `name` in the file, in the order of their class numbers or columns.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of words of that name.
    pub fn words(&self, name: &str) -> Result<&[String], DataError> {
        words(&self.path, &self.made, name)
    }

    /// The columns apart from `targets`, in the order of the file, and the columns `targets`, in the order given:
    /// inputs `(row, feature)` and targets `(row, target)`. A name of the file stands for all columns that are made of it.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of a name.
    pub fn split<S: AsRef<str>>(&self, targets: &[S]) -> Result<(Array2<T>, Array2<T>), DataError> {
        let [features, targets] = parts(&self.path, &self.names, &self.made, targets)?;
        let select = |columns: &[usize]| self.values.select(Axis(1), columns);
        Ok((select(&features), select(&targets)))
    }
}

/// The words of a column.
pub(super) fn words<'a>(path: &Path, made: &'a [Made], name: &str) -> Result<&'a [String], DataError> {
    let found = made.iter().find(|made| made.name == name).and_then(|made| made.words.as_deref());
    found.ok_or_else(|| DataError::Missing {
        path: path.to_path_buf(),
        what: "column of words",
        name: name.to_string(),
        available: made.iter().filter(|made| made.words.is_some()).map(|made| made.name.clone()).collect(),
    })
}

/// The columns apart from `targets`, and these.
pub(super) fn parts<S: AsRef<str>>(
    path: &Path,
    names: &[String],
    made: &[Made],
    targets: &[S],
) -> Result<[Vec<usize>; 2], DataError> {
    let mut wanted = Vec::new();
    for name in targets {
        match made.iter().find(|made| made.name == name.as_ref()) {
            Some(made) => wanted.extend(made.columns.clone()),
            None => wanted.extend(columns(path, names, &[name])?),
        }
    }
    let features = (0..names.len()).filter(|column| !wanted.contains(column)).collect();
    Ok([features, wanted])
}

/// Where the columns of these names are.
pub(super) fn columns<S: AsRef<str>>(
    path: &Path,
    names: &[String],
    wanted: &[S],
) -> Result<Vec<usize>, DataError> {
    let find = |wanted: &str| {
        let found = names.iter().position(|name| name == wanted);
        found.ok_or_else(|| DataError::Missing {
            path: path.to_path_buf(),
            what: "column",
            name: wanted.to_string(),
            available: names.to_vec(),
        })
    };
    wanted.iter().map(|name| find(name.as_ref())).collect()
}
