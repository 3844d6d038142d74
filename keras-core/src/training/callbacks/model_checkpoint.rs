//! Saving the model while it trains.

use std::path::{Path, PathBuf};

use super::format::Number;
use super::message::say;
use super::monitor::Monitor;
use super::template::Template;
use super::{Callback, Control, Logs, Mode, get};
use crate::setters::setters;
use crate::{Error, Result};

/// How often a [`ModelCheckpoint`] saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaveFreq {
    /// At the end of every epoch.
    #[default]
    Epoch,
    /// At the end of every so many batches, counted across epochs.
    Batches(usize),
}

impl From<usize> for SaveFreq {
    fn from(batches: usize) -> Self {
        SaveFreq::Batches(batches)
    }
}

/// Saves the model's weights after every epoch or so many batches, or only when a metric has improved.
///
/// The file's name may have placeholders in Python's form: `epoch` (counted from 1), `batch` (likewise, where it saves
/// by batches), and the names of the logs: `{epoch:02d}-{val_loss:.2f}.safetensors`. Folders that are missing are made.
///
/// Source: <https://keras.io/api/callbacks/model_checkpoint/>.
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    filepath: PathBuf,
    monitor: Monitor,
    verbose: u8,
    save_best_only: bool,
    save_freq: SaveFreq,
    best: Option<f64>,
    epoch: usize,
    batches: usize,
    last_batch: Option<usize>,
}

impl ModelCheckpoint {
    const NAME: &'static str = "ModelCheckpoint";

    /// Saves to this file after every epoch.
    pub fn new(filepath: impl Into<PathBuf>) -> Self {
        ModelCheckpoint {
            filepath: filepath.into(),
            monitor: Monitor::new(0.0),
            verbose: 0,
            save_best_only: false,
            save_freq: SaveFreq::Epoch,
            best: None,
            epoch: 0,
            batches: 0,
            last_batch: None,
        }
    }

    /// The metric to watch where only the best is saved: `val_loss`.
    #[must_use]
    pub fn monitor(mut self, monitor: impl Into<String>) -> Self {
        self.monitor.name = monitor.into();
        self
    }

    /// How often it saves: `SaveFreq::Epoch`, or a number of batches.
    #[must_use]
    pub fn save_freq(mut self, save_freq: impl Into<SaveFreq>) -> Self {
        self.save_freq = save_freq.into();
        self
    }

    /// The value that the first one to be saved must beat.
    #[must_use]
    pub fn initial_value_threshold(mut self, initial_value_threshold: f64) -> Self {
        self.best = Some(initial_value_threshold);
        self
    }

    /// The best value seen, from all trainings; kept only where only the best is saved.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    fn template(&self) -> Result<Template> {
        let text = self.filepath.to_str().ok_or_else(|| Error::File {
            path: self.filepath.display().to_string(),
            message: "the path is not Unicode, and so it cannot have placeholders".into(),
        })?;
        Template::parse(text)
    }

    fn path(&self, epoch: usize, batch: Option<usize>, logs: &Logs) -> Result<PathBuf> {
        let filled = self.template()?.fill(|name| match name {
            "epoch" => Some(Number::Int(epoch + 1)),
            _ => get(logs, name)
                .map(Number::Float)
                .or_else(|| batch.filter(|_| name == "batch").map(|batch| Number::Int(batch + 1))),
        });
        filled.map(PathBuf::from)
    }

    /// Whether so many batches are through.
    fn is_due(&mut self, batch: usize) -> bool {
        let SaveFreq::Batches(every) = self.save_freq else { return false };
        self.batches += match self.last_batch {
            Some(last) if batch > last => batch - last,
            _ => batch + 1,
        };
        self.last_batch = Some(batch);
        let due = self.batches >= every;
        if due {
            self.batches = 0;
        }
        due
    }

    /// Whether this state is worth a file.
    fn is_wanted(&mut self, epoch: usize, logs: &Logs, path: &Path) -> Result<bool> {
        let (epoch, path) = (epoch + 1, path.display());
        let verbose = self.verbose > 0;
        if !self.save_best_only {
            if verbose {
                say(&format!("\nEpoch {epoch}: saving model to {path}"));
            }
            return Ok(true);
        }
        let missing = |name: &str| format!("Can save best model only with {name} available.");
        let Some(current) = self.monitor.value(logs, missing) else { return Ok(true) };
        let name = &self.monitor.name;
        let best = self.best.map_or_else(|| "None".to_string(), |best| format!("{best:.5}"));
        let improved = self.monitor.improves(Self::NAME, current, self.best)?;
        if verbose && improved {
            say(&format!(
                "\nEpoch {epoch}: {name} improved from {best} to {current:.5}, saving model to {path}"
            ));
        } else if verbose {
            say(&format!("\nEpoch {epoch}: {name} did not improve from {best}"));
        }
        if improved {
            self.best = Some(current);
        }
        Ok(improved)
    }

    fn save(&mut self, epoch: usize, batch: Option<usize>, logs: &Logs, control: &Control<'_>) -> Result<()> {
        let path = self.path(epoch, batch, logs)?;
        if !self.is_wanted(epoch, logs, &path)? {
            return Ok(());
        }
        let fault = |message: String| Error::File { path: path.display().to_string(), message };
        if path.is_dir() {
            return Err(fault("this is a folder, and ModelCheckpoint needs the path of a file".into()));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| fault(source.to_string()))?;
        }
        control.save_weights(&path)?;
        if self.verbose > 0 {
            say(&format!("\nEpoch {}: finished saving model to {}", epoch + 1, path.display()));
        }
        Ok(())
    }
}

setters! { ModelCheckpoint:
    /// 1: says so when it saves; 0: silent.
    verbose: u8,
    /// Whether it saves only when the metric is better than ever before: false.
    save_best_only: bool,
    /// What is better: by the metric's name.
    mode: Mode => monitor.mode,
}

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, _control: &mut Control<'_>) -> Result<()> {
        self.template()?;
        if self.save_best_only {
            self.monitor.high(Self::NAME)?;
        }
        Ok(())
    }

    fn on_epoch_begin(&mut self, epoch: usize, _control: &mut Control<'_>) -> Result<()> {
        self.epoch = epoch;
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.save_freq == SaveFreq::Epoch { self.save(epoch, None, logs, control) } else { Ok(()) }
    }

    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.is_due(batch) { self.save(self.epoch, Some(batch), logs, control) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::said;
    use super::super::testing::{Bench, given, logs};
    use super::*;

    const LOSSES: [f64; 9] = [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72, 0.71, 0.6];

    /// The files of a training, and the best value.
    fn run(set: impl Fn(ModelCheckpoint) -> ModelCheckpoint) -> (Vec<String>, Option<f64>) {
        let folder = tempfile::tempdir().unwrap();
        let mut callback = set(ModelCheckpoint::new(folder.path().join("sub/{epoch:02d}-{val_loss:.2f}.x")));
        let mut bench = Bench::new();
        bench.epochs(&mut callback, &given(&LOSSES));
        assert!(folder.path().join("sub").is_dir());
        (bench.saved(), callback.best())
    }

    /// The files of three epochs of some batches.
    fn batches(name: &str, every: usize, batches: usize, epochs: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut callback = ModelCheckpoint::new(folder.path().join(name)).save_freq(every);
        let mut bench = Bench::new();
        for epoch in 0..epochs {
            bench.with(|control| callback.on_epoch_begin(epoch, control));
            for batch in 0..batches {
                let shown = logs(&[("loss", 0.5)]);
                bench.with(|control| callback.on_train_batch_end(batch, &shown, control));
            }
            bench.with(|control| callback.on_epoch_end(epoch, &logs(&[("loss", 0.5)]), control));
        }
        bench.saved()
    }

    // All expected names are those of Keras 3.15.1.

    #[test]
    fn saves_where_keras_saves() {
        let all = [
            "01-1.00.x",
            "02-0.80.x",
            "03-0.90.x",
            "04-0.85.x",
            "05-0.70.x",
            "06-0.75.x",
            "07-0.72.x",
            "08-0.71.x",
            "09-0.60.x",
        ];
        let picked = |at: &[usize]| at.iter().map(|at| all[at - 1].to_string()).collect::<Vec<_>>();
        assert_eq!(run(|c| c), (picked(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), None));
        assert_eq!(run(|c| c.save_best_only(true)), (picked(&[1, 2, 5, 9]), Some(0.6)));
        let threshold = run(|c| c.save_best_only(true).initial_value_threshold(0.75));
        assert_eq!(threshold, (picked(&[5, 9]), Some(0.6)));
        let high = run(|c| c.save_best_only(true).mode(Mode::Max).initial_value_threshold(0.8));
        assert_eq!(high, (picked(&[1]), Some(1.0)));
    }

    #[test]
    fn batches_count_across_epochs() {
        assert_eq!(
            batches("e{epoch}-b{batch:03d}.x", 3, 5, 3),
            ["e1-b003.x", "e2-b001.x", "e2-b004.x", "e3-b002.x", "e3-b005.x"]
        );
        assert_eq!(batches("e{epoch}-b{batch}-{loss:.3f}.x", 4, 4, 2), ["e1-b4-0.500.x", "e2-b4-0.500.x"]);
    }

    #[test]
    fn without_the_metric_everything_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let mut callback = ModelCheckpoint::new(folder.path().join("e{epoch}.x")).save_best_only(true);
        let mut bench = Bench::new();
        bench.epochs(&mut callback, &[None, None]);
        assert_eq!(bench.saved(), ["e1.x", "e2.x"]);
        assert_eq!(said(), ["warning: Can save best model only with val_loss available."]);
    }

    #[test]
    fn says_what_keras_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.x");
        let mut callback = ModelCheckpoint::new(&path).save_best_only(true).verbose(1);
        Bench::new().epochs(&mut callback, &given(&[0.5, 0.75]));
        let path = path.display();
        assert_eq!(
            said(),
            [
                format!("\nEpoch 1: val_loss improved from None to 0.50000, saving model to {path}"),
                format!("\nEpoch 1: finished saving model to {path}"),
                "\nEpoch 2: val_loss did not improve from 0.50000".to_string()
            ]
        );
        let mut callback = callback.save_best_only(false);
        Bench::new().epochs(&mut callback, &given(&[0.5]));
        assert_eq!(said()[0], format!("\nEpoch 1: saving model to {path}"));
    }

    #[test]
    fn names_that_cannot_be_are_errors() {
        let mut bench = Bench::new();
        let mut begin =
            |mut callback: ModelCheckpoint| bench.attempt(|control| callback.on_train_begin(control));
        assert!(matches!(begin(ModelCheckpoint::new("a{epoch.x")), Err(Error::Argument(_))));
        assert!(begin(ModelCheckpoint::new("a.x").monitor("mine")).is_ok());
        let best = ModelCheckpoint::new("a.x").monitor("mine").save_best_only(true);
        assert!(matches!(begin(best), Err(Error::Argument(_))));
        // `batch` is not known at the end of an epoch.
        let mut end = |mut callback: ModelCheckpoint| {
            bench.attempt(|control| callback.on_epoch_end(0, &logs(&[("loss", 0.5)]), control))
        };
        for name in ["{val_acc}.x", "{batch}.x"] {
            let error = end(ModelCheckpoint::new(name)).unwrap_err();
            assert!(matches!(&error, Error::Argument(text) if text.contains("there is no `")), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(end(ModelCheckpoint::new(folder.path())), Err(Error::File { .. })));
        assert!(bench.saved().is_empty());
    }
}
