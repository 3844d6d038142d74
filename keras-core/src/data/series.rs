//! Windows of a long series as samples.

use ndarray::{Array, ArrayBase, Axis, Data, RemoveAxis, Slice};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::DataError;

/// Which windows [`timeseries_dataset_from_array`] takes, with Keras's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesOptions {
    /// How many steps a window has.
    pub sequence_length: usize,
    /// How many steps of the series windows are apart.
    pub sequence_stride: usize,
    /// How many steps of the series the steps of a window are apart.
    pub sampling_rate: usize,
    /// Whether windows come in a random order: the one that this number makes.
    pub shuffle: Option<u64>,
    /// The first step of the series that is looked at.
    pub start_index: usize,
    /// The first step of the series that is not looked at any more; its end if `None`.
    pub end_index: Option<usize>,
}

impl SeriesOptions {
    /// Windows of so many steps, one from each step on.
    pub const fn new(sequence_length: usize) -> Self {
        SeriesOptions {
            sequence_length,
            sequence_stride: 1,
            sampling_rate: 1,
            shuffle: None,
            start_index: 0,
            end_index: None,
        }
    }

    /// The first step of each window, counted from `start_index` on. `targets` are there for so many steps.
    fn starts(&self, steps: usize, targets: Option<usize>) -> Result<Vec<usize>, DataError> {
        self.check(steps)?;
        let end = self.end_index.unwrap_or(steps);
        let reach = (self.sequence_length - 1).saturating_mul(self.sampling_rate);
        let mut count = (end - self.start_index).saturating_sub(reach);
        if let Some(targets) = targets {
            count = count.min(targets.saturating_sub(self.start_index));
        }
        if count == 0 {
            let (reach, steps) = (reach.saturating_add(1), end - self.start_index);
            return Err(argument(
                "sequence_length",
                format!("a window reaches over {reach} steps; there are {steps}"),
            ));
        }
        let mut starts: Vec<usize> = (0..count).step_by(self.sequence_stride).collect();
        if let Some(seed) = self.shuffle {
            starts.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        }
        Ok(starts)
    }

    fn check(&self, steps: usize) -> Result<(), DataError> {
        for (name, value) in [
            ("sequence_length", self.sequence_length),
            ("sequence_stride", self.sequence_stride),
            ("sampling_rate", self.sampling_rate),
        ] {
            if value == 0 || (value >= steps && name != "sequence_length") {
                let most = steps.saturating_sub(1);
                return Err(argument(
                    name,
                    format!("it is from 1 to {most} for a series of {steps} steps, found {value}"),
                ));
            }
        }
        if self.start_index >= steps {
            let found = self.start_index;
            return Err(argument(
                "start_index",
                format!("it is below the length of the series, {steps}; found {found}"),
            ));
        }
        if let Some(end) = self.end_index.filter(|end| *end <= self.start_index || *end > steps) {
            let from = self.start_index;
            return Err(argument(
                "end_index",
                format!(
                    "it is above `start_index`, {from}, and at most the length of the series, {steps}; found {end}"
                ),
            ));
        }
        Ok(())
    }

    /// The windows that begin there: `(window, step, ...)`.
    fn windows<A, S, D>(
        &self,
        data: &ArrayBase<S, D>,
        starts: &[usize],
    ) -> Result<Array<A, D::Larger>, DataError>
    where
        A: Clone,
        S: Data<Elem = A>,
        D: RemoveAxis,
    {
        let step = self.sampling_rate as isize;
        let windows: Vec<_> = starts
            .iter()
            .map(|start| {
                let from = self.start_index + start;
                let to = from + (self.sequence_length - 1) * self.sampling_rate + 1;
                data.slice_axis(Axis(0), Slice::new(from as isize, Some(to as isize), step))
            })
            .collect();
        ndarray::stack(Axis(0), &windows)
            .map_err(|error| argument("data", format!("its windows are no array: {error}")))
    }
}

fn argument(name: &'static str, problem: String) -> DataError {
    DataError::Argument { name, problem }
}

/// Windows of a long series `(step, ...)` as inputs `(window, step, ...)`, and for each the target that belongs to its
/// first step: `targets[i]` is that of the window from step `i` on, so to forecast the step behind a window of 20, give
/// `series[20..]`. As `keras.utils.timeseries_dataset_from_array`, whose batches `fit` makes here.
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// use keras_core::data::{SeriesOptions, timeseries_dataset_from_array};
/// use ndarray::{array, s};
/// let series = array![0.0, 1.0, 2.0, 3.0, 4.0];
/// let (x, y) = timeseries_dataset_from_array(&series, &series.slice(s![2..]), &SeriesOptions::new(2))?;
/// assert_eq!(x, array![[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]);
/// assert_eq!(y, array![2.0, 3.0, 4.0]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError::Argument`] for an option that does not go with the series.
///
/// Source: <https://keras.io/api/data_loading/timeseries/>.
#[allow(clippy::type_complexity)]
pub fn timeseries_dataset_from_array<A, B, S, R, D, E>(
    data: &ArrayBase<S, D>,
    targets: &ArrayBase<R, E>,
    options: &SeriesOptions,
) -> Result<(Array<A, D::Larger>, Array<B, E>), DataError>
where
    A: Clone,
    B: Clone,
    S: Data<Elem = A>,
    R: Data<Elem = B>,
    D: RemoveAxis,
    E: RemoveAxis,
{
    let starts = options.starts(data.len_of(Axis(0)), Some(targets.len_of(Axis(0))))?;
    let x = options.windows(data, &starts)?;
    let places: Vec<usize> = starts.iter().map(|start| options.start_index + start).collect();
    Ok((x, targets.select(Axis(0), &places)))
}

/// The same without targets.
///
/// # Errors
///
/// As [`timeseries_dataset_from_array`].
pub fn timeseries_from_array<A, S, D>(
    data: &ArrayBase<S, D>,
    options: &SeriesOptions,
) -> Result<Array<A, D::Larger>, DataError>
where
    A: Clone,
    S: Data<Elem = A>,
    D: RemoveAxis,
{
    let starts = options.starts(data.len_of(Axis(0)), None)?;
    options.windows(data, &starts)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, array};

    use super::*;

    // Expected arrays are those of `keras.utils.timeseries_dataset_from_array` of Keras 3.15.1, its batches put together.

    #[test]
    fn windows_are_those_of_keras() {
        let series = Array1::from_iter(0..12);
        let options = SeriesOptions { sequence_stride: 3, sampling_rate: 2, ..SeriesOptions::new(3) };
        let found = timeseries_from_array(&series, &options).unwrap();
        assert_eq!(found, array![[0, 2, 4], [3, 5, 7], [6, 8, 10]]);
        let options = SeriesOptions { start_index: 2, end_index: Some(8), ..SeriesOptions::new(3) };
        let targets = &series * 10;
        let (x, y) = timeseries_dataset_from_array(&series, &targets, &options).unwrap();
        assert_eq!(x, array![[2, 3, 4], [3, 4, 5], [4, 5, 6], [5, 6, 7]]);
        assert_eq!(y, array![20, 30, 40, 50]);
        let table = Array2::from_shape_fn((5, 2), |(i, j)| 2 * i + j);
        let (x, y) =
            timeseries_dataset_from_array(&table, &series.slice(ndarray::s![..3]), &SeriesOptions::new(2))
                .unwrap();
        assert_eq!(x.shape(), [3, 2, 2]);
        assert_eq!(x.index_axis(Axis(0), 2), array![[4, 5], [6, 7]]);
        assert_eq!(y, array![0, 1, 2]);
    }

    #[test]
    fn windows_are_shuffled_with_their_targets() {
        let series = Array1::from_iter(0..50);
        let options = SeriesOptions { shuffle: Some(3), ..SeriesOptions::new(4) };
        let (x, y) = timeseries_dataset_from_array(&series, &series, &options).unwrap();
        assert_eq!(x.column(0), y);
        assert_ne!(y, Array1::from_iter(0..47));
        let mut sorted = y.to_vec();
        sorted.sort();
        assert_eq!(sorted, (0..47).collect::<Vec<_>>());
    }

    #[test]
    fn options_that_do_not_fit_are_errors() {
        let series = Array1::from_iter(0..10);
        let base = SeriesOptions::new(3);
        for (options, name) in [
            (SeriesOptions::new(0), "sequence_length"),
            (SeriesOptions::new(11), "sequence_length"),
            (SeriesOptions { sequence_stride: 0, ..base }, "sequence_stride"),
            (SeriesOptions { sampling_rate: 10, ..base }, "sampling_rate"),
            (SeriesOptions { sampling_rate: usize::MAX, ..base }, "sampling_rate"),
            (SeriesOptions { start_index: 10, ..base }, "start_index"),
            (SeriesOptions { end_index: Some(11), ..base }, "end_index"),
            (SeriesOptions { start_index: 4, end_index: Some(4), ..base }, "end_index"),
        ] {
            let error = timeseries_from_array(&series, &options).unwrap_err();
            assert!(
                matches!(error, DataError::Argument { name: found, .. } if found == name),
                "{options:?}: {error}"
            );
        }
        assert!(timeseries_from_array(&Array1::<f32>::zeros(0), &base).is_err());
    }
}
