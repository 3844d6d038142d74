//! What can be wrong with data.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::message;

/// Why data cannot be read, written or put into the shape asked for.
///
/// `{:?}` is the same sentence as `{}`: a `main` that returns an error shows it so.
#[derive(Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written. What was there before is left as it was.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}, {place}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in the file: a line, a header field, an array of an archive.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// An argument of a function that cannot be.
    #[error("`{name}`: {problem}")]
    Argument {
        /// The argument.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A cell of a table is no number.
    #[error("{}, line {line}, column \"{}\": {problem}", path.display(), message::name(column))]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What is wrong with the cell.
        problem: String,
    },
    /// A column or an array that is not there.
    #[error("{}: no {what} \"{}\"; there are: {}", path.display(), message::name(name), list(available))]
    Missing {
        /// The file.
        path: PathBuf,
        /// What is missing: a column, an array.
        what: &'static str,
        /// Its name.
        name: String,
        /// The names that are there.
        available: Vec<String>,
    },
    /// The array is of another type than asked for.
    #[error("{}, {place}: holds {found}, not {expected}", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: String,
        /// The type asked for.
        expected: &'static str,
        /// The type in the file.
        found: String,
    },
    /// The array has another number of axes than asked for.
    #[error("{}, {place}: has the shape {}, not {expected} axes", path.display(), message::shape(found))]
    Axes {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: String,
        /// How many axes were asked for.
        expected: usize,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// The file unpacks to more than it may.
    #[error(
        "{}, {place}: takes more than {limit} bytes of memory; if that is right, say how many with `limit`",
        path.display()
    )]
    Limit {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: String,
        /// How many bytes may be read.
        limit: u64,
    },
    /// A label that is none of the classes.
    #[error("label {label} at position {position} is not one of {num_classes} classes, 0 to {}", num_classes.saturating_sub(1))]
    Label {
        /// Which label, counted from 0.
        position: usize,
        /// The label.
        label: i128,
        /// How many classes there are.
        num_classes: usize,
    },
    /// A negative label, with the number of classes left open.
    #[error("label {label} at position {position} is negative: classes count from 0")]
    NegativeLabel {
        /// Which label, counted from 0.
        position: usize,
        /// The label.
        label: i128,
    },
    /// There is nothing to find a size from.
    #[error("{what} from no {of}: say it, or give at least one")]
    Empty {
        /// What was to be found.
        what: &'static str,
        /// From what.
        of: &'static str,
    },
    /// The result would not fit into memory.
    #[error("{rows} rows of {columns} columns do not fit into memory{hint}")]
    TooLarge {
        /// How many rows the result would have.
        rows: usize,
        /// How many columns.
        columns: usize,
        /// What to do about it.
        hint: &'static str,
    },
    /// Inputs and targets that do not belong together.
    #[error("{left} {left_name} but {right} {right_name}: each needs its own")]
    Lengths {
        /// How many of the first.
        left: usize,
        /// What the first is.
        left_name: &'static str,
        /// How many of the second.
        right: usize,
        /// What the second is.
        right_name: &'static str,
    },
    /// A split that leaves one side without samples.
    #[error(
        "a test share of {fraction} of {samples} samples leaves {train} to train on and {test} to test on"
    )]
    Split {
        /// The share asked for.
        fraction: f64,
        /// How many samples there are.
        samples: usize,
        /// How many would train.
        train: usize,
        /// How many would test.
        test: usize,
    },
}

/// At most this many names are listed in a message.
const NAMES_SHOWN: usize = 20;

fn list(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_SHOWN).map(|name| message::name(name));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => text.push_str("none"),
        len if len > NAMES_SHOWN => text.push_str(&format!(" and {} more", len - NAMES_SHOWN)),
        _ => {}
    }
    text
}

impl fmt::Debug for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl DataError {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        Self::Read { path, source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        Self::Write { path, source }
    }

    pub(crate) fn malformed(path: &Path, place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_path_buf(), place: place.into(), problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_file_and_the_place() {
        let error = DataError::Cell {
            path: "a.csv".into(),
            line: 3,
            column: "age".into(),
            problem: "\"x\" is not a number".into(),
        };
        assert_eq!(error.to_string(), "a.csv, line 3, column \"age\": \"x\" is not a number");
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (0..25).map(|i| i.to_string()).collect();
        assert!(list(&names).ends_with("18, 19 and 5 more"));
        assert_eq!(list(&[]), "none");
    }
}
