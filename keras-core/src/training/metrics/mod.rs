//! What is reported beside the loss: [Keras's metrics](https://keras.io/api/metrics/).
//!
//! Metrics work on the host: one transfer of the output serves all of them. `new` has Keras's defaults, and a method of its
//! name sets an argument; `named` sets the name. Where there is nothing to set, Keras's name does as well.
//!
//! ```
//! use keras_core::prelude::*;
//!
//! let mut model = model!(Input(4) => Dense(1, activation = sigmoid)).compile(
//!     "adam",
//!     BinaryCrossentropy::new(),
//!     (BinaryAccuracy::new().threshold(0.6), AUC::new().num_thresholds(100), Recall::new().named("found")),
//! );
//! let (x, y) = (ndarray::Array2::<f32>::ones((8, 4)), ndarray::Array2::<f32>::ones((8, 1)));
//! assert!(model.evaluate(&x, &y).verbose(0).run()?.get("found").is_some());
//! let by_name = model!(Input(4) => Dense(1)).compile("adam", MeanSquaredError::new(), ["mae", "mse"]);
//! # drop(by_name);
//! # Ok::<(), keras_core::Error>(())
//! ```
//!
#![doc = include_str!("arguments.md")]

mod accuracy;
mod at;
mod auc;
mod by_name;
#[cfg(feature = "files")]
mod config;
mod confusion;
mod f_score;
#[cfg(feature = "files")]
mod from_config;
mod into;
mod iou;
mod items;
mod loss;
mod mean;
mod r2;
mod regression;
mod top_k;
mod wrapper;

pub use accuracy::{Accuracy, BinaryAccuracy, CategoricalAccuracy, LabelAccuracy, SparseCategoricalAccuracy};
pub use at::{PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity};
pub use auc::{AUC, Curve, SummationMethod};
pub use confusion::{FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives};
pub use f_score::{Average, F1Score, FBetaScore};
#[cfg(feature = "files")]
pub(crate) use from_config::from_config;
pub use into::IntoMetrics;
pub use iou::{BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU};
pub use loss::LossMetric;
pub use mean::Mean;
pub use r2::{ClassAggregation, R2Score};
pub use regression::{
    MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError,
    RootMeanSquaredError,
};
pub use top_k::{SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy};
pub use wrapper::{ConcordanceCorrelation, CosineSimilarity, MeanMetricWrapper, PearsonCorrelation, Sum};

use crate::tensor::Raw;
use crate::training::config::Setting;
use crate::{Error, Result};

/// A metric: [Keras's `Metric`](https://keras.io/api/metrics/base_metric/).
pub trait Metric: Send {
    /// The name in logs: `accuracy`.
    fn name(&self) -> &str;

    /// Takes a batch into account: targets and outputs row by row, each with its shape. `sample_weight`, into which a
    /// mask is multiplied, has one number per sample or per (sample, step).
    ///
    /// # Errors
    /// The targets, or the weights, do not go with the output.
    fn update(
        &mut self,
        y_true: &[f32],
        true_shape: &[usize],
        y_pred: &[f32],
        pred_shape: &[usize],
        sample_weight: Option<&[f32]>,
    ) -> Result<()>;

    /// [`update`](Metric::update) with tensors, by Keras's name.
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let mut metric = Recall::new();
    /// let (t, p) = (Tensor::from([0.0, 1.0, 1.0, 1.0]), Tensor::from([1.0, 0.0, 1.0, 1.0]));
    /// metric.update_state(t.raw(), p.raw(), None)?;
    /// assert!((metric.result() - 2.0 / 3.0).abs() < 1e-6);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `update`.
    fn update_state(&mut self, y_true: &Raw, y_pred: &Raw, sample_weight: Option<&Raw>) -> Result<()> {
        let weights = sample_weight.map(|weight| items::spread(weight, &y_pred.shape())).transpose()?;
        let (targets, outputs) = (y_true.to_vec()?, y_pred.to_vec()?);
        let (t_shape, p_shape) = (y_true.shape(), y_pred.shape());
        let single = sample_weight.filter(|weight| weight.shape().is_empty() && self.averages());
        let Some(weight) = single.map(Raw::to_vec).transpose()? else {
            return self.update(&targets, &t_shape, &outputs, &p_shape, weights.as_deref());
        };
        // The batch counts as often as the weight says, with the mean of its values.
        let before = self.state();
        self.reset();
        let updated = self.update(&targets, &t_shape, &outputs, &p_shape, None);
        let after = match updated {
            Ok(()) => items::times(f64::from(weight[0]), &self.state(), &before),
            Err(_) => before,
        };
        let kept = self.set_state(&after);
        updated.and(kept)
    }

    /// The value over all batches since the last reset.
    fn result(&self) -> f64;

    /// The values of a metric that has several, each with what tells it from the others, which stands in brackets behind
    /// the name in logs: `precision[0.3]`. [`result`](Metric::result) is their mean then, which is what Keras's progress
    /// bar shows. Nothing of a metric with one value.
    fn results(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// Forgets all batches.
    fn reset(&mut self);

    /// The sums over the batches since the last reset, to be saved in the middle of an epoch. One that gives none
    /// begins anew when a training goes on in the middle of an epoch.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes over what [`state`](Metric::state) gave.
    ///
    /// # Errors
    /// The sums are not those of this metric.
    fn set_state(&mut self, state: &[f64]) -> Result<()> {
        sums::<0>(self.name(), state).map(drop)
    }

    /// Whether its state are the sum and the number of values, and a single weight is that of a batch and its mean, as those of
    /// Keras that are means do; else such a weight is that of each sample.
    #[doc(hidden)]
    fn averages(&self) -> bool {
        false
    }

    /// Why there can be no such metric: nothing has the name by which it was asked for.
    #[doc(hidden)]
    fn fault(&self) -> Option<String> {
        None
    }

    /// What Keras makes it of: the name by which it was asked for, or its class with arguments; nothing of a metric that
    /// Keras does not have.
    #[doc(hidden)]
    fn keras(&self) -> Option<Setting> {
        None
    }

    /// A copy of any kind of metric.
    fn clone_box(&self) -> Box<dyn Metric>;

    /// The metric for a model that ends in `last_axis` numbers, trained on class indices or not: Keras's "accuracy"
    /// becomes one of three. All others stay what they are.
    fn resolve(self: Box<Self>, class_indices: bool, last_axis: Option<usize>) -> Box<dyn Metric>;

    /// Whether more is better, for callbacks that are to find out by themselves, whatever the metric is called; nothing where
    /// its name in logs is to tell.
    fn larger_is_better(&self) -> Option<bool> {
        None
    }
}

impl Clone for Box<dyn Metric> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// The sums of a metric that has `N` of them.
pub(super) fn sums<const N: usize>(name: &str, state: &[f64]) -> Result<[f64; N]> {
    state.try_into().map_err(|_| {
        let found = state.len();
        Error::Argument(format!("metric `{name}`: it keeps {N} numbers, found {found}"))
    })
}

/// What a metric that is a mean says of its sums.
macro_rules! mean_state {
    () => {
        fn state(&self) -> Vec<f64> {
            self.mean.state().to_vec()
        }

        fn set_state(&mut self, state: &[f64]) -> $crate::Result<()> {
            self.mean.set_state($crate::training::metrics::sums(&self.name, state)?);
            Ok(())
        }
    };
}
pub(crate) use mean_state;

/// What a metric that counts by another one answers.
macro_rules! as_inner {
    ($field:tt) => {
        fn update(
            &mut self,
            y_true: &[f32],
            true_shape: &[usize],
            y_pred: &[f32],
            pred_shape: &[usize],
            sample_weight: Option<&[f32]>,
        ) -> $crate::Result<()> {
            self.$field.update(y_true, true_shape, y_pred, pred_shape, sample_weight)
        }

        fn result(&self) -> f64 {
            self.$field.result()
        }

        fn results(&self) -> Vec<(String, f64)> {
            self.$field.results()
        }

        fn reset(&mut self) {
            self.$field.reset();
        }

        fn state(&self) -> Vec<f64> {
            self.$field.state()
        }

        fn set_state(&mut self, state: &[f64]) -> $crate::Result<()> {
            self.$field.set_state(state)
        }

        fn averages(&self) -> bool {
            self.$field.averages()
        }
    };
}
pub(crate) use as_inner;

/// What Keras makes a metric of: its class, with arguments.
macro_rules! written {
    (|$self:ident| $written:expr) => {
        #[cfg(feature = "files")]
        fn keras(&self) -> Option<$crate::training::config::Setting> {
            #[allow(unused_imports)]
            use $crate::training::config::Value as _;
            #[allow(unused_imports)]
            use $crate::training::metrics::config::{object, of_loss};
            let $self = self;
            $written
        }
    };
}
pub(crate) use written;

/// What every metric of a concrete type answers alike.
macro_rules! plain_metric {
    () => {
        fn clone_box(&self) -> Box<dyn $crate::training::metrics::Metric> {
            Box::new(self.clone())
        }

        fn resolve(self: Box<Self>, _: bool, _: Option<usize>) -> Box<dyn $crate::training::metrics::Metric> {
            self
        }
    };
}
pub(crate) use plain_metric;

/// The setter of a metric's name.
macro_rules! named {
    ($type:ident) => {
        impl $type {
            /// Another name in the logs: Keras's `name`.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.name = name.into();
                self
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests;
