//! One loss for each output.

use super::Loss;
use crate::tensor::parts::{Parts2, Parts3, Parts4, Parts5, Parts6, Parts7, Parts8, losses, metrics};
use crate::tensor::{Anything, Of, Shape, Shapes};
use crate::training::metrics::{IntoMetrics, Metric};
use crate::training::target::TargetKind;
use crate::training::trainer::AnyLoss;

/// The losses of a model: one for a model of one output, for several a tuple in the order of the
/// outputs, or the struct of named outputs that `model!` makes for a named type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss for each output of this model",
    note = "one output takes a loss, as `MeanSquaredError::new()`; several take a tuple of losses in their order, or the struct `NAMEOutputs`"
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

/// A loss that is given by its name. The type of the targets follows from the loss, so the compiler has to know it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a loss is given by its type, which says what targets look like; found a name",
    note = "Keras's name in capitals, with `::new()`: \"sparse_categorical_crossentropy\" is `SparseCategoricalCrossentropy::new()`"
)]
pub trait LossByName<S> {}

impl<S: Shape> Losses<Of<S>> for &'static str
where
    str: LossByName<S>,
{
    type Targets = Of<S>;
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
        Vec::new()
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

/// What the losses and metrics of a list of outputs have to have; see `__tensor_lists`. The second list is that of the
/// targets, for a loss of a type of its own each, the third for losses of one type.
#[doc(hidden)]
#[macro_export]
macro_rules! __loss_lists {
    ($([$($list:tt)*] [$($targets:tt)*] [$($same:tt)*] $n:literal ($($shape:ident $value:ident),*);)*) => { $(
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
    )* };
}

/// What the targets of an output of shape `S` are for a loss `L`.
#[doc(hidden)]
pub type TargetShape<L, S> = <<L as Loss>::Targets as TargetKind>::Of<S>;

macro_rules! lists {
    ($($parts:ident $n:literal ($($shape:ident $value:ident $item:ident),*);)*) => { $(
        impl<$($shape: Shape,)* X> Losses<($(Of<$shape>,)*)> for X
        where
            X: $parts<losses, $($item: Loss),*> + 'static,
        {
            type Targets = ($(Of<TargetShape<X::$item, $shape>>,)*);
            #[allow(non_snake_case)]
            fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
                let ($($value,)*) = self.parts();
                vec![$(Box::new($value)),*]
            }
        }

        impl<$($shape: Shape,)* X> MetricsFor<($(Of<$shape>,)*)> for X
        where
            X: $parts<metrics, $($item: IntoMetrics),*>,
        {
            #[allow(non_snake_case)]
            fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
                let ($($value,)*) = self.parts();
                vec![$($value.into_metrics()),*]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($shape: Shape),*> MetricsFor<($(Of<$shape>,)*)> for () {
            fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
                (0..$n).map(|_| Vec::new()).collect()
            }
        }
    )* };
}
lists! {
    Parts2 2 (A LA P0, B LB P1);
    Parts3 3 (A LA P0, B LB P1, C LC P2);
    Parts4 4 (A LA P0, B LB P1, C LC P2, D LD P3);
    Parts5 5 (A LA P0, B LB P1, C LC P2, D LD P3, E LE P4);
    Parts6 6 (A LA P0, B LB P1, C LC P2, D LD P3, E LE P4, F LF P5);
    Parts7 7 (A LA P0, B LB P1, C LC P2, D LD P3, E LE P4, F LF P5, G LG P6);
    Parts8 8 (A LA P0, B LB P1, C LC P2, D LD P3, E LE P4, F LF P5, G LG P6, H LH P7);
}
