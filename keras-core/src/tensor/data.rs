//! Data as people have it, on its way into a model.

use std::borrow::Cow;

use keras_shape::DType;
use ndarray::{ArrayBase, ArrayView, Dimension, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

use super::element::{ArrayElement, Values, integer, no_integer};
use super::typed::{Fits, FitsTarget, Shape, TakesArray, TakesNumbers, TakesStrings, TakesTarget, Tensor};
use super::{Raw, check_dims, check_target, check_target_axes};
use crate::{Error, Result};

/// An array in memory, `(samples, ...)`, borrowed where it can be.
#[derive(Clone, Debug)]
pub struct Data<'a> {
    shape: Vec<usize>,
    values: Values<'a>,
}

impl<'a> Data<'a> {
    /// An array of this shape.
    ///
    /// # Errors
    /// The number of values is not the product of the axes.
    pub fn new(values: Values<'a>, shape: &[usize]) -> Result<Self> {
        let data = Data { shape: shape.to_vec(), values };
        let want = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        if want != Some(data.values.len()) {
            return Err(Error::Argument(format!(
                "{} numbers do not fill an array of shape {shape:?}",
                data.values.len()
            )));
        }
        Ok(data)
    }

    /// The same numbers, owned.
    pub fn into_owned(self) -> Data<'static> {
        Data { shape: self.shape, values: self.values.into_owned() }
    }

    /// The axes, the sample axis first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// The same numbers with these axes; used to give a target its last axis of 1.
    ///
    /// # Errors
    /// The number of elements would change.
    pub fn reshaped(self, shape: &[usize]) -> Result<Self> {
        Data::new(self.values, shape)
    }

    /// The lengths of a batch of `samples` of these samples.
    pub(crate) fn lengths(&self, samples: usize) -> Vec<usize> {
        let mut lengths = self.shape.clone();
        if let Some(first) = lengths.first_mut() {
            *first = samples;
        }
        lengths
    }

    /// The strings of the samples at `rows`; none of an array of numbers.
    pub(crate) fn strings(&self, rows: &[usize]) -> Vec<Cow<'_, str>> {
        let Values::Strings(all) = &self.values else { return Vec::new() };
        let width = self.width();
        let row = |row: &usize| all[row * width..][..width].iter().map(|s| Cow::Borrowed(&**s));
        rows.iter().flat_map(row).collect()
    }

    /// Whether it is of strings.
    pub(crate) fn is_string(&self) -> bool {
        matches!(self.values, Values::Strings(_))
    }

    /// The samples at `rows` as floats, one after the other.
    pub fn gather_f32(&self, rows: &[usize], out: &mut Vec<f32>) {
        out.resize(rows.len() * self.width(), 0.0);
        self.gather_floats(rows, out);
    }

    /// The samples at `rows` as floats in `out`, which has their length.
    pub(crate) fn gather_floats(&self, rows: &[usize], out: &mut [f32]) {
        self.values.gather_floats(rows, self.width(), out);
    }

    /// The samples at `rows` in `out` as a plan holds integers: each an `i32` in the bits of an `f32`.
    ///
    /// # Errors
    /// A number is not an `i32`.
    pub(crate) fn gather_integers(&self, name: &str, rows: &[usize], out: &mut [f32]) -> Result<()> {
        let width = self.width();
        for (row, out) in rows.iter().zip(out.chunks_exact_mut(width.max(1))) {
            self.values.integers(row * width, name, *row, out)?;
        }
        Ok(())
    }

    /// Checks that every number is an `i32`, as an input of integers takes them.
    ///
    /// # Errors
    /// Names the first that is not, and where it is.
    pub(crate) fn check_integers(&self, name: &str) -> Result<()> {
        match self.values.no_integer() {
            None => Ok(()),
            Some((at, shown)) => {
                let width = self.width().max(1);
                Err(no_integer(name, at / width, at % width, &shown))
            }
        }
    }

    /// The first integer that is another as an `f32`, if there is one: which sample, which number in it, and the
    /// integer.
    pub(crate) fn inexact(&self) -> Option<(usize, usize, String)> {
        let (at, shown) = self.values.inexact()?;
        let width = self.width().max(1);
        Some((at / width, at % width, shown))
    }

    /// The numbers in one sample.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// The numbers of a tensor, whose first axis is that of the samples.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of_raw(raw: &Raw) -> Result<Self> {
        let values = if raw.is_float() {
            Values::F32(Cow::Owned(raw.to_vec()?))
        } else {
            Values::I32(Cow::Owned(raw.to_integers()?))
        };
        Data::new(values, &raw.shape())
    }

    /// All numbers, row by row; nothing of an array of strings.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let all = || (0..self.values.len()).map(|i| self.number(i)).collect();
        (!self.is_string()).then(all)
    }

    /// Number `i`, row by row.
    pub(crate) fn number(&self, i: usize) -> f64 {
        self.values.double(i)
    }

    /// The samples at `rows` as a tensor.
    ///
    /// # Errors
    /// The rank is beyond what tensors can have, or a number is no `i32` where integers are asked for.
    pub fn batch(&self, rows: &[usize], dtype: DType) -> Result<Raw> {
        let shape = self.lengths(rows.len());
        let mut values = Vec::new();
        match dtype {
            DType::Float32 => {
                self.gather_f32(rows, &mut values);
                Raw::from_f32(values, &shape)
            }
            DType::String => Err(super::element::takes_numbers("input")),
            DType::Int32 => {
                values.resize(rows.len() * self.width(), 0.0);
                self.gather_integers("input", rows, &mut values)?;
                Raw::from_i32(values.into_iter().map(integer).collect(), &shape)
            }
        }
    }
}

/// Something that can be fed to an input of shape `S`: an `ndarray` array of floats (`f32`, `f64`), of any integers up
/// to 64 bits, `usize` or `bool`, a typed [`Tensor`]; for one of `dtype = string` an array or a list of strings.
///
/// An input of `dtype = int32` takes floats too where they are whole numbers; what is no `i32` is refused, where Keras
/// would cut it.
///
/// The number of axes is checked by the compiler where the type tells it; lengths that only the
/// data knows are checked once, on entry.
#[diagnostic::on_unimplemented(
    message = "an input of shape `{S}` cannot take `{Self}`",
    label = "an input takes `&x`, where `x` is an `ndarray` array of numbers or a `Tensor`"
)]
pub trait IntoInput<'a, S: Shape> {
    /// The numbers.
    ///
    /// # Errors
    /// An axis has another length than the input.
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>>;
}

/// Something that can be the target of an output of shape `S`.
#[diagnostic::on_unimplemented(
    message = "a target of shape `{S}` cannot be `{Self}`",
    label = "a target is `&y`, where `y` is an `ndarray` array of numbers or a `Tensor`"
)]
pub trait IntoTarget<'a, S: Shape> {
    /// The numbers.
    ///
    /// # Errors
    /// An axis has another length than the target.
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>>;
}

/// What an array in front of an input of shape `S` holds: numbers, or strings where the input is of `dtype = string`.
#[diagnostic::on_unimplemented(
    message = "a model does not take numbers of type `{Self}`",
    label = "an array of `{Self}`: f32, f64, integers and bool are taken; `.mapv(|x| x as f32)` makes one of f32"
)]
pub trait InputElement<S>: Sized {
    /// All of an array, row by row.
    #[doc(hidden)]
    fn values<I: Dimension>(array: ArrayView<'_, Self, I>) -> Values<'_>;
}

impl<T: ArrayElement, S: TakesNumbers> InputElement<S> for T {
    fn values<I: Dimension>(array: ArrayView<'_, Self, I>) -> Values<'_> {
        <T as ArrayElement>::values(match array.to_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(array.iter().copied().collect()),
        })
    }
}

impl<S: TakesStrings> InputElement<S> for String {
    fn values<I: Dimension>(array: ArrayView<'_, Self, I>) -> Values<'_> {
        Values::Strings(array.into_iter().map(|s| Cow::Borrowed(&**s)).collect())
    }
}

impl<S: TakesStrings> InputElement<S> for &str {
    fn values<I: Dimension>(array: ArrayView<'_, Self, I>) -> Values<'_> {
        Values::Strings(array.into_iter().map(|s| Cow::Borrowed(&**s)).collect())
    }
}

// One pair of functions for all ranks; the ranks have an `impl` each, so that errors count axes in
// decimal numbers.
fn array_input<'a, S, T: InputElement<S> + 'a, D: ndarray::Data<Elem = T>, I: Dimension>(
    array: &'a ArrayBase<D, I>,
    name: &str,
    want: &keras_shape::Shape,
) -> Result<Data<'a>> {
    let (values, mut shape) = (T::values(array.view()), array.shape().to_vec());
    // As of a list of strings, an axis of 1 may be missing.
    if matches!(values, Values::Strings(_)) && shape.len() == 1 && want.rank() == 2 {
        shape.push(1);
    }
    check_dims(name, want, &shape)?;
    Data::new(values, &shape)
}

fn array_target<'a, S: Shape, T: ArrayElement, D: ndarray::Data<Elem = T>, I: Dimension>(
    array: &'a ArrayBase<D, I>,
    name: &str,
    want: &keras_shape::Shape,
) -> Result<Data<'a>> {
    let shape = target_shape::<S>(array.shape(), name, want)?;
    let values = match array.as_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(array.iter().copied().collect()),
    };
    Data::new(T::values(values), &shape)
}

/// The shape that a target of these lengths is taken in.
fn target_shape<S: Shape>(found: &[usize], name: &str, want: &keras_shape::Shape) -> Result<Vec<usize>> {
    let mut shape = found.to_vec();
    // Of an output without a loss.
    if want.rank() == 0 {
        return Ok(shape);
    }
    // As in Keras, a last axis of 1 may be missing, and class numbers may have one.
    if shape.len() + 1 == want.rank() && want.last() == keras_shape::Dim::Fixed(1) {
        shape.push(1);
    } else if shape.len() == want.rank() + 1 && shape.last() == Some(&1) {
        shape.pop();
    }
    // The lengths are compared with the model's where the loss is known.
    if shape.len() != want.rank() {
        check_target_axes(name, want, &shape, S::CLASS_NUMBERS)?;
    }
    Ok(shape)
}

macro_rules! arrays {
    ($($dim:ty: $rank:literal;)*) => { $(
        impl<'a, S: TakesArray<$rank>, T: InputElement<S> + 'a, D: ndarray::Data<Elem = T>> IntoInput<'a, S>
            for &'a ArrayBase<D, $dim>
        {
            fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                array_input::<S, _, _, _>(self, name, want)
            }
        }
        impl<'a, S: TakesTarget<$rank>, T: ArrayElement, D: ndarray::Data<Elem = T>> IntoTarget<'a, S> for &'a ArrayBase<D, $dim> {
            fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                array_target::<S, _, _, _>(self, name, want)
            }
        }
    )* };
}
arrays! {
    Ix1: 1;
    Ix2: 2;
    Ix3: 3;
    Ix4: 4;
    Ix5: 5;
    Ix6: 6;
}

/// An input of which the data says on entry whether it fits.
#[doc(hidden)]
pub struct OnEntry;

#[diagnostic::do_not_recommend]
impl TakesNumbers for OnEntry {}
#[diagnostic::do_not_recommend]
impl TakesStrings for OnEntry {}

/// An array as it was read from a file: [`Npz::read_any`](crate::data::npy::Npz::read_any).
#[diagnostic::do_not_recommend]
impl<'a, S: Shape> IntoInput<'a, S> for &'a Data<'a> {
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        check_dims(name, want, &self.shape)?;
        Ok(Data { shape: self.shape.clone(), values: self.values.borrowed() })
    }
}

// An array whose number of axes only the data knows is counted on entry, where it also is said whether it is of numbers.
impl<'a, S: Shape, T: InputElement<OnEntry> + 'a, D: ndarray::Data<Elem = T>> IntoInput<'a, S>
    for &'a ArrayBase<D, IxDyn>
{
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        array_input::<OnEntry, _, _, _>(self, name, want)
    }
}

impl<'a, S: Shape, T: ArrayElement, D: ndarray::Data<Elem = T>> IntoTarget<'a, S>
    for &'a ArrayBase<D, IxDyn>
{
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        array_target::<S, _, _, _>(self, name, want)
    }
}

impl<'a, S: Shape, T: Fits<S>> IntoInput<'a, S> for &Tensor<T> {
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        check_dims(name, want, &self.shape())?;
        Data::of_raw(self.raw())
    }
}

impl<'a, S: Shape, T: FitsTarget<S>> IntoTarget<'a, S> for &Tensor<T> {
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        let mut shape = self.shape();
        if S::CLASS_NUMBERS && shape.len() == want.rank() + 1 && shape.last() == Some(&1) {
            shape.pop();
        }
        check_target(name, want, &shape)?;
        Data::of_raw(self.raw())?.reshaped(&shape)
    }
}
