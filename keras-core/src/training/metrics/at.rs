//! The best of one rate where another is large enough, over thresholds.

use super::items::{Items, last, same, samples, with_classes};
use super::{Metric, named, plain_metric, written};
use crate::{Error, Result};

/// Weighted samples by the number of thresholds below their output.
#[derive(Clone, Debug, Default)]
struct Counts {
    yes: Vec<f64>,
    no: Vec<f64>,
}

/// Those at one threshold.
struct Cells {
    tp: f64,
    fp: f64,
    tn: f64,
    fn_: f64,
}

/// 0 over 0 is 0.
fn share(part: f64, rest: f64) -> f64 {
    if part + rest == 0.0 { 0.0 } else { part / (part + rest) }
}

macro_rules! at {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $argument:literal, $bound:expr, $result:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            name: String,
            value: f64,
            num_thresholds: usize,
            class_id: Option<usize>,
            counts: Counts,
        }

        impl $type {
            /// Where the other rate is at least `value`, over 200 thresholds.
            pub fn new(value: f64) -> Self {
                let (name, counts) = ($name.into(), Counts::default());
                $type { name, value, num_thresholds: 200, class_id: None, counts }
            }

            /// How many thresholds from 0 to 1 are tried; a single one is 0.5.
            #[must_use]
            pub fn num_thresholds(mut self, num_thresholds: usize) -> Self {
                self.num_thresholds = num_thresholds;
                self
            }

            /// Only this class is looked at.
            #[must_use]
            pub fn class_id(mut self, class: usize) -> Self {
                self.class_id = Some(class);
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
                let wrong = |problem: String| Err(Error::Argument(format!("metric `{}`: {problem}", self.name)));
                if !(0.0..=1.0).contains(&self.value) {
                    return wrong(format!("`{}` must lie between 0 and 1, found {}", $argument, self.value));
                }
                if self.num_thresholds == 0 {
                    return wrong("`num_thresholds` must be at least 1, found 0".into());
                }
                same(&self.name, true_shape, pred_shape)?;
                let n = last(pred_shape);
                if self.class_id.is_some() {
                    with_classes(&self.name, "class_id", pred_shape)?;
                }
                if let Some(class) = self.class_id.filter(|class| *class >= n) {
                    return wrong(format!("`class_id` {class}, the model's output has {n}"));
                }
                let items = Items::new(y_pred.len(), samples(pred_shape), sample_weight)?;
                self.counts.begin(self.num_thresholds);
                for (i, (t, p)) in y_true.iter().zip(y_pred).enumerate() {
                    if self.class_id.is_none_or(|class| i % n == class) {
                        self.counts.add(*t, *p, items.weight(i));
                    }
                }
                Ok(())
            }

            fn result(&self) -> f64 {
                let bound: fn(&Cells) -> f64 = $bound;
                let result: fn(&Cells) -> f64 = $result;
                let enough = |cells: &Cells| bound(cells) as f32 >= self.value as f32;
                self.counts.cells().filter(enough).map(|cells| result(&cells)).fold(0.0, f64::max)
            }

            fn reset(&mut self) {
                self.counts = Counts::default();
            }

            fn state(&self) -> Vec<f64> {
                self.counts.yes.iter().chain(&self.counts.no).copied().collect()
            }

            fn set_state(&mut self, state: &[f64]) -> Result<()> {
                let n = self.num_thresholds + 1;
                if state.len() != 2 * n && !state.is_empty() {
                    let message = format!("it keeps {} numbers, found {}", 2 * n, state.len());
                    return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
                }
                let (yes, no) = state.split_at(state.len() / 2);
                self.counts = Counts { yes: yes.to_vec(), no: no.to_vec() };
                Ok(())
            }

            fn larger_is_better(&self) -> Option<bool> {
                Some(true)
            }

            written!(|metric| object(
                stringify!($type),
                &metric.name,
                [
                    ("num_thresholds", metric.num_thresholds.setting()),
                    ("class_id", metric.class_id.setting()),
                    ($argument, metric.value.setting()),
                ]
            ));

            plain_metric!();
        }
    )* };
}

impl Counts {
    fn begin(&mut self, thresholds: usize) {
        if self.yes.len() != thresholds + 1 {
            (self.yes, self.no) = (vec![0.0; thresholds + 1], vec![0.0; thresholds + 1]);
        }
    }

    fn add(&mut self, t: f32, p: f32, weight: f64) {
        let n = self.yes.len() - 1;
        let below = match n {
            1 => usize::from(p > 0.5),
            // As in Keras, an output that is a threshold lies above the one before; 0 lies above none.
            n => (p.clamp(0.0, 1.0) * (n - 1) as f32).ceil() as usize,
        };
        let counts = if t != 0.0 { &mut self.yes } else { &mut self.no };
        counts[below] += weight;
    }

    /// The counts at each threshold.
    fn cells(&self) -> impl Iterator<Item = Cells> {
        let (yes, no): (f64, f64) = (self.yes.iter().sum(), self.no.iter().sum());
        (0..self.yes.len().saturating_sub(1)).map(move |threshold| {
            let above = |counts: &[f64]| counts[threshold + 1..].iter().sum::<f64>();
            let (tp, fp) = (above(&self.yes), above(&self.no));
            Cells { tp, fp, tn: no - fp, fn_: yes - tp }
        })
    }
}

at! {
    /// The best recall where the specificity is at least so much: Keras's
    /// [`SensitivityAtSpecificity`](https://keras.io/api/metrics/classification_metrics/#sensitivityatspecificity-class).
    SensitivityAtSpecificity = "sensitivity_at_specificity", "specificity",
        |c| share(c.tn, c.fp), |c| share(c.tp, c.fn_);

    /// The best specificity where the recall is at least so much: Keras's
    /// [`SpecificityAtSensitivity`](https://keras.io/api/metrics/classification_metrics/#specificityatsensitivity-class).
    SpecificityAtSensitivity = "specificity_at_sensitivity", "sensitivity",
        |c| share(c.tp, c.fn_), |c| share(c.tn, c.fp);

    /// The best precision where the recall is at least so much:
    /// [Keras's `PrecisionAtRecall`](https://keras.io/api/metrics/classification_metrics/#precisionatrecall-class).
    PrecisionAtRecall = "precision_at_recall", "recall",
        |c| share(c.tp, c.fn_), |c| share(c.tp, c.fp);

    /// The best recall where the precision is at least so much:
    /// [Keras's `RecallAtPrecision`](https://keras.io/api/metrics/classification_metrics/#recallatprecision-class).
    RecallAtPrecision = "recall_at_precision", "precision",
        |c| share(c.tp, c.fp), |c| share(c.tp, c.fn_);
}
