//! Data as people have it, on its way into a model.

use std::borrow::Cow;

use burn::tensor::Device;
use keras_shape::DType;
use ndarray::{ArrayBase, Dimension, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

use super::typed::{Fits, FitsTarget, Shape, TakesArray, TakesTarget, Tensor};
use super::{Raw, check_dims, check_target, check_target_axes};
use crate::{Error, Result};

/// Numbers of a type that a model takes.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Values<'a> {
    F32(Cow<'a, [f32]>),
    F64(Cow<'a, [f64]>),
    U8(Cow<'a, [u8]>),
    I32(Cow<'a, [i32]>),
    I64(Cow<'a, [i64]>),
}

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
        if want != Some(data.count()) {
            return Err(Error::Argument(format!(
                "{} numbers do not fill an array of shape {shape:?}",
                data.count()
            )));
        }
        Ok(data)
    }

    /// The same numbers, owned.
    pub fn into_owned(self) -> Data<'static> {
        let values = match self.values {
            Values::F32(v) => Values::F32(Cow::Owned(v.into_owned())),
            Values::F64(v) => Values::F64(Cow::Owned(v.into_owned())),
            Values::U8(v) => Values::U8(Cow::Owned(v.into_owned())),
            Values::I32(v) => Values::I32(Cow::Owned(v.into_owned())),
            Values::I64(v) => Values::I64(Cow::Owned(v.into_owned())),
        };
        Data { shape: self.shape, values }
    }

    fn count(&self) -> usize {
        match &self.values {
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::U8(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
        }
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

    /// The samples at `rows` as floats, one after the other.
    pub fn gather_f32(&self, rows: &[usize], out: &mut Vec<f32>) {
        out.resize(rows.len() * self.width(), 0.0);
        self.gather_into(rows, false, out);
    }

    /// The samples at `rows` as floats in `out`, which has their length; cut to whole numbers for an input of
    /// integers.
    pub(crate) fn gather_into(&self, rows: &[usize], whole: bool, out: &mut [f32]) {
        fn each<T: Copy>(
            from: &[T],
            rows: &[usize],
            width: usize,
            out: &mut [f32],
            number: impl Fn(T) -> f32,
        ) {
            for (row, out) in rows.iter().zip(out.chunks_exact_mut(width.max(1))) {
                for (x, out) in from[row * width..][..width].iter().zip(out) {
                    *out = number(*x);
                }
            }
        }
        let width = self.width();
        match &self.values {
            Values::F32(v) if whole => each(v, rows, width, out, f32::trunc),
            Values::F32(v) => {
                for (row, out) in rows.iter().zip(out.chunks_exact_mut(width.max(1))) {
                    out.copy_from_slice(&v[row * width..][..width]);
                }
            }
            Values::F64(v) if whole => each(v, rows, width, out, |x| x.trunc() as f32),
            Values::F64(v) => each(v, rows, width, out, |x| x as f32),
            Values::U8(v) => each(v, rows, width, out, f32::from),
            Values::I32(v) => each(v, rows, width, out, |x| x as f32),
            Values::I64(v) => each(v, rows, width, out, |x| x as f32),
        }
    }

    fn gather_i32(&self, rows: &[usize]) -> Vec<i32> {
        let width = self.width();
        let mut out = Vec::with_capacity(rows.len() * width);
        match &self.values {
            Values::F32(v) => {
                rows.iter().for_each(|r| out.extend(v[r * width..][..width].iter().map(|x| *x as i32)))
            }
            Values::F64(v) => {
                rows.iter().for_each(|r| out.extend(v[r * width..][..width].iter().map(|x| *x as i32)))
            }
            Values::U8(v) => {
                rows.iter().for_each(|r| out.extend(v[r * width..][..width].iter().map(|x| i32::from(*x))))
            }
            Values::I32(v) => rows.iter().for_each(|r| out.extend_from_slice(&v[r * width..][..width])),
            Values::I64(v) => {
                rows.iter().for_each(|r| out.extend(v[r * width..][..width].iter().map(|x| *x as i32)))
            }
        }
        out
    }

    /// The numbers in one sample.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Number `i`, row by row.
    pub(crate) fn number(&self, i: usize) -> f64 {
        match &self.values {
            Values::F32(v) => f64::from(v[i]),
            Values::F64(v) => v[i],
            Values::U8(v) => f64::from(v[i]),
            Values::I32(v) => f64::from(v[i]),
            Values::I64(v) => v[i] as f64,
        }
    }

    /// The samples at `rows` as a tensor on a device.
    ///
    /// # Errors
    /// The rank is beyond what tensors can have.
    pub fn batch(&self, rows: &[usize], dtype: DType, device: &Device) -> Result<Raw> {
        let shape = self.lengths(rows.len());
        match dtype {
            DType::Float32 => {
                let mut values = Vec::new();
                self.gather_f32(rows, &mut values);
                Raw::from_f32(values, &shape, device)
            }
            DType::Int32 => Raw::from_i32(self.gather_i32(rows), &shape, device),
        }
    }
}

/// Something that can be fed to an input of shape `S`: an `ndarray` array of `f32`, `f64`, `u8`,
/// `i32` or `i64`, a typed [`Tensor`], a Burn tensor.
///
/// The number of axes is checked by the compiler where the type tells it; lengths that only the
/// data knows are checked once, on entry.
#[diagnostic::on_unimplemented(
    message = "this cannot be fed to an input of shape `{S}`",
    label = "not an array or tensor of that shape",
    note = "an input takes a reference: `&x`, where `x` is an `ndarray` array of numbers, a `Tensor`, or a Burn tensor, with as many axes"
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
    message = "`{Self}` cannot be a target of shape `{S}`",
    note = "the loss decides on the target's shape: one-hot targets of (batch, classes) go with `CategoricalCrossentropy`, class numbers of (batch,) with `SparseCategoricalCrossentropy`"
)]
pub trait IntoTarget<'a, S: Shape> {
    /// The numbers.
    ///
    /// # Errors
    /// An axis has another length than the target.
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>>;
}

/// A type of number that arrays may hold.
#[diagnostic::on_unimplemented(
    message = "a model does not take numbers of type `{Self}`",
    label = "an array of `{Self}`",
    note = "arrays of f32, f64, u8, i32 and i64 are taken; `.mapv(|x| x as f32)` makes one of f32"
)]
pub trait ArrayElement: Copy + 'static {
    /// Wraps a slice.
    fn values(values: Cow<'_, [Self]>) -> Values<'_>;
}

macro_rules! elements {
    ($($t:ty: $variant:ident),*) => { $(
        #[diagnostic::do_not_recommend]
        impl ArrayElement for $t {
            fn values(values: Cow<'_, [Self]>) -> Values<'_> { Values::$variant(values) }
        }
    )* };
}
elements!(f32: F32, f64: F64, u8: U8, i32: I32, i64: I64);

fn of_array<'a, T: ArrayElement, D: ndarray::Data<Elem = T>, I: Dimension>(
    array: &'a ArrayBase<D, I>,
) -> Result<Data<'a>> {
    let values = match array.as_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(array.iter().copied().collect()),
    };
    Data::new(T::values(values), array.shape())
}

// One pair of functions for all ranks; the ranks have an `impl` each, so that errors count axes in
// decimal numbers.
fn array_input<'a, T: ArrayElement, D: ndarray::Data<Elem = T>, I: Dimension>(
    array: &'a ArrayBase<D, I>,
    name: &str,
    want: &keras_shape::Shape,
) -> Result<Data<'a>> {
    check_dims(name, want, array.shape())?;
    of_array(array)
}

fn array_target<'a, S: Shape, T: ArrayElement, D: ndarray::Data<Elem = T>, I: Dimension>(
    array: &'a ArrayBase<D, I>,
    name: &str,
    want: &keras_shape::Shape,
) -> Result<Data<'a>> {
    let mut shape = array.shape().to_vec();
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
    of_array(array)?.reshaped(&shape)
}

macro_rules! arrays {
    ($($dim:ty: $rank:literal;)*) => { $(
        impl<'a, S, T: ArrayElement, D: ndarray::Data<Elem = T>> IntoInput<'a, S> for &'a ArrayBase<D, $dim>
        where
            S: Shape<Rank: TakesArray<$rank, S>>,
        {
            fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                array_input(self, name, want)
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

// An array whose number of axes only the data knows is counted on entry.
impl<'a, S: Shape, T: ArrayElement, D: ndarray::Data<Elem = T>> IntoInput<'a, S> for &'a ArrayBase<D, IxDyn> {
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        array_input(self, name, want)
    }
}

impl<'a, S: Shape, T: ArrayElement, D: ndarray::Data<Elem = T>> IntoTarget<'a, S>
    for &'a ArrayBase<D, IxDyn>
{
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        array_target::<S, _, _, _>(self, name, want)
    }
}

fn of_raw<'a>(raw: &Raw) -> Result<Data<'a>> {
    Data::new(Values::F32(Cow::Owned(raw.to_vec()?)), &raw.shape())
}

impl<'a, S: Shape, T: Fits<S>> IntoInput<'a, S> for &Tensor<T> {
    fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        check_dims(name, want, &self.shape())?;
        of_raw(self.raw())
    }
}

impl<'a, S: Shape, T: FitsTarget<S>> IntoTarget<'a, S> for &Tensor<T> {
    fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
        let mut shape = self.shape();
        if S::CLASS_NUMBERS && shape.len() == want.rank() + 1 && shape.last() == Some(&1) {
            shape.pop();
        }
        check_target(name, want, &shape)?;
        of_raw(self.raw())?.reshaped(&shape)
    }
}

macro_rules! burn_tensors {
    ($($rank:literal),*) => { $(
        impl<'a, S: Shape<Burn = burn::tensor::Tensor<$rank>>> IntoInput<'a, S> for &burn::tensor::Tensor<$rank> {
            fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                check_dims(name, want, &self.dims())?;
                of_raw(&Raw::new(self.clone()))
            }
        }
        impl<'a, S: Shape<Burn = burn::tensor::Tensor<$rank>>> IntoTarget<'a, S> for &burn::tensor::Tensor<$rank> {
            fn into_target(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                check_target(name, want, &self.dims())?;
                of_raw(&Raw::new(self.clone()))
            }
        }
    )* };
}
burn_tensors!(1, 2, 3, 4, 5, 6, 7, 8);
