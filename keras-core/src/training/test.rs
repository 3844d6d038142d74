//! The batches of an evaluation, and what callbacks are told of them.

use std::sync::Arc;

use super::callbacks::{Callback, Control, notify};
use super::evaluate::checked;
use super::fit::Batches;
use super::trainer::{Batch, Logs, Trainer};
use crate::distribution::Ranks;
use crate::model::AnyModel;
use crate::{Error, Result};

/// An evaluation that runs.
pub(crate) struct Test<'t, 'a> {
    model: &'t mut dyn AnyModel,
    trainer: &'t mut Trainer,
    callbacks: &'t mut [Box<dyn Callback + 'a>],
    batch: usize,
    ranks: Option<Arc<Ranks>>,
    /// Whether a callback of any rank is told of batches.
    heard: bool,
}

impl<'t, 'a> Test<'t, 'a> {
    /// An evaluation of `model` that `callbacks` are told of.
    pub fn new(
        model: &'t mut dyn AnyModel,
        trainer: &'t mut Trainer,
        callbacks: &'t mut [Box<dyn Callback + 'a>],
    ) -> Self {
        let ranks = model.core().ranks();
        let heard = !callbacks.is_empty();
        Test { model, trainer, callbacks, batch: 0, ranks, heard }
    }

    /// Loss and metrics of all batches that are made of `batch`, of at most `batch_size` samples each. `shown` is told how many
    /// are done.
    pub fn rows(
        mut self,
        batch: &Batch<'_>,
        batch_size: usize,
        mut shown: impl FnMut(usize, &Trainer),
    ) -> Result<Logs> {
        self.begin()?;
        for rows in batch.rows.chunks(batch_size.max(1)) {
            let ends = self.step(&Batch { rows, ..*batch })?;
            shown(self.batch, self.trainer);
            if ends {
                break;
            }
        }
        self.end()
    }

    /// Loss and metrics of at most `steps` batches that an iterator makes. `shown` is told how many are done.
    pub fn stream(
        mut self,
        batches: Batches<'_>,
        steps: Option<usize>,
        mut shown: impl FnMut(usize, &Trainer),
    ) -> Result<Logs> {
        self.begin()?;
        for arrays in batches.take(steps.unwrap_or(usize::MAX)) {
            let (x, y, weights, rows) = checked(self.trainer, self.model, arrays?, None)?;
            let batch = Batch { inputs: &x, targets: &y, weights: &weights, rows: &rows, shared: false };
            let ends = self.step(&batch)?;
            shown(self.batch, self.trainer);
            if ends {
                break;
            }
        }
        if self.batch == 0 {
            return Err(Error::Argument("the iterator gave no batch to evaluate".into()));
        }
        self.end()
    }

    fn begin(&mut self) -> Result<()> {
        self.trainer.reset_metrics();
        if let Some(ranks) = &self.ranks {
            let heard =
                ranks.sum("the beginning of an evaluation", Ok(vec![f64::from(u8::from(self.heard))]))?;
            self.heard = heard != [0.0];
        }
        self.notify(|callback, control| callback.on_test_begin(control)).map(drop)
    }

    /// Evaluates a batch; true if it was the last.
    fn step(&mut self, batch: &Batch<'_>) -> Result<bool> {
        let at = self.batch;
        let mut ends = self.notify(|callback, control| callback.on_test_batch_begin(at, control))?;
        self.trainer.test(self.model, batch)?;
        self.batch += 1;
        if !self.callbacks.is_empty() {
            let logs = self.trainer.logs();
            ends |= self.notify(|callback, control| callback.on_test_batch_end(at, &logs, control))?;
        }
        if let Some(ranks) = self.ranks.as_ref().filter(|_| self.heard) {
            ends = ranks.sum("the callbacks of an evaluation", Ok(vec![f64::from(u8::from(ends))]))? != [0.0];
        }
        Ok(ends)
    }

    fn end(mut self) -> Result<Logs> {
        let logs = self.trainer.logs();
        self.notify(|callback, control| callback.on_test_end(&logs, control))?;
        if let Some(ranks) = &self.ranks {
            ranks.agree("the end of an evaluation", Ok(Vec::new()))?;
        }
        Ok(logs)
    }

    fn notify(
        &mut self,
        event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>,
    ) -> Result<bool> {
        notify(self.callbacks, self.model, self.trainer, event)
    }
}
