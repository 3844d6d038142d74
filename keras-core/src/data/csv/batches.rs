//! A file that is read batch by batch.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::rows::{Rows, Source};
use super::{CsvNumber, CsvOptions};
use crate::data::DataError;
use crate::data::table::{parts, words};

/// A CSV file of which a batch at a time is in memory: what [`open`] gives.
#[derive(Clone, Debug)]
pub struct CsvFile<T = f32> {
    path: PathBuf,
    source: Source<T>,
}

/// Opens a CSV file that is too large for memory. Its rows are read again for every epoch, in the order of the file or
/// shuffled within a window.
///
/// ```
/// use keras_core::data::csv::{self, Column, CsvOptions};
/// use keras_core::prelude::*;
///
/// # let folder = std::env::temp_dir().join(format!("csv-batches-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("large.csv");
/// # let rows: String = (0..100).map(|i| format!("{},{},{}\n", i % 7, i % 3, ["low", "high"][i % 2])).collect();
/// # std::fs::write(&path, format!("a,b,level\n{rows}")).unwrap();
/// let file = csv::open(&path, &CsvOptions::default().column("level", Column::classes()))?;
/// let mut model = model!(Input(2) => Dense(8, activation = relu) => Dense(2, activation = softmax))
///     .compile("adam", SparseCategoricalCrossentropy::new(), ["accuracy"]);
///
/// let mut epoch = 0;
/// model
///     .fit_batches(|| {
///         epoch += 1;
///         file.batches(&["level"], 32).shuffle(10_000, epoch)
///     })
///     .epochs(3)
///     .verbose(0)
///     .run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Words that the options leave open are looked for in the whole file first, once.
///
/// # Errors
///
/// As [`read_as`](super::read_as), but for the cells, which are read by [`batches`](CsvFile::batches).
pub fn open(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvFile, DataError> {
    open_as(path, options)
}

/// [`open`] for numbers of another type.
///
/// # Errors
///
/// As [`open`].
pub fn open_as<T: CsvNumber>(path: impl AsRef<Path>, options: &CsvOptions) -> Result<CsvFile<T>, DataError> {
    let path = path.as_ref();
    Ok(CsvFile { path: path.to_path_buf(), source: Source::of(path, options)? })
}

impl<T: CsvNumber> CsvFile<T> {
    /// The names of the columns.
    pub fn column_names(&self) -> &[String] {
        &self.source.layout.table_names
    }

    /// The words of the column named `name` in the file, in the order of their class numbers or columns.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when there is no column of words of that name.
    pub fn words(&self, name: &str) -> Result<&[String], DataError> {
        words(&self.path, &self.source.layout.made, name)
    }

    /// The rows in batches, from the first on: inputs `(row, feature)` and targets `(row, target)`, as
    /// [`CsvTable::split`](super::CsvTable::split) has them. The last batch may be smaller. What cannot be read is an error
    /// in the place of a batch, after which there are no more.
    pub fn batches<S: AsRef<str>>(&self, targets: &[S], batch_size: usize) -> CsvBatches<'_, T> {
        let parts = parts(&self.path, &self.source.layout.table_names, &self.source.layout.made, targets);
        let (state, parts) = match parts.and_then(|parts| Ok((self.source.rows()?, parts))) {
            Ok((rows, parts)) => (State::Reading(Box::new(rows)), parts),
            Err(error) => (State::Failed(error), [Vec::new(), Vec::new()]),
        };
        let waiting = Waiting { rows: Vec::new(), most: 0, random: ChaCha8Rng::seed_from_u64(0) };
        CsvBatches { state, parts, width: self.source.layout.width(), size: batch_size.max(1), waiting }
    }
}

/// The inputs and targets of a batch.
type Pair<T> = (Array2<T>, Array2<T>);

/// The batches of a [`CsvFile`].
pub struct CsvBatches<'a, T = f32> {
    state: State<'a, T>,
    /// The columns of inputs and of targets.
    parts: [Vec<usize>; 2],
    width: usize,
    size: usize,
    waiting: Waiting<T>,
}

enum State<'a, T> {
    Reading(Box<Rows<'a, T>>),
    Failed(DataError),
    Ended,
}

/// The rows of which the next one is drawn.
struct Waiting<T> {
    rows: Vec<Vec<T>>,
    most: usize,
    random: ChaCha8Rng,
}

impl<T> core::fmt::Debug for CsvBatches<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CsvBatches")
            .field("parts", &self.parts)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl<T: CsvNumber> CsvBatches<'_, T> {
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
        let more = rows.next(&mut row)?;
        if more.is_none() {
            self.state = State::Ended;
        }
        Ok(more.map(|_| row))
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

impl<T: CsvNumber> Iterator for CsvBatches<'_, T> {
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
