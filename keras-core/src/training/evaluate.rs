//! `evaluate`, and what `fit` and `evaluate` both look at before they compute.

use super::callbacks::{Callback, TakesCallback};
use super::checks::{agree, check_targets};
use super::compiled::Compiled;
use super::fit::{Batches, Pair, Shown};
use super::history::no_metric;
use super::losses::Losses;
use super::meet::meet;
use super::progress::{Progress, Verbose};
use super::stream::Arrays;
use super::test::Test;
use super::trainer::{Batch, Logs, Trainer};
use super::uncompiled::TrainingRun;
use super::weights::{ClassWeights, IntoSampleWeight, OutputWeights, SampleWeight};
use crate::distribution::{Ranks, together};
use crate::model::{AnyModel, Model, Samples};
use crate::tensor::Data;
use crate::{Error, Result};

/// Where the samples come from.
enum Source<'a> {
    Memory(Result<Pair<'a>>),
    Stream(Batches<'a>),
}

/// An evaluation that is about to run:
/// [Keras's `evaluate`](https://keras.io/api/models/model_training_apis/#evaluate-method).
#[must_use = "nothing is evaluated before `run`"]
pub struct Evaluate<'a, M: Model, L: Losses<M::Outputs>> {
    model: &'a mut Compiled<M, L>,
    source: Source<'a>,
    /// That which the user or the model has set.
    batch_size: Option<usize>,
    steps: Option<usize>,
    sample_weight: Option<Result<SampleWeight>>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    verbose: Verbose,
}

border! {
[IntoSampleWeight, TakesCallback, Into]
impl<'a, M: Model, L: Losses<M::Outputs>> Evaluate<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        Self::of(model, Source::Memory(data))
    }

    pub(crate) fn from_batches(model: &'a mut Compiled<M, L>, batches: Batches<'a>) -> Self {
        Self::of(model, Source::Stream(batches))
    }

    fn of(model: &'a mut Compiled<M, L>, source: Source<'a>) -> Self {
        Evaluate {
            batch_size: model.structure().fixed_batch(),
            model,
            source,
            steps: None,
            sample_weight: None,
            callbacks: Vec::new(),
            verbose: Verbose::Auto,
        }
    }

    /// Samples per batch: 32, or, with `steps` alone, what makes so many batches of all samples. A stream makes its own
    /// batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = Some(batch_size);
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

    /// Adds a callback, which is told of the events `on_test_...`; they run in the order in which they were added. One
    /// that is wanted back goes in as `&mut`.
    pub fn callback<C>(mut self, callback: C) -> Self
    where
        TrainingRun: TakesCallback<'a, C>,
    {
        self.callbacks.push(TrainingRun::boxed(callback));
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
    pub fn run(mut self) -> Result<Evaluation> {
        let ranks = self.model.core().ranks();
        if ranks.as_ref().is_some_and(|ranks| !ranks.is_first()) {
            self.verbose = Verbose::Silent;
            self.callbacks.retain(|callback| !callback.writes());
        }
        together(ranks.as_deref(), || self.evaluated(ranks.as_deref()))
    }

    fn evaluated(mut self, ranks: Option<&Ranks>) -> Result<Evaluation> {
        self.model.trainer.check()?;
        if self.steps == Some(0) {
            return Err(Error::Argument("`steps` must be at least 1".into()));
        }
        let logs = match self.source {
            Source::Memory(data) => {
                let (x, y) = data?;
                check_batch_size(&**self.model, "batch_size", self.batch_size.unwrap_or(32))?;
                let count = samples(&y);
                if count == 0 {
                    return Err(Error::Argument("there are no samples to evaluate".into()));
                }
                let (batch_size, count) = in_steps(count, self.batch_size, self.steps);
                let rows: Vec<usize> = (0..count).collect();
                let (model, trainer) = self.model.parts();
                let sizes = [("samples", count as u64), ("batch_size", batch_size as u64)];
                meet(ranks, model, trainer, "`evaluate`", &sizes)?;
                let weights = weights_of(self.sample_weight, trainer, &y)?;
                check_targets(trainer, model, &y)?;
                let mut progress = Progress::new(self.verbose, Some(rows.len().div_ceil(batch_size)));
                progress.epoch(1, 1);
                let run = Test::new(model, trainer, &mut self.callbacks);
                let batch = Batch { inputs: &x, targets: &y, weights: &weights, rows: &rows, shared: true };
                let logs = run.rows(&batch, batch_size, |done, trainer| {
                    progress.step(done, || Shown::of(trainer.logs()));
                })?;
                progress.finish(&Shown::refs(&logs));
                logs
            }
            Source::Stream(batches) => {
                let fixed = self.model.structure().fixed_batch();
                if self.sample_weight.is_some() || self.batch_size != fixed {
                    let what = if self.sample_weight.is_some() { "sample_weight" } else { "batch_size" };
                    return Err(Error::Argument(format!(
                        "`{what}` needs data in memory; a stream gives batches of `(x, y)` or `(x, y, sample_weight)`"
                    )));
                }
                let (model, trainer) = self.model.parts();
                meet(ranks, model, trainer, "`evaluate_batches`", &[])?;
                let mut progress = Progress::new(self.verbose, self.steps);
                progress.epoch(1, 1);
                let run = Test::new(model, trainer, &mut self.callbacks);
                let logs = run.stream(batches, self.steps, |done, trainer| {
                    progress.step(done, || Shown::of(trainer.logs()));
                })?;
                progress.finish(&Shown::refs(&logs));
                logs
            }
        };
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

/// `evaluation["accuracy"]`.
///
/// # Panics
/// There is no such name; [`get`](Evaluation::get) gives `None` then.
impl core::ops::Index<&str> for Evaluation {
    type Output = f64;

    fn index(&self, name: &str) -> &f64 {
        let found = self.logs.iter().find(|(known, _)| known == name);
        match found {
            Some((_, value)) => value,
            None => no_metric(name, self.iter().map(|(known, _)| known)),
        }
    }
}

impl core::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let texts: Vec<String> =
            self.logs.iter().map(|(name, value)| format!("{name}: {value:.4}")).collect();
        f.write_str(&texts.join(" - "))
    }
}

/// The parts of a batch that an iterator made, when they go with the model: inputs, targets, weights, and which rows of
/// them count.
pub(crate) type Checked = (Vec<Data<'static>>, Vec<Data<'static>>, OutputWeights, Vec<usize>);

/// Checks a batch that an iterator made.
pub(crate) fn checked(
    trainer: &Trainer,
    model: &dyn AnyModel,
    (x, y, weights): Arrays,
    classes: Option<&ClassWeights>,
) -> Result<Checked> {
    agree(model, trainer, &x, &y, Samples::Batch)?;
    check_targets(trainer, model, &y)?;
    let rows = (0..samples(&y)).collect();
    let mut weights = weights_of(weights.map(Ok), trainer, &y)?;
    if let Some(classes) = classes {
        weights = classes.times(weights, &y[0]);
    }
    Ok((x, y, weights, rows))
}

/// The size of batches, and how many of the samples are in them, where so many are given and at most `steps` batches are
/// wanted: 32 samples a batch, or, with `steps` alone, what makes so many batches of all samples.
pub(crate) fn in_steps(samples: usize, batch_size: Option<usize>, steps: Option<usize>) -> (usize, usize) {
    let size = match (batch_size, steps) {
        (Some(size), _) => size,
        (None, Some(steps)) => samples.div_ceil(steps.max(1)).max(1),
        (None, None) => 32,
    };
    (size, steps.map_or(samples, |steps| size.saturating_mul(steps).min(samples)))
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
