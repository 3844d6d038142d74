//! One loss for each output.

use super::Loss;
use crate::tensor::{Of, Shape, Shapes};
use crate::training::metrics::{IntoMetrics, Metric};
use crate::training::target::TargetKind;
use crate::training::trainer::AnyLoss;

/// The losses of a model: one for a model of one output, for several a tuple in the order of the
/// outputs, or the struct of named outputs that `model!` makes for a named type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss for each output of this model",
    note = "a model of one output takes one loss, a model of several a tuple of losses in the order of its outputs, or the struct `NAMEOutputs` with a loss for each"
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
    note = "a model of several outputs takes a tuple with the metrics of each output in order, as `(Accuracy::new(), ())`, or `()`"
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

#[diagnostic::do_not_recommend]
impl<M: IntoMetrics, S: Shape> MetricsFor<Of<S>> for M {
    fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
        vec![self.into_metrics()]
    }
}

macro_rules! lists {
    ($(($($shape:ident $value:ident),*);)*) => { $(
        impl<$($shape: Shape, $value: Loss),*> Losses<($(Of<$shape>,)*)> for ($($value,)*) {
            type Targets = ($(Of<<$value::Targets as TargetKind>::Of<$shape>>,)*);
            #[allow(non_snake_case)]
            fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
                let ($($value,)*) = self;
                vec![$(Box::new($value)),*]
            }
        }

        impl<$($shape: Shape, $value: IntoMetrics),*> MetricsFor<($(Of<$shape>,)*)> for ($($value,)*) {
            #[allow(non_snake_case)]
            fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
                let ($($value,)*) = self;
                vec![$($value.into_metrics()),*]
            }
        }

        impl<$($shape: Shape),*> MetricsFor<($(Of<$shape>,)*)> for () {
            fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
                let count = <($(Of<$shape>,)*) as Shapes>::DIMS.len();
                (0..count).map(|_| Vec::new()).collect()
            }
        }
    )* };
}
lists! {
    (A LA, B LB);
    (A LA, B LB, C LC);
    (A LA, B LB, C LC, D LD);
    (A LA, B LB, C LC, D LD, E LE);
    (A LA, B LB, C LC, D LD, E LE, F LF);
    (A LA, B LB, C LC, D LD, E LE, F LF, G LG);
    (A LA, B LB, C LC, D LD, E LE, F LF, G LG, H LH);
}
