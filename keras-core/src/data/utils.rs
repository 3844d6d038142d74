//! Labels as one-hot rows, and sequences of unequal length as one array.

use ndarray::{Array, Array2, ArrayBase, Data, Dimension, IxDyn};

use super::DataError;

mod sealed {
    pub trait Sealed {}
}

/// An integer that can be a class label: any integer type, or a reference to one.
pub trait Label: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn value(self) -> i128;
}

macro_rules! label {
    ($($type:ident)*) => { $(
        impl sealed::Sealed for $type {}
        impl Label for $type {
            fn value(self) -> i128 {
                self as i128
            }
        }
    )* };
}

label!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<T: sealed::Sealed> sealed::Sealed for &T {}
impl<T: Label> Label for &T {
    fn value(self) -> i128 {
        (*self).value()
    }
}

/// The most classes that labels alone may ask for. A stray label, such as an identifier, would otherwise ask for
/// gigabytes of zeros.
const MAX_INFERRED_CLASSES: i128 = 1_000_000;

/// Labels as rows of zeros with a one at the label: `(sample, class)`. As `keras.utils.to_categorical`, with
/// `None` (or 0) for one class more than the largest label.
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// use keras_core::data::to_categorical;
/// assert_eq!(to_categorical([0, 2], 3)?, ndarray::array![[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError::Label`] and [`DataError::NegativeLabel`] for a label that is no class: unlike in NumPy, -1 is not
/// the last one. [`DataError::Empty`] when there is no label to find the number of classes from, and
/// [`DataError::TooLarge`] when the rows do not fit into memory, or when labels alone ask for more than a million
/// classes.
///
/// Source: <https://keras.io/api/utils/python_utils/>.
pub fn to_categorical<I>(labels: I, num_classes: impl Into<Option<usize>>) -> Result<Array2<f32>, DataError>
where
    I: IntoIterator,
    I::Item: Label,
{
    let labels: Vec<i128> = labels.into_iter().map(Label::value).collect();
    let num_classes = match num_classes.into().filter(|&given| given != 0) {
        Some(given) => given,
        None => infer_classes(&labels)?,
    };
    let mut one_hot = filled(labels.len(), num_classes, 0.0, "")?;
    for (position, &label) in labels.iter().enumerate() {
        let class = usize::try_from(label).ok().filter(|&class| class < num_classes);
        let class = class.ok_or(DataError::Label { position, label, num_classes })?;
        one_hot[[position, class]] = 1.0;
    }
    Ok(one_hot)
}

/// [`to_categorical`] of an array of any rank, as of the classes of all pixels of images: with one axis more, the classes.
/// The same as in Keras, but that a last axis of 1 stays.
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// let classes = ndarray::array![[0_u8, 2], [1, 1]];
/// assert_eq!(keras_core::data::to_categorical_nd(&classes, None)?.shape(), [2, 2, 3]);
/// # Ok(()) }
/// ```
///
/// # Errors
/// As `to_categorical`.
pub fn to_categorical_nd<A, S, D>(
    labels: &ArrayBase<S, D>,
    num_classes: impl Into<Option<usize>>,
) -> Result<Array<f32, D::Larger>, DataError>
where
    A: Label,
    S: Data<Elem = A>,
    D: Dimension,
{
    let rows = to_categorical(labels.iter().copied(), num_classes)?;
    let (count, classes) = rows.dim();
    let shape: Vec<usize> = labels.shape().iter().copied().chain([classes]).collect();
    rows.into_shape_with_order(IxDyn(&shape))
        .and_then(|array| array.into_dimensionality())
        .map_err(|_| DataError::TooLarge { rows: count, columns: classes, hint: "" })
}

fn infer_classes(labels: &[i128]) -> Result<usize, DataError> {
    if let Some(position) = labels.iter().position(|&label| label < 0) {
        let label = labels[position];
        return Err(DataError::NegativeLabel { position, label });
    }
    let largest = labels
        .iter()
        .max()
        .copied()
        .ok_or(DataError::Empty { what: "the number of classes", of: "labels" })?;
    let too_large = || DataError::TooLarge {
        rows: labels.len(),
        columns: usize::try_from(largest).unwrap_or(usize::MAX),
        hint: ": give `num_classes` if there are that many",
    };
    let classes = Some(largest + 1).filter(|&classes| classes <= MAX_INFERRED_CLASSES);
    classes.and_then(|classes| classes.try_into().ok()).ok_or_else(too_large)
}

/// The side of a sequence that is padded or cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The start.
    #[default]
    Pre,
    /// The end.
    Post,
}

/// How [`pad_sequences`] brings sequences to one length, with Keras's defaults: the length of the longest, zeros
/// before shorter ones, longer ones cut at their start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PadOptions<T> {
    /// The length, by default that of the longest sequence.
    pub maxlen: Option<usize>,
    /// Where shorter sequences are padded.
    pub padding: Side,
    /// Where longer sequences are cut.
    pub truncating: Side,
    /// What they are padded with.
    pub value: T,
}

/// Sequences of unequal length as one array `(sample, time)`. As `keras.utils.pad_sequences`.
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// use keras_core::data::{PadOptions, pad_sequences};
/// let padded = pad_sequences(&[vec![1], vec![2, 3]], &PadOptions::default())?;
/// assert_eq!(padded, ndarray::array![[0, 1], [2, 3]]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError::Empty`] when there is no sequence to find the length from, [`DataError::TooLarge`] when the array
/// does not fit into memory.
///
/// Source: <https://keras.io/api/data_loading/timeseries/>.
pub fn pad_sequences<T, S>(sequences: &[S], options: &PadOptions<T>) -> Result<Array2<T>, DataError>
where
    T: Copy,
    S: AsRef<[T]>,
{
    let longest = || {
        let lengths = sequences.iter().map(|sequence| sequence.as_ref().len());
        lengths.max().ok_or(DataError::Empty { what: "the length", of: "sequences" })
    };
    let length = options.maxlen.map_or_else(longest, Ok)?;
    let mut padded = filled(sequences.len(), length, options.value, ": give a smaller `maxlen`")?;
    for (mut row, sequence) in padded.rows_mut().into_iter().zip(sequences) {
        let sequence = sequence.as_ref();
        let kept = sequence.len().min(length);
        let from = match options.truncating {
            Side::Pre => sequence.len() - kept,
            Side::Post => 0,
        };
        let to = match options.padding {
            Side::Pre => length - kept,
            Side::Post => 0,
        };
        for (cell, &value) in row.iter_mut().skip(to).zip(&sequence[from..from + kept]) {
            *cell = value;
        }
    }
    Ok(padded)
}

/// An array full of `value`, or an error where `Array2::from_elem` would panic or end the program.
fn filled<T: Copy>(
    rows: usize,
    columns: usize,
    value: T,
    hint: &'static str,
) -> Result<Array2<T>, DataError> {
    let too_large = || DataError::TooLarge { rows, columns, hint };
    let cells = rows.checked_mul(columns).ok_or_else(too_large)?;
    let mut values = Vec::new();
    values.try_reserve_exact(cells).map_err(|_| too_large())?;
    values.resize(cells, value);
    Array2::from_shape_vec((rows, columns), values).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn labels_of_any_integer_type_become_rows() {
        let expected = array![[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];
        assert_eq!(to_categorical([1, 2, 0], 3).unwrap(), expected);
        assert_eq!(to_categorical(Array1::<u8>::from(vec![1, 2, 0]).view(), None).unwrap(), expected);
        assert_eq!(to_categorical(vec![1_i64, 2, 0], Some(0)).unwrap(), expected);
        assert_eq!(to_categorical([0_u8; 0], 3).unwrap().shape(), [0, 3]);
    }

    /// The shapes of Keras's `test_to_categorical`.
    #[test]
    fn labels_of_any_rank_have_one_axis_more() {
        let labels = ndarray::Array3::from_shape_fn((5, 4, 3), |(i, j, k)| (i + 2 * j + 3 * k) % 5);
        let found = to_categorical_nd(&labels, 5).unwrap();
        assert_eq!(found.shape(), [5, 4, 3, 5]);
        for ((i, j, k), class) in labels.indexed_iter() {
            let row: Vec<f32> = (0..5).map(|at| f32::from(u8::from(at == *class))).collect();
            assert_eq!(found.slice(ndarray::s![i, j, k, ..]).to_vec(), row);
        }
        // Its axes in another order in memory.
        assert_eq!(to_categorical_nd(&labels.t(), 5).unwrap(), found.permuted_axes([2, 1, 0, 3]));
        assert_eq!(to_categorical_nd(&Array1::from(vec![0, 2, 5]), None).unwrap().shape(), [3, 6]);
        assert!(to_categorical_nd(&labels, 4).is_err());
    }

    #[test]
    fn labels_beyond_the_classes_are_errors() {
        let error =
            |labels: &[i64], classes: Option<usize>| to_categorical(labels, classes).unwrap_err().to_string();
        assert_eq!(error(&[0, 3], Some(3)), "label 3 at position 1 is not one of 3 classes, 0 to 2");
        assert_eq!(error(&[-1], Some(3)), "label -1 at position 0 is not one of 3 classes, 0 to 2");
        assert_eq!(error(&[0, -1], None), "label -1 at position 1 is negative: classes count from 0");
        assert_eq!(error(&[], None), "the number of classes from no labels: say it, or give at least one");
        assert!(error(&[i64::MAX], None).contains("give `num_classes`"));
        assert!(error(&[0, 1], Some(usize::MAX)).contains("do not fit into memory"));
    }

    #[test]
    fn keras_documented_padding() {
        let sequences = [vec![1], vec![2, 3], vec![4, 5, 6]];
        let pad = |options: PadOptions<i32>| pad_sequences(&sequences, &options).unwrap();
        let default = PadOptions::default();
        assert_eq!(pad(default), array![[0, 0, 1], [0, 2, 3], [4, 5, 6]]);
        assert_eq!(pad(PadOptions { value: -1, ..default }), array![[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]);
        assert_eq!(
            pad(PadOptions { padding: Side::Post, ..default }),
            array![[1, 0, 0], [2, 3, 0], [4, 5, 6]]
        );
        let two = PadOptions { maxlen: Some(2), ..default };
        assert_eq!(pad(two), array![[0, 1], [2, 3], [5, 6]]);
        assert_eq!(pad(PadOptions { truncating: Side::Post, ..two }), array![[0, 1], [2, 3], [4, 5]]);
        let four = PadOptions { maxlen: Some(4), padding: Side::Post, ..default };
        assert_eq!(pad(four).row(2), array![4, 5, 6, 0]);
        assert_eq!(pad(PadOptions { maxlen: Some(0), ..default }).shape(), [3, 0]);
    }

    #[test]
    fn sequences_that_cannot_be_padded_are_errors() {
        let none: [Vec<f32>; 0] = [];
        assert!(matches!(pad_sequences(&none, &PadOptions::default()), Err(DataError::Empty { .. })));
        let fixed = PadOptions { maxlen: Some(3), ..PadOptions::default() };
        assert_eq!(pad_sequences(&none, &fixed).unwrap().shape(), [0, 3]);
        let huge = PadOptions { maxlen: Some(usize::MAX), ..PadOptions::default() };
        assert!(matches!(pad_sequences(&[[1.0], [2.0]], &huge), Err(DataError::TooLarge { .. })));
        assert_eq!(pad_sequences(&[vec![], vec![7]], &PadOptions::default()).unwrap(), array![[0], [7]]);
    }
}
