//! The epochs of a training, and what callbacks are told of them.

use core::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::Shown;
use super::feed::{Feed, Tested};
use super::options::Options;
use crate::distribution::Ranks;
use crate::model::AnyModel;
use crate::training::callbacks::{Callback, Control, EpochLogs, notify};
use crate::training::checkpoint::{Position, TrainingState};
use crate::training::history::History;
use crate::training::meet::{meet, still_together, whereabouts};
use crate::training::model_handle::ModelHandle;
use crate::training::progress::Progress;
use crate::training::resume;
use crate::training::test::Test;
use crate::training::trainer::{Batch, Logs, Trainer};
use crate::{Error, Result};

/// A training that runs.
pub(super) struct Run<'r, 'a> {
    model: &'r mut dyn AnyModel,
    trainer: &'r mut Trainer,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    progress: Progress,
    history: History,
    /// What the last epoch gave.
    last: Logs,
    /// Those of `fit` that decide which samples a step sees.
    arguments: Vec<(String, u64)>,
    steps_per_epoch: Option<usize>,
    epoch: usize,
    /// How many steps of the epoch are done.
    step: usize,
    /// The processes that train together, and whether a callback of any of them is told of steps.
    ranks: Option<Arc<Ranks>>,
    heard: bool,
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
        (trainer.saving, trainer.saved) = (None, None);
        let ranks = model.core().ranks();
        let heard = !callbacks.is_empty();
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
            last: Logs::new(),
            arguments,
            steps_per_epoch: options.steps_per_epoch,
            epoch: 0,
            step: 0,
            ranks,
            heard,
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
    pub fn begin(
        &mut self,
        options: &Options,
        tested: Option<&Tested<'_>>,
    ) -> Result<(Range<usize>, Option<TrainingState>)> {
        self.meet(options, tested)?;
        self.notify(|callback, control| callback.on_train_begin(control))?;
        let ranks = self.ranks.as_deref();
        let saved = resume::restore(&mut self.callbacks, self.model, self.trainer, &self.arguments, ranks)?;
        let start = saved.as_ref().map_or(options.initial_epoch, |saved| saved.position.epoch);
        // A training that a callback had ended, but not the one in the middle of its last epoch, has none left.
        let over = saved.as_ref().is_some_and(|saved| saved.stop && saved.position.batch == 0);
        Ok((start..if over { start } else { options.epochs }, saved))
    }

    /// Sees to it that all processes train the same.
    fn meet(&mut self, options: &Options, tested: Option<&Tested<'_>>) -> Result<()> {
        let Some(ranks) = &self.ranks else { return Ok(()) };
        let mut own: Vec<(&str, u64)> =
            self.arguments.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        own.extend([("epochs", options.epochs as u64), ("initial_epoch", options.initial_epoch as u64)]);
        let tested = tested.map_or([("validation samples", 0); 2], Tested::arguments);
        own.extend(tested.map(|(name, value)| (name, value as u64)));
        meet(Some(ranks), self.model, self.trainer, "`fit`", &own)?;
        self.heard = ranks.sum("callbacks", Ok(vec![f64::from(u8::from(self.heard))]))? != [0.0];
        Ok(())
    }

    /// Has all processes end the training that one of them ends.
    fn stop_together(&mut self, at: &str) -> Result<()> {
        if let Some(ranks) = &self.ranks {
            let stops = f64::from(u8::from(self.trainer.stop));
            self.trainer.stop = ranks.sum(at, Ok(vec![stops]))? != [0.0];
            // The first rank is past writing it.
            if let Some(saved) = self.trainer.saving.take() {
                ranks.collective().set_backup(&backup(&saved));
                self.trainer.saved = Some(saved);
            }
        }
        Ok(())
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
        if self.heard {
            self.stop_together("the callbacks of a step")?;
        }
        let trainer = &*self.trainer;
        self.progress.step(self.step, || Shown::of(trainer.logs()));
        Ok(self.trainer.stop || self.steps_per_epoch == Some(self.step))
    }

    /// Validates, and ends the epoch; true if a callback has ended the training.
    pub fn end_epoch(&mut self, tested: Option<&mut Tested<'a>>) -> Result<bool> {
        if self.step == 0 {
            return Err(Error::Argument("the stream gave no batch in this epoch".into()));
        }
        if let Some(ranks) = &self.ranks {
            let all = ranks.agree("the end of an epoch", Ok(whereabouts(self.model, self.trainer)))?;
            still_together(&all)?;
        }
        let trained = self.trainer.logs();
        let tested = match tested {
            Some(tested) => Some(tested.test(Test::new(self.model, self.trainer, &mut self.callbacks))?),
            None => None,
        };
        let mut logs = EpochLogs::new(trained, tested);
        self.last.clone_from(&logs.told);
        for callback in &mut self.callbacks {
            let mut handle = ModelHandle(self.model, &self.trainer.outputs);
            let mut control =
                Control::new(&mut handle, self.trainer.optimizer.as_mut(), &mut self.trainer.stop);
            callback.on_epoch_end(self.epoch, &logs.told, &mut control)?;
            self.trainer.requests.extend(control.take_requests());
            let more = control.into_logged();
            logs.merge(more);
        }
        self.progress.finish(&Shown::refs(&logs.shown));
        self.history.push(self.epoch, &Shown::refs(&logs.told));
        self.trainer.epochs = self.epoch + 1;
        self.serve(Position { epoch: self.epoch + 1, batch: 0 })?;
        self.stop_together("the callbacks of an epoch")?;
        Ok(self.trainer.stop)
    }

    /// Ends the training.
    pub fn finish(mut self) -> Result<History> {
        self.trainer.finalize(self.model)?;
        let logs = core::mem::take(&mut self.last);
        self.notify(|callback, control| callback.on_train_end(&logs, control))?;
        self.serve(Position { epoch: self.trainer.epochs, batch: 0 })?;
        self.stop_together("the end of a training")?;
        Ok(self.history)
    }

    /// An error that ends a training of several processes says from where it can go on.
    pub fn told(error: Error, saved: Option<&(PathBuf, Position)>) -> Error {
        match (error, saved) {
            (Error::Rank { rank, message }, Some(saved)) => {
                Error::Rank { rank, message: format!("{message}\n{}", backup(saved)) }
            }
            (error, _) => error,
        }
    }

    /// Tells all callbacks.
    fn notify(&mut self, event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>) -> Result<()> {
        notify(&mut self.callbacks, self.model, self.trainer, event).map(drop)
    }

    /// Does what callbacks have asked for.
    fn serve(&mut self, position: Position) -> Result<()> {
        let ranks = self.ranks.as_deref();
        resume::serve(&self.callbacks, self.model, self.trainer, position, &self.arguments, ranks)
    }
}

/// From where a training can go on.
fn backup((path, Position { epoch, batch }): &(PathBuf, Position)) -> String {
    let place = match batch {
        0 => format!("after {epoch} epochs"),
        batch => format!("after {epoch} epochs and {batch} steps"),
    };
    format!("The last backup is `{}`, {place}.", path.display())
}
