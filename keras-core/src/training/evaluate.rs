//! `evaluate`, and what `fit` and `evaluate` both look at before they compute.

use super::checks::check_targets;
use super::compiled::Compiled;
use super::fit::{Pair, Shown};
use super::losses::Losses;
use super::progress::{Progress, Verbose};
use super::trainer::{Batch, Logs, Trainer};
use super::weights::{IntoSampleWeight, OutputWeights, SampleWeight};
use crate::model::{AnyModel, Model};
use crate::tensor::Data;
use crate::{Error, Result};

/// An evaluation that is about to run:
/// [Keras's `evaluate`](https://keras.io/api/models/model_training_apis/#evaluate-method).
#[must_use = "nothing is evaluated before `run`"]
pub struct Evaluate<'a, M: Model, L: Losses<M::Outputs>> {
    model: &'a mut Compiled<M, L>,
    data: Result<Pair<'a>>,
    batch_size: usize,
    /// Whether the user or the model has set it.
    batch_size_is_set: bool,
    steps: Option<usize>,
    sample_weight: Option<Result<SampleWeight>>,
    verbose: Verbose,
}

border! {
[IntoSampleWeight, Into]
impl<'a, M: Model, L: Losses<M::Outputs>> Evaluate<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        let fixed = model.structure().fixed_batch();
        Evaluate {
            model,
            data,
            batch_size: fixed.unwrap_or(32),
            batch_size_is_set: fixed.is_some(),
            steps: None,
            sample_weight: None,
            verbose: Verbose::Auto,
        }
    }

    /// Samples per batch: 32, or, with `steps` alone, what makes so many batches of all samples.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size_is_set = true;
        self.batch_size = batch_size;
        self
    }

    /// Ends after this many batches: the first samples.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// What each sample or each step counts in the loss and in `weighted_metrics`: a slice, `Vec` or array, `&weights`;
    /// a model of several outputs takes one for all of them or a tuple.
    pub fn sample_weight(mut self, sample_weight: impl IntoSampleWeight) -> Self {
        self.sample_weight = Some(sample_weight.into_sample_weight());
        self
    }

    /// What is printed, as in `Fit::verbose`.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.verbose = verbose.into();
        self
    }

    /// Evaluates.
    ///
    /// # Errors
    /// Data that does not fit the model.
    pub fn run(self) -> Result<Evaluation> {
        let (x, y) = self.data?;
        check_batch_size(&**self.model, "batch_size", self.batch_size)?;
        let count = samples(&y);
        if count == 0 {
            return Err(Error::Argument("there are no samples to evaluate".into()));
        }
        let (mut batch_size, mut rows) = (self.batch_size, 0..count);
        if let Some(steps) = self.steps {
            if steps == 0 {
                return Err(Error::Argument("`steps` must be at least 1".into()));
            }
            if !self.batch_size_is_set {
                batch_size = count.div_ceil(steps);
            }
            rows.end = batch_size.saturating_mul(steps).min(count);
        }
        let rows: Vec<usize> = rows.collect();
        let (model, trainer) = self.model.parts();
        let weights = weights_of(self.sample_weight, trainer, &y)?;
        check_targets(trainer, model, &y)?;
        let mut progress = Progress::new(self.verbose, Some(rows.len().div_ceil(batch_size)));
        progress.epoch(1, 1);
        let logs = test(trainer, model, &x, &y, &weights, &rows, batch_size)?;
        progress.finish(&Shown::refs(&logs));
        Ok(Evaluation { logs })
    }
}
}

/// What `evaluate` found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    logs: Logs,
}

impl Evaluation {
    /// The value of this name: `loss`, `accuracy`.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.logs.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// The loss.
    pub fn loss(&self) -> f64 {
        self.get("loss").unwrap_or(f64::NAN)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.logs.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl core::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let texts: Vec<String> =
            self.logs.iter().map(|(name, value)| format!("{name}: {value:.4}")).collect();
        f.write_str(&texts.join(" - "))
    }
}

/// Loss and metrics of the samples at `rows`.
pub(crate) fn test(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    x: &[Data<'_>],
    y: &[Data<'_>],
    weights: &OutputWeights,
    rows: &[usize],
    batch_size: usize,
) -> Result<Logs> {
    trainer.reset_metrics();
    for chunk in rows.chunks(batch_size.max(1)) {
        let batch = Batch { inputs: x, targets: y, weights, rows: chunk };
        trainer.test(model, &batch)?;
    }
    Ok(trainer.logs())
}

/// Checks the size of the batches that data are split into.
pub(crate) fn check_batch_size(model: &dyn AnyModel, argument: &str, size: usize) -> Result<()> {
    if size == 0 {
        return Err(Error::Argument(format!("`{argument}` must be at least 1")));
    }
    match model.structure().fixed_batch() {
        Some(batch) if batch != size => {
            Err(Error::Argument(format!("the model's batch is {batch}, and `{argument}` is {size}")))
        }
        _ => Ok(()),
    }
}

/// The number of samples.
pub(crate) fn samples(targets: &[Data<'_>]) -> usize {
    targets.first().map_or(0, Data::samples)
}

/// The weights of each output, where sample weights are given.
pub(crate) fn weights_of(
    given: Option<Result<SampleWeight>>,
    trainer: &Trainer,
    targets: &[Data<'_>],
) -> Result<OutputWeights> {
    given.map_or(Ok(Vec::new()), |weights| weights?.for_targets(trainer, targets))
}
