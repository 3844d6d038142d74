//! `fit` of a train step: epochs, callbacks, progress.

use super::batch::{Batches, Epoch, StepBatch};
use super::models::StepModels;
use super::{StepModel, Tape, TrainStep};
use crate::model::AnyModel;
use crate::training::callbacks::{Callback, Control, EpochLogs, TakesCallback};
use crate::training::fit::Shown;
use crate::training::history::History;
use crate::training::losses::Traceable;
use crate::training::progress::{Progress, Verbose};
use crate::training::trainer::Logs;
use crate::training::uncompiled::TrainingRun;
use crate::{Error, Result};
use keras_ops::Symbolic;

/// A training by a [`TrainStep`] that is about to run: what [`TrainStep::fit`] gives.
#[must_use = "nothing is trained before `run`"]
pub struct StepFit<'a, F, const MODELS: usize, const BATCH: usize, const LOSSES: usize> {
    step: &'a mut TrainStep<F>,
    models: [&'a mut dyn AnyModel; MODELS],
    names: [String; LOSSES],
    batches: Batches<'a, BATCH>,
    validation: Option<Batches<'a, BATCH>>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    epochs: usize,
    initial_epoch: usize,
    steps_per_epoch: usize,
    validation_steps: usize,
    verbose: Verbose,
}

impl<F, const MODELS: usize, const BATCH: usize, const LOSSES: usize> core::fmt::Debug
    for StepFit<'_, F, MODELS, BATCH, LOSSES>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StepFit").field("names", &self.names).finish_non_exhaustive()
    }
}

impl<F> TrainStep<F> {
    /// Trains models for epochs of batches, with callbacks and a bar, as Keras's `fit` does with a
    /// [custom `train_step`](https://keras.io/guides/custom_train_step_in_jax/). `names` are those of the numbers that the
    /// function returns, in its order; `batches` is called once an epoch, and each batch is a tuple of arrays, an array alone
    /// for a function of one, or a `Result` of these.
    ///
    /// What callbacks, the bar and the history are told is the mean of each number over the batches of the epoch so far, as of
    /// Keras's `keras.metrics.Mean` in such a step.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let mut model = model!(Input(3) => Dense(8, activation = relu) => Dense(1));
    /// let mut step = TrainStep::new(|tape, [model], [x, y]| {
    ///     let error = tape.call(model, &x)? - y;
    ///     let loss = ops::mean(ops::square(&error), None).build();
    ///     tape.minimize(&loss, model, Adam::new(0.01))?;
    ///     Ok([loss, ops::mean(ops::abs(error), None).build()])
    /// });
    /// let batch = |i: usize| {
    ///     let x = Array2::from_shape_fn((16, 3), |(row, column)| ((i + row * 3 + column) % 7) as f32 / 7.0);
    ///     let y = x.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
    ///     (x, y)
    /// };
    /// let history = step
    ///     .fit([&mut model], ["loss", "mae"], || (0..10).map(batch))
    ///     .validation_batches(|| (10..12).map(batch))
    ///     .epochs(20)
    ///     .callback(EarlyStopping::new().monitor("val_loss").patience(3).restore_best_weights(true))
    ///     .verbose(0)
    ///     .run()?;
    /// assert!(history["mae"].last() < history["mae"].first());
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn fit<'a, I, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(
        &'a mut self,
        models: [&'a mut dyn AnyModel; MODELS],
        names: [&str; LOSSES],
        batches: impl FnMut() -> I + 'a,
    ) -> StepFit<'a, F, MODELS, BATCH, LOSSES>
    where
        I: IntoIterator,
        I::IntoIter: 'a,
        I::Item: StepBatch<'a, BATCH>,
    {
        StepFit {
            step: self,
            models,
            names: names.map(String::from),
            batches: Batches::new(batches),
            validation: None,
            callbacks: Vec::new(),
            epochs: 1,
            initial_epoch: 0,
            steps_per_epoch: usize::MAX,
            validation_steps: usize::MAX,
            verbose: Verbose::Auto,
        }
    }
}

impl<'a, F, const MODELS: usize, const BATCH: usize, const LOSSES: usize>
    StepFit<'a, F, MODELS, BATCH, LOSSES>
{
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

    /// Ends each epoch after this many steps.
    pub fn steps_per_epoch(mut self, steps_per_epoch: usize) -> Self {
        self.steps_per_epoch = steps_per_epoch;
        self
    }

    /// Batches that are only tested, after each epoch: the function is run on them as in `predict` (dropout drops nothing) unless
    /// it says [`training`](StepModel::training), and no weight changes. Their numbers have `val_` before their names.
    pub fn validation_batches<I>(mut self, batches: impl FnMut() -> I + 'a) -> Self
    where
        I: IntoIterator,
        I::IntoIter: 'a,
        I::Item: StepBatch<'a, BATCH>,
    {
        self.validation = Some(Batches::new(batches));
        self
    }

    /// Ends each validation after this many batches.
    pub fn validation_steps(mut self, validation_steps: usize) -> Self {
        self.validation_steps = validation_steps;
        self
    }

    /// Adds a callback; they run in the order in which they were added. One that is wanted back goes in as `&mut`. They reach
    /// the weights of all models, and the optimiser of the first call of [`minimize`](Tape::minimize). Files are written of one
    /// model only. [`BackupAndRestore`](crate::training::callbacks::BackupAndRestore) is refused: there is no backup of a train step.
    pub fn callback<C>(mut self, callback: C) -> Self
    where
        TrainingRun: TakesCallback<'a, C>,
    {
        self.callbacks.push(TrainingRun::boxed(callback));
        self
    }

    /// What is printed: `"auto"` (a bar on a terminal, else a line per epoch), 0 nothing, 1 a bar, 2 a line per epoch.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.verbose = verbose.into();
        self
    }

    /// Trains.
    ///
    /// # Errors
    /// What [`TrainStep::run`] finds wrong, an argument that cannot be, or what a callback failed at. The models keep what they
    /// have learnt until then.
    pub fn run<T>(mut self) -> Result<History>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        self.check()?;
        let steps = (self.steps_per_epoch < usize::MAX).then_some(self.steps_per_epoch);
        let mut progress = Progress::new(self.verbose, steps);
        let mut history = History::default();
        let (mut stop, mut last) = (false, Vec::new());
        // Callbacks reach the optimiser, which the first batch is traced for.
        let mut first = Some(self.first_batches()?);
        self.tell(&mut stop, |callback, control| callback.on_train_begin(control))?;
        for epoch in self.initial_epoch..self.epochs {
            progress.epoch(epoch + 1, self.epochs);
            self.tell(&mut stop, |callback, control| callback.on_epoch_begin(epoch, control))?;
            let batches = first.take().unwrap_or_else(|| self.batches.epoch());
            let trained = self.train(batches, &mut progress, &mut stop)?;
            let mut tested = None;
            if let Some(mut validation) = self.validation.take() {
                tested = Some(self.test(validation.epoch())?);
                self.validation = Some(validation);
            }
            let mut logs = EpochLogs::new(trained, tested);
            last.clone_from(&logs.told);
            for i in 0..self.callbacks.len() {
                let event = |callback: &mut dyn Callback, control: &mut Control<'_>| {
                    callback.on_epoch_end(epoch, &logs.told, control)
                };
                let (more, _) = self.tell_one(i, &mut stop, event)?;
                logs.merge(more);
            }
            progress.finish(&Shown::refs(&logs.shown));
            history.push(epoch, &Shown::refs(&logs.told));
            if stop {
                break;
            }
        }
        let StepFit { step, models, .. } = &mut self;
        step.finalize(models)?;
        self.tell(&mut stop, |callback, control| callback.on_train_end(&last, control))?;
        Ok(history)
    }

    fn check(&self) -> Result<()> {
        let twice = self.names.iter().enumerate().find(|(i, name)| self.names[..*i].contains(name));
        if let Some((_, name)) = twice {
            return Err(Error::Argument(format!("`fit`: two numbers of a train step are named `{name}`")));
        }
        if let Some((name, _)) =
            [("steps_per_epoch", self.steps_per_epoch), ("validation_steps", self.validation_steps)]
                .iter()
                .find(|(_, steps)| *steps == 0)
        {
            return Err(Error::Argument(format!("`{name}` must be at least 1")));
        }
        if self.initial_epoch > self.epochs {
            return Err(Error::Argument(format!(
                "training starts at epoch {} (`initial_epoch`) and ends at epoch {} (`epochs`): `epochs` is the last \
                 epoch, not how many follow",
                self.initial_epoch, self.epochs
            )));
        }
        Ok(())
    }

    /// The batches of the first epoch, of which the first has been traced.
    fn first_batches<T>(&mut self) -> Result<Epoch<'a, BATCH>>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let mut batches = self.batches.epoch();
        let Some(first) = batches.next() else { return Err(no_batch()) };
        let first = first?;
        let models = self.models.each_mut().map(|model| &mut **model as &mut dyn AnyModel);
        self.step.laid_out(&models, &first.each_ref().map(|x| &**x), true)?;
        if self.step.optimizers.is_empty() {
            return Err(Error::Argument("`fit`: the train step calls `minimize` for no loss".into()));
        }
        Ok(Box::new(core::iter::once(Ok(first)).chain(batches)))
    }

    /// One epoch: the means of what the function returned.
    fn train<T>(
        &mut self,
        batches: Epoch<'a, BATCH>,
        progress: &mut Progress,
        stop: &mut bool,
    ) -> Result<Logs>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let mut means = Means::new(&self.names);
        for batch in batches.take(self.steps_per_epoch) {
            let batch = batch?;
            let at = means.count;
            self.tell(stop, |callback, control| callback.on_train_batch_begin(at, control))?;
            let models = self.models.each_mut().map(|model| &mut **model as &mut dyn AnyModel);
            means.add(&self.step.run(models, batch.each_ref().map(|x| &**x))?);
            if !self.callbacks.is_empty() {
                let logs = means.logs();
                self.tell(stop, |callback, control| callback.on_train_batch_end(at, &logs, control))?;
            }
            progress.step(means.count, || Shown::of(means.logs()));
            if *stop {
                break;
            }
        }
        if means.count == 0 { Err(no_batch()) } else { Ok(means.logs()) }
    }

    /// The means of what the function returns for batches, of which nothing is learnt.
    fn test<T>(&mut self, batches: Epoch<'a, BATCH>) -> Result<Logs>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let mut means = Means::new(&self.names);
        // A validation ends itself, not the training.
        let mut stop = false;
        self.tell(&mut stop, |callback, control| callback.on_test_begin(control))?;
        for batch in batches.take(self.validation_steps) {
            let batch = batch?;
            let at = means.count;
            let mut ends =
                self.tell(&mut stop, |callback, control| callback.on_test_batch_begin(at, control))?;
            let models = self.models.each_mut().map(|model| &mut **model as &mut dyn AnyModel);
            means.add(&self.step.tested(models, batch.each_ref().map(|x| &**x), false)?);
            let logs = means.logs();
            ends |=
                self.tell(&mut stop, |callback, control| callback.on_test_batch_end(at, &logs, control))?;
            if ends {
                break;
            }
        }
        if means.count == 0 {
            return Err(Error::Argument("the iterator gave no batch to validate on".into()));
        }
        let logs = means.logs();
        self.tell(&mut stop, |callback, control| callback.on_test_end(&logs, control))?;
        Ok(logs)
    }

    /// Tells all callbacks of an event; true if one of them ends the validation.
    fn tell(
        &mut self,
        stop: &mut bool,
        mut event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>,
    ) -> Result<bool> {
        let mut ends = false;
        for i in 0..self.callbacks.len() {
            ends |= self.tell_one(i, stop, &mut event)?.1;
        }
        Ok(ends)
    }

    /// Tells one of them; what it logs, and whether it ends the validation.
    fn tell_one(
        &mut self,
        i: usize,
        stop: &mut bool,
        mut event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>,
    ) -> Result<(Logs, bool)> {
        let StepFit { step, models, callbacks, .. } = self;
        let trained = step.trained();
        let Some(optimizer) = step.optimizers.first_mut() else { return Ok((Logs::new(), false)) };
        let mut handle = StepModels { models, trained };
        let mut control = Control::new(&mut handle, optimizer.as_mut(), stop);
        event(callbacks[i].as_mut(), &mut control)?;
        if !control.take_requests().is_empty() {
            return Err(Error::Argument(
                "there is no backup of a train step: leave `BackupAndRestore` out; `ModelCheckpoint` saves the weights of \
                 one model"
                    .into(),
            ));
        }
        let ends = control.stops_evaluating();
        Ok((control.into_logged(), ends))
    }
}

fn no_batch() -> Error {
    Error::Argument("the stream gave no batch in this epoch".into())
}

/// The means of an epoch so far.
struct Means<const N: usize> {
    names: [String; N],
    sums: [f64; N],
    count: usize,
}

impl<const N: usize> Means<N> {
    fn new(names: &[String; N]) -> Self {
        Means { names: names.clone(), sums: [0.0; N], count: 0 }
    }

    fn add(&mut self, numbers: &[f64; N]) {
        self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        self.count += 1;
    }

    fn logs(&self) -> Logs {
        let means = self.sums.iter().map(|sum| sum / self.count as f64);
        self.names.iter().cloned().zip(means).collect()
    }
}
