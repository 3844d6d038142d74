//! Writing what TensorBoard shows.

mod embeddings;
mod images;

use std::path::{Path, PathBuf};
use std::time::Instant;

pub use self::embeddings::EmbeddingsMetadata;
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
/// `tensorboard --logdir logs` shows them. The graph has a node for each layer, those of models in the model within them. The
/// rows of embeddings are files of text beside `projector_config.pbtxt`, which the projector reads. Nothing is profiled:
/// `profile_batch` is 0.
///
/// Source: <https://keras.io/api/callbacks/tensorboard/>.
#[derive(Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    histogram_freq: usize,
    write_graph: bool,
    write_images: bool,
    write_steps_per_second: bool,
    update_freq: UpdateFreq,
    profile_batch: usize,
    embeddings_freq: usize,
    embeddings_metadata: Option<EmbeddingsMetadata>,
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
            write_images: false,
            write_steps_per_second: false,
            update_freq: UpdateFreq::Epoch,
            profile_batch: 0,
            embeddings_freq: 0,
            embeddings_metadata: None,
            train: None,
            validation: None,
            batches: 0,
            epoch_began: None,
            batch_began: None,
        }
    }

    /// Files with a line for each row of an embedding, as seen from the folder of the logs: `"words.tsv"` for all, or
    /// `[("embedding", "words.tsv")]` by the names of layers; none unless set.
    #[must_use]
    pub fn embeddings_metadata(mut self, metadata: impl Into<EmbeddingsMetadata>) -> Self {
        self.embeddings_metadata = Some(metadata.into());
        self
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
            let (name, values) = (name.replace(':', "_"), value.to_vec()?);
            let written = file.histogram(&format!("{name}/histogram"), &values, epoch as u64);
            written.map_err(|error| fault(file.path(), &error))?;
            let images = if self.write_images { images::images(&values, &value.shape()) } else { None };
            if let Some(images) = images {
                let (size, tag) = ([images.width, images.height], format!("{name}/image"));
                let written = file.images(&tag, size, &images.files, epoch as u64);
                written.map_err(|error| fault(file.path(), &error))?;
            }
        }
        file.flush().map_err(|error| fault(file.path(), &error))
    }
}

setters! { TensorBoard:
    /// After how many epochs the weights are written as histograms: 0, never.
    histogram_freq: usize,
    /// Whether the graph is written: true.
    write_graph: bool,
    /// Whether the weights that are written as histograms are written as pictures, too: false.
    write_images: bool,
    /// Whether it is written how many steps are done in a second: false.
    write_steps_per_second: bool,
    /// How often loss and metrics are written: at the end of every epoch.
    update_freq: UpdateFreq,
    /// Only 0: which batch is profiled.
    profile_batch: usize,
    /// After how many epochs the rows of embeddings are written: 0, never.
    embeddings_freq: usize,
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
        if self.profile_batch > 0 {
            let message = "`profile_batch` asks for a trace of TensorFlow's or JAX's profiler, of which there is none here; `perf record` or another profiler of the machine shows where a training spends its time";
            return Err(Error::Argument(format!("TensorBoard: {message}")));
        }
        self.batches = 0;
        if self.embeddings_freq > 0 {
            embeddings::configure(&self.log_dir, self.embeddings_metadata.as_ref(), control)?;
        }
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
        if self.embeddings_freq > 0 && epoch.is_multiple_of(self.embeddings_freq) {
            embeddings::write(&self.log_dir, control)?;
        }
        Ok(())
    }

    fn on_test_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        let values: Vec<_> =
            logs.iter().map(|(name, value)| (format!("evaluation_{name}_vs_iterations"), *value)).collect();
        self.validation(&values, control.iterations())
    }

    fn on_train_end(&mut self, _logs: &Logs, _control: &mut Control<'_>) -> Result<()> {
        (self.train, self.validation) = (None, None);
        Ok(())
    }
}
