//! Several tensors at once: the inputs and outputs of a model that branches.

use core::marker::PhantomData;
use std::borrow::Cow;

use keras_shape::Shape as Dims;

use super::data::{Data, IntoInput, IntoTarget};
use super::element::{ArrayElement, Values};
use super::numbers::Numbers;
use super::typed::{Shape, Tensor};
use super::{Raw, Value};
use crate::{Error, Result};

/// One tensor of shape `S` in a list of tensors: a model of one input has `Of<S>`, one of two has
/// `(Of<A>, Of<B>)`.
#[derive(Clone, Copy, Debug)]
pub struct Of<S>(PhantomData<fn() -> S>);

/// The inputs or outputs of a model: [`Of`] for one, a tuple of them for several.
pub trait Shapes: Send + Sync + 'static {
    /// The same as values.
    const DIMS: &'static [Dims];
    /// The typed tensor, or a tuple of them.
    type Tensors;
    /// The numbers of one sample, or a tuple of them.
    type Numbers;
    /// Checks and types what a model gave.
    ///
    /// # Errors
    /// An axis has another length, or there are too few tensors.
    fn tensors(raws: Vec<Raw>) -> Result<Self::Tensors>;
    /// The numbers of one sample, from those of each output.
    fn numbers(output: impl Fn(usize) -> Numbers) -> Self::Numbers;
}

/// What can be fed to all inputs of a model: one array or tensor for one input, a tuple in the order of
/// the inputs for several, or the struct of named inputs that `model!` makes for a named type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to this model's inputs",
    note = "a model of several inputs takes a tuple in the order of its inputs, or the struct `NAMEInputs` with a field for each"
)]
pub trait IntoInputs<'a, L: Shapes> {
    /// The numbers, one array for each input.
    ///
    /// # Errors
    /// An axis has another length than the input.
    fn into_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// What can be the targets of all outputs of a model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the targets of this model's outputs",
    note = "a model of several outputs takes a tuple in the order of its outputs, or the struct `NAMEOutputs` with a field for each"
)]
pub trait IntoTargets<'a, L: Shapes> {
    /// The numbers, one array for each output.
    ///
    /// # Errors
    /// An axis has another length than the target.
    fn into_targets(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// One sample for each input, without batch axes: a reference to a list of numbers for one input, a tuple of lists in
/// the order of the inputs for several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one sample for each input of this model",
    note = "one input takes a reference to a list of numbers, `&x`; several take a tuple of them in the order of the inputs"
)]
pub trait OneSample<L: Shapes> {
    /// The numbers of input `i`.
    fn sample(&self, i: usize) -> Values<'_>;
}

/// The numbers of one sample of an input of `T`: for `f32` whatever is a slice of `f32`; for `i32`, an input of
/// `dtype = int32`, a slice, an array or a `Vec` of any numbers that a model takes, which must be whole.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}` for one sample of an input",
    note = "an input of floats takes `f32`; one of `dtype = int32` takes any integers, and floats that are whole"
)]
pub trait SampleOf<T> {
    /// The numbers.
    fn values(&self) -> Values<'_>;
}

impl<X: AsRef<[f32]> + ?Sized> SampleOf<f32> for X {
    fn values(&self) -> Values<'_> {
        Values::F32(Cow::Borrowed(self.as_ref()))
    }
}

macro_rules! lists_of_integers {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<T: ArrayElement, $($generic)*> SampleOf<i32> for $list {
            fn values(&self) -> Values<'_> {
                T::values(Cow::Borrowed(&self[..]))
            }
        }
    )* };
}
lists_of_integers! {
    [] [T];
    [const N: usize] [T; N];
    [] Vec<T>;
    [] Box<[T]>;
    [] Cow<'_, [T]>;
}

impl<X: SampleOf<i32> + ?Sized> SampleOf<i32> for &X {
    fn values(&self) -> Values<'_> {
        (**self).values()
    }
}

impl SampleOf<i32> for Numbers {
    fn values(&self) -> Values<'_> {
        Values::F32(Cow::Borrowed(self))
    }
}

/// What an own layer is given: a Burn tensor for a shape, a tuple of them for several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a layer takes",
    note = "a layer takes a shape such as `(Dyn, Len<50>)`, or several as `(Of<(Dyn, Len<5>)>, Of<(Dyn, Len<3>)>)`"
)]
pub trait LayerInput: Send + Sync + 'static {
    /// The shapes as values.
    const SHAPES: &'static [Dims];
    /// The Burn tensor, or a tuple of them.
    type Burn;
    /// The Burn tensors of what flows through a model.
    ///
    /// # Errors
    /// A tensor is missing or has another rank.
    fn burn(values: &[Value]) -> Result<Self::Burn>;
}

fn at<T>(items: &[T], i: usize) -> Result<&T> {
    items.get(i).ok_or_else(|| Error::layer(format!("tensor {i} is missing")))
}

impl<S: Shape> LayerInput for S {
    const SHAPES: &'static [Dims] = &[S::DIMS];
    type Burn = S::Burn;
    fn burn(values: &[Value]) -> Result<Self::Burn> {
        S::burn(&at(values, 0)?.data)
    }
}

impl<S: Shape> Shapes for Of<S> {
    const DIMS: &'static [Dims] = &[S::DIMS];
    type Tensors = Tensor<S>;
    type Numbers = Numbers;
    fn tensors(raws: Vec<Raw>) -> Result<Self::Tensors> {
        Tensor::new(at(&raws, 0)?.clone())
    }
    fn numbers(output: impl Fn(usize) -> Numbers) -> Self::Numbers {
        output(0)
    }
}

// Recommended: of one tensor, what does not fit says more than that there is no list.
impl<'a, S: Shape, X: IntoInput<'a, S>> IntoInputs<'a, Of<S>> for X {
    fn into_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        let (name, want) = at(wants, 0)?;
        Ok(vec![self.into_input(name, want)?])
    }
}

// Recommended: of one tensor, what does not fit says more than that there is no list.
impl<'a, S: Shape, X: IntoTarget<'a, S>> IntoTargets<'a, Of<S>> for X {
    fn into_targets(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        let (name, want) = at(wants, 0)?;
        Ok(vec![self.into_target(name, want)?])
    }
}

impl<S: Shape, X: SampleOf<S::Element> + ?Sized> OneSample<Of<S>> for &X {
    fn sample(&self, _: usize) -> Values<'_> {
        (*self).values()
    }
}

macro_rules! lists {
    ($(($($shape:ident $value:ident $i:literal),*);)*) => { $(
        impl<$($shape: Shape),*> Shapes for ($(Of<$shape>,)*) {
            const DIMS: &'static [Dims] = &[$($shape::DIMS),*];
            type Tensors = ($(Tensor<$shape>,)*);
            type Numbers = ($(crate::tensor::lists::Sample<$shape>,)*);
            fn tensors(raws: Vec<Raw>) -> Result<Self::Tensors> {
                Ok(($(Tensor::<$shape>::new(at(&raws, $i)?.clone())?,)*))
            }
            fn numbers(output: impl Fn(usize) -> Numbers) -> Self::Numbers {
                ($(output($i),)*)
            }
        }

        impl<$($shape: Shape),*> LayerInput for ($(Of<$shape>,)*) {
            const SHAPES: &'static [Dims] = &[$($shape::DIMS),*];
            type Burn = ($($shape::Burn,)*);
            fn burn(values: &[Value]) -> Result<Self::Burn> {
                Ok(($($shape::burn(&at(values, $i)?.data)?,)*))
            }
        }

        impl<'a, $($shape: Shape, $value: IntoInput<'a, $shape>),*> IntoInputs<'a, ($(Of<$shape>,)*)> for ($($value,)*) {
            #[allow(non_snake_case)]
            fn into_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let ($($value,)*) = self;
                Ok(vec![$({
                    let (name, want) = at(wants, $i)?;
                    $value.into_input(name, want)?
                }),*])
            }
        }

        impl<'a, $($shape: Shape, $value: IntoTarget<'a, $shape>),*> IntoTargets<'a, ($(Of<$shape>,)*)> for ($($value,)*) {
            #[allow(non_snake_case)]
            fn into_targets(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let ($($value,)*) = self;
                Ok(vec![$({
                    let (name, want) = at(wants, $i)?;
                    $value.into_target(name, want)?
                }),*])
            }
        }

        impl<$($shape: Shape, $value: SampleOf<$shape::Element>),*> OneSample<($(Of<$shape>,)*)> for ($($value,)*) {
            #[allow(non_snake_case)]
            fn sample(&self, i: usize) -> Values<'_> {
                let ($($value,)*) = self;
                match i {
                    $($i => $value.values(),)*
                    _ => Values::F32(Cow::Borrowed(&[])),
                }
            }
        }
    )* };
}

/// The numbers of one sample of an output of shape `S`.
pub type Sample<S> = <Of<S> as Shapes>::Numbers;

lists! {
    (A VA 0, B VB 1);
    (A VA 0, B VB 1, C VC 2);
    (A VA 0, B VB 1, C VC 2, D VD 3);
    (A VA 0, B VB 1, C VC 2, D VD 3, E VE 4);
    (A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5);
    (A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5, G VG 6);
    (A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5, G VG 6, H VH 7);
}
