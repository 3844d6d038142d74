//! Tensors of which only the run time knows the axes: what a model that was read from a file takes and gives.

use std::borrow::Cow;

use keras_shape::Shape as Dims;
use ndarray::{ArrayBase, Dimension, IxDyn};

use super::data::{Data, IntoInput, IntoTarget};
use super::element::{ArrayElement, Values};
use super::lists::{IntoInputs, IntoTargets, OneSample, Shapes};
use super::numbers::Numbers;
use super::typed::{Shape, TakesArray, TakesTarget, Tensor};
use super::{Raw, check_dims};
use crate::{Error, Result};

/// Any axes: the shape of a tensor that says them when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Any;

impl Shape for Any {
    const DIMS: Dims = Dims::new(&[]);
    const ANY: bool = true;
    type Dim = IxDyn;
    type Init = Any;
    type Element = f32;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> TakesArray<N> for Any {}
#[diagnostic::do_not_recommend]
impl<const N: usize> TakesTarget<N> for Any {}

/// Any number of tensors of any axes: the inputs or outputs of a model whose graph only the run time knows.
#[derive(Clone, Copy, Debug)]
pub struct AnyTensors;

impl Shapes for AnyTensors {
    const DIMS: &'static [Dims] = &[];
    type Tensors = AnyOutputs;
    type Numbers = AnyNumbers;
    fn tensors(raws: Vec<Raw>) -> Result<Self::Tensors> {
        let mut all = raws.into_iter().map(Tensor::<Any>::new);
        let Some(first) = all.next() else { return Err(Error::layer("the model gives no tensor")) };
        Ok(AnyOutputs { first: first?, others: all.collect::<Result<_>>()? })
    }
    fn numbers(count: usize, output: impl Fn(usize) -> Numbers) -> Self::Numbers {
        AnyNumbers { first: output(0), others: (1..count).map(output).collect() }
    }
}

/// What such a model gives: the tensor itself where it has one output, as it derefs to the first.
#[derive(Clone, Debug)]
pub struct AnyOutputs {
    first: Tensor<Any>,
    others: Vec<Tensor<Any>>,
}

impl AnyOutputs {
    /// How many outputs there are.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// Output `i`.
    pub fn get(&self, i: usize) -> Option<&Tensor<Any>> {
        if i == 0 { Some(&self.first) } else { self.others.get(i - 1) }
    }

    /// All outputs, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tensor<Any>> {
        core::iter::once(&self.first).chain(&self.others)
    }
}

impl core::ops::Deref for AnyOutputs {
    type Target = Tensor<Any>;
    fn deref(&self) -> &Tensor<Any> {
        &self.first
    }
}

/// What such a model gives for one sample: the numbers themselves where it has one output, as it derefs to the first.
#[derive(Debug)]
pub struct AnyNumbers {
    first: Numbers,
    others: Vec<Numbers>,
}

impl AnyNumbers {
    /// The numbers of output `i`.
    pub fn get(&self, i: usize) -> Option<&[f32]> {
        if i == 0 { Some(&self.first) } else { self.others.get(i - 1).map(|numbers| &**numbers) }
    }
}

impl core::ops::Deref for AnyNumbers {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.first
    }
}

/// The tensor that is asked for at `i`, or how many there should be.
fn wanted<'w>(wants: &'w [(&'w str, Dims)], i: usize, found: usize) -> Result<&'w (&'w str, Dims)> {
    match wants.get(i) {
        Some(want) if wants.len() == found => Ok(want),
        _ => {
            let names: Vec<String> = wants.iter().map(|(name, _)| format!("`{name}`")).collect();
            let names = names.join(", ");
            Err(Error::Argument(format!("expected {} tensors, {names}; found {found}", wants.len())))
        }
    }
}

/// What feeds all inputs of such a model, or is the targets of all its outputs: a trait of its own, behind an implementation
/// for every type, so that the errors of models written in source do not name these.
trait AnyInputs<'a> {
    fn any_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// As [`AnyInputs`], of targets.
trait AnyTargets<'a> {
    fn any_targets(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// As [`AnyInputs`], of one sample.
trait AnySample {
    fn any_sample(&self, i: usize) -> Values<'_>;
}

#[diagnostic::do_not_recommend]
#[allow(private_bounds)]
impl<'a, X: AnyInputs<'a>> IntoInputs<'a, AnyTensors> for X {
    fn into_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        self.any_inputs(wants)
    }
}

#[diagnostic::do_not_recommend]
#[allow(private_bounds)]
impl<'a, X: AnyTargets<'a>> IntoTargets<'a, AnyTensors> for X {
    fn into_targets(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        self.any_targets(wants)
    }
}

#[diagnostic::do_not_recommend]
#[allow(private_bounds)]
impl<X: AnySample> OneSample<AnyTensors> for X {
    fn sample(&self, i: usize) -> Values<'_> {
        self.any_sample(i)
    }
}

macro_rules! one {
    ($($all:ident $all_fn:ident $one:ident $one_fn:ident;)*) => { $(
        impl<'a, T, D, I> $all<'a> for &'a ArrayBase<D, I>
        where
            D: ndarray::Data<Elem = T>,
            I: Dimension,
            &'a ArrayBase<D, I>: $one<'a, Any>,
        {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let (name, want) = wanted(wants, 0, 1)?;
                Ok(vec![self.$one_fn(name, want)?])
            }
        }

        impl<'a, S: Shape> $all<'a> for &'a Tensor<S> {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let (name, want) = wanted(wants, 0, 1)?;
                Ok(vec![of_tensor(self, name, want)?])
            }
        }

        // Several arrays in the order of the model: `&arrays[..]`. A `Vec` or an array as such would be named in the errors of
        // models that are written in source.
        impl<'a, V: Copy + $one<'a, Any>> $all<'a> for &'a [V] {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let each = self.iter().enumerate().map(|(i, value)| {
                    let (name, want) = wanted(wants, i, self.len())?;
                    value.$one_fn(name, want)
                });
                if self.len() != wants.len() {
                    wanted(wants, 0, self.len())?;
                }
                each.collect()
            }
        }

        several! { $all $all_fn $one $one_fn }
    )* };
}

macro_rules! several {
    ($all:ident $all_fn:ident $one:ident $one_fn:ident) => {
        several! { @of $all $all_fn $one $one_fn 2 (A 0, B 1) }
        several! { @of $all $all_fn $one $one_fn 3 (A 0, B 1, C 2) }
        several! { @of $all $all_fn $one $one_fn 4 (A 0, B 1, C 2, D 3) }
        several! { @of $all $all_fn $one $one_fn 5 (A 0, B 1, C 2, D 3, E 4) }
        several! { @of $all $all_fn $one $one_fn 6 (A 0, B 1, C 2, D 3, E 4, F 5) }
    };
    (@of $all:ident $all_fn:ident $one:ident $one_fn:ident $n:literal ($($value:ident $i:tt),*)) => {
        impl<'a, $($value: $one<'a, Any>),*> $all<'a> for ($($value,)*) {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(vec![$({
                    let (name, want) = wanted(wants, $i, $n)?;
                    self.$i.$one_fn(name, want)?
                }),*])
            }
        }

        // What an iterator of batches gives.
        impl<'a, $($value),*> $all<'a> for &'a ($($value,)*)
        where
            $(&'a $value: $one<'a, Any>),*
        {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(vec![$({
                    let (name, want) = wanted(wants, $i, $n)?;
                    (&self.$i).$one_fn(name, want)?
                }),*])
            }
        }
    };
}
one! {
    AnyInputs any_inputs IntoInput into_input;
    AnyTargets any_targets IntoTarget into_target;
}

macro_rules! string_lists {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<'a, $($generic)*> AnyInputs<'a> for &'a $list {
            fn any_inputs(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let (name, want) = wanted(wants, 0, 1)?;
                Ok(vec![<Self as IntoInput<'a, Any>>::into_input(self, name, want)?])
            }
        }
    )* };
}
string_lists! {
    [] Vec<String>;
    ['b] Vec<&'b str>;
    [] Vec<Vec<String>>;
    ['b] Vec<Vec<&'b str>>;
    [const N: usize] [String; N];
    ['b, const N: usize] [&'b str; N];
}

/// The numbers of a tensor, whose axes are those that are asked for.
fn of_tensor<'a, S: Shape>(tensor: &Tensor<S>, name: &str, want: &Dims) -> Result<Data<'a>> {
    // A target may have any axes where none are wanted.
    if want.rank() > 0 {
        check_dims(name, want, &tensor.shape())?;
    }
    Data::of_raw(tensor.raw())
}

macro_rules! samples {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<T: ArrayElement, $($generic)*> AnySample for &$list {
            fn any_sample(&self, _: usize) -> Values<'_> {
                T::values(Cow::Borrowed(&self[..]))
            }
        }
    )* };
}
samples! {
    [] [T];
    [const N: usize] [T; N];
    [] Vec<T>;
}

macro_rules! string_samples {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<$($generic)*> AnySample for &$list {
            fn any_sample(&self, _: usize) -> Values<'_> {
                <$list as super::SampleOf<str>>::values(self)
            }
        }
    )* };
}
string_samples! {
    [] str;
    [] String;
    [] Vec<String>;
    ['b] [&'b str];
    ['b, const N: usize] [&'b str; N];
}

/// One sample for each input.
impl<T: ArrayElement> AnySample for &[&[T]] {
    fn any_sample(&self, i: usize) -> Values<'_> {
        T::values(Cow::Borrowed(self.get(i).copied().unwrap_or_default()))
    }
}
