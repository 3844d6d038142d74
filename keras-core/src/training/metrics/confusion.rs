//! Yes and no, right and wrong.

use super::items::{Items, last, same, samples, with_classes};
use super::{Metric, named, plain_metric, written};
#[cfg(feature = "files")]
use crate::training::config::{Setting, Value as _};
use crate::{Error, Result};

/// Right and wrong answers, weighted.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    tp: f64,
    fp: f64,
    tn: f64,
    fn_: f64,
}

/// What counts as yes.
#[derive(Clone, Debug, Default)]
struct Yes {
    /// None is one of 0.5, or every number among the first `top_k`.
    thresholds: Vec<f32>,
    top_k: Option<usize>,
    class_id: Option<usize>,
}

impl Yes {
    fn count(
        &self,
        counts: &mut [Counts],
        name: &str,
        (y_true, true_shape): (&[f32], &[usize]),
        (y_pred, pred_shape): (&[f32], &[usize]),
        weight: Option<&[f32]>,
    ) -> Result<()> {
        same(name, true_shape, pred_shape)?;
        let n = last(pred_shape);
        self.check(name, n)?;
        if self.class_id.is_some() {
            with_classes(name, "class_id", pred_shape)?;
        }
        let items = Items::new(y_pred.len(), samples(pred_shape), weight)?;
        let thresholds = self.all();
        for (row, (t, p)) in y_true.chunks(n).zip(y_pred.chunks(n)).enumerate() {
            let first = self.top_k.map(|k| first(p, k));
            for (i, (t, p)) in t.iter().zip(p).enumerate() {
                if self.class_id.is_some_and(|class| class != i) {
                    continue;
                }
                let among = first.as_ref().is_none_or(|first| first.contains(&i));
                for (counts, threshold) in counts.iter_mut().zip(thresholds) {
                    let cell = match (*t != 0.0, *p > *threshold && among) {
                        (true, true) => &mut counts.tp,
                        (false, true) => &mut counts.fp,
                        (false, false) => &mut counts.tn,
                        (true, false) => &mut counts.fn_,
                    };
                    *cell += items.weight(row * n + i);
                }
            }
        }
        Ok(())
    }

    /// What a number must exceed. As in Keras, with `top_k` alone everything among the first is a yes.
    fn all(&self) -> &[f32] {
        match (self.thresholds.as_slice(), self.top_k) {
            ([], Some(_)) => &[f32::NEG_INFINITY],
            ([], None) => &[0.5],
            (given, _) => given,
        }
    }

    /// As Keras writes thresholds: one is a number.
    #[cfg(feature = "files")]
    fn setting(&self) -> Setting {
        match self.thresholds.as_slice() {
            [] => Setting::None,
            [one] => one.setting(),
            all => all.to_vec().setting(),
        }
    }

    fn check(&self, name: &str, n: usize) -> Result<()> {
        if let Some(class) = self.class_id.filter(|class| *class >= n) {
            let message = format!("`class_id` {class}, the model's output has {n}");
            return Err(Error::Argument(format!("metric `{name}`: {message}")));
        }
        if let Some(threshold) = self.thresholds.iter().find(|t| !(0.0..=1.0).contains(*t)) {
            let message = format!("`threshold` must lie between 0 and 1, found {threshold}");
            return Err(Error::Argument(format!("metric `{name}`: {message}")));
        }
        if self.top_k == Some(0) {
            return Err(Error::Argument(format!("metric `{name}`: `top_k` must be at least 1")));
        }
        Ok(())
    }
}

/// Where the `k` largest numbers are; of equals the first.
fn first(row: &[f32], k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
    order.truncate(k);
    order
}

fn ratio(part: f64, rest: f64) -> f64 {
    if part + rest == 0.0 { 0.0 } else { part / (part + rest) }
}

macro_rules! confusion {
    ($($(#[$doc:meta])* $type:ident$(($($argument:ident),*))? = $name:literal, $larger:expr, $result:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            name: String,
            yes: Yes,
            /// One for each threshold.
            counts: Vec<Counts>,
        }

        impl Default for $type {
            fn default() -> Self {
                $type::new()
            }
        }

        impl $type {
            /// With a threshold of 0.5.
            pub fn new() -> Self {
                $type { name: $name.into(), yes: Yes::default(), counts: vec![Counts::default()] }
            }

            /// What an output must exceed to count as a yes: Keras's `thresholds`, one number.
            #[must_use]
            pub fn threshold(self, threshold: f32) -> Self {
                self.thresholds([threshold])
            }

            /// A value for each of these thresholds, as with Keras's list of `thresholds`. In logs each is called by its
            /// own, as `precision[0.3]`; an empty list is as none.
            #[must_use]
            pub fn thresholds(mut self, thresholds: impl IntoIterator<Item = f32>) -> Self {
                self.yes.thresholds = thresholds.into_iter().collect();
                self.counts = vec![Counts::default(); self.yes.all().len()];
                self
            }
        }

        named!($type);

        impl Metric for $type {
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
                let (t, p) = ((y_true, true_shape), (y_pred, pred_shape));
                self.yes.count(&mut self.counts, &self.name, t, p, sample_weight)
            }

            fn result(&self) -> f64 {
                let result: fn(Counts) -> f64 = $result;
                self.counts.iter().map(|counts| result(*counts)).sum::<f64>() / self.counts.len() as f64
            }

            fn results(&self) -> Vec<(String, f64)> {
                if self.counts.len() == 1 {
                    return Vec::new();
                }
                let result: fn(Counts) -> f64 = $result;
                let all = self.yes.all().iter().zip(&self.counts);
                all.map(|(threshold, counts)| (threshold.to_string(), result(*counts))).collect()
            }

            fn reset(&mut self) {
                self.counts.fill(Counts::default());
            }

            fn state(&self) -> Vec<f64> {
                self.counts.iter().flat_map(|c| [c.tp, c.fp, c.tn, c.fn_]).collect()
            }

            fn set_state(&mut self, state: &[f64]) -> Result<()> {
                let (quads, rest) = state.as_chunks::<4>();
                if !rest.is_empty() || quads.len() != self.counts.len() {
                    let (wanted, found) = (4 * self.counts.len(), state.len());
                    let message = format!("it keeps {wanted} numbers, found {found}");
                    return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
                }
                for (counts, [tp, fp, tn, fn_]) in self.counts.iter_mut().zip(quads.iter().copied()) {
                    *counts = Counts { tp, fp, tn, fn_ };
                }
                Ok(())
            }

            fn larger_is_better(&self) -> Option<bool> {
                $larger
            }

            written!(|metric| object(
                stringify!($type),
                &metric.name,
                [("thresholds", metric.yes.setting())
                 $($(, (stringify!($argument), metric.yes.$argument.setting()))*)?]
            ));

            plain_metric!();
        }
    )* };
}

confusion! {
    /// How many of those that are said to be are:
    /// [Keras's `Precision`](https://keras.io/api/metrics/classification_metrics/#precision-class).
    Precision(top_k, class_id) = "precision", Some(true), |c| ratio(c.tp, c.fp);

    /// How many of those that are are said to be:
    /// [Keras's `Recall`](https://keras.io/api/metrics/classification_metrics/#recall-class).
    Recall(top_k, class_id) = "recall", Some(true), |c| ratio(c.tp, c.fn_);

    /// Those that are and are said to be:
    /// [Keras's `TruePositives`](https://keras.io/api/metrics/classification_metrics/#truepositives-class).
    TruePositives = "true_positives", None, |c| c.tp;

    /// Those that are not and are said to be:
    /// [Keras's `FalsePositives`](https://keras.io/api/metrics/classification_metrics/#falsepositives-class).
    FalsePositives = "false_positives", None, |c| c.fp;

    /// Those that are not and are not said to be:
    /// [Keras's `TrueNegatives`](https://keras.io/api/metrics/classification_metrics/#truenegatives-class).
    TrueNegatives = "true_negatives", None, |c| c.tn;

    /// Those that are and are not said to be:
    /// [Keras's `FalseNegatives`](https://keras.io/api/metrics/classification_metrics/#falsenegatives-class).
    FalseNegatives = "false_negatives", None, |c| c.fn_;
}

macro_rules! of_classes {
    ($($type:ident),*) => { $(
        impl $type {
            /// Only the `k` largest outputs of a row count as a yes; without a threshold all of them do.
            #[must_use]
            pub fn top_k(mut self, k: usize) -> Self {
                self.yes.top_k = Some(k);
                self
            }

            /// Only this class is looked at.
            #[must_use]
            pub fn class_id(mut self, class: usize) -> Self {
                self.yes.class_id = Some(class);
                self
            }
        }
    )* };
}
of_classes!(Precision, Recall);
