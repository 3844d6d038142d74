//! `evaluate`, and what `fit` and `evaluate` both look at before they compute.

use std::collections::HashMap;

use super::compiled::Compiled;
use super::fit::{Pair, Shown};
use super::losses::Losses;
use super::progress::{Progress, Verbose};
use super::trainer::{Batch, Logs, Trainer};
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
    sample_weight: Option<Vec<f32>>,
    verbose: Verbose,
}

impl<'a, M: Model, L: Losses<M::Outputs>> Evaluate<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        let batch_size = model.structure().fixed_batch().unwrap_or(32);
        Evaluate { model, data, batch_size, sample_weight: None, verbose: Verbose::Auto }
    }

    /// Samples per batch: 32.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// What each sample counts.
    pub fn sample_weight(mut self, sample_weight: &[f32]) -> Self {
        self.sample_weight = Some(sample_weight.to_vec());
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
        let rows: Vec<usize> = (0..samples(&y)).collect();
        if rows.is_empty() {
            return Err(Error::Argument("there are no samples to evaluate".into()));
        }
        let (model, trainer) = self.model.parts();
        let weight = weights(trainer, &y, &HashMap::new(), self.sample_weight)?;
        check_targets(trainer, model, &y)?;
        let mut progress = Progress::new(self.verbose, Some(rows.len().div_ceil(self.batch_size)));
        progress.epoch(1, 1);
        let logs = test(trainer, model, &x, &y, weight.as_deref(), &rows, self.batch_size)?;
        progress.finish(&Shown::refs(&logs));
        Ok(Evaluation { logs })
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
    weight: Option<&[f32]>,
    rows: &[usize],
    batch_size: usize,
) -> Result<Logs> {
    trainer.reset_metrics();
    for chunk in rows.chunks(batch_size.max(1)) {
        let batch = Batch { inputs: x, targets: y, weight, rows: chunk };
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

/// Targets that cannot be, such as a class number beyond the output, before anything is computed.
pub(crate) fn check_targets(trainer: &Trainer, model: &dyn AnyModel, targets: &[Data<'_>]) -> Result<()> {
    let mut values = Vec::new();
    for (i, (output, target)) in trainer.outputs.iter().zip(targets).enumerate() {
        let declared = model.structure().output_shape(i);
        let shape: Vec<usize> = declared.dims().iter().map(|dim| dim.fixed().unwrap_or(1)).collect();
        let rows: Vec<usize> = (0..target.samples()).collect();
        for chunk in rows.chunks(1024) {
            target.gather_f32(chunk, &mut values);
            output.loss.check(&values, &shape)?;
        }
    }
    Ok(())
}

/// Sample weights, with class weights multiplied in.
pub(crate) fn weights(
    trainer: &Trainer,
    targets: &[Data<'_>],
    class_weight: &HashMap<usize, f64>,
    sample_weight: Option<Vec<f32>>,
) -> Result<Option<Vec<f32>>> {
    let samples = samples(targets);
    if let Some(weight) = &sample_weight
        && weight.len() != samples
    {
        return Err(Error::Argument(format!("{} sample weights for {samples} samples", weight.len())));
    }
    if class_weight.is_empty() {
        return Ok(sample_weight);
    }
    let [y] = targets else {
        return Err(Error::Argument(
            "`class_weight` is for models of one output; use `sample_weight`".into(),
        ));
    };
    let classes = trainer.outputs.first().is_some_and(|output| output.loss.classes());
    let width = y.width();
    let one_hot = !classes && width > 1;
    if classes && width > 1 || y.shape().len() > 2 {
        return Err(Error::Argument(
            "`class_weight` needs one class for each sample; use `sample_weight`".into(),
        ));
    }
    let mut weight = sample_weight.unwrap_or_else(|| vec![1.0; samples]);
    let mut values = Vec::new();
    for (row, weight) in weight.iter_mut().enumerate() {
        y.gather_f32(&[row], &mut values);
        let class = if one_hot {
            values.iter().enumerate().fold(0, |best, (i, v)| if *v > values[best] { i } else { best })
        } else {
            values.first().copied().unwrap_or(0.0) as usize
        };
        *weight *= class_weight.get(&class).copied().unwrap_or(1.0) as f32;
    }
    Ok(Some(weight))
}
