//! Splitting samples into those to train on and those to test on.

use ndarray::{Array, ArrayBase, Axis, Data, Dimension, RemoveAxis};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::DataError;

/// Inputs `(sample, ...)` and targets `(sample, ...)`, to train on and to test on.
#[derive(Clone, Debug, PartialEq)]
pub struct Split<A, D: Dimension, B, E: Dimension> {
    /// Inputs to train on.
    pub x_train: Array<A, D>,
    /// Targets to train on.
    pub y_train: Array<B, E>,
    /// Inputs to test on.
    pub x_test: Array<A, D>,
    /// Targets to test on.
    pub y_test: Array<B, E>,
}

/// Shuffles samples and sets a share of them (`0.2` for a fifth) aside for testing. The same `seed` gives the same
/// split on every machine. As `keras.utils.split_dataset` with `shuffle=True`, for arrays.
///
/// # Errors
///
/// [`DataError::Lengths`] when there are not as many targets as inputs, [`DataError::Split`] when one side would
/// be left without samples.
///
/// Source: <https://keras.io/api/utils/python_utils/>.
pub fn train_test_split<A, B, S, R, D, E>(
    x: &ArrayBase<S, D>,
    y: &ArrayBase<R, E>,
    test_fraction: f64,
    seed: u64,
) -> Result<Split<A, D, B, E>, DataError>
where
    A: Clone,
    B: Clone,
    S: Data<Elem = A>,
    R: Data<Elem = B>,
    D: RemoveAxis,
    E: RemoveAxis,
{
    let samples = samples_of(x, y)?;
    let (train, test) = split_indices(samples, test_fraction, seed)?;
    Ok(Split {
        x_train: x.select(Axis(0), &train),
        y_train: y.select(Axis(0), &train),
        x_test: x.select(Axis(0), &test),
        y_test: y.select(Axis(0), &test),
    })
}

/// How many samples there are, if there are as many targets.
pub(super) fn samples_of<A, B, S, R, D, E>(
    x: &ArrayBase<S, D>,
    y: &ArrayBase<R, E>,
) -> Result<usize, DataError>
where
    S: Data<Elem = A>,
    R: Data<Elem = B>,
    D: RemoveAxis,
    E: RemoveAxis,
{
    let (left, right) = (x.len_of(Axis(0)), y.len_of(Axis(0)));
    if left != right {
        return Err(DataError::Lengths { left, left_name: "inputs", right, right_name: "targets" });
    }
    Ok(left)
}

/// The positions of the samples to train on and of those to test on, shuffled: what [`train_test_split`] does,
/// for data in any other form.
///
/// # Errors
///
/// [`DataError::Split`] when one side would be left without samples.
pub fn split_indices(
    samples: usize,
    test_fraction: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    // A share that is no number becomes 0 here, and one above 1 takes everything: both are refused below.
    let test = ((samples as f64 * test_fraction).round() as usize).min(samples);
    let train = samples - test;
    if test == 0 || train == 0 || test_fraction >= 1.0 {
        return Err(DataError::Split { fraction: test_fraction, samples, train, test });
    }
    let mut order: Vec<usize> = (0..samples).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let test = order.split_off(train);
    Ok((order, test))
}

/// How much of a data set one side of [`split_dataset`] gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SplitSize {
    /// A share between 0 and 1.
    Share(f64),
    /// So many samples.
    Samples(usize),
}

impl From<f64> for SplitSize {
    fn from(share: f64) -> Self {
        SplitSize::Share(share)
    }
}

impl From<usize> for SplitSize {
    fn from(samples: usize) -> Self {
        SplitSize::Samples(samples)
    }
}

impl SplitSize {
    fn of(self, name: &'static str, total: usize) -> Result<usize, DataError> {
        let count = match self {
            SplitSize::Samples(count) => Some(count).filter(|count| *count > 0 && *count < total),
            // As Python rounds.
            SplitSize::Share(share) => Some(share)
                .filter(|x| *x > 0.0 && *x < 1.0)
                .map(|x| (x * total as f64).round_ties_even() as usize),
        };
        count.ok_or_else(|| DataError::Argument {
            name,
            problem: format!(
                "it is a share between 0 and 1, or a number of samples below {total}; found {self:?}"
            ),
        })
    }
}

/// The first samples and the last ones, as many as each side gets; what is not said is what the other leaves. With
/// `shuffle` the samples come in the order that this number makes, the same for any data of as many samples: inputs and
/// targets are split alike. As `keras.utils.split_dataset`, for arrays.
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// use keras_core::data::split_dataset;
/// let x = ndarray::Array1::from_iter(0..10);
/// let (left, right) = split_dataset(&x, Some(0.3), None::<f64>, None)?;
/// assert_eq!((left.len(), right[0]), (3, 3));
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError::Argument`] for a size that cannot be, or if one side would be left without samples.
///
/// Source: <https://keras.io/api/utils/python_utils/>.
#[allow(clippy::type_complexity)]
pub fn split_dataset<A, S, D>(
    x: &ArrayBase<S, D>,
    left_size: Option<impl Into<SplitSize>>,
    right_size: Option<impl Into<SplitSize>>,
    shuffle: Option<u64>,
) -> Result<(Array<A, D>, Array<A, D>), DataError>
where
    A: Clone,
    S: Data<Elem = A>,
    D: RemoveAxis,
{
    let total = x.len_of(Axis(0));
    let size = |size: Option<SplitSize>, name| size.map(|size| size.of(name, total)).transpose();
    let left = size(left_size.map(Into::into), "left_size")?;
    let right = size(right_size.map(Into::into), "right_size")?;
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (Some(left), None) => (left, total - left.min(total)),
        (None, Some(right)) => (total - right.min(total), right),
        (None, None) => (0, 0),
    };
    if left == 0 || right == 0 || left.saturating_add(right) > total {
        let problem = format!("of {total} samples one side would have {left} and the other {right}");
        return Err(DataError::Argument { name: "left_size", problem });
    }
    let mut order: Vec<usize> = (0..total).collect();
    if let Some(seed) = shuffle {
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    }
    Ok((x.select(Axis(0), &order[..left]), x.select(Axis(0), &order[total - right..])))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;

    #[test]
    fn every_sample_lands_on_one_side_with_its_target() {
        let x = Array2::from_shape_fn((10, 2), |(i, j)| (i * 2 + j) as f32);
        let y = Array1::from_shape_fn(10, |i| i as u8);
        let split = train_test_split(&x, &y, 0.3, 1).unwrap();
        assert_eq!(split.x_train.shape(), [7, 2]);
        assert_eq!(split.x_test.shape(), [3, 2]);
        let mut seen = Vec::new();
        for (x, y) in [(&split.x_train, &split.y_train), (&split.x_test, &split.y_test)] {
            for (row, &target) in x.rows().into_iter().zip(y) {
                assert_eq!(row[0], f32::from(target) * 2.0);
                seen.push(target);
            }
        }
        assert_ne!(seen, (0..10).collect::<Vec<u8>>(), "not shuffled");
        seen.sort();
        assert_eq!(seen, (0..10).collect::<Vec<u8>>());
    }

    /// `keras.utils.split_dataset(numpy.arange(10), left_size, right_size)` of Keras 3.15.1.
    #[test]
    fn sides_are_those_of_keras() {
        let x = Array1::from_iter(0..10);
        let ends = |(left, right): (Array1<i32>, Array1<i32>)| {
            [left[0], left[left.len() - 1], right[0], right[right.len() - 1]]
        };
        let none = None::<f64>;
        assert_eq!(ends(split_dataset(&x, Some(0.3), none, None).unwrap()), [0, 2, 3, 9]);
        assert_eq!(ends(split_dataset(&x, none, Some(0.25), None).unwrap()), [0, 7, 8, 9]);
        assert_eq!(ends(split_dataset(&x, Some(0.5), Some(0.2), None).unwrap()), [0, 4, 8, 9]);
        assert_eq!(ends(split_dataset(&x, Some(3), none, None).unwrap()), [0, 2, 3, 9]);
        assert_eq!(ends(split_dataset(&x, Some(2), Some(4), None).unwrap()), [0, 1, 6, 9]);
        let (a, b) = split_dataset(&x, Some(4), none, Some(1)).unwrap();
        let (c, d) = split_dataset(&(&x * 2), Some(4), none, Some(1)).unwrap();
        assert_eq!((&a * 2, &b * 2), (c, d));
        assert_ne!(a, Array1::from_iter(0..4));
        assert!(split_dataset(&x, none, none, None).is_err());
        for size in [0.0, 1.0, -0.5, f64::NAN, 0.01] {
            assert!(split_dataset(&x, Some(size), none, None).is_err(), "{size}");
        }
        assert!(
            split_dataset(&x, Some(10), none, None).is_err()
                && split_dataset(&x, Some(6), Some(5), None).is_err()
        );
    }

    #[test]
    fn the_seed_decides() {
        let split = |seed| split_indices(100, 0.2, seed).unwrap();
        assert_eq!(split(7), split(7));
        assert_ne!(split(7), split(8));
    }

    #[test]
    fn empty_sides_are_errors() {
        for fraction in [0.0, 0.01, 0.99, 1.0, 2.0, -1.0, f64::NAN, f64::INFINITY] {
            let split = split_indices(10, fraction, 0);
            assert!(matches!(split, Err(DataError::Split { .. })), "{fraction}");
        }
        assert!(split_indices(0, 0.5, 0).is_err());
        let (x, y) = (Array2::<f32>::zeros((3, 1)), Array1::<f32>::zeros(4));
        assert!(matches!(train_test_split(&x, &y, 0.5, 0), Err(DataError::Lengths { .. })));
    }
}
