//! The rows of a CSV file, one after another.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::{CsvHeader, CsvNumber, CsvOptions};
use crate::data::DataError;
use crate::data::table::{self, Layout, Wanted, is_absent};

/// The records of a file.
struct Records {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    record: ByteRecord,
}

impl Records {
    fn open(path: &Path, delimiter: u8) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|source| DataError::read(path, source))?;
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            // Lines of another length are reported here, with our words.
            .flexible(true)
            .trim(Trim::All)
            .from_reader(BufReader::new(file));
        Ok(Records { path: path.to_path_buf(), reader, record: ByteRecord::new() })
    }

    /// Reads the next record; the byte at which it starts.
    fn next(&mut self) -> Result<Option<u64>, DataError> {
        let more =
            self.reader.read_byte_record(&mut self.record).map_err(|error| csv_error(&self.path, error))?;
        Ok(more.then_some(self.record.position().map_or(0, |position| position.byte())))
    }
}

/// A CSV file with what is made of its columns.
#[derive(Clone, Debug)]
pub(super) struct Source<T> {
    path: PathBuf,
    delimiter: u8,
    /// Whether the first line names the columns.
    named: bool,
    pub layout: Layout<T>,
}

impl<T: CsvNumber> Source<T> {
    /// With these options. Words that they leave open are looked for in the whole file.
    pub fn of(path: &Path, options: &CsvOptions) -> Result<Self, DataError> {
        let delimiter = options.delimiter;
        let mut records = Records::open(path, delimiter)?;
        let Some(first) = records.next()? else {
            return Err(DataError::malformed(path, "line 1", "the file is empty"));
        };
        let record = &records.record;
        let named = match options.header {
            CsvHeader::Present => true,
            CsvHeader::Absent => false,
            // Cells of columns that hold words or dates say nothing, but how the options call these does.
            CsvHeader::Auto if !options.columns.is_empty() => options.columns.iter().any(|(name, _)| {
                name.parse::<usize>().is_err() || record.iter().any(|cell| cell == name.as_bytes())
            }),
            CsvHeader::Auto => record.iter().any(|cell| !is_number(cell)),
        };
        let names: Vec<String> = match named {
            true => record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect(),
            false => (0..record.len()).map(|column| column.to_string()).collect(),
        };
        let wanted = Wanted { skip: &options.skip, columns: &options.columns, missing: options.missing };
        let at = || format!("line {}", line_at(path, first));
        let layout = Layout::of(path, names, &wanted, at, |search| {
            let mut more = if named { records.next()?.is_some() } else { true };
            while more {
                let record = &records.record;
                search.note(|place| record.get(place));
                more = records.next()?.is_some();
            }
            Ok(())
        })?;
        Ok(Source { path: path.to_path_buf(), delimiter, named, layout })
    }

    /// The rows from the first on.
    pub fn rows(&self) -> Result<Rows<'_, T>, DataError> {
        let mut records = Records::open(&self.path, self.delimiter)?;
        if self.named {
            records.next()?;
        }
        Ok(Rows { layout: &self.layout, records })
    }
}

/// The rows of a file.
pub(super) struct Rows<'a, T> {
    layout: &'a Layout<T>,
    records: Records,
}

impl<T: CsvNumber> Rows<'_, T> {
    /// Adds the numbers of the next row; the byte at which it starts, or nothing at the end of the file.
    pub fn next(&mut self, row: &mut Vec<T>) -> Result<Option<u64>, DataError> {
        let Some(at) = self.records.next()? else { return Ok(None) };
        let (record, layout) = (&self.records.record, self.layout);
        let path = self.records.path.as_path();
        if record.len() != layout.names.len() {
            let problem = format!("{} cells, but the first line has {}", record.len(), layout.names.len());
            return Err(DataError::malformed(path, format!("line {}", line_at(path, at)), problem));
        }
        for (column, cell) in record.iter().enumerate() {
            layout.encode(column, cell, row).map_err(|problem| DataError::Cell {
                path: path.to_path_buf(),
                line: line_at(path, at),
                column: layout.names[column].clone(),
                problem,
            })?;
        }
        Ok(Some(at))
    }
}

impl<T: CsvNumber> table::Rows<T> for Rows<'_, T> {
    fn next(&mut self, row: &mut Vec<T>) -> Result<bool, DataError> {
        Ok(Rows::next(self, row)?.is_some())
    }
}

/// Whether a cell is one of a line of numbers, not a name.
fn is_number(cell: &[u8]) -> bool {
    is_absent(cell) || std::str::from_utf8(cell).is_ok_and(|text| text.parse::<f64>().is_ok())
}

/// The line, counted from 1, of the record that starts at a byte of a file, for a message. The `csv` crate counts the
/// end of a line only as it reads the next one, and not at all where that end is a carriage return.
pub(super) fn line_at(path: &Path, start: u64) -> u64 {
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

fn csv_error(path: &Path, error: csv::Error) -> DataError {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => DataError::read(path, source),
        _ => DataError::malformed(path, "table", text),
    }
}
