//! Stopping when a metric no longer becomes better.

use super::logs::names;
use super::message::say;
use super::monitor::Monitor;
use super::{Callback, CallbackState, Control, Logs, Mode};
use crate::Result;
use crate::setters::setters;
use crate::tensor::Raw;

/// Stops the training when a metric has stopped improving.
///
/// A metric that is NaN counts as worse than any number: unlike Keras, the first number after it is an improvement.
///
/// Source: <https://keras.io/api/callbacks/early_stopping/>.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    verbose: u8,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    wait: usize,
    best: Option<f64>,
    best_epoch: usize,
    best_weights: Option<Vec<(String, Raw)>>,
    stopped_epoch: usize,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self::new()
    }
}

impl EarlyStopping {
    const NAME: &'static str = "EarlyStopping";

    /// Stops at the first epoch after which `val_loss` is not lower than before.
    pub fn new() -> Self {
        EarlyStopping {
            monitor: Monitor::new(0.0),
            patience: 0,
            verbose: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            wait: 0,
            best: None,
            best_epoch: 0,
            best_weights: None,
            stopped_epoch: 0,
        }
    }

    /// The metric to watch: `val_loss`.
    #[must_use]
    pub fn monitor(mut self, monitor: impl Into<String>) -> Self {
        self.monitor.name = monitor.into();
        self
    }

    /// A value that must be beaten for the patience to start anew.
    #[must_use]
    pub fn baseline(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// The epoch after which it stopped, counted from 0; 0 if it did not.
    pub fn stopped_epoch(&self) -> usize {
        self.stopped_epoch
    }

    /// The best epoch, counted from 0.
    pub fn best_epoch(&self) -> usize {
        self.best_epoch
    }

    /// The best value seen.
    pub fn best(&self) -> Option<f64> {
        self.best
    }
}

setters! { EarlyStopping:
    /// By how much a value must be better to count as an improvement: 0.
    min_delta: f64 => monitor.min_delta,
    /// After how many epochs without improvement training stops: 0.
    patience: usize,
    /// 1: says so when it stops or restores; 0: silent.
    verbose: u8,
    /// What is better: by the metric's name.
    mode: Mode => monitor.mode,
    /// Whether the model gets the weights of its best epoch when training ends: false.
    restore_best_weights: bool,
    /// The first epoch to look at, counted from 0.
    start_from_epoch: usize,
}

#[diagnostic::do_not_recommend]
impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.monitor.begin(Self::NAME, control)?;
        self.wait = 0;
        self.stopped_epoch = 0;
        self.best = None;
        self.best_weights = None;
        self.best_epoch = 0;
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        let missing = |name: &str| {
            let available = names(logs);
            format!(
                "Early stopping conditioned on metric `{name}` which is not available. Available metrics are: {available}"
            )
        };
        let Some(current) = self.monitor.value(Self::NAME, logs, missing) else { return Ok(()) };
        if epoch < self.start_from_epoch {
            return Ok(());
        }
        if self.restore_best_weights && self.best_weights.is_none() {
            self.best_weights = Some(control.weights());
            self.best_epoch = epoch;
        }
        self.wait += 1;
        if self.monitor.improves(Self::NAME, current, self.best)? {
            self.best = Some(current);
            self.best_epoch = epoch;
            if self.restore_best_weights {
                self.best_weights = Some(control.weights());
            }
            // The wait starts anew only where both the best and the baseline are beaten.
            if self.monitor.improves(Self::NAME, current, self.baseline)? {
                self.wait = 0;
            }
            return Ok(());
        }
        if self.wait >= self.patience && epoch > 0 {
            self.stopped_epoch = epoch;
            control.stop_training();
        }
        Ok(())
    }

    fn on_train_end(&mut self, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.stopped_epoch > 0 && self.verbose > 0 {
            say(&format!("Epoch {}: early stopping", self.stopped_epoch + 1));
        }
        if let Some(weights) = &self.best_weights {
            if self.verbose > 0 {
                say(&format!(
                    "Restoring model weights from the end of the best epoch: {}.",
                    self.best_epoch + 1
                ));
            }
            control.set_weights(weights)?;
        }
        Ok(())
    }

    fn state(&self) -> Option<CallbackState> {
        let state = CallbackState::new(Self::NAME)
            .number("wait", self.wait as f64)
            .maybe("best", self.best)
            .number("best_epoch", self.best_epoch as f64)
            .number("stopped_epoch", self.stopped_epoch as f64);
        Some(state.tensors(self.best_weights.iter().flatten().cloned()))
    }

    fn set_state(&mut self, state: &CallbackState) -> Result<()> {
        self.wait = state.count("wait");
        self.best = state.get("best");
        self.best_epoch = state.count("best_epoch");
        self.stopped_epoch = state.count("stopped_epoch");
        let weights = state.all_tensors();
        self.best_weights = (!weights.is_empty()).then(|| weights.to_vec());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::said;
    use super::super::testing::{Bench, given, logs};
    use super::*;

    const LOSSES: [f64; 9] = [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72, 0.71, 0.6];

    /// Epochs that ran, `stopped_epoch`, `best_epoch`, the epoch whose weights the model has in the end, `best`.
    fn run(mut callback: EarlyStopping, losses: &[Option<f64>]) -> (usize, usize, usize, f32, f64) {
        let mut bench = Bench::new();
        let ran = bench.epochs(&mut callback, losses);
        let best = callback.best().unwrap_or(f64::INFINITY);
        (ran, callback.stopped_epoch(), callback.best_epoch(), bench.weight_now(), best)
    }

    fn of(callback: EarlyStopping) -> (usize, usize, usize, f32, f64) {
        run(callback, &given(&LOSSES))
    }

    // All expected numbers are what Keras 3.15.1 does with the same losses.

    #[test]
    fn stops_where_keras_stops() {
        let new = EarlyStopping::new;
        assert_eq!(of(new()), (3, 2, 1, 2.0, 0.8));
        assert_eq!(of(new().patience(2)), (4, 3, 1, 3.0, 0.8));
        assert_eq!(of(new().patience(3)), (8, 7, 4, 7.0, 0.7));
        let new = || EarlyStopping::new().restore_best_weights(true);
        assert_eq!(of(new().patience(3)), (8, 7, 4, 4.0, 0.7));
        assert_eq!(of(new().patience(3).min_delta(0.15)), (5, 4, 1, 1.0, 0.8));
        assert_eq!(of(new().patience(2).baseline(0.5)), (3, 2, 1, 1.0, 0.8));
        assert_eq!(of(new().patience(2).baseline(0.75)), (3, 2, 1, 1.0, 0.8));
        assert_eq!(of(new().patience(1).start_from_epoch(3)), (6, 5, 4, 4.0, 0.7));
        assert_eq!(of(new().patience(2).mode(Mode::Max)), (3, 2, 0, 0.0, 1.0));
        // Best weights come back even if nothing was stopped.
        assert_eq!(of(new().patience(100)), (9, 0, 8, 8.0, 0.6));
        assert_eq!(run(new().patience(100), &given(&LOSSES[..8])), (8, 0, 4, 4.0, 0.7));
    }

    #[test]
    fn the_corners_are_keras_s() {
        let near = [1.0, 1.0 - 1e-9, 1.0 - 2e-9];
        assert_eq!(run(EarlyStopping::new().patience(2), &given(&near)), (3, 2, 0, 2.0, 1.0));
        let patient = || EarlyStopping::new().patience(2).restore_best_weights(true);
        let nan = given(&[0.5, f64::NAN, 0.4, f64::NAN, f64::NAN]);
        assert_eq!(run(patient(), &nan), (5, 4, 2, 2.0, 0.4));
        let gaps = [Some(0.5), None, Some(0.6), None, Some(0.7), Some(0.8)];
        assert_eq!(run(patient(), &gaps), (5, 4, 0, 0.0, 0.5));
        assert_eq!(run(EarlyStopping::new(), &given(&[0.5])), (1, 0, 0, 0.0, 0.5));
        let baseline = EarlyStopping::new().baseline(0.1);
        assert_eq!(run(baseline, &given(&[0.9, 0.95, 0.8, 0.9])), (2, 1, 0, 1.0, 0.9));
    }

    /// In Keras nothing is better than NaN.
    #[test]
    fn not_a_number_is_worse_than_any() {
        let patient = || EarlyStopping::new().patience(2).restore_best_weights(true);
        assert_eq!(run(patient(), &given(&[f64::NAN, 0.5, 0.4, 0.6])), (4, 0, 2, 2.0, 0.4));
        assert_eq!(
            said(),
            ["warning: EarlyStopping: the metric `val_loss` is NaN, which counts as worse than any number"]
        );
        // Its place is that of a value that is not better: the patience runs.
        let nan = [f64::NAN, f64::NAN, f64::NAN, 0.1];
        let (ran, stopped, best_epoch, weights, best) = run(patient(), &given(&nan));
        assert_eq!((ran, stopped, best_epoch, weights, best), (2, 1, 0, 0.0, f64::INFINITY));
        assert_eq!(said().len(), 1);
        let high = patient().mode(Mode::Max);
        assert_eq!(run(high, &given(&[f64::NAN, 0.1, 0.3, 0.2])), (4, 0, 2, 2.0, 0.3));
        let baseline = patient().baseline(f64::NAN);
        assert_eq!(run(baseline, &given(&[0.5, 0.4, 0.3, 0.2])), (4, 0, 3, 3.0, 0.2));
    }

    #[test]
    fn it_goes_on_after_an_interruption() {
        let new = || EarlyStopping::new().patience(3).restore_best_weights(true);
        for cut in 1..7 {
            let mut first = new();
            Bench::new().epochs(&mut first, &given(&LOSSES[..cut]));
            // Ending a training does not change what it remembers.
            let state = Callback::state(&first).expect("a state");
            let mut second = new();
            let mut bench = Bench::new();
            bench.with(|control| second.on_train_begin(control));
            second.set_state(&state).unwrap();
            let mut ran = cut;
            for (epoch, loss) in LOSSES.into_iter().enumerate().skip(cut) {
                bench.weight(epoch as f32);
                bench.with(|control| second.on_epoch_end(epoch, &logs(&[("val_loss", loss)]), control));
                ran += 1;
                if bench.stop {
                    break;
                }
            }
            bench.with(|control| second.on_train_end(&[], control));
            let found = (ran, second.stopped_epoch(), second.best_epoch(), bench.weight_now());
            assert_eq!(found, (8, 7, 4, 4.0), "cut after {cut}");
        }
    }

    #[test]
    fn a_second_training_starts_anew() {
        let mut bench = Bench::new();
        let mut callback = EarlyStopping::new().patience(1);
        assert_eq!(bench.epochs(&mut callback, &given(&[0.1, 0.2])), 2);
        assert_eq!(bench.epochs(&mut callback, &given(&[0.9, 0.8, 0.7])), 3);
        assert_eq!((callback.stopped_epoch(), callback.best_epoch()), (0, 2));
    }

    #[test]
    fn a_missing_metric_is_said_once_and_stops_nothing() {
        let (ran, stopped, ..) = run(EarlyStopping::new(), &[None, None, None]);
        assert_eq!((ran, stopped), (3, 0));
        let said = said();
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("warning: Early stopping conditioned on metric `val_loss` which is not"));
        let mut bench = Bench::new();
        bench.with(|control| {
            EarlyStopping::new().on_epoch_end(0, &logs(&[("loss", 1.0), ("mae", 1.0)]), control)
        });
        assert!(super::super::message::said()[0].ends_with("Available metrics are: loss,mae"));
    }

    #[test]
    fn says_what_keras_says() {
        of(EarlyStopping::new().restore_best_weights(true).verbose(1));
        assert_eq!(
            said(),
            ["Epoch 3: early stopping", "Restoring model weights from the end of the best epoch: 2."]
        );
        of(EarlyStopping::new().restore_best_weights(true));
        assert!(said().is_empty());
    }

    #[test]
    fn a_name_that_does_not_tell_is_an_error_before_training() {
        let mut bench = Bench::new();
        let mut callback = EarlyStopping::new().monitor("val_mine");
        assert!(bench.attempt(|control| callback.on_train_begin(control)).is_err());
        let mut callback = callback.mode(Mode::Min);
        assert!(bench.attempt(|control| callback.on_train_begin(control)).is_ok());
    }
}
