//! `fit` and `evaluate`.

use std::collections::HashMap;

use super::callbacks::{Callback, Control};
use super::checkpoint::Position;
use super::checks::{agree, check_targets};
use super::compiled::{Compiled, ModelHandle, TargetOf};
use super::evaluate::{check_batch_size, samples, test, weights_of};
use super::frequency::ValidationFreq;
use super::history::History;
use super::losses::Losses;
use super::order::Order;
use super::progress::{Progress, Verbose};
use super::resume;
use super::stream::Arrays;
use super::trainer::{Batch, Logs, Trainer};
use super::weights::{ClassWeights, IntoSampleWeight, SampleWeight};
use crate::model::{AnyModel, Model, Samples};
use crate::tensor::{Data, IntoInputs, IntoTargets};
use crate::{Error, Result};

/// Inputs and targets.
pub(crate) type Pair<'a> = (Vec<Data<'a>>, Vec<Data<'a>>);
pub(crate) type Batches<'a> = Box<dyn Iterator<Item = Result<Arrays>> + 'a>;

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
    /// Whether the user or the model has set it.
    batch_size_is_set: bool,
    epochs: usize,
    initial_epoch: usize,
    shuffle: bool,
    validation_split: f64,
    validation: Option<Result<Pair<'a>>>,
    validation_weight: Option<Result<SampleWeight>>,
    validation_freq: ValidationFreq,
    validation_batch_size: Option<usize>,
    class_weight: HashMap<usize, f64>,
    sample_weight: Option<Result<SampleWeight>>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    steps_per_epoch: Option<usize>,
    verbose: Verbose,
}

border! {
[IntoInputs, IntoTargets, IntoSampleWeight, Callback, Into, IntoIterator]
impl<'a, M: Model, L: Losses<M::Outputs>> Fit<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        Self::of(model, Source::Memory(data))
    }

    pub(crate) fn from_batches(
        model: &'a mut Compiled<M, L>,
        source: Box<dyn FnMut() -> Batches<'a> + 'a>,
    ) -> Self {
        Self::of(model, Source::Stream(source))
    }

    fn of(model: &'a mut Compiled<M, L>, source: Source<'a>) -> Self {
        let fixed = model.structure().fixed_batch();
        Fit {
            model,
            source,
            batch_size: fixed.unwrap_or(32),
            batch_size_is_set: fixed.is_some(),
            epochs: 1,
            initial_epoch: 0,
            shuffle: true,
            validation_split: 0.0,
            validation: None,
            validation_weight: None,
            validation_freq: ValidationFreq::Every(1),
            validation_batch_size: None,
            class_weight: HashMap::new(),
            sample_weight: None,
            callbacks: Vec::new(),
            steps_per_epoch: None,
            verbose: Verbose::Auto,
        }
    }

    /// Samples per step: 32, or, with `steps_per_epoch` alone, what makes so many steps of all samples. A stream makes
    /// its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size_is_set = true;
        self.batch_size = batch_size;
        self
    }

    /// The epoch at which training ends: 1.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// The epoch at which training starts, counted from 0. It sees the samples in the order in which a training of all
    /// epochs with the same seed would have seen them.
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
        self.validation = Some(self.model.data(x, y, Samples::All));
        self
    }

    /// What each sample or step of `validation_data` counts, as in [`sample_weight`](Fit::sample_weight).
    pub fn validation_sample_weight(mut self, sample_weight: impl IntoSampleWeight) -> Self {
        self.validation_weight = Some(sample_weight.into_sample_weight());
        self
    }

    /// After every how many epochs validation runs, 1, or a list of epochs after which it does: `[1, 2, 10]`.
    pub fn validation_freq(mut self, validation_freq: impl Into<ValidationFreq>) -> Self {
        self.validation_freq = validation_freq.into();
        self
    }

    /// Samples per validation batch: `batch_size`.
    pub fn validation_batch_size(mut self, validation_batch_size: usize) -> Self {
        self.validation_batch_size = Some(validation_batch_size);
        self
    }

    /// What a sample of each class counts; classes not named count 1. Together with sample weights both are multiplied,
    /// where Keras takes one of them only. Of one-hot targets, the class is the largest number's.
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().collect();
        self
    }

    /// What each sample, or each step of each sample, counts in the loss and in `weighted_metrics`: a slice, `Vec` or
    /// array of any rank up to that of the losses, `&weights`. A model of several outputs takes one set with a weight
    /// for each sample, or a tuple with a set for each output, `(&a, &b)`, `()` for one without. The batches of a stream
    /// bring their own: `(x, y, sample_weight)`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::{Array2, Array3};
    ///
    /// let (x, y) = (Array3::<f32>::zeros((8, 5, 2)), Array3::<f32>::ones((8, 5, 1)));
    /// let mut model = model!(Input(None, 2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    /// // Only the first two steps of each sample count.
    /// let weights = Array2::from_shape_fn((8, 5), |(_, step)| if step < 2 { 1.0 } else { 0.0 });
    /// model.fit(&x, &y).sample_weight(&weights).verbose(0).run()?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn sample_weight(mut self, sample_weight: impl IntoSampleWeight) -> Self {
        self.sample_weight = Some(sample_weight.into_sample_weight());
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

    /// Whether the arguments can be, without a look at the data.
    fn check(&self) -> Result<()> {
        if !(0.0..1.0).contains(&self.validation_split) {
            return Err(Error::Argument(format!(
                "`validation_split` lies between 0 and 1, found {}",
                self.validation_split
            )));
        }
        if self.steps_per_epoch == Some(0) {
            return Err(Error::Argument("`steps_per_epoch` must be at least 1".into()));
        }
        if self.validation_batch_size == Some(0) {
            return Err(Error::Argument("`validation_batch_size` must be at least 1".into()));
        }
        if self.initial_epoch > self.epochs {
            return Err(Error::Argument(format!(
                "training starts at epoch {} (`initial_epoch`) and ends at epoch {} (`epochs`): `epochs` is the last \
                 epoch, not how many follow",
                self.initial_epoch, self.epochs
            )));
        }
        if self.validation_weight.is_some() && self.validation.is_none() {
            return Err(Error::Argument("`validation_sample_weight` needs `validation_data`".into()));
        }
        self.validation_freq.check()
    }

    /// Trains.
    ///
    /// # Errors
    /// Data that does not fit the model, an argument that cannot be, or what a callback failed at. The
    /// model keeps what it has learnt until then.
    pub fn run(mut self) -> Result<History> {
        self.model.trainer.check()?;
        self.check()?;
        let mut source = match self.source {
            Source::Memory(data) => Source::Memory(Ok(data?)),
            stream => stream,
        };
        let mut validation = self.validation.transpose()?;
        check_batch_size(&**self.model, "batch_size", self.batch_size)?;
        if let Some(size) = self.validation_batch_size {
            check_batch_size(&**self.model, "validation_batch_size", size)?;
        }
        let mut rows = Vec::new();
        let mut held_out = Vec::new();
        let (mut weights, mut held_out_weights, mut validation_weights) =
            (Vec::new(), Vec::new(), Vec::new());
        let class_weights = ClassWeights::new(&self.class_weight, &self.model.trainer, &**self.model)?;
        if let Source::Memory(Ok((_, y))) = &source {
            let samples = samples(y);
            if samples == 0 {
                return Err(Error::Argument("there are no samples to train on".into()));
            }
            // Classes are weighed for training only, as in Keras.
            held_out_weights = weights_of(self.sample_weight, &self.model.trainer, y)?;
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
            if let Some(batch) = self.model.structure().fixed_batch()
                && !(rows.len().is_multiple_of(batch) && held_out.len().is_multiple_of(batch))
            {
                return Err(Error::Argument(format!(
                    "the model's batch is {batch}, and {} samples to train on{} are not whole batches",
                    rows.len(),
                    if held_out.is_empty() {
                        String::new()
                    } else {
                        format!(" and {} to test on", held_out.len())
                    },
                )));
            }
            if let (Some(steps), false) = (self.steps_per_epoch, self.batch_size_is_set) {
                self.batch_size = rows.len().div_ceil(steps);
            }
            let (model, trainer) = self.model.parts();
            check_targets(trainer, model, y)?;
            weights = held_out_weights.clone();
            if let Some(classes) = &class_weights {
                weights = classes.times(weights, &y[0]);
            }
        } else if self.sample_weight.is_some() {
            return Err(Error::Argument(
                "`sample_weight` needs data in memory; a stream gives batches of `(x, y, sample_weight)`"
                    .into(),
            ));
        } else if self.validation_split > 0.0 {
            return Err(Error::Argument(
                "`validation_split` needs data in memory; use `validation_data`".into(),
            ));
        }
        // As in Keras, the size of batches that goes with the number of steps is for training only.
        let test_size =
            self.validation_batch_size.unwrap_or(if self.batch_size_is_set { self.batch_size } else { 32 });
        if let Some((_, y)) = &validation {
            validation_weights = weights_of(self.validation_weight, &self.model.trainer, y)?;
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
        trainer.stop = false;
        trainer.requests.clear();
        let mut arguments = vec![("steps_per_epoch".to_string(), self.steps_per_epoch.unwrap_or(0) as u64)];
        if matches!(source, Source::Memory(_)) {
            let own =
                [("samples", rows.len()), ("batch_size", self.batch_size), ("shuffle", self.shuffle.into())];
            arguments.extend(own.map(|(name, value)| (name.to_string(), value as u64)));
        }
        notify(&mut callbacks, model, trainer, |callback, control| callback.on_train_begin(control))?;
        let mut saved = resume::restore(&mut callbacks, model, trainer, &arguments)?;
        let start = saved.as_ref().map_or(self.initial_epoch, |saved| saved.position.epoch);
        // A training that a callback had ended, but not the one in the middle of its last epoch, has none left.
        let over = saved.as_ref().is_some_and(|saved| saved.stop && saved.position.batch == 0);
        let end = if over { start } else { self.epochs };
        let mut order =
            Order::new(rows.len(), self.batch_size, self.steps_per_epoch, self.shuffle, trainer.seed);
        for epoch in start..end {
            progress.epoch(epoch + 1, self.epochs);
            notify(&mut callbacks, model, trainer, |callback, control| {
                callback.on_epoch_begin(epoch, control)
            })?;
            trainer.reset_metrics();
            let mut step = 0;
            let mut left = self.steps_per_epoch.unwrap_or(usize::MAX);
            if let Some(saved) = saved.take().filter(|saved| saved.position.batch > 0) {
                // What callbacks have done at the beginning of this epoch they had done before.
                saved.apply(model, trainer)?;
                saved.tell(&mut callbacks)?;
                step = saved.position.batch;
                left = if saved.stop { 0 } else { left.saturating_sub(step) };
                trainer.stop = saved.stop;
            }
            let first = step;
            let mut one = |trainer: &mut Trainer, model: &mut M, batch: &Batch<'_>| -> Result<bool> {
                notify(&mut callbacks, model, trainer, |c, control| c.on_train_batch_begin(step, control))?;
                trainer.train(model, batch)?;
                if !callbacks.is_empty() {
                    let logs = trainer.logs();
                    notify(&mut callbacks, model, trainer, |c, control| {
                        c.on_train_batch_end(step, &logs, control)
                    })?;
                }
                step += 1;
                let position = Position { epoch, batch: step };
                resume::serve(&callbacks, model, trainer, position, &arguments)?;
                progress.step(step, || Shown::of(trainer.logs()));
                Ok(trainer.stop || self.steps_per_epoch == Some(step))
            };
            match &mut source {
                Source::Memory(Ok((x, y))) => {
                    for chunk in order.rest(epoch, first).chunks(self.batch_size).take(left) {
                        let batch = Batch { inputs: x, targets: y, weights: &weights, rows: chunk };
                        if one(trainer, model, &batch)? {
                            break;
                        }
                    }
                }
                Source::Stream(stream) => {
                    let mut batches = stream();
                    // Those that were trained on before an interruption.
                    for _ in 0..first {
                        batches.next().ok_or_else(|| resume::too_short(first))??;
                    }
                    for pair in batches.take(left) {
                        let (x, y, weights) = pair?;
                        agree(model, trainer, &x, &y, Samples::Batch)?;
                        check_targets(trainer, model, &y)?;
                        let chunk: Vec<usize> = (0..samples(&y)).collect();
                        let mut weights = weights_of(weights.map(Ok), trainer, &y)?;
                        if let Some(classes) = &class_weights {
                            weights = classes.times(weights, &y[0]);
                        }
                        let batch = Batch { inputs: &x, targets: &y, weights: &weights, rows: &chunk };
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
            if self.validation_freq.is_due(epoch) {
                let tested = match (&mut validation, &source) {
                    (Some((x, y)), _) => {
                        let all: Vec<usize> = (0..samples(y)).collect();
                        Some(test(trainer, model, x, y, &validation_weights, &all, test_size)?)
                    }
                    (None, Source::Memory(Ok((x, y)))) if !held_out.is_empty() => {
                        Some(test(trainer, model, x, y, &held_out_weights, &held_out, test_size)?)
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
                trainer.requests.extend(control.take_requests());
                let more = control.into_logged();
                super::callbacks::merge(&mut logs, more);
            }
            let shown = Shown::refs(&logs);
            progress.finish(&shown);
            history.push(epoch, &shown);
            trainer.epochs = epoch + 1;
            let position = Position { epoch: epoch + 1, batch: 0 };
            resume::serve(&callbacks, model, trainer, position, &arguments)?;
            if trainer.stop {
                break;
            }
        }
        notify(&mut callbacks, model, trainer, |callback, control| callback.on_train_end(control))?;
        let position = Position { epoch: trainer.epochs, batch: 0 };
        resume::serve(&callbacks, model, trainer, position, &arguments)?;
        Ok(history)
    }
}
}

/// Owned logs in the form that the progress bar takes.
pub(crate) struct Shown(Vec<(&'static str, f64)>);

impl Shown {
    pub(crate) fn of(logs: Logs) -> Self {
        Shown(logs.into_iter().map(|(name, value)| (super::names::interned(&name), value)).collect())
    }

    pub(crate) fn refs(logs: &Logs) -> Vec<(&str, f64)> {
        logs.iter().map(|(name, value)| (name.as_str(), *value)).collect()
    }
}

impl AsRef<[(&'static str, f64)]> for Shown {
    fn as_ref(&self) -> &[(&'static str, f64)] {
        &self.0
    }
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
        let requests = control.take_requests();
        trainer.requests.extend(requests);
    }
    Ok(())
}
