//! What may stand where metrics are expected.

use super::{LossMetric, Metric};
use crate::training::losses;

/// Metrics for `compile`: none `()`, one, a tuple or array of them, or a vector of any.
pub trait IntoMetrics {
    /// The metrics one by one.
    fn into_metrics(self) -> Vec<Box<dyn Metric>>;
}

impl<M: Metric + 'static> IntoMetrics for M {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![Box::new(self)]
    }
}

impl IntoMetrics for Box<dyn Metric> {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![self]
    }
}

impl IntoMetrics for () {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        Vec::new()
    }
}

impl<M: IntoMetrics, const N: usize> IntoMetrics for [M; N] {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        self.into_iter().flat_map(M::into_metrics).collect()
    }
}

impl<M: IntoMetrics> IntoMetrics for Vec<M> {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        self.into_iter().flat_map(M::into_metrics).collect()
    }
}

macro_rules! tuples {
    ($(($($metric:ident),+))*) => { $(
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
tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

macro_rules! losses {
    ($($loss:ident),* $(,)?) => { $(
        impl IntoMetrics for losses::$loss {
            fn into_metrics(self) -> Vec<Box<dyn Metric>> {
                vec![Box::new(LossMetric::new(self))]
            }
        }
    )* };
}
losses! {
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalHinge, CosineSimilarity, Hinge, Huber, KLDivergence, LogCosh, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
    SparseCategoricalCrossentropy, SquaredHinge,
}
