//! Tables of numbers from CSV files.
//!
//! A table comes as an array `(row, column)` of `f32` with a name for each column; [`CsvTable::split`] takes the
//! columns to predict apart from the ones to predict them from.
//!
//! Source: <https://keras.io/examples/structured_data/imbalanced_classification/>, which does this by hand.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Trim};
use ndarray::{Array2, ArrayView1, Axis};

use super::{DataError, limit};
use crate::message;

/// Whether the first line of a file names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvHeader {
    /// It does if a cell of it is not a number.
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
    /// What to put in place of cells that are empty or say `NA`, `NaN` or `null`. With `None` they are errors.
    pub missing: Option<f32>,
    /// How many bytes the table may take in memory: by default 256 MiB, or 32 times the size of the file where that is
    /// more, which no table of numbers reaches.
    pub limit: Option<u64>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: b',', header: CsvHeader::default(), skip: Vec::new(), missing: None, limit: None }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type of number that a table can be read as: `f32`, `f64`, `i32`, `i64`.
pub trait CsvNumber: sealed::Sealed + Copy {
    /// The number in a cell, or what is wrong with it.
    #[doc(hidden)]
    fn parse(text: &str) -> Result<Self, String>;
    /// What stands for a missing number, if this type has it.
    #[doc(hidden)]
    fn missing(number: f32) -> Option<Self>;
}

macro_rules! floats {
    ($($t:ident $bits:literal),*) => { $(
        impl sealed::Sealed for $t {}
        impl CsvNumber for $t {
            fn parse(text: &str) -> Result<Self, String> {
                let Ok(number) = text.parse::<$t>() else { return Err("is not a number".into()) };
                // Rust reads numbers beyond the range of a float as infinite.
                if number.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) {
                    return Err(concat!("is too large for a ", $bits, "-bit float").into());
                }
                match text.parse::<i64>() {
                    Ok(integer) if number as i128 != i128::from(integer) => Err(concat!(
                        "is a whole number that a ", $bits, "-bit float has to round: `read_as::<i64>` keeps it, the option `skip` leaves the column out"
                    ).into()),
                    _ => Ok(number),
                }
            }
            fn missing(number: f32) -> Option<Self> {
                Some($t::from(number))
            }
        }
    )* };
}
floats!(f32 "32", f64 "64");

macro_rules! integers {
    ($($t:ident),*) => { $(
        impl sealed::Sealed for $t {}
        impl CsvNumber for $t {
            fn parse(text: &str) -> Result<Self, String> {
                match text.parse::<i128>() {
                    Ok(integer) => $t::try_from(integer)
                        .map_err(|_| concat!("is beyond the range of ", stringify!($t)).into()),
                    Err(_) => Err("is not a whole number".into()),
                }
            }
            fn missing(number: f32) -> Option<Self> {
                let integer = number as i64;
                $t::try_from(integer).ok().filter(|_| integer as f32 == number)
            }
        }
    )* };
}
integers!(i32, i64);

/// A table of numbers with named columns.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvTable<T = f32> {
    /// The columns' names.
    pub names: Vec<String>,
    /// The numbers, `(row, column)`.
    pub values: Array2<T>,
    /// The file, for messages.
    path: PathBuf,
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
    let file = File::open(path).map_err(|source| DataError::read(path, source))?;
    let mut reader = ReaderBuilder::new()
        .delimiter(options.delimiter)
        .has_headers(false)
        // Lines of another length are reported here, with our words.
        .flexible(true)
        .trim(Trim::All)
        .from_reader(BufReader::new(file));
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| {
        let more = reader.read_byte_record(record).map_err(|error| csv_error(path, error))?;
        let start = record.position().map_or(0, |position| position.byte());
        Ok::<_, DataError>(more.then_some(start))
    };
    let missing = match options.missing.map(|number| (number, T::missing(number))) {
        None => None,
        Some((_, Some(number))) => Some(number),
        Some((number, None)) => {
            let problem = format!("the option `missing` is {number}, which is no number of the table's type");
            return Err(DataError::malformed(path, "table", problem));
        }
    };

    let Some(first) = next(&mut record)? else {
        return Err(DataError::malformed(path, "line 1", "the file is empty"));
    };
    let named = match options.header {
        CsvHeader::Present => true,
        CsvHeader::Absent => false,
        CsvHeader::Auto => record.iter().any(|cell| !is_number(cell)),
    };
    let names: Vec<String> = match named {
        true => record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect(),
        false => (0..record.len()).map(|column| column.to_string()).collect(),
    };
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        let problem = format!("two columns are named \"{}\"", message::name(twice));
        return Err(DataError::malformed(path, format!("line {}", line_at(path, first)), problem));
    }
    let skip = columns(path, &names, &options.skip)?;
    let kept: Vec<usize> = (0..names.len()).filter(|column| !skip.contains(column)).collect();

    let limit = limit::bytes(options.limit, path);
    let mut values: Vec<T> = Vec::new();
    let mut rows = 0;
    let mut line = if named { next(&mut record)? } else { Some(first) };
    while let Some(at) = line {
        if record.len() != names.len() {
            let problem = format!("{} cells, but the first line has {}", record.len(), names.len());
            return Err(DataError::malformed(path, format!("line {}", line_at(path, at)), problem));
        }
        for &column in &kept {
            let cell = record.get(column).unwrap_or_default();
            values.push(parse(cell, missing).map_err(|problem| DataError::Cell {
                path: path.to_path_buf(),
                line: line_at(path, at),
                column: names[column].clone(),
                problem,
            })?);
        }
        if size_of_val(values.as_slice()) as u64 > limit {
            return Err(limit::exceeded(path, &format!("line {}", line_at(path, at)), limit));
        }
        rows += 1;
        line = next(&mut record)?;
    }
    let values = Array2::from_shape_vec((rows, kept.len()), values)
        .map_err(|error| DataError::malformed(path, "table", error.to_string()))?;
    let names = kept.iter().map(|&column| names[column].clone()).collect();
    let path = path.to_path_buf();
    Ok(CsvTable { names, values, path })
}

impl<T: Clone> CsvTable<T> {
    /// The column named `name`, `(row)`.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is none of that name.
    pub fn column(&self, name: &str) -> Result<ArrayView1<'_, T>, DataError> {
        let column = columns(&self.path, &self.names, &[name])?;
        Ok(self.values.column(column[0]))
    }

    /// The columns apart from `targets`, in the order of the file, and the columns `targets`, in the order given:
    /// inputs `(row, feature)` and targets `(row, target)`.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of a name.
    pub fn split<S: AsRef<str>>(&self, targets: &[S]) -> Result<(Array2<T>, Array2<T>), DataError> {
        let targets = columns(&self.path, &self.names, targets)?;
        let features: Vec<usize> = (0..self.names.len()).filter(|column| !targets.contains(column)).collect();
        let select = |columns: &[usize]| self.values.select(Axis(1), columns);
        Ok((select(&features), select(&targets)))
    }
}

/// Where the columns of these names are.
fn columns<S: AsRef<str>>(path: &Path, names: &[String], wanted: &[S]) -> Result<Vec<usize>, DataError> {
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

/// Whether nothing is in a cell, or a word that says so.
fn is_absent(cell: &[u8]) -> bool {
    [&b""[..], b"na", b"n/a", b"nan", b"null"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a cell is one of a line of numbers, not a name.
fn is_number(cell: &[u8]) -> bool {
    is_absent(cell) || std::str::from_utf8(cell).is_ok_and(|text| text.parse::<f64>().is_ok())
}

/// The number in a cell, `missing` where there is none, or what is wrong with it.
fn parse<T: CsvNumber>(cell: &[u8], missing: Option<T>) -> Result<T, String> {
    if is_absent(cell) {
        return missing.ok_or_else(|| "no value; the option `missing` says what to put there".to_string());
    }
    let number = std::str::from_utf8(cell).map_or_else(|_| Err("is not a number".into()), T::parse);
    number.map_err(|problem: String| match problem.starts_with("is not") {
        true => format!("\"{}\" {problem}", shown(cell)),
        false => format!("{} {problem}", shown(cell)),
    })
}

/// The line, counted from 1, of the record that starts at a byte of a file, for a message. The `csv` crate counts the
/// end of a line only as it reads the next one, and not at all where that end is a carriage return.
fn line_at(path: &Path, start: u64) -> u64 {
    let Ok(file) = File::open(path) else { return 0 };
    let (mut line, mut last) = (1, 0);
    for (at, byte) in BufReader::new(file).bytes().map_while(Result::ok).enumerate() {
        // Empty lines before the record are skipped with it.
        if at as u64 >= start && byte != b'\n' && byte != b'\r' {
            break;
        }
        let ends = byte == b'\r' || byte == b'\n' && last != b'\r';
        line += u64::from(ends);
        last = byte;
    }
    line
}

/// The start of a cell, for a message.
fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn csv_error(path: &Path, error: csv::Error) -> DataError {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => DataError::read(path, source),
        _ => DataError::malformed(path, "table", text),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn table(text: &str, options: &CsvOptions) -> Result<CsvTable, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let place = format!("{}", path.display());
        read(&path, options).map_err(|error| error.to_string().replace(&place, "t.csv"))
    }

    fn plain(text: &str) -> Result<CsvTable, String> {
        table(text, &CsvOptions::default())
    }

    #[test]
    fn headers_are_found_or_told() {
        let with = plain("age, income\n1,2.5\n3,-4e2\n").unwrap();
        assert_eq!(with.names, ["age", "income"]);
        assert_eq!(with.values, array![[1.0, 2.5], [3.0, -400.0]]);
        let without = plain("1,2\n3,4").unwrap();
        assert_eq!(without.names, ["0", "1"]);
        assert_eq!(without.values, array![[1.0, 2.0], [3.0, 4.0]]);
        let years = CsvOptions { header: CsvHeader::Present, ..CsvOptions::default() };
        assert_eq!(table("2023,2024\n1,2\n", &years).unwrap().names, ["2023", "2024"]);
        assert_eq!(table("2023,2024\n", &years).unwrap().values.shape(), [0, 2]);
    }

    #[test]
    fn marks_of_origin_do_not_matter() {
        // The byte order mark that spreadsheets write, their line ends, quotes, and a blank line at the end.
        let table = plain("\u{feff}\"a\",b\r\n\"1\",2\r\n\r\n").unwrap();
        assert_eq!(table.names, ["a", "b"]);
        assert_eq!(table.values, array![[1.0, 2.0]]);
    }

    #[test]
    fn targets_split_off_by_name() {
        let table = plain("a,b,c\n1,2,3\n4,5,6\n").unwrap();
        let (x, y) = table.split(&["c", "a"]).unwrap();
        assert_eq!(x, array![[2.0], [5.0]]);
        assert_eq!(y, array![[3.0, 1.0], [6.0, 4.0]]);
        assert_eq!(table.column("b").unwrap(), array![2.0, 5.0]);
        let error = table.column("d").unwrap_err().to_string();
        assert!(error.ends_with("t.csv: no column \"d\"; there are: a, b, c"), "{error}");
    }

    #[test]
    fn text_columns_can_be_skipped_and_gaps_filled() {
        let options = CsvOptions {
            delimiter: b';',
            skip: vec!["name".to_string()],
            missing: Some(-1.0),
            ..CsvOptions::default()
        };
        let table = table("name;x;y\nAnn;1;NA\nBob;;2\n", &options).unwrap();
        assert_eq!(table.names, ["x", "y"]);
        assert_eq!(table.values, array![[1.0, -1.0], [-1.0, 2.0]]);
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = |lines: &[&str]| lines.join(end);
            let error = plain(&text(&["a,b", "1,2", "3,x", "4,5", ""])).unwrap_err();
            assert_eq!(error, "t.csv, line 3, column \"b\": \"x\" is not a number", "{end:?}");
            let error = plain(&text(&["\u{feff}a,b", "", "", "1,2", "", "3,x"])).unwrap_err();
            assert!(error.starts_with("t.csv, line 6,"), "{end:?}: {error}");
            let error = plain(&text(&["a,b", "1,2", "3"])).unwrap_err();
            assert!(error.starts_with("t.csv, line 3: 1 cells"), "{end:?}: {error}");
            let error = plain(&text(&["", "a,a", "1,2"])).unwrap_err();
            assert!(error.starts_with("t.csv, line 2: two columns"), "{end:?}: {error}");
            let quoted = plain(&text(&["a,b", "1,\"2", "\"", "1,q"])).unwrap_err();
            assert!(quoted.starts_with("t.csv, line 4,"), "{end:?}: {quoted}");
        }
    }

    #[test]
    fn whole_numbers_are_never_rounded() {
        let text = "id,x\n16777217,1\n4294967299,2\n-9007199254740993,3\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let exact = read_as::<i64>(&path, &CsvOptions::default()).unwrap();
        assert_eq!(exact.values.column(0), array![16_777_217, 4_294_967_299, -9_007_199_254_740_993]);
        let error = |text: &str| plain(text).unwrap_err();
        assert!(
            error("id\n16777216\n16777217\n").contains(
                "line 3, column \"id\": 16777217 is a whole number that a 32-bit float has to round"
            )
        );
        let doubles = read_as::<f64>(&path, &CsvOptions::default()).unwrap_err().to_string();
        assert!(doubles.contains("-9007199254740993 is a whole number that a 64-bit float"), "{doubles}");
        let ints = read_as::<i32>(&path, &CsvOptions::default()).unwrap_err().to_string();
        assert!(ints.contains("line 3, column \"id\": 4294967299 is beyond the range of i32"), "{ints}");
        std::fs::write(&path, "id\n1.5\n").unwrap();
        let half = read_as::<i64>(&path, &CsvOptions::default()).unwrap_err().to_string();
        assert!(half.ends_with("\"1.5\" is not a whole number"), "{half}");
        let gap = CsvOptions { missing: Some(0.5), ..CsvOptions::default() };
        assert!(read_as::<i64>(&path, &gap).is_err());
    }

    #[test]
    fn a_limit_is_kept() {
        let limited = |limit: u64| CsvOptions { limit: Some(limit), ..CsvOptions::default() };
        assert_eq!(table("1,2\n3,4\n", &limited(16)).unwrap().values.len(), 4);
        let error = table("1,2\n3,4\n", &limited(15)).unwrap_err();
        assert!(error.starts_with("t.csv, line 2: takes more than 15 bytes of memory"), "{error}");
    }

    #[test]
    fn errors_name_line_and_column() {
        let error = |text| plain(text).unwrap_err();
        assert_eq!(error("a,b\n1,2\n3,x\n"), "t.csv, line 3, column \"b\": \"x\" is not a number");
        assert!(error("a,b\n1,\n").starts_with("t.csv, line 2, column \"b\": no value"));
        assert_eq!(error("a,b\n1,2,3\n"), "t.csv, line 2: 3 cells, but the first line has 2");
        assert_eq!(error("a,a\n1,2\n"), "t.csv, line 1: two columns are named \"a\"");
        assert_eq!(error(""), "t.csv, line 1: the file is empty");
        assert!(error("a\n1e40\n").ends_with("1e40 is too large for a 32-bit float"));
        let skip = CsvOptions { skip: vec!["z".to_string()], ..CsvOptions::default() };
        assert!(table("a\n1\n", &skip).unwrap_err().contains("no column \"z\""));
        // A line break within quotes counts as a line.
        let quoted = "a,b\n\"x\ny\",1\n1,q\n";
        let skip = CsvOptions { skip: vec!["a".to_string()], ..CsvOptions::default() };
        assert!(table(quoted, &skip).unwrap_err().contains("line 4"));
    }
}
