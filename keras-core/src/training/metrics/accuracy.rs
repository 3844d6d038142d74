//! How often the model is right.

use super::by_name::Remembered;
use super::items::{argmax, last, mean_metric, per_row, same};
use super::{Metric, named};
use crate::Result;

/// Keras's `"accuracy"`: binary, categorical or sparse categorical accuracy, whichever goes with the loss and the
/// model's output. ([Keras's class of the same name](https://keras.io/api/metrics/accuracy_metrics/#accuracy-class)
/// counts outputs that equal their targets instead, as [`LabelAccuracy`] does.)
#[derive(Clone)]
pub struct Accuracy {
    name: String,
    known: Option<Box<dyn Metric>>,
}

impl Default for Accuracy {
    fn default() -> Self {
        Accuracy::new()
    }
}

impl Accuracy {
    /// Decides when the model is compiled.
    pub fn new() -> Self {
        Accuracy { name: "accuracy".into(), known: None }
    }

    fn of(name: &str, class_indices: bool, last_axis: Option<usize>) -> Box<dyn Metric> {
        let metric: Box<dyn Metric> = if last_axis == Some(1) {
            Box::new(BinaryAccuracy::new().named(name))
        } else if class_indices {
            Box::new(SparseCategoricalAccuracy::new().named(name))
        } else {
            Box::new(CategoricalAccuracy::new().named(name))
        };
        // To Keras this word is what goes with the loss, too.
        if matches!(name, "accuracy" | "acc") { Remembered::word(name, metric) } else { metric }
    }
}

named!(Accuracy);

impl Metric for Accuracy {
    fn name(&self) -> &str {
        &self.name
    }

    fn update(
        &mut self,
        y_true: &[f32],
        true_shape: &[usize],
        y_pred: &[f32],
        pred_shape: &[usize],
        sample_weight: Option<&[f32]>,
    ) -> Result<()> {
        // Used on its own, it decides by the first batch.
        let known = self.known.get_or_insert_with(|| {
            let sparse = true_shape.len() < pred_shape.len() || true_shape.last() == Some(&1);
            Accuracy::of(&self.name, sparse, Some(last(pred_shape)))
        });
        known.update(y_true, true_shape, y_pred, pred_shape, sample_weight)
    }

    fn result(&self) -> f64 {
        self.known.as_ref().map_or(0.0, |known| known.result())
    }

    fn reset(&mut self) {
        if let Some(known) = &mut self.known {
            known.reset();
        }
    }

    fn state(&self) -> Vec<f64> {
        self.known.as_ref().map_or_else(Vec::new, |known| known.state())
    }

    fn set_state(&mut self, state: &[f64]) -> Result<()> {
        match &mut self.known {
            Some(known) => known.set_state(state),
            None => super::sums::<0>(&self.name, state).map(drop),
        }
    }

    fn clone_box(&self) -> Box<dyn Metric> {
        Box::new(self.clone())
    }

    fn resolve(self: Box<Self>, class_indices: bool, last_axis: Option<usize>) -> Box<dyn Metric> {
        Accuracy::of(&self.name, class_indices, last_axis)
    }

    fn averages(&self) -> bool {
        true
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }
}

mean_metric! {
    /// How often an output equals its target: Keras's class
    /// [`Accuracy`](https://keras.io/api/metrics/accuracy_metrics/#accuracy-class), for outputs that are labels.
    LabelAccuracy = "accuracy", larger: true,
    {},
    |metric, y_true, true_shape, y_pred, pred_shape| {
        same(&metric.name, true_shape, pred_shape)?;
        y_true.iter().zip(y_pred).map(|(t, p)| f32::from(t == p)).collect()
    },
    result: |mean| mean
}

mean_metric! {
    /// How often an output above a threshold has a target of 1, and one below it a target of 0:
    /// [Keras's `BinaryAccuracy`](https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class).
    BinaryAccuracy = "binary_accuracy", larger: true,
    {
        /// What an output must exceed to count as 1.
        threshold: f32 = 0.5
    },
    |metric, y_true, true_shape, y_pred, pred_shape| {
        same(&metric.name, true_shape, pred_shape)?;
        let above = |p: f32| f32::from(p > metric.threshold);
        y_true.iter().zip(y_pred).map(|(t, p)| f32::from(above(*p) == *t)).collect()
    },
    result: |mean| mean
}

mean_metric! {
    /// How often the largest output is where the largest target is: Keras's
    /// [`CategoricalAccuracy`](https://keras.io/api/metrics/accuracy_metrics/#categoricalaccuracy-class).
    CategoricalAccuracy = "categorical_accuracy", larger: true,
    {},
    |metric, y_true, true_shape, y_pred, pred_shape| {
        same(&metric.name, true_shape, pred_shape)?;
        let n = last(pred_shape);
        y_true.chunks(n).zip(y_pred.chunks(n)).map(|(t, p)| f32::from(argmax(t) == argmax(p))).collect()
    },
    result: |mean| mean
}

mean_metric! {
    /// How often the largest output is at the target's index: Keras's
    /// [`SparseCategoricalAccuracy`](https://keras.io/api/metrics/accuracy_metrics/#sparsecategoricalaccuracy-class).
    SparseCategoricalAccuracy = "sparse_categorical_accuracy", larger: true,
    {},
    |metric, y_true, true_shape, y_pred, pred_shape| {
        let n = per_row(&metric.name, true_shape, pred_shape)?;
        y_true.iter().zip(y_pred.chunks(n)).map(|(t, p)| f32::from(argmax(p) as f32 == *t)).collect()
    },
    result: |mean| mean
}
