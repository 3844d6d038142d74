//! What may stand where metrics are expected.

use super::{LossMetric, Metric};
use crate::training::losses;

/// Metrics for `compile`: none `()`, one, a tuple (of up to 16) or an array of them, or a vector of any number,
/// `vec![Box::new(Accuracy::new()) as Box<dyn Metric>, ...]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metric, nor a set of metrics",
    note = "metrics are \"accuracy\" or `Accuracy::new()`, a tuple or an array of them, `()` for none, or a `Vec<Box<dyn Metric>>`"
)]
pub trait IntoMetrics {
    /// The metrics one by one.
    fn into_metrics(self) -> Vec<Box<dyn Metric>>;
}

#[diagnostic::do_not_recommend]
impl<M: Metric + 'static> IntoMetrics for M {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![Box::new(self)]
    }
}

#[diagnostic::do_not_recommend]
impl IntoMetrics for Box<dyn Metric> {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![self]
    }
}

#[diagnostic::do_not_recommend]
impl IntoMetrics for () {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        Vec::new()
    }
}

#[diagnostic::do_not_recommend]
impl<M: IntoMetrics, const N: usize> IntoMetrics for [M; N] {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        self.into_iter().flat_map(M::into_metrics).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<M: IntoMetrics> IntoMetrics for Vec<M> {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        self.into_iter().flat_map(M::into_metrics).collect()
    }
}

macro_rules! tuples {
    ($(($($metric:ident),+))*) => { $(
        // The note tells of tuples in one line.
        #[diagnostic::do_not_recommend]
        impl<$($metric: IntoMetrics),+> IntoMetrics for ($($metric,)+) {
            #[allow(non_snake_case)]
            fn into_metrics(self) -> Vec<Box<dyn Metric>> {
                let ($($metric,)+) = self;
                let mut metrics = Vec::new();
                $( metrics.extend($metric.into_metrics()); )+
                metrics
            }
        }
    )* };
}
tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
    (A, B, C, D, E, F, G, H, I)
    (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K)
    (A, B, C, D, E, F, G, H, I, J, K, L)
    (A, B, C, D, E, F, G, H, I, J, K, L, N)
    (A, B, C, D, E, F, G, H, I, J, K, L, N, O)
    (A, B, C, D, E, F, G, H, I, J, K, L, N, O, P)
    (A, B, C, D, E, F, G, H, I, J, K, L, N, O, P, Q)
}

#[diagnostic::do_not_recommend]
impl<L: losses::Loss> IntoMetrics for losses::Reduced<L> {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![Box::new(LossMetric::new(self))]
    }
}

#[diagnostic::do_not_recommend]
impl<F: 'static, K: 'static> IntoMetrics for losses::LossFn<F, K>
where
    losses::LossFn<F, K>: losses::Loss,
{
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![Box::new(LossMetric::new(self))]
    }
}

macro_rules! losses {
    ($($loss:ident),* $(,)?) => { $(
        #[diagnostic::do_not_recommend]
        impl IntoMetrics for losses::$loss {
            fn into_metrics(self) -> Vec<Box<dyn Metric>> {
                vec![Box::new(LossMetric::new(self))]
            }
        }
    )* };
}
losses! {
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CTC, CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber,
    KLDivergence, LogCosh, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
    SparseCategoricalCrossentropy, SquaredHinge, Tversky,
}
