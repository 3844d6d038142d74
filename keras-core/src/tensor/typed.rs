//! Shapes as types: what the compiler checks at the border between data and a model.

use core::marker::PhantomData;

use keras_shape::{DType, Dim, Shape as Dims};
use ndarray::{Array, Array1, Dimension, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

use super::{IntoInput, Raw, check_dims};
use crate::{Error, Result};

/// An axis whose length only the data knows: Keras's `None`.
#[derive(Clone, Copy, Debug)]
pub struct Dyn;

/// An axis of length `N`.
// The compiler prints a type without its path only if no other crate has one of that name: hence
// not `Const`, of which there are many.
#[derive(Clone, Copy, Debug)]
pub struct Len<const N: usize>;

/// An axis of length `N`: another name for [`Len`].
pub type Const<const N: usize> = Len<N>;

/// The length of one axis, as a type: [`Len`], a number of [`typenum`](crate::typenum) as `U50`, or [`Dyn`].
pub trait Axis: Send + Sync + 'static {
    /// The same as a value.
    const DIM: Dim;
}

impl Axis for Dyn {
    const DIM: Dim = Dim::NONE;
}

impl<const N: usize> Axis for Len<N> {
    const DIM: Dim = Dim::Fixed(N);
}

/// The axes of a tensor as a type: a tuple of [`Len`] and [`Dyn`], the batch axis first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    note = "a shape is a tuple such as `(Dyn, Len<50>)`, the batch axis first"
)]
pub trait Shape: Send + Sync + 'static {
    /// The same as a value.
    const DIMS: Dims;
    /// An `ndarray` array of this rank.
    type Dim: Dimension;
    /// This shape without its last axis (of one axis: itself).
    type Init: Shape;
    /// What a single sample of an input of this shape consists of: `f32`, `i32` for [`Integers`], `str` for [`Strings`].
    type Element: ?Sized + 'static;
    /// Whether it is that of class numbers: [`ClassNumbers`].
    #[doc(hidden)]
    const CLASS_NUMBERS: bool = false;
    /// Whether tensors of any lengths, and any number of axes, are of it.
    #[doc(hidden)]
    const ANY: bool = false;
}

/// The shape of a model whose mistakes are already reported: anything fits it.
#[derive(Clone, Copy, Debug)]
pub struct Unknown;

impl Shape for Unknown {
    const DIMS: Dims = Dims::new(&[Dim::NONE]);
    type Dim = IxDyn;
    type Init = Unknown;
    type Element = f32;
}

/// What a model whose mistakes are reported gives. `N` is a constant that contains the report and so has no value: the
/// compiler says nothing of types with such a constant in them, whatever is done with them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Mistaken<const N: usize>;

/// The shape `S` of an input of `dtype = int32`.
#[derive(Clone, Copy, Debug)]
pub struct Integers<S>(PhantomData<fn() -> S>);

impl<S: Shape> Shape for Integers<S> {
    const DIMS: Dims = S::DIMS;
    type Dim = S::Dim;
    type Init = S::Init;
    type Element = i32;
}

/// The shape `S` of an input of `dtype = string`.
#[derive(Clone, Copy, Debug)]
pub struct Strings<S>(PhantomData<fn() -> S>);

impl<S: Shape> Shape for Strings<S> {
    const DIMS: Dims = S::DIMS;
    type Dim = S::Dim;
    type Init = S::Init;
    type Element = str;
}

/// The shape of targets that are class numbers: `S`, or `S` with one more axis of 1, as columns of a table are.
#[derive(Clone, Copy, Debug)]
pub struct ClassNumbers<S>(PhantomData<fn() -> S>);

impl<S: Shape> Shape for ClassNumbers<S> {
    const DIMS: Dims = S::DIMS;
    type Dim = S::Dim;
    type Init = S::Init;
    const CLASS_NUMBERS: bool = true;
    type Element = S::Element;
}

#[diagnostic::do_not_recommend]
impl<Want: Shape, S: Fits<Want>> Fits<Integers<Want>> for S {}

/// A tensor of this shape can stand where `Want` is asked for.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` does not fit an input of shape `{Want}` (`x.check()?` compares `Dyn` with a length at run time)"
)]
pub trait Fits<Want: Shape>: Shape {}

/// A tensor of this shape can be the target of an output of shape `Want`: the rule of [`Fits`], in words
/// that speak of targets.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` cannot be the target of an output of shape `{Want}` (`y.check()?` compares `Dyn` with a length at run time)"
)]
pub trait FitsTarget<Want: Shape>: Shape {}

#[diagnostic::do_not_recommend]
impl<Want: Shape, S: Fits<Want>> FitsTarget<Want> for S {}

/// An axis of this length can stand where `Want` is asked for.
#[diagnostic::on_unimplemented(
    message = "an axis of `{Self}` does not fit one of `{Want}`",
    label = "this tensor has another shape",
    note = "a length that only the data knows is checked against a constant by `tensor.check()?`"
)]
pub trait FitsAxis<Want: Axis>: Axis {}

// Errors speak of whole shapes, so the rules by which axes fit are never mentioned.
#[diagnostic::do_not_recommend]
impl FitsAxis<Dyn> for Dyn {}
#[diagnostic::do_not_recommend]
impl<const N: usize> FitsAxis<Dyn> for Len<N> {}
#[diagnostic::do_not_recommend]
impl<const N: usize> FitsAxis<Len<N>> for Len<N> {}
#[diagnostic::do_not_recommend]
impl<S: Shape> Fits<Unknown> for S {}
#[diagnostic::do_not_recommend]
impl<S: Shape> Fits<ClassNumbers<Unknown>> for S {}

/// An array of `FOUND` axes can stand where this shape is asked for.
#[diagnostic::on_unimplemented(
    message = "an array of {FOUND} axes does not fit an input of shape `{Self}` (`.insert_axis(Axis(n))` adds one; `predict_one` takes one sample)"
)]
pub trait TakesArray<const FOUND: usize>: Shape {}

/// An input of this shape takes numbers: any but one of `dtype = string`.
#[diagnostic::on_unimplemented(
    message = "an input of `dtype = string` takes strings, and these are numbers",
    label = "a `Vec<String>` or `&[\"a\", \"b\"]` has one string for each sample"
)]
pub trait TakesNumbers {}

#[diagnostic::do_not_recommend]
impl<S: Shape<Element: Sized>> TakesNumbers for S {}

/// An input of this shape takes strings: one of `dtype = string`.
#[diagnostic::on_unimplemented(
    message = "an input of shape `{Self}` takes numbers, and these are strings",
    label = "strings go to an `Input(1, dtype = string)`, behind which a layer such as `StringLookup` makes numbers of them"
)]
pub trait TakesStrings {}

#[diagnostic::do_not_recommend]
impl<S> TakesStrings for Strings<S> {}
#[cfg(feature = "files")]
#[diagnostic::do_not_recommend]
impl TakesStrings for super::Any {}
#[diagnostic::do_not_recommend]
impl TakesStrings for Unknown {}

// That it takes no numbers is told first.
#[diagnostic::do_not_recommend]
impl<const N: usize, S: Shape> TakesArray<N> for Strings<S> {}

macro_rules! wrapped {
    ($($wrapper:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<const N: usize, S: TakesArray<N>> TakesArray<N> for $wrapper<S> {}
    )* };
}
wrapped!(Integers ClassNumbers);

/// An array of `FOUND` axes can be the target of an output of this shape: of as many axes, or
/// without a last axis of length 1.
#[diagnostic::on_unimplemented(
    message = "an array of {FOUND} axes cannot be the target of an output of shape `{Self}` (class numbers go with `SparseCategoricalCrossentropy`, one-hot rows with `CategoricalCrossentropy`)"
)]
pub trait TakesTarget<const FOUND: usize>: Shape {}

macro_rules! shapes {
    ($($rank:literal $ix:ty: ($($axis:ident $want:ident),*) init $init:ty;)*) => { $(
        impl<$($axis: Axis),*> Shape for ($($axis,)*) {
            const DIMS: Dims = Dims::new(&[$($axis::DIM),*]);
                    type Dim = $ix;
            type Init = $init;
            type Element = f32;
        }

        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesArray<$rank> for ($($axis,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($want: Axis, $axis: FitsAxis<$want>),*> Fits<($($want,)*)> for ($($axis,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($want: Axis, $axis: FitsAxis<$want>),*> Fits<ClassNumbers<($($want,)*)>> for ($($axis,)*) {}
    )* };
}
shapes! {
    1 Ix1: (A WA) init (A,);
    2 Ix2: (A WA, B WB) init (A,);
    3 Ix3: (A WA, B WB, C WC) init (A, B);
    4 Ix4: (A WA, B WB, C WC, D WD) init (A, B, C);
    5 Ix5: (A WA, B WB, C WC, D WD, E WE) init (A, B, C, D);
    6 Ix6: (A WA, B WB, C WC, D WD, E WE, F WF) init (A, B, C, D, E);
    7 IxDyn: (A WA, B WB, C WC, D WD, E WE, F WF, G WG) init (A, B, C, D, E, F);
    8 IxDyn: (A WA, B WB, C WC, D WD, E WE, F WF, G WG, H WH) init (A, B, C, D, E, F, G);
}

// A column of class numbers.
macro_rules! columns {
    ($($rank:literal: ($($axis:ident $want:ident),*);)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesTarget<$rank> for ClassNumbers<($($axis,)*)> {}

        #[diagnostic::do_not_recommend]
        impl<$($want: Axis, $axis: FitsAxis<$want>),*> Fits<ClassNumbers<($($want,)*)>> for ($($axis,)* Len<1>,) {}
    )* };
}
columns! {
    2: (A WA);
    3: (A WA, B WB);
    4: (A WA, B WB, C WC);
    5: (A WA, B WB, C WC, D WD);
    6: (A WA, B WB, C WC, D WD, E WE);
}

macro_rules! ranks {
    ($($rank:literal: ($($axis:ident),*);)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesTarget<$rank> for ($($axis,)*) {}
        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesTarget<$rank> for ($($axis,)* Len<1>,) {}
        #[diagnostic::do_not_recommend]
        impl TakesArray<$rank> for Unknown {}
        #[diagnostic::do_not_recommend]
        impl TakesTarget<$rank> for Unknown {}
        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesTarget<$rank> for ClassNumbers<($($axis,)*)> {}
        #[diagnostic::do_not_recommend]
        impl<$($axis: Axis),*> TakesTarget<$rank> for ClassNumbers<($($axis,)* Len<1>,)> {}
        #[diagnostic::do_not_recommend]
        impl TakesTarget<$rank> for ClassNumbers<Unknown> {}
    )* };
}
ranks! {
    1: (A);
    2: (A, B);
    3: (A, B, C);
    4: (A, B, C, D);
    5: (A, B, C, D, E);
    6: (A, B, C, D, E, F);
    7: (A, B, C, D, E, F, G);
}

#[diagnostic::do_not_recommend]
impl<A: Axis, B: Axis, C: Axis, D: Axis, E: Axis, F: Axis, G: Axis, H: Axis> TakesTarget<8>
    for (A, B, C, D, E, F, G, H)
{
}
#[diagnostic::do_not_recommend]
impl TakesArray<8> for Unknown {}
#[diagnostic::do_not_recommend]
impl TakesTarget<8> for Unknown {}
#[diagnostic::do_not_recommend]
impl TakesTarget<8> for ClassNumbers<Unknown> {}

/// A tensor that carries its shape in its type.
///
/// ```
/// use keras_core::prelude::*;
///
/// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let y: Tensor<(Len<2>, Len<3>)> = x;
/// assert_eq!(y.to_vec()?, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Tensor<S: Shape> {
    raw: Raw,
    shape: PhantomData<S>,
}

impl<S: Shape> Tensor<S> {
    /// Checks the shape of a rank-erased tensor and carries it in the type from here on.
    ///
    /// # Errors
    /// An axis has another length, or the number of axes is another.
    pub fn new(raw: impl Into<Raw>) -> Result<Self> {
        let raw = raw.into();
        if !S::ANY {
            check_dims("tensor", &S::DIMS, &raw.shape())?;
        }
        Ok(Tensor { raw, shape: PhantomData })
    }

    /// The same tensor with another shape in its type, checked now.
    ///
    /// # Errors
    /// An axis has another length than the new type says.
    pub fn check<T: Shape>(self) -> Result<Tensor<T>> {
        Tensor::new(self.raw)
    }

    /// The length of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.raw.shape()
    }

    /// The rank-erased tensor.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The numbers, row by row.
    ///
    /// # Errors
    /// None.
    pub fn to_vec(&self) -> Result<Vec<f32>> {
        self.raw.to_vec()
    }

    /// An `ndarray` array of the same rank.
    ///
    /// # Errors
    /// None: a tensor has as many numbers as its shape says.
    pub fn to_array(&self) -> Result<Array<f32, S::Dim>> {
        let values = self.raw.to_vec()?;
        Array::from_shape_vec(IxDyn(&self.raw.shape()), values)
            .and_then(|array| array.into_dimensionality())
            .map_err(|e| Error::Argument(e.to_string()))
    }
}

impl<S: Shape> Tensor<S> {
    /// The place of the largest number along the last axis, as `keras.ops.argmax(x, axis = -1)`: the class of each sample,
    /// where the last axis has a number for each class. Of several axes before the last, all in order. The first NaN is
    /// the largest, and of equal numbers the first. (One probability for each sample, `(n, 1)`, has one place only:
    /// compare it with 0.5.)
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let x = Tensor::from([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
    /// assert_eq!(x.argmax()?.to_vec(), [1, 0]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The tensor has no axis, or the last one is empty.
    pub fn argmax(&self) -> Result<Array1<usize>> {
        let shape = self.shape();
        let width = shape.last().copied().unwrap_or(0);
        if width == 0 {
            return Err(Error::shape(
                "argmax",
                format!("a tensor of shape {shape:?} has no numbers along its last axis"),
            ));
        }
        let largest = |row: &[f32]| {
            let first = (0, row[0]);
            let larger = |a: (usize, f32), b: (usize, f32)| {
                if b.1 > a.1 || (b.1.is_nan() && !a.1.is_nan()) { b } else { a }
            };
            row.iter().copied().enumerate().fold(first, larger).0
        };
        Ok(self.to_vec()?.chunks_exact(width).map(largest).collect())
    }
}

border! {
[IntoInput, NestedArray]
impl<S: Shape> Tensor<S> {
    /// Copies an `ndarray` array into a tensor. The compiler checks the number of axes.
    ///
    /// # Errors
    /// An axis has another length than the type says.
    pub fn from_array<'a>(array: impl IntoInput<'a, S>) -> Result<Self> {
        let data = array.into_input("array", &S::DIMS)?;
        let rows: Vec<usize> = (0..data.samples()).collect();
        Self::new(data.batch(&rows, DType::Float32)?)
    }

    /// A tensor of a Rust array, or of arrays of arrays: `Tensor::from([[1.0, 2.0], [3.0, 4.0]])`.
    pub fn from<A: NestedArray<Shape = S>>(array: A) -> Self {
        array.into_tensor()
    }
}
}

impl<S: Shape> From<Tensor<S>> for Raw {
    fn from(tensor: Tensor<S>) -> Self {
        tensor.raw
    }
}

impl<S: Shape> core::fmt::Debug for Tensor<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.to_array() {
            Ok(array) => write!(f, "{array:?}"),
            Err(e) => write!(f, "Tensor({:?}, {e})", self.shape()),
        }
    }
}

/// The numbers as `ndarray` prints them, row by row.
impl<S: Shape> core::fmt::Display for Tensor<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.to_array() {
            Ok(array) => core::fmt::Display::fmt(&array, f),
            Err(e) => write!(f, "{e}"),
        }
    }
}

/// A Rust array of `f32`, or of arrays of them, up to four deep.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become a tensor here: `Tensor::from` takes Rust arrays of `f32`, as `[[1.0, 2.0], [3.0, 4.0]]`",
    note = "of an `ndarray` array or other lengths: `Tensor::<(Dyn, Len<4>)>::from_array(&array)?`"
)]
pub trait NestedArray {
    /// Its shape.
    type Shape: Shape;
    /// The tensor.
    fn into_tensor(self) -> Tensor<Self::Shape>;
}

macro_rules! array_of_rank {
    ($rank:literal, $array:ty, ($($n:ident),*), $flat:expr) => {
        #[diagnostic::do_not_recommend]
        impl<$(const $n: usize),*> NestedArray for $array {
            type Shape = ($(Len<$n>,)*);
            fn into_tensor(self) -> Tensor<Self::Shape> {
                From::from(self)
            }
        }

        impl<$(const $n: usize),*> From<$array> for Tensor<($(Len<$n>,)*)> {
            fn from(array: $array) -> Self {
                let flat: fn($array) -> Vec<f32> = $flat;
                // As many numbers as the axes say, by the type of the array.
                let raw = Raw::from_f32(flat(array), &[$($n),*]);
                Tensor { raw: raw.unwrap_or_else(|_| unreachable!("an array is full")), shape: PhantomData }
            }
        }
    };
}
array_of_rank!(1, [f32; A], (A), |a| a.to_vec());
array_of_rank!(2, [[f32; B]; A], (A, B), |a| a.into_iter().flatten().collect());
array_of_rank!(3, [[[f32; C]; B]; A], (A, B, C), |a| a.into_iter().flatten().flatten().collect());
array_of_rank!(4, [[[[f32; D]; C]; B]; A], (A, B, C, D), |a| a
    .into_iter()
    .flatten()
    .flatten()
    .flatten()
    .collect());
