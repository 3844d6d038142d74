//! How often something is saved.

use super::CallbackState;
use crate::{Error, Result};

/// How often a [`ModelCheckpoint`](super::ModelCheckpoint) or a [`BackupAndRestore`](super::BackupAndRestore) saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaveFreq {
    /// At the end of every epoch.
    #[default]
    Epoch,
    /// At the end of every so many batches, counted across epochs; at least 1.
    Batches(usize),
}

impl From<usize> for SaveFreq {
    fn from(batches: usize) -> Self {
        SaveFreq::Batches(batches)
    }
}

/// Counts the batches since the last time.
#[derive(Clone, Debug, Default)]
pub(super) struct Every {
    pub freq: SaveFreq,
    batches: usize,
    last: Option<usize>,
}

impl Every {
    /// # Errors
    /// Every 0 batches.
    pub fn check(&self, callback: &str) -> Result<()> {
        if self.freq == SaveFreq::Batches(0) {
            let message = "`save_freq` is `SaveFreq::Epoch` or a number of batches, at least 1; found 0";
            return Err(Error::Argument(format!("{callback}: {message}")));
        }
        Ok(())
    }

    /// Whether so many batches are through.
    pub fn is_due(&mut self, batch: usize) -> bool {
        let SaveFreq::Batches(every) = self.freq else { return false };
        self.batches += match self.last {
            Some(last) if batch > last => batch - last,
            _ => batch + 1,
        };
        self.last = Some(batch);
        let due = self.batches >= every;
        if due {
            self.batches = 0;
        }
        due
    }

    /// Adds what it remembers to the state of its callback.
    pub fn state(&self, state: CallbackState) -> CallbackState {
        state.number("batches", self.batches as f64).maybe("last_batch", self.last.map(|last| last as f64))
    }

    /// Takes over what [`state`](Every::state) added.
    pub fn set_state(&mut self, state: &CallbackState) {
        self.batches = state.count("batches");
        self.last = state.get("last_batch").map(|last| last as usize);
    }
}
