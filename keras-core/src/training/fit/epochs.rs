//! The epochs of a training, and what callbacks are told of them.

use core::ops::Range;

use super::Shown;
use super::feed::{Feed, Tested};
use super::options::Options;
use crate::model::AnyModel;
use crate::training::callbacks::{Callback, Control, merge, notify};
use crate::training::checkpoint::{Position, TrainingState};
use crate::training::history::History;
use crate::training::model_handle::ModelHandle;
use crate::training::progress::Progress;
use crate::training::resume;
use crate::training::test::Test;
use crate::training::trainer::{Batch, Trainer};
use crate::{Error, Result};

/// A training that runs.
pub(super) struct Run<'r, 'a> {
    model: &'r mut dyn AnyModel,
    trainer: &'r mut Trainer,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    progress: Progress,
    history: History,
    /// Those of `fit` that decide which samples a step sees.
    arguments: Vec<(String, u64)>,
    steps_per_epoch: Option<usize>,
    epoch: usize,
    /// How many steps of the epoch are done.
    step: usize,
}

impl<'r, 'a> Run<'r, 'a> {
    pub fn new(
        model: &'r mut dyn AnyModel,
        trainer: &'r mut Trainer,
        callbacks: Vec<Box<dyn Callback + 'a>>,
        feed: &Feed<'_>,
        options: &Options,
    ) -> Self {
        trainer.stop = false;
        trainer.requests.clear();
        let mut arguments =
            vec![("steps_per_epoch".to_string(), options.steps_per_epoch.unwrap_or(0) as u64)];
        let mut steps = options.steps_per_epoch;
        if let Feed::Memory(memory) = feed {
            let all = memory.samples.div_ceil(options.batch_size);
            steps = Some(steps.map_or(all, |steps| steps.min(all)));
            let own = [
                ("samples", memory.samples),
                ("batch_size", options.batch_size),
                ("shuffle", options.shuffle.into()),
            ];
            arguments.extend(own.map(|(name, value)| (name.to_string(), value as u64)));
        }
        Run {
            model,
            trainer,
            callbacks,
            progress: Progress::new(options.verbose, steps),
            history: History::default(),
            arguments,
            steps_per_epoch: options.steps_per_epoch,
            epoch: 0,
            step: 0,
        }
    }

    pub fn model(&self) -> &dyn AnyModel {
        self.model
    }

    pub fn trainer(&self) -> &Trainer {
        self.trainer
    }

    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// What the order of the samples follows from.
    pub fn seed(&self) -> u64 {
        self.trainer.seed
    }

    /// The epochs that there are to train, and the state of an interrupted training in the first of them.
    pub fn begin(&mut self, options: &Options) -> Result<(Range<usize>, Option<TrainingState>)> {
        self.notify(|callback, control| callback.on_train_begin(control))?;
        let saved = resume::restore(&mut self.callbacks, self.model, self.trainer, &self.arguments)?;
        let start = saved.as_ref().map_or(options.initial_epoch, |saved| saved.position.epoch);
        // A training that a callback had ended, but not the one in the middle of its last epoch, has none left.
        let over = saved.as_ref().is_some_and(|saved| saved.stop && saved.position.batch == 0);
        Ok((start..if over { start } else { options.epochs }, saved))
    }

    /// Begins an epoch: the step with which it goes on, and how many steps may follow.
    pub fn begin_epoch(
        &mut self,
        epoch: usize,
        saved: Option<TrainingState>,
        options: &Options,
    ) -> Result<(usize, usize)> {
        (self.epoch, self.step) = (epoch, 0);
        self.progress.epoch(epoch + 1, options.epochs);
        self.notify(|callback, control| callback.on_epoch_begin(epoch, control))?;
        self.trainer.reset_metrics();
        let mut left = self.steps_per_epoch.unwrap_or(usize::MAX);
        if let Some(saved) = saved.filter(|saved| saved.position.batch > 0) {
            // What callbacks have done at the beginning of this epoch they had done before.
            saved.apply(self.model, self.trainer)?;
            saved.tell(&mut self.callbacks)?;
            self.step = saved.position.batch;
            left = if saved.stop { 0 } else { left.saturating_sub(self.step) };
            self.trainer.stop = saved.stop;
        }
        Ok((self.step, left))
    }

    /// One step; true if it was the last of the epoch.
    pub fn step(&mut self, batch: &Batch<'_>) -> Result<bool> {
        let step = self.step;
        self.notify(|callback, control| callback.on_train_batch_begin(step, control))?;
        self.trainer.train(self.model, batch)?;
        if !self.callbacks.is_empty() {
            let logs = self.trainer.logs();
            self.notify(|callback, control| callback.on_train_batch_end(step, &logs, control))?;
        }
        self.step += 1;
        self.serve(Position { epoch: self.epoch, batch: self.step })?;
        let trainer = &*self.trainer;
        self.progress.step(self.step, || Shown::of(trainer.logs()));
        Ok(self.trainer.stop || self.steps_per_epoch == Some(self.step))
    }

    /// Validates, and ends the epoch; true if a callback has ended the training.
    pub fn end_epoch(&mut self, tested: Option<&mut Tested<'a>>) -> Result<bool> {
        if self.step == 0 {
            return Err(Error::Argument("the stream gave no batch in this epoch".into()));
        }
        let mut logs = self.trainer.logs();
        if let Some(tested) = tested {
            let found = tested.test(Test::new(self.model, self.trainer, &mut self.callbacks))?;
            logs.extend(found.into_iter().map(|(name, value)| (format!("val_{name}"), value)));
        }
        for callback in &mut self.callbacks {
            let mut handle = ModelHandle(self.model, &self.trainer.outputs);
            let mut control =
                Control::new(&mut handle, self.trainer.optimizer.as_mut(), &mut self.trainer.stop);
            callback.on_epoch_end(self.epoch, &logs, &mut control)?;
            // What one callback logs, the next ones and the history see.
            self.trainer.requests.extend(control.take_requests());
            let more = control.into_logged();
            merge(&mut logs, more);
        }
        let shown = Shown::refs(&logs);
        self.progress.finish(&shown);
        self.history.push(self.epoch, &shown);
        self.trainer.epochs = self.epoch + 1;
        self.serve(Position { epoch: self.epoch + 1, batch: 0 })?;
        Ok(self.trainer.stop)
    }

    /// Ends the training.
    pub fn finish(mut self) -> Result<History> {
        self.trainer.finalize(self.model)?;
        self.notify(|callback, control| callback.on_train_end(control))?;
        self.serve(Position { epoch: self.trainer.epochs, batch: 0 })?;
        Ok(self.history)
    }

    /// Tells all callbacks.
    fn notify(&mut self, event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>) -> Result<()> {
        notify(&mut self.callbacks, self.model, self.trainer, event).map(drop)
    }

    /// Does what callbacks have asked for.
    fn serve(&mut self, position: Position) -> Result<()> {
        resume::serve(&self.callbacks, self.model, self.trainer, position, &self.arguments)
    }
}
