//! How the columns of a file become those of a table of numbers, whatever kind of file it is.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::column::{Column, Encoder};
use super::number::CsvNumber;
use super::{Made, columns};
use crate::data::DataError;
use crate::message;

/// How the columns of a file become those of a table.
#[derive(Clone, Debug)]
pub(in crate::data) struct Layout<T> {
    /// The names of the columns of the file.
    pub names: Vec<String>,
    /// What is done with each of them.
    encoders: Vec<Encoder>,
    /// What stands for a cell without a value.
    missing: Option<T>,
    /// The names of the columns of the table.
    pub table_names: Vec<String>,
    /// Those that are made of columns without numbers.
    pub made: Vec<Made>,
}

/// The options of a file that say how.
pub(in crate::data) struct Wanted<'a> {
    pub skip: &'a [String],
    pub columns: &'a [(String, Column)],
    pub missing: Option<f32>,
}

/// Words that are looked for in a file, by the places of their columns in it.
pub(in crate::data) struct Search {
    words: Vec<(usize, BTreeSet<String>)>,
}

impl Search {
    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Notes the words of a row: `cell` has those of a column.
    pub fn note<'a>(&mut self, cell: impl Fn(usize) -> Option<&'a [u8]>) {
        for (place, words) in &mut self.words {
            if let Some(cell) = cell(*place)
                && let Ok(word) = std::str::from_utf8(cell)
                && !is_absent(cell)
                && !words.contains(word)
            {
                words.insert(word.to_string());
            }
        }
    }
}

impl<T: CsvNumber> Layout<T> {
    /// Of a file with columns of these names. `search` goes through the file for words that the options leave open; `at` says
    /// where the names stand.
    pub fn of(
        path: &Path,
        names: Vec<String>,
        wanted: &Wanted<'_>,
        at: impl Fn() -> String,
        search: impl FnOnce(&mut Search) -> Result<(), DataError>,
    ) -> Result<Self, DataError> {
        let missing = match wanted.missing.map(|number| (number, T::missing(number))) {
            None => None,
            Some((_, Some(number))) => Some(number),
            Some((number, None)) => {
                let problem =
                    format!("the option `missing` is {number}, which is no number of the table's type");
                return Err(DataError::malformed(path, "table", problem));
            }
        };
        let twice = |name: &str| {
            let problem = format!("two columns are named \"{}\"", message::name(name));
            DataError::malformed(path, at(), problem)
        };
        if let Some(name) = first_twice(&names) {
            return Err(twice(name));
        }
        let mut found = wanted.columns.to_vec();
        let places = columns(path, &names, &found.iter().map(|(name, _)| name).collect::<Vec<_>>())?;
        let open = found.iter().zip(&places).filter(|((_, column), _)| column.is_open());
        let mut searched = Search { words: open.map(|(_, place)| (*place, BTreeSet::new())).collect() };
        if !searched.is_empty() {
            search(&mut searched)?;
        }
        for ((_, column), place) in found.iter_mut().zip(&places) {
            if let Some(at) = searched.words.iter().position(|(own, _)| own == place)
                && column.is_open()
            {
                *column = column.clone().with(std::mem::take(&mut searched.words[at].1));
            }
        }
        if let Some(word) = found.iter().find_map(|(_, column)| first_twice(column.words()?)) {
            let problem = format!("\"{}\" stands twice: each word has one number", message::name(word));
            return Err(DataError::Argument { name: "vocabulary", problem });
        }
        let mut encoders = vec![Encoder::Number; names.len()];
        for ((_, column), place) in found.iter().zip(&places) {
            encoders[*place] = column.encoder();
        }
        columns(path, &names, wanted.skip)?.into_iter().for_each(|place| encoders[place] = Encoder::Skip);
        let mut layout = Layout { names, encoders, missing, table_names: Vec::new(), made: Vec::new() };
        layout.name_columns(&found);
        match first_twice(&layout.table_names) {
            Some(name) => Err(twice(name)),
            None => Ok(layout),
        }
    }

    fn name_columns(&mut self, found: &[(String, Column)]) {
        for (name, encoder) in self.names.iter().zip(&self.encoders) {
            let column = found.iter().rfind(|(own, _)| own == name).map(|(_, column)| column);
            match (encoder, column) {
                (Encoder::Skip, _) => {}
                (_, None) => self.table_names.push(name.clone()),
                (_, Some(column)) => {
                    let names = column.names(name);
                    let start = self.table_names.len();
                    let words = column.words().map(<[String]>::to_vec);
                    self.made.push(Made { name: name.clone(), columns: start..start + names.len(), words });
                    self.table_names.extend(names);
                }
            }
        }
    }

    /// How many numbers a row has.
    pub fn width(&self) -> usize {
        self.encoders.iter().map(Encoder::width).sum()
    }

    /// What is wrong with a cell that is none, of a column that is not left out.
    #[cfg(feature = "parquet")]
    pub fn no_cell(&self, column: usize, problem: &str) -> Result<(), String> {
        if let Encoder::Skip = self.encoders[column] { Ok(()) } else { Err(problem.to_string()) }
    }

    /// Adds the numbers of a cell, or says what is wrong with it.
    pub fn encode(&self, column: usize, cell: &[u8], row: &mut Vec<T>) -> Result<(), String> {
        let encoder = &self.encoders[column];
        if let Encoder::Skip = encoder {
            return Ok(());
        }
        let text = std::str::from_utf8(cell).ok();
        if is_absent(cell) && !text.is_some_and(|text| encoder.knows(text)) {
            let missing = self
                .missing
                .ok_or_else(|| "no value; the option `missing` says what to put there".to_string())?;
            // A missing word is none of those that have a column.
            let number =
                if let Encoder::OneHot(_) = encoder { T::made(0.0).unwrap_or(missing) } else { missing };
            row.extend(std::iter::repeat_n(number, encoder.width()));
            return Ok(());
        }
        let encoded = match (encoder, text) {
            (Encoder::Number, text) => {
                let number = text.map_or_else(|| Err("is not a number".to_string()), T::parse);
                let words = |problem: String| match problem.ends_with("a number") {
                    true => format!("{problem}; of a column of words the option `columns` makes numbers"),
                    false => problem,
                };
                number.map(|number| row.push(number)).map_err(words)
            }
            (_, None) => Err("is no text in UTF-8".into()),
            (_, Some(text)) => encoder.encode(text, |number| {
                let made = T::made(number);
                row.push(
                    made.ok_or_else(|| format!("gives {number}, which is no number of the table's type"))?,
                );
                Ok(())
            }),
        };
        encoded.map_err(|problem: String| match problem.starts_with("is not") {
            true => format!("\"{}\" {problem}", shown(cell)),
            false => format!("{} {problem}", shown(cell)),
        })
    }
}

/// The first of some names that was there before.
fn first_twice(names: &[String]) -> Option<&String> {
    let mut seen = HashSet::new();
    names.iter().find(|name| !seen.insert(name.as_str()))
}

/// Whether nothing is in a cell, or a word that says so.
pub(in crate::data) fn is_absent(cell: &[u8]) -> bool {
    [&b""[..], b"na", b"n/a", b"nan", b"null"].iter().any(|word| cell.eq_ignore_ascii_case(word))
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
