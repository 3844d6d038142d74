//! How much of the variance of targets is explained.

use super::items::{Items, last, same, samples};
use super::{Metric, named, plain_metric, written};
use crate::setters::setters;
#[cfg(feature = "files")]
use crate::training::config::Setting;
use crate::{Error, Result};

/// How one number is made of those of all outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassAggregation {
    /// The mean.
    #[default]
    UniformAverage,
    /// The mean by the variances of the targets.
    VarianceWeightedAverage,
    /// No number is made of them: each output has a value of its own, `r2_score[0]` in logs. Their mean is what a single
    /// number of the metric is.
    None,
}

/// Sums over the targets of one output.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    sum: f64,
    squares: f64,
    errors: f64,
    count: f64,
}

/// 1 less the share of the variance of targets that outputs do not explain:
/// [Keras's `R2Score`](https://keras.io/api/metrics/regression_metrics/#r2score-class).
#[derive(Clone, Debug)]
pub struct R2Score {
    name: String,
    class_aggregation: ClassAggregation,
    num_regressors: usize,
    numbers: f64,
    sums: Vec<Sums>,
}

impl Default for R2Score {
    fn default() -> Self {
        R2Score::new()
    }
}

impl R2Score {
    /// The mean of all outputs, not adjusted.
    pub fn new() -> Self {
        R2Score {
            name: "r2_score".into(),
            class_aggregation: ClassAggregation::UniformAverage,
            num_regressors: 0,
            numbers: 0.0,
            sums: Vec::new(),
        }
    }
}

impl R2Score {
    /// Of each output how much its targets vary, and its score.
    fn scores(&self) -> Vec<(f64, f64)> {
        let of = |own: &Sums| {
            let total = own.squares - own.sum * own.sum / own.count;
            let score = 1.0 - own.errors / total;
            (total, if score.is_infinite() { 0.0 } else { score })
        };
        self.sums.iter().map(of).collect()
    }

    /// The score by the number of independent variables. As in Keras, with more of those than numbers it stays.
    fn adjusted(&self, score: f64) -> f64 {
        let left = self.numbers - self.num_regressors as f64 - 1.0;
        if self.num_regressors == 0 || left <= 0.0 {
            return score;
        }
        1.0 - (1.0 - score) * (self.numbers - 1.0) / left
    }
}

setters! { R2Score:
    /// How one number is made of those of all outputs.
    class_aggregation: ClassAggregation,
    /// The number of independent variables, for the adjusted score; 0 for the score itself.
    num_regressors: usize,
}

named!(R2Score);

impl Metric for R2Score {
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
        same(&self.name, true_shape, pred_shape)?;
        if pred_shape.len() > 2 {
            let message = format!("it takes outputs (batch, numbers), found {pred_shape:?}");
            return Err(Error::shape(format!("metric `{}`", self.name), message));
        }
        let n = if pred_shape.len() < 2 { 1 } else { last(pred_shape) };
        if self.sums.len() != n {
            (self.sums, self.numbers) = (vec![Sums::default(); n], 0.0);
        }
        let items = Items::new(y_pred.len(), samples(pred_shape), sample_weight)?;
        for (i, (t, p)) in y_true.iter().zip(y_pred).enumerate() {
            let (t, p, weight, own) = (f64::from(*t), f64::from(*p), items.weight(i), &mut self.sums[i % n]);
            own.sum += t * weight;
            own.squares += t * t * weight;
            own.errors += (t - p) * (t - p) * weight;
            own.count += weight;
        }
        self.numbers += y_true.len() as f64;
        Ok(())
    }

    fn result(&self) -> f64 {
        if self.sums.is_empty() {
            return 0.0;
        }
        let scores = self.scores();
        let score = match self.class_aggregation {
            ClassAggregation::UniformAverage | ClassAggregation::None => {
                scores.iter().map(|(_, score)| score).sum::<f64>() / scores.len() as f64
            }
            ClassAggregation::VarianceWeightedAverage => {
                let sum: f64 = scores.iter().map(|(total, score)| total * score).sum();
                sum / scores.iter().map(|(total, _)| total).sum::<f64>()
            }
        };
        self.adjusted(score)
    }

    fn results(&self) -> Vec<(String, f64)> {
        if self.class_aggregation != ClassAggregation::None {
            return Vec::new();
        }
        let outputs = self.scores().into_iter().enumerate();
        outputs.map(|(i, (_, score))| (i.to_string(), self.adjusted(score))).collect()
    }

    fn reset(&mut self) {
        self.sums.clear();
        self.numbers = 0.0;
    }

    fn state(&self) -> Vec<f64> {
        let sums = self.sums.iter().flat_map(|own| [own.sum, own.squares, own.errors, own.count]);
        [self.numbers].into_iter().chain(sums).collect()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<()> {
        let Some((numbers, sums)) = state.split_first() else {
            self.reset();
            return Ok(());
        };
        let (quads, rest) = sums.as_chunks::<4>();
        if !rest.is_empty() {
            let message = format!("it keeps 1 number and 4 for each output, found {}", state.len());
            return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
        }
        let own = |[sum, squares, errors, count]: [f64; 4]| Sums { sum, squares, errors, count };
        (self.numbers, self.sums) = (*numbers, quads.iter().copied().map(own).collect());
        Ok(())
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }

    written!(|metric| {
        let aggregation = match metric.class_aggregation {
            ClassAggregation::UniformAverage => Setting::Word("uniform_average".into()),
            ClassAggregation::VarianceWeightedAverage => Setting::Word("variance_weighted_average".into()),
            ClassAggregation::None => Setting::None,
        };
        let regressors = metric.num_regressors.setting();
        let arguments = [("class_aggregation", aggregation), ("num_regressors", regressors)];
        object("R2Score", &metric.name, arguments)
    });

    plain_metric!();
}
