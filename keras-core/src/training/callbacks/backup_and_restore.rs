//! Going on after an interruption.

use std::path::PathBuf;

use super::save_freq::Every;
use super::{Callback, CallbackState, Control, Logs, Request, SaveFreq};
use crate::setters::setters;
use crate::{Error, Result};

/// Saves the state of the training as it runs, and goes on from there when the same program is started again after it
/// was interrupted: killed, out of power, stopped by an error.
///
/// A training that goes on ends with the same weights, bit for bit, as one that was never interrupted. What is kept, in
/// one file that is always whole: the weights, all that the optimiser keeps, its learning rate and number of steps, the
/// seed of shuffling and dropout, the epoch, the batch in the epoch, the sums of loss and metrics so far, the states of
/// stateful layers, and what the other callbacks remember: [`EarlyStopping`](super::EarlyStopping) its patience and
/// best weights, [`ReduceLROnPlateau`](super::ReduceLROnPlateau) its patience and cooldown,
/// [`ModelCheckpoint`](super::ModelCheckpoint) its best value, own ones what [`Callback::state`] gives. (In Keras these
/// begin anew, and so does the epoch.)
///
/// Not kept are the values of the epochs that are over: the [`History`](crate::training::history::History) that `fit`
/// gives is of the epochs that it ran, as in Keras, and a [`CSVLogger`](super::CSVLogger) needs `append(true)`. Data,
/// model, optimiser and the arguments of `fit` must be as they were, save `epochs`; what can be seen to differ is an
/// error. Of `fit_batches`, the stream of an epoch must give the same batches again: those that were trained on are
/// passed over. In the middle of an epoch `on_epoch_begin` comes once more for it; what it changes is set back.
///
/// ```
/// use keras_core::prelude::*;
/// use ndarray::Array2;
///
/// let folder = std::env::temp_dir().join("doc-backup-and-restore");
/// let (x, y) = (Array2::<f32>::zeros((64, 4)), Array2::<f32>::ones((64, 1)));
/// let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
/// model.fit(&x, &y).epochs(3).callback(BackupAndRestore::new(&folder)).verbose(0).run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Source: <https://keras.io/api/callbacks/backup_and_restore/>. Keras's `double_checkpoint` guards against files that
/// are half written, which do not happen here.
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    backup_dir: PathBuf,
    every: Every,
    delete_checkpoint: bool,
}

impl BackupAndRestore {
    const NAME: &'static str = "BackupAndRestore";

    /// Saves to a file in this folder, which is made if it is missing, at the end of every epoch. The folder is for this
    /// training alone.
    pub fn new(backup_dir: impl Into<PathBuf>) -> Self {
        BackupAndRestore { backup_dir: backup_dir.into(), every: Every::default(), delete_checkpoint: true }
    }

    /// How often it saves: `SaveFreq::Epoch`, or a number of batches.
    #[must_use]
    pub fn save_freq(mut self, save_freq: impl Into<SaveFreq>) -> Self {
        self.every.freq = save_freq.into();
        self
    }

    fn file(&self) -> PathBuf {
        self.backup_dir.join("backup.safetensors")
    }
}

setters! { BackupAndRestore:
    /// Whether the file is removed, and the folder if nothing else is in it, when the training has come to its end:
    /// true.
    delete_checkpoint: bool,
}

#[diagnostic::do_not_recommend]
impl Callback for BackupAndRestore {
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.every.check(Self::NAME)?;
        if self.backup_dir.as_os_str().is_empty() {
            return Err(Error::Argument("BackupAndRestore needs a folder, and its path is empty".into()));
        }
        if self.file().try_exists().unwrap_or(true) {
            control.request(Request::Restore(self.file()));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, _epoch: usize, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.every.freq == SaveFreq::Epoch {
            control.request(Request::Save(self.file()));
        }
        Ok(())
    }

    fn on_train_batch_end(&mut self, batch: usize, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.every.is_due(batch) {
            control.request(Request::Save(self.file()));
        }
        Ok(())
    }

    fn on_train_end(&mut self, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.delete_checkpoint {
            control.request(Request::Remove(self.file()));
        }
        Ok(())
    }

    fn state(&self) -> Option<CallbackState> {
        Some(self.every.state(CallbackState::new(Self::NAME)))
    }

    fn set_state(&mut self, state: &CallbackState) -> Result<()> {
        self.every.set_state(state);
        Ok(())
    }
}
