//! Tuples, arrays and structs of values, one for each input or output of a model.

use keras_shape::Shape as Dims;

use super::data::{Data, IntoInput, IntoTarget};
use super::element::Values;
use super::kinds::{inputs, targets};
use super::lists::{IntoInputs, IntoTargets, Of, OneSample, SampleOf, at, no_values};
use super::typed::{Shape, Tensor};
use crate::Result;

// Of several inputs, `IntoInputs` has one implementation for each number of them, for any type that has
// `InputsInOrder`, and tuples have that for any list of as many tensors. So the compiler finds one implementation, and
// the value in it that does not fit, and never lists tuples of all lengths.

/// All tensors of a list: see [`InputsInOrder`].
#[derive(Debug)]
pub struct All;

/// One tensor of a list: see [`InputsInOrder`].
#[derive(Debug)]
pub struct One;

/// [`IntoInputs`] of several inputs, with the shapes `L`; with [`One`], of one of them, whose shape `L` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to a model of several inputs: that takes a tuple in their order, `(&a, &b)`, or `NAMEInputs {{ ... }}`"
)]
pub trait InputsInOrder<'a, L, Part = All> {
    /// See [`IntoInputs::into_inputs`].
    ///
    /// # Errors
    /// As there.
    fn inputs_in_order(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// [`IntoTargets`] of several outputs, with the shapes `L`; with [`One`], of one of them, whose shape `L` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the targets of several outputs: those are a tuple in their order, `(&a, &b)`, or `NAMEOutputs {{ ... }}`"
)]
pub trait TargetsInOrder<'a, L, Part = All> {
    /// See [`IntoTargets::into_targets`].
    ///
    /// # Errors
    /// As there.
    fn targets_in_order(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>>;
}

/// [`OneSample`] of several inputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample for each input: a model of several inputs takes a tuple in their order, `(&a, &b)`"
)]
pub trait SampleInOrder<L> {
    /// See [`OneSample::sample`].
    fn sample_in_order(&self, i: usize) -> Values<'_>;
}

// One value of several. A struct of named inputs asks for this of its fields, and not for `IntoInput`: of a trait that
// asks for itself the compiler tells in two lines, without the place of the implementation.
impl<'a, S: Shape, X: IntoInput<'a, S>> InputsInOrder<'a, S, One> for X {
    fn inputs_in_order(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        let (name, want) = at(wants, 0)?;
        Ok(vec![self.into_input(name, want)?])
    }
}

impl<'a, S: Shape, X: IntoTarget<'a, S>> TargetsInOrder<'a, S, One> for X {
    fn targets_in_order(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
        let (name, want) = at(wants, 0)?;
        Ok(vec![self.into_target(name, want)?])
    }
}

/// A single value where a model wants several.
pub struct Single;

/// Nothing is: a model of several inputs or outputs takes a tuple. `K` says what of.
#[diagnostic::on_unimplemented(
    message = "this is one of several {K}: give a tuple in their order, `(a, b)`, or the struct of their names that a named model has"
)]
pub trait IsSeveral<K, L> {}

macro_rules! singles {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<'a, 'b, L, T, $($generic)*> InputsInOrder<'a, L> for $list
        where
            Single: IsSeveral<inputs, L>,
        {
            fn inputs_in_order(self, _: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(Vec::new())
            }
        }
        impl<'a, 'b, L, T, $($generic)*> TargetsInOrder<'a, L> for $list
        where
            Single: IsSeveral<targets, L>,
        {
            fn targets_in_order(self, _: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(Vec::new())
            }
        }
        impl<'b, L, T, $($generic)*> SampleInOrder<L> for $list
        where
            Single: IsSeveral<inputs, L>,
        {
            fn sample_in_order(&self, _: usize) -> Values<'_> {
                no_values()
            }
        }
    )* };
}
singles! {
    [D: ndarray::RawData<Elem = T>, I: ndarray::Dimension] &'b ndarray::ArrayBase<D, I>;
    [D: ndarray::RawData<Elem = T>, I: ndarray::Dimension] ndarray::ArrayBase<D, I>;
    [] &'b Vec<T>;
    [] Vec<T>;
    [] &'b [T];
    [const N: usize] &'b [T; N];
}

macro_rules! single_tensors {
    ($($trait:ident $kind:ident $method:ident $tensor:ty;)*) => { $(
        impl<'a, L, S: Shape> $trait<'a, L> for $tensor
        where
            Single: IsSeveral<$kind, L>,
        {
            fn $method(self, _: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(Vec::new())
            }
        }
    )* };
}
single_tensors! {
    InputsInOrder inputs inputs_in_order &Tensor<S>;
    InputsInOrder inputs inputs_in_order Tensor<S>;
    TargetsInOrder targets targets_in_order &Tensor<S>;
    TargetsInOrder targets targets_in_order Tensor<S>;
}

macro_rules! lists {
    ($($trait:ident $message:literal ($($shape:ident $value:ident $part:ident $i:tt),*);)*) => { $(
        /// So many tensors.
        #[diagnostic::on_unimplemented(message = $message)]
        pub trait $trait {
            $(
                /// The shape of one of them.
                type $part: Shape;
            )*
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: Shape),*> $trait for ($(Of<$shape>,)*) {
            $(type $part = $shape;)*
        }

        crate::__tensor_list! { [($(Of<$shape>,)*)] $($shape $i),* }

        lists! { @border $trait IntoInputs InputsInOrder IntoInput into_inputs inputs_in_order into_input ($($shape $value $part $i),*) }
        lists! { @border $trait IntoTargets TargetsInOrder IntoTarget into_targets targets_in_order into_target ($($shape $value $part $i),*) }

        impl<$($shape: Shape,)* X: SampleInOrder<($(Of<$shape>,)*)>> OneSample<($(Of<$shape>,)*)> for X {
            fn sample(&self, i: usize) -> Values<'_> {
                self.sample_in_order(i)
            }
        }

        impl<List: $trait, $($value: SampleOf<<List::$part as Shape>::Element>),*> SampleInOrder<List> for ($($value,)*) {
            fn sample_in_order(&self, i: usize) -> Values<'_> {
                match i {
                    $($i => self.$i.values(),)*
                    _ => no_values(),
                }
            }
        }
    )* };
    (
        @border $trait:ident $all:ident $in_order:ident $one:ident $all_fn:ident $in_order_fn:ident $one_fn:ident
        ($($shape:ident $value:ident $part:ident $i:tt),*)
    ) => {
        impl<'a, $($shape: Shape,)* X: $in_order<'a, ($(Of<$shape>,)*)>> $all<'a, ($(Of<$shape>,)*)> for X {
            fn $all_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                self.$in_order_fn(wants)
            }
        }

        impl<'a, List: $trait, $($value: $one<'a, List::$part>),*> $in_order<'a, List> for ($($value,)*) {
            fn $in_order_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                Ok(vec![$({
                    let (name, want) = at(wants, $i)?;
                    self.$i.$one_fn(name, want)?
                }),*])
            }
        }

        // What an iterator of batches gives.
        #[diagnostic::do_not_recommend]
        impl<'a, List: $trait, $($value),*> $in_order<'a, List> for &'a ($($value,)*)
        where
            $(&'a $value: $one<'a, List::$part>),*
        {
            fn $in_order_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                $in_order::<'a, List>::$in_order_fn(($(&self.$i,)*), wants)
            }
        }
    };
}

// Arrays of one type, as a loop makes them.
macro_rules! arrays {
    ($($trait:ident $n:literal ($($part:ident $i:tt),*);)*) => { $(
        arrays! { @border $trait InputsInOrder IntoInput inputs_in_order into_input $n ($($part $i),*) }
        arrays! { @border $trait TargetsInOrder IntoTarget targets_in_order into_target $n ($($part $i),*) }

        #[diagnostic::do_not_recommend]
        impl<List: $trait, V: $(SampleOf<<List::$part as Shape>::Element> +)*> SampleInOrder<List> for [V; $n] {
            fn sample_in_order(&self, i: usize) -> Values<'_> {
                match i {
                    $($i => SampleOf::<<List::$part as Shape>::Element>::values(&self[$i]),)*
                    _ => no_values(),
                }
            }
        }
    )* };
    (
        @border $trait:ident $in_order:ident $one:ident $in_order_fn:ident $one_fn:ident $n:literal
        ($($part:ident $i:tt),*)
    ) => {
        #[diagnostic::do_not_recommend]
        impl<'a, List: $trait, V: $($one<'a, List::$part> +)*> $in_order<'a, List> for [V; $n] {
            fn $in_order_fn(self, wants: &[(&str, Dims)]) -> Result<Vec<Data<'a>>> {
                let mut values = self.into_iter();
                let mut all = Vec::with_capacity($n);
                $(
                    if let Some(value) = values.next() {
                        let (name, want) = at(wants, $i)?;
                        all.push($one::<'a, List::$part>::$one_fn(value, name, want)?);
                    }
                )*
                Ok(all)
            }
        }
    };
}

lists! {
    List2 "a tuple of 2: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1);
    List3 "a tuple of 3: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2);
    List4 "a tuple of 4: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2, D VD P3 3);
    List5 "a tuple of 5: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2, D VD P3 3, E VE P4 4);
    List6 "a tuple of 6: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2, D VD P3 3, E VE P4 4, F VF P5 5);
    List7 "a tuple of 7: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2, D VD P3 3, E VE P4 4, F VF P5 5, G VG P6 6);
    List8 "a tuple of 8: this model has the tensors `{Self}`"
        (A VA P0 0, B VB P1 1, C VC P2 2, D VD P3 3, E VE P4 4, F VF P5 5, G VG P6 6, H VH P7 7);
}
arrays! {
    List2 2 (P0 0, P1 1);
    List3 3 (P0 0, P1 1, P2 2);
    List4 4 (P0 0, P1 1, P2 2, P3 3);
    List5 5 (P0 0, P1 1, P2 2, P3 3, P4 4);
    List6 6 (P0 0, P1 1, P2 2, P3 3, P4 4, P5 5);
    List7 7 (P0 0, P1 1, P2 2, P3 3, P4 4, P5 5, P6 6);
    List8 8 (P0 0, P1 1, P2 2, P3 3, P4 4, P5 5, P6 6, P7 7);
}
