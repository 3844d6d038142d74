//! Means of functions in operations, and those of Keras that are such.

use keras_ops::{self as ops, Symbolic};

use super::{LossMetric, Metric};
use crate::Result;
use crate::tensor::Raw;
use crate::training::losses::{Loss, LossFn, Target, Traceable};
use crate::training::target::SameAsOutput;

/// The mean of a function of targets and outputs, written in [operations](crate::ops):
/// [Keras's `MeanMetricWrapper`](https://keras.io/api/metrics/reduction_metrics/#meanmetricwrapper-class). The function
/// gives a number for each sample, or for each step of each.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::training::metrics::MeanMetricWrapper;
///
/// fn largest_error(y_true: Symbolic, y_pred: Symbolic) -> Symbolic {
///     ops::max(ops::abs(y_true - y_pred), -1).into()
/// }
///
/// let metric = MeanMetricWrapper::new(largest_error);
/// let model = model!(Input(4) => Dense(2)).compile("adam", MeanSquaredError::new(), metric);
/// # drop(model);
/// ```
pub struct MeanMetricWrapper<F> {
    metric: LossMetric<LossFn<F>>,
    larger_is_better: Option<bool>,
}

impl<F: Clone> Clone for MeanMetricWrapper<F> {
    fn clone(&self) -> Self {
        MeanMetricWrapper { metric: self.metric.clone(), larger_is_better: self.larger_is_better }
    }
}

impl<F> core::fmt::Debug for MeanMetricWrapper<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("MeanMetricWrapper").field(&self.metric).finish()
    }
}

impl<F> MeanMetricWrapper<F> {
    /// By the name of the function; a closure's is `mean_metric`.
    pub fn new<R: Traceable>(function: F) -> Self
    where
        F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    {
        let loss = LossFn::new(function);
        let name = match loss.name() {
            "loss" => "mean_metric",
            name => name,
        };
        MeanMetricWrapper { metric: LossMetric::new(loss).named(name), larger_is_better: None }
    }

    /// Another name in the logs.
    #[must_use]
    pub fn named<R: Traceable>(mut self, name: impl Into<String>) -> Self
    where
        F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    {
        self.metric = self.metric.named(name);
        self
    }

    /// Whether more is better, for callbacks that are to find out by themselves.
    #[must_use]
    pub fn larger_is_better(mut self, larger_is_better: bool) -> Self {
        self.larger_is_better = Some(larger_is_better);
        self
    }
}

impl<F, R> Metric for MeanMetricWrapper<F>
where
    F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    R: Traceable + 'static,
{
    fn name(&self) -> &str {
        self.metric.name()
    }

    super::as_inner!(metric);

    fn clone_box(&self) -> Box<dyn Metric> {
        Box::new(self.clone())
    }

    fn resolve(self: Box<Self>, _: bool, _: Option<usize>) -> Box<dyn Metric> {
        self
    }

    fn larger_is_better(&self) -> Option<bool> {
        self.larger_is_better
    }
}

/// A sum over batches: [Keras's `Sum`](https://keras.io/api/metrics/reduction_metrics/#sum-class).
#[derive(Clone, Debug, Default)]
pub struct Sum {
    total: f64,
}

impl Sum {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `value`, `weight` times.
    pub fn add(&mut self, value: f64, weight: f64) {
        self.total += value * weight;
    }

    /// Adds all of these values, each as often as its weight says.
    ///
    /// # Errors
    /// The weights cannot be broadcast to the values.
    pub fn update_state(&mut self, values: &Raw, sample_weight: Option<&Raw>) -> Result<()> {
        self.total += super::items::reduced(values, sample_weight, false)?.0;
        Ok(())
    }

    /// The sum.
    pub fn result(&self) -> f64 {
        self.total
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.total = 0.0;
    }
}

/// A function of targets and outputs along an axis.
#[derive(Clone, Copy, Debug)]
struct Along {
    name: &'static str,
    axis: isize,
    function: fn(Symbolic, Symbolic, isize) -> Symbolic,
}

impl Loss for Along {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = SameAsOutput;

    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        super::items::same(self.name, y_true.shape(), y_pred.shape())?;
        let shape: Vec<isize> = y_pred.shape().iter().map(|n| *n as isize).collect();
        Ok((self.function)(ops::reshape(y_true, shape), y_pred.clone(), self.axis))
    }
}

/// A metric that is the mean of a function of targets and outputs along an axis.
macro_rules! along_axis {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $function:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type(LossMetric<Along>);

        impl Default for $type {
            fn default() -> Self {
                $type::new()
            }
        }

        impl $type {
            /// Along the last axis.
            pub fn new() -> Self {
                $type(LossMetric::new(Along { name: $name, axis: -1, function: $function }))
            }

            /// The axis along which targets and outputs are compared: -1.
            #[must_use]
            pub fn axis(mut self, axis: isize) -> Self {
                self.0.loss.axis = axis;
                self
            }

            /// Another name in the logs: Keras's `name`.
            #[must_use]
            pub fn named(self, name: impl Into<String>) -> Self {
                $type(self.0.named(name))
            }
        }

        impl Metric for $type {
            fn name(&self) -> &str {
                self.0.name()
            }

            fn larger_is_better(&self) -> Option<bool> {
                Some(true)
            }

            super::written!(|metric| {
                object(stringify!($type), metric.name(), [("axis", metric.0.loss.axis.setting())])
            });

            super::as_inner!(0);

            super::plain_metric!();
        }
    )* };
}

/// Along an axis, which stays with a length of 1.
fn mean(x: &Symbolic, axis: isize) -> Symbolic {
    ops::mean(x, axis).keepdims(true).build()
}

fn variance(x: &Symbolic, axis: isize) -> Symbolic {
    ops::var(x, axis).keepdims(true).build()
}

along_axis! {
    /// The mean of Pearson's correlation of targets and outputs along an axis:
    /// [Keras's `PearsonCorrelation`](https://keras.io/api/metrics/regression_metrics/#pearsoncorrelation-class).
    PearsonCorrelation = "pearson_correlation", |t, p, axis| {
        let (t, p) = (&t - mean(&t, axis), &p - mean(&p, axis));
        let unit = |x: &Symbolic| x / ops::sqrt(variance(x, axis));
        ops::mean(unit(&t) * unit(&p), axis).build()
    };

    /// The mean of the concordance correlation of targets and outputs along an axis, as Keras computes it:
    /// [Keras's `ConcordanceCorrelation`](https://keras.io/api/metrics/regression_metrics/#concordancecorrelation-class).
    ConcordanceCorrelation = "concordance_correlation", |t, p, axis| {
        let (mean_t, mean_p) = (mean(&t, axis), mean(&p, axis));
        let (var_t, var_p) = (variance(&t, axis), variance(&p, axis));
        // Keras takes the mean of the outputs from the targets too.
        let covariance = (t - &mean_p) * (p - &mean_p);
        let norm = var_t + var_p + ops::square(mean_t - mean_p);
        ops::mean(covariance * 2.0 / (norm + 1e-7), axis).build()
    };

    /// The mean of the cosine of the angle between target and output:
    /// [Keras's `CosineSimilarity`](https://keras.io/api/metrics/regression_metrics/#cosinesimilarity-class). The loss of
    /// this name is its negative.
    CosineSimilarity = "cosine_similarity", |t, p, axis| {
        let unit = |x: &Symbolic| {
            let square = ops::sum(ops::square(x), axis).keepdims(true);
            x / ops::sqrt(ops::maximum(square, 1e-14))
        };
        ops::sum(unit(&t) * unit(&p), axis).build()
    };
}
