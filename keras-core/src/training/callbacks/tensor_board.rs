//! Writing what TensorBoard shows.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::event_file::EventFile;
use super::{Callback, Control, Logs};
use crate::setters::setters;
use crate::{Error, Result};

/// How often [`TensorBoard`] writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateFreq {
    /// At the end of every epoch.
    #[default]
    Epoch,
    /// After every batch too.
    Batch,
    /// After every so many batches too, counted across epochs; at least 1.
    Batches(usize),
}

/// Writes loss, metrics and the learning rate to files that [TensorBoard](https://www.tensorflow.org/tensorboard) reads:
/// those of the training to `train` in the folder, those of validations to `validation`. Tags and steps are Keras's:
/// `epoch_loss` by epochs, `batch_loss` by batches, `evaluation_loss_vs_iterations` by steps of the optimiser.
///
/// ```
/// use keras_core::training::callbacks::{TensorBoard, UpdateFreq};
///
/// let board = TensorBoard::new("logs/run_1").histogram_freq(5).update_freq(UpdateFreq::Batches(100));
/// # let _ = board;
/// ```
///
/// `tensorboard --logdir logs` shows them. The graph has a node for each layer, those of models
/// in the model within them. Of Keras's arguments there are no `write_images`, `profile_batch` and `embeddings_freq`.
///
/// Source: <https://keras.io/api/callbacks/tensorboard/>.
#[derive(Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    histogram_freq: usize,
    write_graph: bool,
    update_freq: UpdateFreq,
    write_steps_per_second: bool,
    train: Option<EventFile>,
    validation: Option<EventFile>,
    batches: u64,
    epoch_began: Option<(Instant, u64)>,
    batch_began: Option<Instant>,
}

impl TensorBoard {
    /// Writes into this folder, for which Keras's default is `logs`.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        TensorBoard {
            log_dir: log_dir.into(),
            histogram_freq: 0,
            write_graph: true,
            update_freq: UpdateFreq::Epoch,
            write_steps_per_second: false,
            train: None,
            validation: None,
            batches: 0,
            epoch_began: None,
            batch_began: None,
        }
    }

    /// The file of the training or of validations, begun if it is not there yet.
    fn file<'a>(folder: &Path, file: &'a mut Option<EventFile>, name: &str) -> Result<&'a mut EventFile> {
        match file {
            Some(file) => Ok(file),
            None => {
                let folder = folder.join(name);
                let made = EventFile::create(&folder).map_err(|error| fault(&folder, &error))?;
                Ok(file.insert(made))
            }
        }
    }

    fn train(&mut self, values: &[(String, f64)], step: u64) -> Result<()> {
        write(Self::file(&self.log_dir, &mut self.train, "train")?, values, step)
    }

    fn validation(&mut self, values: &[(String, f64)], step: u64) -> Result<()> {
        write(Self::file(&self.log_dir, &mut self.validation, "validation")?, values, step)
    }

    /// Whether this batch is written.
    fn writes_batch(&self) -> bool {
        match self.update_freq {
            UpdateFreq::Epoch => false,
            UpdateFreq::Batch => true,
            UpdateFreq::Batches(n) => self.batches.is_multiple_of(n.max(1) as u64),
        }
    }

    fn weights(&mut self, epoch: usize, control: &Control<'_>) -> Result<()> {
        let file = Self::file(&self.log_dir, &mut self.train, "train")?;
        for (name, value) in control.weights() {
            let tag = format!("{}/histogram", name.replace(':', "_"));
            let written = file.histogram(&tag, &value.to_vec()?, epoch as u64);
            written.map_err(|error| fault(file.path(), &error))?;
        }
        file.flush().map_err(|error| fault(file.path(), &error))
    }
}

setters! { TensorBoard:
    /// After how many epochs the weights are written as histograms: 0, never.
    histogram_freq: usize,
    /// Whether the graph is written: true.
    write_graph: bool,
    /// How often loss and metrics are written: at the end of every epoch.
    update_freq: UpdateFreq,
    /// Whether it is written how many steps are done in a second: false.
    write_steps_per_second: bool,
}

fn fault(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), message: error.to_string() }
}

fn write(file: &mut EventFile, values: &[(String, f64)], step: u64) -> Result<()> {
    for (tag, value) in values {
        let written = file.scalar(tag, *value, step);
        written.map_err(|error| fault(file.path(), &error))?;
    }
    file.flush().map_err(|error| fault(file.path(), &error))
}

/// These values under names with something before them.
fn tagged(logs: &Logs, prefix: &str) -> Vec<(String, f64)> {
    logs.iter().map(|(name, value)| (format!("{prefix}{name}"), *value)).collect()
}

#[diagnostic::do_not_recommend]
impl Callback for TensorBoard {
    fn writes(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        if self.update_freq == UpdateFreq::Batches(0) {
            let message =
                "`update_freq` is every epoch, every batch or a number of batches, at least 1; found 0";
            return Err(Error::Argument(format!("TensorBoard: {message}")));
        }
        self.batches = 0;
        let nodes = if self.write_graph { control.graph() } else { Vec::new() };
        if nodes.is_empty() {
            return Ok(());
        }
        let file = Self::file(&self.log_dir, &mut self.train, "train")?;
        let written = file.graph(&nodes).and_then(|()| file.flush());
        written.map_err(|error| fault(file.path(), &error))
    }

    fn on_epoch_begin(&mut self, _epoch: usize, control: &mut Control<'_>) -> Result<()> {
        self.epoch_began = Some((Instant::now(), control.iterations()));
        Ok(())
    }

    fn on_train_batch_begin(&mut self, _batch: usize, _control: &mut Control<'_>) -> Result<()> {
        self.batches += 1;
        self.batch_began = Some(Instant::now());
        Ok(())
    }

    fn on_train_batch_end(&mut self, _batch: usize, logs: &Logs, _control: &mut Control<'_>) -> Result<()> {
        if !self.writes_batch() {
            return Ok(());
        }
        let mut values = Vec::new();
        if let (true, Some(began)) = (self.write_steps_per_second, self.batch_began) {
            values.push(("batch_steps_per_second".to_string(), 1.0 / began.elapsed().as_secs_f64()));
        }
        values.extend(tagged(logs, "batch_"));
        self.train(&values, self.batches)
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        let (validation, mut train): (Vec<_>, Vec<_>) =
            logs.iter().cloned().partition(|(name, _)| name.starts_with("val_"));
        if !train.iter().any(|(name, _)| name == "learning_rate") {
            train.push(("learning_rate".into(), control.learning_rate()));
        }
        if let (true, Some((began, before))) = (self.write_steps_per_second, self.epoch_began) {
            let steps = control.iterations().saturating_sub(before) as f64;
            train.push(("steps_per_second".into(), steps / began.elapsed().as_secs_f64()));
        }
        if !logs.is_empty() {
            self.train(&tagged(&train, "epoch_"), epoch as u64)?;
        }
        if !validation.is_empty() {
            let values: Vec<_> =
                validation.iter().map(|(name, value)| (name.replacen("val_", "epoch_", 1), *value)).collect();
            self.validation(&values, epoch as u64)?;
        }
        if self.histogram_freq > 0 && epoch.is_multiple_of(self.histogram_freq) {
            self.weights(epoch, control)?;
        }
        Ok(())
    }

    fn on_test_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        let values: Vec<_> =
            logs.iter().map(|(name, value)| (format!("evaluation_{name}_vs_iterations"), *value)).collect();
        self.validation(&values, control.iterations())
    }

    fn on_train_end(&mut self, _control: &mut Control<'_>) -> Result<()> {
        (self.train, self.validation) = (None, None);
        Ok(())
    }
}
