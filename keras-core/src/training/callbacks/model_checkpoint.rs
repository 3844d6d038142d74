//! Saving the model while it trains.

use std::path::{Path, PathBuf};

use super::format::Number;
use super::message::say;
use super::monitor::Monitor;
use super::save_freq::Every;
use super::template::Template;
use super::{Callback, CallbackState, Control, Logs, Mode, SaveFreq, get};
use crate::files::check_model_name;
use crate::setters::setters;
use crate::{Error, Result};

/// Saves the model's weights after every epoch or so many batches, or only when a metric has improved.
///
/// The file's name may have placeholders in Python's form: `epoch` (counted from 1), `batch` (likewise, where it saves
/// by batches), and the names of the logs: `{epoch:02d}-{val_loss:.2f}.safetensors`. Folders that are missing are made.
/// Weights are written as safetensors. With the feature `files` a name that ends in `.keras` gets the model, and one in
/// `.weights.h5` its weights, as Keras writes them; the extension of another format, such as `.h5`, is an error.
///
/// A metric that is NaN counts as worse than any number: unlike Keras, the first number after it is saved.
///
/// Source: <https://keras.io/api/callbacks/model_checkpoint/>.
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    filepath: PathBuf,
    monitor: Monitor,
    verbose: u8,
    save_best_only: bool,
    /// The name of the file decides where this is not said.
    save_weights_only: Option<bool>,
    every: Every,
    best: Option<f64>,
    epoch: usize,
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
            save_weights_only: None,
            every: Every::default(),
            best: None,
            epoch: 0,
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
        self.every.freq = save_freq.into();
        self
    }

    /// The value that the first one to be saved must beat.
    #[must_use]
    pub fn initial_value_threshold(mut self, initial_value_threshold: f64) -> Self {
        self.best = Some(initial_value_threshold);
        self
    }

    /// Whether only the weights are saved. What the path ends in says that already: a `.keras` file is the model, any other its
    /// weights. A name that says otherwise than this is an error, as in Keras.
    #[must_use]
    pub fn save_weights_only(mut self, save_weights_only: bool) -> Self {
        self.save_weights_only = Some(save_weights_only);
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
        let value = |name: &str| match name {
            "epoch" => Some(Number::Int(epoch + 1)),
            _ => get(logs, name)
                .map(Number::Float)
                .or_else(|| batch.filter(|_| name == "batch").map(|batch| Number::Int(batch + 1))),
        };
        let counts = ["epoch"].into_iter().chain(batch.map(|_| "batch"));
        let known = counts.chain(logs.iter().map(|(name, _)| name.as_str()));
        let filled = self.template()?.fill(value, &known.collect::<Vec<_>>());
        filled.map(PathBuf::from)
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
        let Some(current) = self.monitor.value(Self::NAME, logs, missing) else { return Ok(true) };
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

#[diagnostic::do_not_recommend]
impl Callback for ModelCheckpoint {
    fn writes(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.every.check(Self::NAME)?;
        self.template()?;
        check_model_name(&self.filepath)?;
        let whole =
            self.filepath.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("keras"));
        if self.save_weights_only.is_some_and(|weights| weights == whole) {
            let (said, ends) = if whole {
                ("true", "`.weights.h5` or `.safetensors`")
            } else {
                ("false", "`.keras`, which needs the feature `files`")
            };
            return Err(Error::File {
                path: self.filepath.display().to_string(),
                message: format!("`save_weights_only` is {said}: the name of the file ends in {ends}"),
            });
        }
        if self.save_best_only {
            self.monitor.begin(Self::NAME, control)?;
        }
        Ok(())
    }

    fn on_epoch_begin(&mut self, epoch: usize, _control: &mut Control<'_>) -> Result<()> {
        self.epoch = epoch;
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.every.freq == SaveFreq::Epoch { self.save(epoch, None, logs, control) } else { Ok(()) }
    }

    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.every.is_due(batch) { self.save(self.epoch, Some(batch), logs, control) } else { Ok(()) }
    }

    fn state(&self) -> Option<CallbackState> {
        Some(self.every.state(CallbackState::new(Self::NAME).maybe("best", self.best)))
    }

    fn set_state(&mut self, state: &CallbackState) -> Result<()> {
        self.best = state.get("best");
        self.every.set_state(state);
        Ok(())
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

    #[test]
    fn the_name_says_whether_weights_alone_are_saved() {
        let begin = |name: &str, weights_only: bool| {
            let mut callback = ModelCheckpoint::new(name).save_weights_only(weights_only);
            let mut result = Ok(());
            Bench::new().with(|control| {
                result = callback.on_train_begin(control);
                Ok(())
            });
            result
        };
        assert!(begin("best.safetensors", true).is_ok());
        let told = begin("best.safetensors", false).unwrap_err().to_string();
        assert!(
            told.contains("`save_weights_only` is false: the name of the file ends in `.keras`"),
            "{told}"
        );
        #[cfg(feature = "files")]
        {
            assert!(begin("best.keras", false).is_ok() && begin("best.weights.h5", true).is_ok());
            let told = begin("best.keras", true).unwrap_err().to_string();
            assert!(
                told.contains("`save_weights_only` is true: the name of the file ends in `.weights.h5`"),
                "{told}"
            );
        }
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

    /// In Keras nothing is better than NaN, and so the best is never saved.
    #[test]
    fn the_first_number_after_nan_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let saves = |mode: Mode, values: &[f64]| {
            let callback = ModelCheckpoint::new(folder.path().join("e{epoch}.x")).save_best_only(true);
            let mut callback = callback.mode(mode);
            let mut bench = Bench::new();
            bench.epochs(&mut callback, &given(values));
            (bench.saved().join(" "), callback.best())
        };
        let nan = f64::NAN;
        assert_eq!(saves(Mode::Min, &[nan, 0.5, nan, 0.6, 0.4, nan]), ("e2.x e5.x".into(), Some(0.4)));
        assert_eq!(saves(Mode::Max, &[nan, nan, 0.5, 0.4, 0.6]), ("e3.x e5.x".into(), Some(0.6)));
        assert_eq!(saves(Mode::Min, &[nan, nan]), (String::new(), None));
        assert_eq!(
            said(),
            ["warning: ModelCheckpoint: the metric `val_loss` is NaN, which counts as worse than any number";
                3]
        );
    }

    #[test]
    fn names_of_other_formats_are_refused_before_training() {
        let of_keras = ["best.keras", "{epoch:02d}.weights.h5", "a.KERAS"];
        // With the feature `files` these are what they say.
        let refused: &[&str] = if cfg!(feature = "files") { &[] } else { &of_keras };
        for name in ["w.h5", "w.hdf5", "W.H5", "m.onnx"].iter().chain(refused) {
            let mut callback = ModelCheckpoint::new(name);
            let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
            let Error::File { path, message } = &error else { panic!("{error:?}") };
            assert_eq!(path, *name);
            assert!(message.contains("`.safetensors`"), "{message}");
            let of_keras = cfg!(feature = "files") && !name.ends_with("onnx");
            assert_eq!(message.contains("`.weights.h5`, models in `.keras`"), of_keras, "{message}");
        }
        for name in ["best.safetensors", "best", "keras", "a.h5.safetensors", ".keras/a"] {
            let mut callback = ModelCheckpoint::new(name);
            Bench::new().with(|control| callback.on_train_begin(control));
        }
    }

    #[test]
    fn every_0_batches_is_an_error() {
        let mut callback = ModelCheckpoint::new("a.x").save_freq(0);
        let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
        assert!(error.to_string().contains("at least 1; found 0"), "{error}");
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
            let known = ["there is no `", "there are `epoch`, `loss`"];
            assert!(
                matches!(&error, Error::Argument(text) if known.iter().all(|words| text.contains(words))),
                "{error}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(end(ModelCheckpoint::new(folder.path())), Err(Error::File { .. })));
        assert!(bench.saved().is_empty());
    }
}
