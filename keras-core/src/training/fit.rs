//! `fit` and `evaluate`.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::callbacks::{Callback, Control};
use super::compiled::{Compiled, ModelHandle, TargetOf, agree};
use super::history::History;
use super::losses::Losses;
use super::progress::{Progress, Verbose};
use super::trainer::{Logs, Trainer, batch};
use crate::model::{AnyModel, Model};
use crate::tensor::{Data, IntoInputs, IntoTargets};
use crate::{Error, Result};

/// Inputs and targets.
pub(crate) type Pair<'a> = (Vec<Data<'a>>, Vec<Data<'a>>);
pub(crate) type Batches<'a> = Box<dyn Iterator<Item = Result<Pair<'static>>> + 'a>;

/// Where the samples come from.
enum Source<'a> {
    Memory(Result<Pair<'a>>),
    Stream(Box<dyn FnMut() -> Batches<'a> + 'a>),
}

/// A training that is about to run: [Keras's `fit`](https://keras.io/api/models/model_training_apis/#fit-method)
/// with its defaults, changed by the setters of the same names.
#[must_use = "nothing is trained before `run`"]
pub struct Fit<'a, M: Model, L: Losses<M::Outputs>> {
    model: &'a mut Compiled<M, L>,
    source: Source<'a>,
    batch_size: usize,
    epochs: usize,
    initial_epoch: usize,
    shuffle: bool,
    validation_split: f64,
    validation: Option<Result<Pair<'a>>>,
    validation_freq: usize,
    validation_batch_size: Option<usize>,
    class_weight: HashMap<usize, f64>,
    sample_weight: Option<Vec<f32>>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    steps_per_epoch: Option<usize>,
    verbose: Verbose,
}

impl<'a, M: Model, L: Losses<M::Outputs>> Fit<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        Self::of(model, Source::Memory(data))
    }

    pub(crate) fn from_batches(model: &'a mut Compiled<M, L>, source: Box<dyn FnMut() -> Batches<'a> + 'a>) -> Self {
        Self::of(model, Source::Stream(source))
    }

    fn of(model: &'a mut Compiled<M, L>, source: Source<'a>) -> Self {
        let fixed = model.structure().inputs.first().and_then(|info| info.spec.shape.batch().fixed());
        Fit {
            model,
            source,
            batch_size: fixed.unwrap_or(32),
            epochs: 1,
            initial_epoch: 0,
            shuffle: true,
            validation_split: 0.0,
            validation: None,
            validation_freq: 1,
            validation_batch_size: None,
            class_weight: HashMap::new(),
            sample_weight: None,
            callbacks: Vec::new(),
            steps_per_epoch: None,
            verbose: Verbose::Auto,
        }
    }

    /// Samples per step: 32. A stream makes its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// The epoch at which training ends: 1.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// The epoch at which training starts, counted from 0.
    pub fn initial_epoch(mut self, initial_epoch: usize) -> Self {
        self.initial_epoch = initial_epoch;
        self
    }

    /// Whether each epoch sees the samples in another order: true. A stream keeps its own order.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// The share of samples, taken from the end before shuffling, that is only tested.
    pub fn validation_split(mut self, validation_split: f64) -> Self {
        self.validation_split = validation_split;
        self
    }

    /// Samples that are only tested, after each epoch; goes before `validation_split`.
    pub fn validation_data(
        mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Self {
        self.validation = Some(self.model.data(x, y));
        self
    }

    /// Every how many epochs validation runs: 1.
    pub fn validation_freq(mut self, validation_freq: usize) -> Self {
        self.validation_freq = validation_freq;
        self
    }

    /// Samples per validation batch: `batch_size`.
    pub fn validation_batch_size(mut self, validation_batch_size: usize) -> Self {
        self.validation_batch_size = Some(validation_batch_size);
        self
    }

    /// What a sample of each class counts; classes not named count 1.
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().collect();
        self
    }

    /// What each sample counts.
    pub fn sample_weight(mut self, sample_weight: &[f32]) -> Self {
        self.sample_weight = Some(sample_weight.to_vec());
        self
    }

    /// Adds a callback; they run in the order in which they were added. One that is wanted back goes
    /// in as `&mut`.
    pub fn callback(mut self, callback: impl Callback + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Ends each epoch after this many steps. Where samples are left, the next epoch goes on with them, and ends
    /// with the last of them.
    pub fn steps_per_epoch(mut self, steps_per_epoch: usize) -> Self {
        self.steps_per_epoch = Some(steps_per_epoch);
        self
    }

    /// What is printed: `"auto"` (a bar on a terminal, else a line per epoch), 0 nothing, 1 a bar, 2 a
    /// line per epoch.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.verbose = verbose.into();
        self
    }

    /// Trains.
    ///
    /// # Errors
    /// Data that does not fit the model, an argument that cannot be, or what a callback failed at. The
    /// model keeps what it has learnt until then.
    pub fn run(self) -> Result<History> {
        let mut source = match self.source {
            Source::Memory(data) => Source::Memory(Ok(data?)),
            stream => stream,
        };
        let mut validation = self.validation.transpose()?;
        if self.batch_size == 0 {
            return Err(Error::Argument("`batch_size` must be at least 1".into()));
        }
        if let Some(batch) = self.model.structure().inputs.first().and_then(|i| i.spec.shape.batch().fixed())
            && self.batch_size != batch
        {
            return Err(Error::Argument(format!(
                "the model's batch is {batch}, and `batch_size` is {}",
                self.batch_size
            )));
        }
        if !(0.0..1.0).contains(&self.validation_split) {
            return Err(Error::Argument(format!(
                "`validation_split` lies between 0 and 1, found {}",
                self.validation_split
            )));
        }
        if self.steps_per_epoch == Some(0) {
            return Err(Error::Argument("`steps_per_epoch` must be at least 1".into()));
        }
        let mut rows = Vec::new();
        let mut held_out = Vec::new();
        let (mut weight, mut held_out_weight) = (None, None);
        if let Source::Memory(Ok((_, y))) = &source {
            let samples = samples(y);
            if samples == 0 {
                return Err(Error::Argument("there are no samples to train on".into()));
            }
            // Classes are weighed for training only, as in Keras.
            held_out_weight = self.sample_weight.clone();
            weight = weights(&self.model.trainer, y, &self.class_weight, self.sample_weight)?;
            rows = (0..samples).collect();
            if self.validation_split > 0.0 && validation.is_none() {
                held_out = rows.split_off((samples as f64 * (1.0 - self.validation_split)) as usize);
                if rows.is_empty() || held_out.is_empty() {
                    return Err(Error::Argument(format!(
                        "`validation_split` of {} leaves nothing of {samples} samples to train on or to test",
                        self.validation_split
                    )));
                }
            }
            let (model, trainer) = self.model.parts();
            check_targets(trainer, model, y)?;
        } else if self.validation_split > 0.0 {
            return Err(Error::Argument("`validation_split` needs data in memory; use `validation_data`".into()));
        }
        if let Some((_, y)) = &validation {
            let (model, trainer) = self.model.parts();
            check_targets(trainer, model, y)?;
            if samples(y) == 0 {
                return Err(Error::Argument("there are no samples to validate on".into()));
            }
        }
        let mut callbacks = self.callbacks;
        let mut history = History::default();
        let steps = match &source {
            Source::Memory(_) => {
                let all = rows.len().div_ceil(self.batch_size);
                Some(self.steps_per_epoch.map_or(all, |steps| steps.min(all)))
            }
            Source::Stream(_) => self.steps_per_epoch,
        };
        let mut progress = Progress::new(self.verbose, steps);
        let (model, trainer) = self.model.parts();
        let mut order = ChaCha8Rng::seed_from_u64(trainer.seed);
        trainer.stop = false;
        // Where the next epoch goes on: one of fewer steps than the samples fill does not start anew.
        let mut next = 0;
        notify(&mut callbacks, model, trainer, |callback, control| callback.on_train_begin(control))?;
        for epoch in self.initial_epoch..self.epochs {
            progress.epoch(epoch + 1, self.epochs);
            notify(&mut callbacks, model, trainer, |callback, control| callback.on_epoch_begin(epoch, control))?;
            trainer.reset_metrics();
            let mut step = 0;
            let mut one = |trainer: &mut Trainer, model: &mut M, batch: &super::trainer::Batch| -> Result<bool> {
                notify(&mut callbacks, model, trainer, |c, control| c.on_train_batch_begin(step, control))?;
                trainer.train(model, batch)?;
                if !callbacks.is_empty() {
                    let logs = trainer.logs();
                    notify(&mut callbacks, model, trainer, |c, control| c.on_train_batch_end(step, &logs, control))?;
                }
                step += 1;
                progress.step(step, || Shown::of(trainer.logs()));
                Ok(trainer.stop || self.steps_per_epoch == Some(step))
            };
            match &mut source {
                Source::Memory(Ok((x, y))) => {
                    if self.shuffle && next == 0 {
                        rows.shuffle(&mut order);
                    }
                    for chunk in rows[next..].chunks(self.batch_size) {
                        next += chunk.len();
                        let batch = batch(model, x, y, weight.as_deref(), chunk)?;
                        if one(trainer, model, &batch)? {
                            break;
                        }
                    }
                    next %= rows.len();
                }
                Source::Stream(stream) => {
                    for pair in stream() {
                        let (x, y) = pair?;
                        agree(model, trainer, &x, &y)?;
                        let chunk: Vec<usize> = (0..samples(&y)).collect();
                        let weight = weights(trainer, &y, &self.class_weight, None)?;
                        check_targets(trainer, model, &y)?;
                        let batch = batch(model, &x, &y, weight.as_deref(), &chunk)?;
                        if one(trainer, model, &batch)? {
                            break;
                        }
                    }
                }
                Source::Memory(Err(_)) => {}
            }
            if step == 0 {
                return Err(Error::Argument("the stream gave no batch in this epoch".into()));
            }
            let mut logs = trainer.logs();
            if (epoch + 1) % self.validation_freq.max(1) == 0 {
                let size = self.validation_batch_size.unwrap_or(self.batch_size);
                let tested = match (&mut validation, &source) {
                    (Some((x, y)), _) => {
                        let all: Vec<usize> = (0..samples(y)).collect();
                        Some(test(trainer, model, x, y, None, &all, size)?)
                    }
                    (None, Source::Memory(Ok((x, y)))) if !held_out.is_empty() => {
                        Some(test(trainer, model, x, y, held_out_weight.as_deref(), &held_out, size)?)
                    }
                    _ => None,
                };
                logs.extend(tested.into_iter().flatten().map(|(name, value)| (format!("val_{name}"), value)));
            }
            for callback in &mut callbacks {
                let mut handle = ModelHandle(model);
                let mut control = Control::new(&mut handle, trainer.optimizer.as_mut(), &mut trainer.stop);
                callback.on_epoch_end(epoch, &logs, &mut control)?;
                // What one callback logs, the next ones and the history see.
                let more = control.into_logged();
                super::callbacks::merge(&mut logs, more);
            }
            let shown = Shown::refs(&logs);
            progress.finish(&shown);
            history.push(epoch, &shown);
            if trainer.stop {
                break;
            }
        }
        notify(&mut callbacks, model, trainer, |callback, control| callback.on_train_end(control))?;
        Ok(history)
    }
}

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
        Evaluate { model, data, batch_size: 32, sample_weight: None, verbose: Verbose::Auto }
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

    /// What is printed, as in [`Fit::verbose`].
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
        if self.batch_size == 0 {
            return Err(Error::Argument("`batch_size` must be at least 1".into()));
        }
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
        let texts: Vec<String> = self.logs.iter().map(|(name, value)| format!("{name}: {value:.4}")).collect();
        f.write_str(&texts.join(" - "))
    }
}

/// Owned logs in the form that the progress bar takes.
struct Shown(Vec<(&'static str, f64)>);

impl Shown {
    fn of(logs: Logs) -> Self {
        Shown(logs.into_iter().map(|(name, value)| (super::names::interned(&name), value)).collect())
    }

    fn refs(logs: &Logs) -> Vec<(&str, f64)> {
        logs.iter().map(|(name, value)| (name.as_str(), *value)).collect()
    }
}

impl AsRef<[(&'static str, f64)]> for Shown {
    fn as_ref(&self) -> &[(&'static str, f64)] {
        &self.0
    }
}

fn test(
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
        let batch = batch(model, x, y, weight, chunk)?;
        trainer.test(model, &batch)?;
    }
    Ok(trainer.logs())
}

fn samples(targets: &[Data<'_>]) -> usize {
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
fn weights(
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
        return Err(Error::Argument("`class_weight` is for models of one output; use `sample_weight`".into()));
    };
    let classes = trainer.outputs.first().is_some_and(|output| output.loss.classes());
    let width = y.width();
    let one_hot = !classes && width > 1;
    if classes && width > 1 || y.shape().len() > 2 {
        return Err(Error::Argument("`class_weight` needs one class for each sample; use `sample_weight`".into()));
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

fn notify<'a>(
    callbacks: &mut [Box<dyn Callback + 'a>],
    model: &mut dyn AnyModel,
    trainer: &mut Trainer,
    mut event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>,
) -> Result<()> {
    for callback in callbacks {
        let mut handle = ModelHandle(model);
        let mut control = Control::new(&mut handle, trainer.optimizer.as_mut(), &mut trainer.stop);
        event(callback.as_mut(), &mut control)?;
    }
    Ok(())
}
