//! Columns that hold no numbers: words, dates.

use std::collections::{BTreeSet, HashMap};

use super::date::Date;

/// What a column holds that is not of numbers, and which numbers are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub(super) kind: Kind,
    words: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Classes,
    OneHot,
    Days,
    DateParts,
}

impl Column {
    const fn of(kind: Kind) -> Self {
        Self { kind, words: None }
    }

    /// Words, each of which becomes its class number: 0 for the first in the order of the alphabet. What a loss like
    /// `SparseCategoricalCrossentropy` takes as a target.
    pub const fn classes() -> Self {
        Self::of(Kind::Classes)
    }

    /// Words, for each of which there is a column of 0 and 1 named `color_red`, in the order of the alphabet. What a model
    /// takes as an input, and `CategoricalCrossentropy` as a target.
    pub const fn one_hot() -> Self {
        Self::of(Kind::OneHot)
    }

    /// Dates, `2024-02-29`, perhaps with a time, `2024-02-29T12:30:00Z`, as days since 1970-01-01, UTC where it says where its
    /// clock is. A time of day is a fraction, which an `f32` holds to about three minutes.
    pub const fn days() -> Self {
        Self::of(Kind::Days)
    }

    /// Dates as four columns: `date_year`, `date_month` (1 to 12), `date_day` (1 to 31) and `date_weekday` (0 for Monday).
    pub const fn date_parts() -> Self {
        Self::of(Kind::DateParts)
    }

    /// The words in the order of their numbers, for [`classes`](Column::classes) and [`one_hot`](Column::one_hot): a file to
    /// test with is read as the one to train with, by what [`Table::words`](super::Table::words) says of that. Another
    /// word in the file is an error then.
    #[must_use]
    pub fn vocabulary<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.words = Some(words.into_iter().map(Into::into).collect());
        self
    }

    /// Whether the words have to be found in the file first.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.kind, Kind::Classes | Kind::OneHot) && self.words.is_none()
    }

    /// With the words of the file.
    pub(super) fn with(mut self, found: BTreeSet<String>) -> Self {
        self.words = Some(found.into_iter().collect());
        self
    }

    /// The words, of a column of words.
    pub(super) fn words(&self) -> Option<&[String]> {
        match self.kind {
            Kind::Classes | Kind::OneHot => self.words.as_deref(),
            Kind::Days | Kind::DateParts => None,
        }
    }

    /// The names of the columns that are made of the one named `name`.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        match self.kind {
            Kind::Classes | Kind::Days => vec![name.to_string()],
            Kind::OneHot => self.words.iter().flatten().map(|word| format!("{name}_{word}")).collect(),
            Kind::DateParts => {
                ["year", "month", "day", "weekday"].map(|part| format!("{name}_{part}")).to_vec()
            }
        }
    }

    /// What makes the numbers.
    pub(super) fn encoder(&self) -> Encoder {
        let places = || {
            let words = self.words.iter().flatten().enumerate();
            words.map(|(place, word)| (word.clone(), place)).collect::<HashMap<_, _>>()
        };
        match self.kind {
            Kind::Classes => Encoder::Classes(places()),
            Kind::OneHot => Encoder::OneHot(places()),
            Kind::Days => Encoder::Days,
            Kind::DateParts => Encoder::DateParts,
        }
    }
}

/// What makes numbers of the cells of a column.
#[derive(Clone, Debug)]
pub(super) enum Encoder {
    /// The column is left out.
    Skip,
    /// It is a column of numbers.
    Number,
    Classes(HashMap<String, usize>),
    OneHot(HashMap<String, usize>),
    Days,
    DateParts,
}

impl Encoder {
    /// How many numbers there are for each cell.
    pub fn width(&self) -> usize {
        match self {
            Encoder::Skip => 0,
            Encoder::Number | Encoder::Classes(_) | Encoder::Days => 1,
            Encoder::OneHot(places) => places.len(),
            Encoder::DateParts => 4,
        }
    }

    /// Whether a cell is one of the words, whatever it says.
    pub fn knows(&self, cell: &str) -> bool {
        matches!(self, Encoder::Classes(places) | Encoder::OneHot(places) if places.contains_key(cell))
    }

    /// Hands the numbers of a cell to `put`, in order; what is wrong with the cell, in words that follow it.
    pub fn encode(&self, cell: &str, mut put: impl FnMut(f64) -> Result<(), String>) -> Result<(), String> {
        let place = |places: &HashMap<String, usize>| {
            let known = places.get(cell).copied();
            known.ok_or_else(|| "is not one of the words of the option `vocabulary`".to_string())
        };
        let date = || Date::parse(cell).ok_or_else(|| "is not a date, as `2024-02-29`".to_string());
        match self {
            Encoder::Skip | Encoder::Number => Ok(()),
            Encoder::Classes(places) => put(place(places)? as f64),
            Encoder::OneHot(places) => {
                let place = place(places)?;
                (0..places.len()).try_for_each(|i| put(f64::from(u8::from(i == place))))
            }
            Encoder::Days => put(date()?.days()),
            Encoder::DateParts => {
                let date = date()?;
                [date.year, date.month, date.day, date.weekday()]
                    .into_iter()
                    .try_for_each(|n| put(f64::from(n)))
            }
        }
    }
}
