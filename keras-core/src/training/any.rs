//! Losses and metrics of a model whose outputs only the run time knows.

use super::losses::{Loss, Losses, MetricsFor};
use super::metrics::{IntoMetrics, Metric};
use super::trainer::AnyLoss;
use crate::tensor::AnyTensors;

#[diagnostic::do_not_recommend]
impl<L: Loss> Losses<AnyTensors> for L {
    type Targets = AnyTensors;
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
        vec![Box::new(self)]
    }
}

#[diagnostic::do_not_recommend]
impl<M: IntoMetrics> MetricsFor<AnyTensors> for M {
    fn into_sets(self) -> Vec<Vec<Box<dyn Metric>>> {
        vec![self.into_metrics()]
    }
}

/// The losses of several outputs: in the order of the outputs.
macro_rules! several {
    ($(($($loss:ident),*))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($loss: Loss),*> Losses<AnyTensors> for ($($loss,)*) {
            type Targets = AnyTensors;
            #[allow(non_snake_case)]
            fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
                let ($($loss,)*) = self;
                vec![$(Box::new($loss)),*]
            }
        }
    )* };
}
several! { (A, B) (A, B, C) (A, B, C, D) }
