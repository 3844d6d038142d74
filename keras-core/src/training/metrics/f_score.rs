//! Precision and recall in one number.

use super::items::{Items, samples};
use super::{Metric, named, plain_metric, written};
#[cfg(feature = "files")]
use crate::training::config::Setting;
use crate::{Error, Result};

/// Keras's `epsilon()`.
const EPSILON: f64 = 1e-7;

/// How one number is made of those of all classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// It is not: each class has a value of its own, `f1_score[0]` in logs, as is Keras's default. Their mean is what a
    /// single number of the metric is.
    #[default]
    None,
    /// Counts of all classes together.
    Micro,
    /// The mean of all classes.
    Macro,
    /// The mean of all classes by how often each is the target.
    Weighted,
}

/// What is counted of one class.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    both: f64,
    only_output: f64,
    only_target: f64,
    targets: f64,
}

#[cfg(feature = "files")]
impl Average {
    /// Keras's word.
    fn setting(self) -> Setting {
        match self {
            Average::None => Setting::None,
            Average::Micro => Setting::Word("micro".into()),
            Average::Macro => Setting::Word("macro".into()),
            Average::Weighted => Setting::Word("weighted".into()),
        }
    }
}

macro_rules! f_score {
    ($($(#[$doc:meta])* $type:ident$(($argument:ident))? = $name:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            name: String,
            average: Average,
            beta: f64,
            threshold: Option<f32>,
            counts: Vec<Counts>,
        }

        impl Default for $type {
            fn default() -> Self {
                $type::new()
            }
        }

        impl $type {
            /// A value for each class; the largest output of a row is the answer.
            pub fn new() -> Self {
                let (average, counts) = (Average::None, Vec::new());
                $type { name: $name.into(), average, beta: 1.0, threshold: None, counts }
            }

            /// How one number is made of those of all classes.
            #[must_use]
            pub fn average(mut self, average: Average) -> Self {
                self.average = average;
                self
            }

            /// What an output must exceed to count as a yes; without it, the largest of each row does.
            #[must_use]
            pub fn threshold(mut self, threshold: f32) -> Self {
                self.threshold = Some(threshold);
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
                check(&self.name, self.beta, self.threshold, true_shape, pred_shape)?;
                let n = pred_shape[1].max(1);
                if self.counts.len() != n {
                    self.counts = vec![Counts::default(); n];
                }
                let items = Items::new(y_pred.len(), samples(pred_shape), sample_weight)?;
                count(&mut self.counts, y_true, y_pred, self.threshold, &items);
                Ok(())
            }

            fn result(&self) -> f64 {
                score(&self.counts, self.average, self.beta)
            }

            fn results(&self) -> Vec<(String, f64)> {
                if self.average != Average::None {
                    return Vec::new();
                }
                let classes = self.counts.iter().enumerate();
                classes.map(|(i, own)| (i.to_string(), of_class(own, self.beta))).collect()
            }

            fn reset(&mut self) {
                self.counts.clear();
            }

            fn state(&self) -> Vec<f64> {
                self.counts.iter().flat_map(|c| [c.both, c.only_output, c.only_target, c.targets]).collect()
            }

            fn set_state(&mut self, state: &[f64]) -> Result<()> {
                let (quads, rest) = state.as_chunks::<4>();
                if !rest.is_empty() {
                    let message = format!("it keeps 4 numbers for each class, found {}", state.len());
                    return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
                }
                let counts = |[both, only_output, only_target, targets]: [f64; 4]| {
                    Counts { both, only_output, only_target, targets }
                };
                self.counts = quads.iter().copied().map(counts).collect();
                Ok(())
            }

            fn larger_is_better(&self) -> Option<bool> {
                Some(true)
            }

            written!(|metric| object(
                stringify!($type),
                &metric.name,
                [
                    ("average", metric.average.setting()),
                    ("threshold", metric.threshold.setting())
                    $(, (stringify!($argument), metric.$argument.setting()))?
                ]
            ));

            plain_metric!();
        }
    )* };
}

f_score! {
    /// The harmonic mean of precision and recall, the latter `beta` times as important:
    /// [Keras's `FBetaScore`](https://keras.io/api/metrics/classification_metrics/#fbetascore-class).
    FBetaScore(beta) = "fbeta_score";

    /// The harmonic mean of precision and recall:
    /// [Keras's `F1Score`](https://keras.io/api/metrics/classification_metrics/#f1score-class).
    F1Score = "f1_score";
}

impl FBetaScore {
    /// How important recall is beside precision: 1.
    #[must_use]
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }
}

fn check(metric: &str, beta: f64, threshold: Option<f32>, t: &[usize], p: &[usize]) -> Result<()> {
    let problem = match threshold {
        _ if beta.is_nan() || beta <= 0.0 => format!("`beta` must be above 0, found {beta}"),
        Some(x) if x.is_nan() || x <= 0.0 || x > 1.0 => {
            format!("`threshold` must be above 0 and at most 1, found {x}")
        }
        _ if t != p || p.len() != 2 => {
            let message = format!("it takes targets and outputs (batch, classes), found {t:?} and {p:?}");
            return Err(Error::shape(format!("metric `{metric}`"), message));
        }
        _ => return Ok(()),
    };
    Err(Error::Argument(format!("metric `{metric}`: {problem}")))
}

fn count(counts: &mut [Counts], y_true: &[f32], y_pred: &[f32], threshold: Option<f32>, items: &Items<'_>) {
    let n = counts.len();
    for (row, (t, p)) in y_true.chunks(n).zip(y_pred.chunks(n)).enumerate() {
        // Nothing is the largest of a row that has a NaN.
        let largest =
            p.iter().copied().fold(f32::NEG_INFINITY, |a, b| if a.is_nan() || a > b { a } else { b });
        for (i, (t, p)) in t.iter().zip(p).enumerate() {
            let yes = match threshold {
                Some(threshold) => *p > threshold,
                None => *p >= largest && p.abs() > 1e-9,
            };
            let (t, weight) = (f64::from(*t), items.weight(row * n + i));
            let (yes, no) = if yes { (weight, 0.0) } else { (0.0, weight) };
            let own = &mut counts[i];
            own.both += yes * t;
            own.only_output += yes * (1.0 - t);
            own.only_target += no * t;
            own.targets += weight * t;
        }
    }
}

fn of_class(counts: &Counts, beta: f64) -> f64 {
    let square = beta * beta;
    let precision = counts.both / (counts.both + counts.only_output + EPSILON);
    let recall = counts.both / (counts.both + counts.only_target + EPSILON);
    precision * recall / (square * precision + recall + EPSILON) * (1.0 + square)
}

fn score(counts: &[Counts], average: Average, beta: f64) -> f64 {
    let one = |counts| of_class(counts, beta);
    let all = counts.iter().fold(Counts::default(), |all, c| Counts {
        both: all.both + c.both,
        only_output: all.only_output + c.only_output,
        only_target: all.only_target + c.only_target,
        targets: all.targets + c.targets,
    });
    match average {
        Average::Micro => one(&all),
        Average::None | Average::Macro => counts.iter().map(one).sum::<f64>() / counts.len().max(1) as f64,
        Average::Weighted => counts.iter().map(|c| one(c) * c.targets / (all.targets + EPSILON)).sum(),
    }
}
