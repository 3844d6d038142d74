//! One loss for each output.

use super::Loss;
use crate::tensor::lists::{List2, List3, List4, List5, List6, List7, List8, Single};
use crate::tensor::{Anything, Of, Shape, Shapes};
use crate::training::metrics::{IntoMetrics, Metric};
use crate::training::target::TargetKind;
use crate::training::trainer::AnyLoss;

/// The losses of a model: one for a model of one output, for several a tuple in the order of the
/// outputs, or the struct of named outputs that `model!` makes for a named type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss for each output of this model",
    note = "a loss is a type, which says what targets look like: for \"sparse_categorical_crossentropy\" write `SparseCategoricalCrossentropy::new()`"
)]
pub trait Losses<O: Shapes>: 'static {
    /// The shapes of the targets.
    type Targets: Shapes;
    /// The losses one by one.
    #[doc(hidden)]
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>>;
}

/// The metrics of a model: for one output a metric, a tuple or array of them, or `()`; for several a
/// tuple of such, one for each output, or `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of metrics for each output of this model",
    note = "one output takes a metric, a tuple of them or `()`; several take a tuple of such in their order: `(\"accuracy\", ())`"
)]
pub trait MetricsFor<O: Shapes> {
    /// The metrics of each output.
    fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>>;
}

#[diagnostic::do_not_recommend]
impl<L: Loss, S: Shape> Losses<Of<S>> for L {
    type Targets = Of<<L::Targets as TargetKind>::Of<S>>;
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
        vec![Box::new(self)]
    }
}

// Recommended: of one output, what is no metric says more.
impl<M: IntoMetrics, S: Shape> MetricsFor<Of<S>> for M {
    fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
        vec![self.into_metrics()]
    }
}

#[diagnostic::do_not_recommend]
impl<X: 'static, T: 'static, N: 'static> Losses<Anything<T, N>> for X {
    type Targets = Anything<T, N>;
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
        Vec::new()
    }
}

#[diagnostic::do_not_recommend]
impl<X, T: 'static, N: 'static> MetricsFor<Anything<T, N>> for X {
    fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
        Vec::new()
    }
}

/// [`Losses`] of several outputs, as [`InputsInOrder`](crate::tensor::lists::InputsInOrder) is of several inputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss for each output of this model",
    note = "a model of several outputs takes a tuple of losses in their order, or the struct `NAMEOutputs`"
)]
pub trait LossesInOrder<O>: 'static {
    /// The shapes of the targets.
    type Targets: Shapes;
    /// See [`Losses::into_losses`].
    fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>>;
}

/// [`MetricsFor`] several outputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of metrics for each output of this model",
    note = "a model of several outputs takes a tuple in their order, `(\"accuracy\", ())`, `()` for none, or the struct `NAMEOutputs`"
)]
pub trait MetricsInOrder<O> {
    /// See [`MetricsFor::into_sets`].
    fn sets_in_order(self) -> Vec<Vec<Box<dyn Metric>>>;
}

macro_rules! single_losses {
    ($($loss:ident),* $(,)?) => { $(
        impl<O> LossesInOrder<O> for super::$loss
        where
            Single: IsTuple<O>,
        {
            type Targets = Anything<(), ()>;
            fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>> {
                Vec::new()
            }
        }
    )* };
}
single_losses! {
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CTC, CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber,
    KLDivergence, LogCosh, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
    NoLoss, SparseCategoricalCrossentropy, SquaredHinge, Tversky,
}

impl<O, L: Loss> LossesInOrder<O> for super::Reduced<L>
where
    Single: IsTuple<O>,
{
    type Targets = Anything<(), ()>;
    fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>> {
        Vec::new()
    }
}

/// Never: a model of several outputs takes a tuple of losses.
#[diagnostic::on_unimplemented(
    message = "this is one loss, and the model has several outputs: give a tuple in their order, or the struct `NAMEOutputs`"
)]
pub trait IsTuple<O> {}

/// What the losses and metrics of a list of outputs have to have, too long for tuples; see `__tensor_lists`. The second list is that of the
/// targets, for a loss of a type of its own each, the third for losses of one type.
#[doc(hidden)]
#[macro_export]
macro_rules! __loss_lists {
    ($([$($list:tt)*] $targets:tt $same:tt $n:literal $names:tt;)*) => { $(
        $crate::__loss_lists! { @losses [$($list)*] $targets $same $n $names }
        $crate::__loss_lists! { @metrics [$($list)*] $n $names }
    )* };
    (@losses [$($list:tt)*] [$($targets:tt)*] [$($same:tt)*] $n:literal ($($shape:ident $value:ident),*)) => {
        impl<$($shape: $crate::tensor::Shape, $value: $crate::training::losses::Loss),*>
            $crate::training::losses::Losses<$($list)*> for ($($value,)*)
        {
            type Targets = $($targets)*;
            #[allow(non_snake_case)]
            fn into_losses(self) -> ::std::vec::Vec<::std::boxed::Box<dyn $crate::training::AnyLoss>> {
                let ($($value,)*) = self;
                ::std::vec![$(::std::boxed::Box::new($value)),*]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: $crate::tensor::Shape,)* V: $crate::training::losses::Loss>
            $crate::training::losses::Losses<$($list)*> for [V; $n]
        {
            type Targets = $($same)*;
            fn into_losses(self) -> ::std::vec::Vec<::std::boxed::Box<dyn $crate::training::AnyLoss>> {
                let boxed = |loss| ::std::boxed::Box::new(loss) as ::std::boxed::Box<dyn $crate::training::AnyLoss>;
                self.into_iter().map(boxed).collect()
            }
        }
    };
    (@metrics [$($list:tt)*] $n:literal ($($shape:ident $value:ident),*)) => {
        impl<$($shape: $crate::tensor::Shape, $value: $crate::training::metrics::IntoMetrics),*>
            $crate::training::losses::MetricsFor<$($list)*> for ($($value,)*)
        {
            #[allow(non_snake_case)]
            fn into_sets(
                self,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn $crate::training::metrics::Metric>>> {
                let ($($value,)*) = self;
                ::std::vec![$($crate::training::metrics::IntoMetrics::into_metrics($value)),*]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: $crate::tensor::Shape,)* V: $crate::training::metrics::IntoMetrics>
            $crate::training::losses::MetricsFor<$($list)*> for [V; $n]
        {
            fn into_sets(
                self,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn $crate::training::metrics::Metric>>> {
                self.into_iter().map($crate::training::metrics::IntoMetrics::into_metrics).collect()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: $crate::tensor::Shape),*> $crate::training::losses::MetricsFor<$($list)*> for () {
            fn into_sets(
                self,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn $crate::training::metrics::Metric>>> {
                (0..$n).map(|_| ::std::vec::Vec::new()).collect()
            }
        }
    };
}

impl<O, V: 'static> LossesInOrder<O> for Vec<V>
where
    Single: TakesVec<O>,
{
    type Targets = Anything<(), ()>;
    fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>> {
        Vec::new()
    }
}

/// Never: the compiler has to know how many losses there are.
#[diagnostic::on_unimplemented(
    message = "the losses of several outputs are a tuple in their order, `(a, b)`, or an array, `[a, b]`: a `Vec` may hold any number of them"
)]
pub trait TakesVec<O> {}

/// A model with these outputs takes an array of `N` losses.
#[diagnostic::on_unimplemented(
    message = "an array of {N} losses for the outputs `{Self}`: a model takes one loss for each output, in their order"
)]
pub trait TakesLosses<const N: usize>: 'static {
    /// The shapes of the targets for losses of type `V`.
    type Targets<V: Loss>: Shapes;
}

impl<List: TakesLosses<N>, V: Loss, const N: usize> LossesInOrder<List> for [V; N] {
    type Targets = List::Targets<V>;
    fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>> {
        self.into_iter().map(|loss| Box::new(loss) as Box<dyn AnyLoss>).collect()
    }
}

/// What the targets of an output of shape `S` are for a loss `L`.
#[doc(hidden)]
pub type TargetShape<L, S> = <<L as Loss>::Targets as TargetKind>::Of<S>;

/// The losses of so many outputs.
macro_rules! losses {
    ($trait:ident $n:literal ($($shape:ident $value:ident $part:ident $i:tt),*)) => {
        impl<$($shape: Shape,)* L: LossesInOrder<($(Of<$shape>,)*)>> Losses<($(Of<$shape>,)*)> for L {
            type Targets = L::Targets;
            fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
                self.losses_in_order()
            }
        }

        impl<List: $trait + 'static, $($value: Loss),*> LossesInOrder<List> for ($($value,)*) {
            type Targets = ($(Of<TargetShape<$value, List::$part>>,)*);
            fn losses_in_order(self) -> Vec<Box<dyn AnyLoss>> {
                vec![$(Box::new(self.$i)),*]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: Shape),*> TakesLosses<$n> for ($(Of<$shape>,)*) {
            type Targets<V: Loss> = ($(Of<TargetShape<V, $shape>>,)*);
        }
    };
}

/// The metrics of so many outputs.
macro_rules! metrics {
    ($trait:ident $n:literal ($($shape:ident $value:ident $part:ident $i:tt),*)) => {
        impl<$($shape: Shape,)* M: MetricsInOrder<($(Of<$shape>,)*)>> MetricsFor<($(Of<$shape>,)*)> for M {
            fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
                self.sets_in_order()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<List: $trait, $($value: IntoMetrics),*> MetricsInOrder<List> for ($($value,)*) {
            fn sets_in_order(self) -> Vec<Vec<Box<dyn Metric>>> {
                vec![$(self.$i.into_metrics()),*]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<List: $trait, V: IntoMetrics> MetricsInOrder<List> for [V; $n] {
            fn sets_in_order(self) -> Vec<Vec<Box<dyn Metric>>> {
                self.into_iter().map(IntoMetrics::into_metrics).collect()
            }
        }
    };
}

macro_rules! lists {
    ($($trait:ident $n:literal $list:tt;)*) => { $(
        losses! { $trait $n $list }
        metrics! { $trait $n $list }
    )* };
}
lists! {
    List2 2 (A LA P0 0, B LB P1 1);
    List3 3 (A LA P0 0, B LB P1 1, C LC P2 2);
    List4 4 (A LA P0 0, B LB P1 1, C LC P2 2, D LD P3 3);
    List5 5 (A LA P0 0, B LB P1 1, C LC P2 2, D LD P3 3, E LE P4 4);
    List6 6 (A LA P0 0, B LB P1 1, C LC P2 2, D LD P3 3, E LE P4 4, F LF P5 5);
    List7 7 (A LA P0 0, B LB P1 1, C LC P2 2, D LD P3 3, E LE P4 4, F LF P5 5, G LG P6 6);
    List8 8 (A LA P0 0, B LB P1 1, C LC P2 2, D LD P3 3, E LE P4 4, F LF P5 5, G LG P6 6, H LH P7 7);
}

#[diagnostic::do_not_recommend]
impl<O: Shapes> MetricsInOrder<O> for () {
    fn sets_in_order(self) -> Vec<Vec<Box<dyn Metric>>> {
        O::DIMS.iter().map(|_| Vec::new()).collect()
    }
}
