//! Several tensors at once: the inputs and outputs of a model that branches.

use core::marker::PhantomData;
use std::borrow::Cow;

use keras_shape::Shape as Dims;

use super::Raw;
use super::data::{Data, IntoInput, IntoTarget};
use super::element::{ArrayElement, Values};
pub use super::in_order::{
    All, InputsInOrder, IsSeveral, List2, List3, List4, List5, List6, List7, List8, One, SampleInOrder,
    Single, TargetsInOrder,
};
use super::numbers::Numbers;
use super::typed::{Shape, Tensor};
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
    /// The numbers of one sample, from those of each of `count` outputs.
    fn numbers(count: usize, output: impl Fn(usize) -> Numbers) -> Self::Numbers;
}

/// What can be fed to all inputs of a model: one array or tensor for one input, a tuple in the order of
/// the inputs for several, or the struct of named inputs that `model!` makes for a named type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to this model's inputs",
    label = "several inputs take a tuple in their order, `(&a, &b)`, or the struct `NAMEInputs`"
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
    label = "several outputs take a tuple in their order, `(&a, &b)`, or the struct `NAMEOutputs`"
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
    label = "one input takes a list of numbers, `&x`, of `dtype = string` a string; several a tuple in their order, `(&a, &b)`"
)]
pub trait OneSample<L: Shapes> {
    /// The numbers of input `i`.
    fn sample(&self, i: usize) -> Values<'_>;
}

/// The numbers of one sample of an input of `T`: for `f32` whatever is a slice of `f32`; for `i32`, an input of
/// `dtype = int32`, a slice, an array or a `Vec` of any numbers that a model takes, which must be whole; for `str`, an input of
/// `dtype = string`, a string or a list of strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the numbers of one sample: this input takes a list of `{T}`",
    label = "`&x` with `x` a `Vec`, array or slice of `{T}`; `predict` takes a batch"
)]
pub trait SampleOf<T: ?Sized> {
    /// The numbers.
    fn values(&self) -> Values<'_>;
}

#[diagnostic::do_not_recommend]
impl<X: AsRef<[f32]> + ?Sized> SampleOf<f32> for X {
    fn values(&self) -> Values<'_> {
        Values::F32(Cow::Borrowed(self.as_ref()))
    }
}

macro_rules! lists_of_integers {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
impl<X: SampleOf<i32> + ?Sized> SampleOf<i32> for &X {
    fn values(&self) -> Values<'_> {
        (**self).values()
    }
}

macro_rules! strings {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> SampleOf<str> for $list {
            fn values(&self) -> Values<'_> {
                Values::Strings(self.iter().map(|s| Cow::Borrowed(&**s)).collect())
            }
        }
    )* };
}
strings! {
    [] [String];
    [] Vec<String>;
    [const N: usize] [String; N];
    ['b] [&'b str];
    ['b] Vec<&'b str>;
    ['b, const N: usize] [&'b str; N];
}

#[diagnostic::do_not_recommend]
impl SampleOf<str> for str {
    fn values(&self) -> Values<'_> {
        Values::Strings(vec![Cow::Borrowed(self)])
    }
}

#[diagnostic::do_not_recommend]
impl SampleOf<str> for String {
    fn values(&self) -> Values<'_> {
        Values::Strings(vec![Cow::Borrowed(self)])
    }
}

#[diagnostic::do_not_recommend]
impl<X: SampleOf<str> + ?Sized> SampleOf<str> for &X {
    fn values(&self) -> Values<'_> {
        (**self).values()
    }
}

#[diagnostic::do_not_recommend]
impl SampleOf<i32> for Numbers {
    fn values(&self) -> Values<'_> {
        Values::F32(Cow::Borrowed(self))
    }
}

/// What an own layer is given: a symbolic tensor for a shape, a tuple of them for several, and of more than 16 their number,
/// [`Many`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a layer takes",
    note = "a layer takes a shape such as `(Dyn, Len<50>)`, or several as `(Of<(Dyn, Len<5>)>, Of<(Dyn, Len<3>)>)`; more than 16 are `Many<17>`"
)]
pub trait LayerInput: Send + Sync + 'static {
    /// The shapes as values; none of [`Many`].
    const SHAPES: &'static [Dims];
    /// The symbolic tensor, or a tuple of them.
    type Symbolic;
    /// The symbolic tensors of what flows through a model.
    ///
    /// # Errors
    /// A tensor is missing.
    fn symbolic(values: &[keras_ops::Symbolic]) -> Result<Self::Symbolic>;
}

/// The numbers of an input that there is not.
#[doc(hidden)]
pub fn no_values() -> Values<'static> {
    Values::F32(Cow::Borrowed(&[]))
}

#[doc(hidden)]
pub fn at<T>(items: &[T], i: usize) -> Result<&T> {
    items.get(i).ok_or_else(|| Error::layer(format!("tensor {i} is missing")))
}

impl<S: Shape> LayerInput for S {
    const SHAPES: &'static [Dims] = &[S::DIMS];
    type Symbolic = keras_ops::Symbolic;
    fn symbolic(values: &[keras_ops::Symbolic]) -> Result<Self::Symbolic> {
        at(values, 0).cloned()
    }
}

/// What an own layer is given that is applied to more than 16 tensors: `N` of them, as a `Vec`, whose shapes it looks at
/// when it runs.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::tensor::Many;
///
/// /// The largest of any number of columns.
/// #[derive(Default)]
/// struct Largest;
///
/// impl<const N: usize> Layer<Many<N>> for Largest {
///     const OUTPUT: Dims = <(Dyn, Len<1>) as Shape>::DIMS;
///
///     fn trace(&self, x: Vec<Symbolic>, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
///         Ok(ops::max(ops::concatenate(x, -1), -1).keepdims(true).build())
///     }
/// }
/// ```
pub struct Many<const N: usize>(());

impl<const N: usize> LayerInput for Many<N> {
    const SHAPES: &'static [Dims] = &[];
    type Symbolic = Vec<keras_ops::Symbolic>;
    fn symbolic(values: &[keras_ops::Symbolic]) -> Result<Self::Symbolic> {
        (0..N).map(|i| at(values, i).cloned()).collect()
    }
}

impl<S: Shape> Shapes for Of<S> {
    const DIMS: &'static [Dims] = &[S::DIMS];
    type Tensors = Tensor<S>;
    type Numbers = Numbers;
    fn tensors(raws: Vec<Raw>) -> Result<Self::Tensors> {
        Tensor::new(at(&raws, 0)?.clone())
    }
    fn numbers(_: usize, output: impl Fn(usize) -> Numbers) -> Self::Numbers {
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

#[diagnostic::do_not_recommend]
impl<S: Shape, X: SampleOf<S::Element> + ?Sized> OneSample<Of<S>> for &X {
    fn sample(&self, _: usize) -> Values<'_> {
        (**self).values()
    }
}

/// The shapes of a model that does not compile, whose mistakes are reported already: anything can be fed to it. `T`
/// and `N` are what it would give, so that tuples can be taken apart.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Anything<T, N>(PhantomData<fn() -> (T, N)>);

fn does_not_compile() -> Error {
    Error::layer("this model does not compile")
}

impl<T: 'static, N: 'static> Shapes for Anything<T, N> {
    const DIMS: &'static [Dims] = &[];
    type Tensors = T;
    type Numbers = N;
    fn tensors(_: Vec<Raw>) -> Result<T> {
        Err(does_not_compile())
    }
    fn numbers(_: usize, _: impl Fn(usize) -> Numbers) -> N {
        // The model is never built, so nothing is predicted.
        unreachable!("this model does not compile")
    }
}

#[diagnostic::do_not_recommend]
impl<'a, X, T: 'static, N: 'static> IntoInputs<'a, Anything<T, N>> for X {
    fn into_inputs(self, _: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        Err(does_not_compile())
    }
}

#[diagnostic::do_not_recommend]
impl<'a, X, T: 'static, N: 'static> IntoTargets<'a, Anything<T, N>> for X {
    fn into_targets(self, _: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        Err(does_not_compile())
    }
}

#[diagnostic::do_not_recommend]
impl<X, T: 'static, N: 'static> OneSample<Anything<T, N>> for X {
    fn sample(&self, _: usize) -> Values<'_> {
        no_values()
    }
}

/// The shapes of a list of tensors: of the type `$list`.
#[doc(hidden)]
#[macro_export]
macro_rules! __tensor_list {
    ([$($list:tt)*] $($shape:ident $i:literal),*) => {
        impl<$($shape: $crate::tensor::Shape),*> $crate::tensor::Shapes for $($list)* {
            const DIMS: &'static [$crate::shape::Shape] = &[$(<$shape as $crate::tensor::Shape>::DIMS),*];
            type Tensors = ($($crate::tensor::Tensor<$shape>,)*);
            type Numbers = ($($crate::tensor::lists::Sample<$shape>,)*);
            fn tensors(raws: ::std::vec::Vec<$crate::tensor::Raw>) -> $crate::Result<Self::Tensors> {
                Ok(($($crate::tensor::Tensor::<$shape>::new($crate::tensor::lists::at(&raws, $i)?.clone())?,)*))
            }
            fn numbers(_: usize, output: impl Fn(usize) -> $crate::tensor::Numbers) -> Self::Numbers {
                ($(output($i),)*)
            }
        }
    };
}

/// What a list of tensors has to have that is longer than the tuples of `keras_core`: the type `$list`, a struct of the
/// model's own, is that of the shapes.
#[doc(hidden)]
#[macro_export]
macro_rules! __tensor_lists {
    ($([$($list:tt)*] $n:literal ($($shape:ident $value:ident $i:literal),*);)*) => { $(
        $crate::__tensor_list! { [$($list)*] $($shape $i),* }

        $crate::__tensor_lists! {
            @border IntoInputs IntoInput into_inputs into_input [$($list)*] $n ($($shape $value $i),*)
        }
        $crate::__tensor_lists! {
            @border IntoTargets IntoTarget into_targets into_target [$($list)*] $n ($($shape $value $i),*)
        }

        impl<
            $($shape: $crate::tensor::Shape,
            $value: $crate::tensor::SampleOf<<$shape as $crate::tensor::Shape>::Element>),*
        > $crate::tensor::OneSample<$($list)*> for ($($value,)*)
        {
            #[allow(non_snake_case)]
            fn sample(&self, i: usize) -> $crate::tensor::Values<'_> {
                let ($($value,)*) = self;
                match i {
                    $($i => $value.values(),)*
                    _ => $crate::tensor::lists::no_values(),
                }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<
            $($shape: $crate::tensor::Shape,)*
            V: $($crate::tensor::SampleOf<<$shape as $crate::tensor::Shape>::Element> +)*
        > $crate::tensor::OneSample<$($list)*> for [V; $n]
        {
            fn sample(&self, i: usize) -> $crate::tensor::Values<'_> {
                match i {
                    $($i => <V as $crate::tensor::SampleOf<<$shape as $crate::tensor::Shape>::Element>>::values(
                        &self[$i],
                    ),)*
                    _ => $crate::tensor::lists::no_values(),
                }
            }
        }
    )* };
    (
        @border $all:ident $one:ident $all_fn:ident $one_fn:ident [$($list:tt)*] $n:literal
        ($($shape:ident $value:ident $i:literal),*)
    ) => {
        impl<'a, $($shape: $crate::tensor::Shape, $value: $crate::tensor::$one<'a, $shape>),*>
            $crate::tensor::$all<'a, $($list)*> for ($($value,)*)
        {
            #[allow(non_snake_case)]
            fn $all_fn(
                self, wants: &[(&str, $crate::shape::Shape)],
            ) -> $crate::Result<::std::vec::Vec<$crate::tensor::Data<'a>>> {
                let ($($value,)*) = self;
                Ok(::std::vec![$({
                    let (name, want) = $crate::tensor::lists::at(wants, $i)?;
                    $crate::tensor::$one::<'a, $shape>::$one_fn($value, name, want)?
                }),*])
            }
        }

        // What an iterator of batches gives.
        #[diagnostic::do_not_recommend]
        impl<'a, $($shape: $crate::tensor::Shape, $value),*> $crate::tensor::$all<'a, $($list)*> for &'a ($($value,)*)
        where
            $(&'a $value: $crate::tensor::$one<'a, $shape>),*
        {
            #[allow(non_snake_case)]
            fn $all_fn(
                self, wants: &[(&str, $crate::shape::Shape)],
            ) -> $crate::Result<::std::vec::Vec<$crate::tensor::Data<'a>>> {
                let ($($value,)*) = self;
                $crate::tensor::$all::<'a, $($list)*>::$all_fn(($($value,)*), wants)
            }
        }

        // Arrays of one type, as a loop makes them.
        #[diagnostic::do_not_recommend]
        impl<'a, $($shape: $crate::tensor::Shape,)* V: $($crate::tensor::$one<'a, $shape> +)*>
            $crate::tensor::$all<'a, $($list)*> for [V; $n]
        {
            #[allow(non_snake_case)]
            fn $all_fn(
                self, wants: &[(&str, $crate::shape::Shape)],
            ) -> $crate::Result<::std::vec::Vec<$crate::tensor::Data<'a>>> {
                let [$($value),*] = self;
                Ok(::std::vec![$({
                    let (name, want) = $crate::tensor::lists::at(wants, $i)?;
                    $crate::tensor::$one::<'a, $shape>::$one_fn($value, name, want)?
                }),*])
            }
        }
    };
}

/// The numbers of one sample of an output of shape `S`.
pub type Sample<S> = <Of<S> as Shapes>::Numbers;

macro_rules! layer_inputs {
    ($(($($shape:ident $i:literal),*);)*) => { $(
        impl<$($shape: Shape),*> LayerInput for ($(Of<$shape>,)*) {
            const SHAPES: &'static [Dims] = &[$($shape::DIMS),*];
            type Symbolic = ($(layer_inputs!(@symbolic $shape),)*);
            fn symbolic(values: &[keras_ops::Symbolic]) -> Result<Self::Symbolic> {
                Ok(($(at(values, $i)?.clone(),)*))
            }
        }
    )* };
    (@symbolic $shape:ident) => { keras_ops::Symbolic };
}

layer_inputs! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);
}
