//! What `fit` leaves behind: the loss and metrics of every epoch.

use std::fmt;
use std::ops::Index;
use std::path::Path;

use super::progress::format_metric;
use crate::data::{DataError, write_atomically};

/// The loss and metrics of every epoch, in the order in which they first came.
///
/// Source: <https://keras.io/api/models/model_training_apis/#fit-method> ("A `History` object").
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    epoch: Vec<usize>,
    series: Vec<Series>,
}

/// The values of one metric, and at which entries of `History::epoch` they came: with a `validation_freq` above 1
/// some epochs have none.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    name: String,
    values: Vec<f64>,
    rows: Vec<usize>,
}

impl History {
    /// Adds what an epoch (counted from 0, as Keras does) has brought. Of a name given twice the last value counts.
    pub fn push(&mut self, epoch: usize, metrics: &[(&str, f64)]) {
        let row = self.epoch.len();
        self.epoch.push(epoch);
        for &(name, value) in metrics {
            let known = self.series.iter().position(|series| series.name == name);
            let at = known.unwrap_or_else(|| {
                self.series.push(Series { name: name.to_string(), values: Vec::new(), rows: Vec::new() });
                self.series.len() - 1
            });
            let series = &mut self.series[at];
            if series.rows.last() == Some(&row) {
                series.rows.pop();
                series.values.pop();
            }
            series.rows.push(row);
            series.values.push(value);
        }
    }

    /// The epochs that ran, counted from 0.
    pub fn epoch(&self) -> &[usize] {
        &self.epoch
    }

    /// The values of a metric such as `loss` or `val_accuracy`, one for each epoch that has one. `None` when there is
    /// no metric of that name.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        let series = self.series.iter().find(|series| series.name == name)?;
        Some(&series.values)
    }

    /// The last value of a metric.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.get(name)?.last().copied()
    }

    /// The names of the metrics.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|series| series.name.as_str())
    }

    /// The metrics with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.series.iter().map(|series| (series.name.as_str(), series.values.as_slice()))
    }

    /// The curves of all metrics by epoch, to be [saved](super::Curves::save) as a drawing.
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> super::Curves<'_> {
        super::Curves::new(self)
    }

    /// The values of a metric, each with its epoch, counted from 1.
    #[cfg(feature = "plot")]
    pub(super) fn points(&self, name: &str) -> Vec<(f64, f64)> {
        let series = self.series.iter().find(|series| series.name == name);
        let rows = series.into_iter().flat_map(|series| series.rows.iter().zip(&series.values));
        rows.map(|(row, value)| (self.epoch[*row] as f64 + 1.0, *value)).collect()
    }

    /// Writes the history as a CSV file in the form of Keras's `CSVLogger`: a column `epoch`, a column for each
    /// metric, and `NA` where an epoch has none. The file is either whole or not there.
    ///
    /// # Errors
    ///
    /// [`DataError::Write`] when the file cannot be written.
    ///
    /// Source: <https://keras.io/api/callbacks/csv_logger/>.
    pub fn to_csv(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        write_atomically(path.as_ref(), |out| {
            let mut writer = csv::Writer::from_writer(out);
            writer.write_record(["epoch"].into_iter().chain(self.names()))?;
            for (row, epoch) in self.epoch.iter().enumerate() {
                let cells = self.series.iter().map(|series| match series.at(row) {
                    Some(value) => value.to_string(),
                    None => "NA".to_string(),
                });
                writer.write_record([epoch.to_string()].into_iter().chain(cells))?;
            }
            writer.flush()
        })
    }
}

impl Series {
    /// The value that came with an entry of `History::epoch`.
    fn at(&self, row: usize) -> Option<f64> {
        let at = self.rows.binary_search(&row).ok()?;
        Some(self.values[at])
    }
}

/// `history["val_loss"]`: the values of a metric.
///
/// # Panics
/// There is no metric of that name; [`get`](History::get) gives `None` then.
impl Index<&str> for History {
    type Output = [f64];

    fn index(&self, name: &str) -> &[f64] {
        self.get(name).unwrap_or_else(|| no_metric(name, self.names()))
    }
}

/// Ends what asks for a metric that is not there by indexing.
#[allow(clippy::panic)]
pub(super) fn no_metric<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> ! {
    let names: Vec<&str> = names.collect();
    let hint = keras_shape::closest(name, names.iter().copied());
    let hint = hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    panic!("{}{hint}", unknown_metric(name, &names))
}

/// What to say of a metric that is not there.
pub(super) fn unknown_metric(name: &str, names: &[&str]) -> String {
    format!("there is no metric `{name}` among {}", names.join(", "))
}

/// A line for each epoch: `Epoch 1 - accuracy: 0.9112 - loss: 0.3021`.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (row, epoch) in self.epoch.iter().enumerate() {
            write!(f, "Epoch {}", epoch + 1)?;
            for series in &self.series {
                if let Some(value) = series.at(row) {
                    write!(f, " - {}: {}", series.name, format_metric(value))?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let mut history = History::default();
        history.push(0, &[("loss", 0.5), ("accuracy", 0.75)]);
        history.push(1, &[("loss", 0.25), ("accuracy", 0.875), ("val_loss", 0.0001)]);
        history
    }

    #[test]
    fn metrics_keep_their_order_and_gaps() {
        let history = history();
        assert_eq!(history.epoch(), [0, 1]);
        assert_eq!(history.names().collect::<Vec<_>>(), ["loss", "accuracy", "val_loss"]);
        assert_eq!(history.get("loss"), Some(&[0.5, 0.25][..]));
        assert_eq!(history.get("val_loss"), Some(&[0.0001][..]));
        assert_eq!(history.get("mae"), None);
        assert_eq!(history.last("accuracy"), Some(0.875));
        assert_eq!(history.iter().map(|(_, values)| values.len()).collect::<Vec<_>>(), [2, 2, 1]);
    }

    #[test]
    fn the_last_of_a_name_counts() {
        let mut history = History::default();
        history.push(0, &[("loss", 1.0), ("loss", 2.0)]);
        assert_eq!(history.get("loss"), Some(&[2.0][..]));
    }

    #[test]
    fn it_reads_as_lines() {
        let expected = "Epoch 1 - loss: 0.5000 - accuracy: 0.7500\n\
                        Epoch 2 - loss: 0.2500 - accuracy: 0.8750 - val_loss: 1.0000e-04\n";
        assert_eq!(history().to_string(), expected);
    }

    #[test]
    fn it_writes_csv() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let mut history = history();
        history.push(5, &[("loss", f64::NAN)]);
        history.to_csv(&path).unwrap();
        let expected = "epoch,loss,accuracy,val_loss\n0,0.5,0.75,NA\n1,0.25,0.875,0.0001\n5,NaN,NA,NA\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert!(matches!(history.to_csv(folder.path()), Err(DataError::Write { .. })));
    }
}
