//! The rows of a table too large for memory, in batches.

use std::path::Path;

use ndarray::Array2;
use rand::RngExt as _;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{CsvNumber, Layout, parts};
use crate::data::DataError;

/// Gives the rows of a file, one after another.
pub(in crate::data) trait Rows<T> {
    /// Adds the numbers of the next row; false at the end of the file.
    fn next(&mut self, row: &mut Vec<T>) -> Result<bool, DataError>;
}

/// Where rows come from.
pub(in crate::data) type Source<'a, T> = Box<dyn Rows<T> + Send + 'a>;

/// The inputs and targets of a batch.
type Pair<T> = (Array2<T>, Array2<T>);

/// The batches of a file of which a batch at a time is in memory: inputs `(row, feature)` and targets `(row, target)`.
pub struct TableBatches<'a, T = f32> {
    state: State<'a, T>,
    /// The columns of inputs and of targets.
    parts: [Vec<usize>; 2],
    width: usize,
    size: usize,
    waiting: Waiting<T>,
}

enum State<'a, T> {
    Reading(Source<'a, T>),
    Failed(DataError),
    Ended,
}

/// The rows of which the next one is drawn.
struct Waiting<T> {
    rows: Vec<Vec<T>>,
    most: usize,
    random: ChaCha8Rng,
}

impl<T> core::fmt::Debug for TableBatches<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TableBatches")
            .field("parts", &self.parts)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl<'a, T: CsvNumber> TableBatches<'a, T> {
    /// Of the file at `path`, of this layout, the columns that are not `targets` as inputs and these as targets. `rows` begins
    /// to read it.
    pub(in crate::data) fn new<S: AsRef<str>>(
        path: &Path,
        layout: &Layout<T>,
        targets: &[S],
        batch_size: usize,
        rows: impl FnOnce() -> Result<Source<'a, T>, DataError>,
    ) -> Self {
        let parts = parts(path, &layout.table_names, &layout.made, targets);
        let rows = parts.and_then(|parts| Ok((rows()?, parts)));
        let (state, parts) = match rows {
            Ok((rows, parts)) => (State::Reading(rows), parts),
            Err(error) => (State::Failed(error), [Vec::new(), Vec::new()]),
        };
        let waiting = Waiting { rows: Vec::new(), most: 0, random: ChaCha8Rng::seed_from_u64(0) };
        TableBatches { state, parts, width: layout.width(), size: batch_size.max(1), waiting }
    }

    /// Draws each row from the next `rows` of them, which are in memory, as `shuffle` of `tf.data` does: as many as there are
    /// rows make any order equally likely. Another seed gives another order.
    #[must_use]
    pub fn shuffle(mut self, rows: usize, seed: u64) -> Self {
        self.waiting.most = rows;
        self.waiting.random = ChaCha8Rng::seed_from_u64(seed);
        self
    }

    /// The next row of the file.
    fn read(&mut self) -> Result<Option<Vec<T>>, DataError> {
        let State::Reading(rows) = &mut self.state else { return Ok(None) };
        let mut row = Vec::with_capacity(self.width);
        if rows.next(&mut row)? {
            return Ok(Some(row));
        }
        self.state = State::Ended;
        Ok(None)
    }

    /// The next row that is drawn.
    fn row(&mut self) -> Result<Option<Vec<T>>, DataError> {
        while self.waiting.rows.len() < self.waiting.most.max(1) {
            let Some(row) = self.read()? else { break };
            self.waiting.rows.push(row);
        }
        let waiting = &mut self.waiting;
        if waiting.rows.is_empty() {
            return Ok(None);
        }
        let drawn = waiting.random.random_range(0..waiting.rows.len());
        Ok(Some(waiting.rows.swap_remove(drawn)))
    }

    fn batch(&mut self) -> Result<Option<Pair<T>>, DataError> {
        let [mut x, mut y] = [Vec::new(), Vec::new()];
        let mut count = 0;
        while count < self.size {
            let Some(row) = self.row()? else { break };
            let [features, targets] = &self.parts;
            x.extend(features.iter().map(|column| row[*column]));
            y.extend(targets.iter().map(|column| row[*column]));
            count += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let array = |values: Vec<T>, columns: usize| {
            Array2::from_shape_vec((count, columns), values)
                .map_err(|error| DataError::Argument { name: "batch_size", problem: error.to_string() })
        };
        let [features, targets] = &self.parts;
        Ok(Some((array(x, features.len())?, array(y, targets.len())?)))
    }
}

impl<T: CsvNumber> Iterator for TableBatches<'_, T> {
    type Item = Result<(Array2<T>, Array2<T>), DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::Failed(_) = self.state {
            let State::Failed(error) = std::mem::replace(&mut self.state, State::Ended) else { return None };
            return Some(Err(error));
        }
        let batch = self.batch();
        if batch.is_err() {
            self.state = State::Ended;
            self.waiting.rows.clear();
        }
        batch.transpose()
    }
}
