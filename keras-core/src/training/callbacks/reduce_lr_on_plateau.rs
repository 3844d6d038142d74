//! Lowering the learning rate when a metric no longer becomes better.

use super::format::repr;
use super::logs::names;
use super::message::say;
use super::monitor::Monitor;
use super::{Callback, CallbackState, Control, Logs, Mode};
use crate::setters::setters;
use crate::{Error, Result};

/// Lowers the learning rate when a metric has stopped improving.
///
/// A metric that is NaN counts as worse than any number: unlike Keras, the first number after it is an improvement.
///
/// Source: <https://keras.io/api/callbacks/reduce_lr_on_plateau/>.
#[derive(Clone, Debug)]
pub struct ReduceLROnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    verbose: u8,
    cooldown: usize,
    min_lr: f64,
    best: Option<f64>,
    wait: usize,
    cooling: usize,
}

impl Default for ReduceLROnPlateau {
    fn default() -> Self {
        Self::new()
    }
}

impl ReduceLROnPlateau {
    const NAME: &'static str = "ReduceLROnPlateau";

    /// Divides the learning rate by 10 after 10 epochs in which `val_loss` was not lower than before.
    pub fn new() -> Self {
        ReduceLROnPlateau {
            monitor: Monitor::new(1e-4),
            factor: 0.1,
            patience: 10,
            verbose: 0,
            cooldown: 0,
            min_lr: 0.0,
            best: None,
            wait: 0,
            cooling: 0,
        }
    }

    /// The metric to watch: `val_loss`.
    #[must_use]
    pub fn monitor(mut self, monitor: impl Into<String>) -> Self {
        self.monitor.name = monitor.into();
        self
    }

    /// Lowers the learning rate, if it can be lowered.
    fn reduce(&self, epoch: usize, control: &mut Control<'_>) -> Result<bool> {
        let old = control.learning_rate();
        // Learning rates are 32-bit floats in Keras: one that has reached `min_lr` is not above it by rounding.
        if old as f32 <= self.min_lr as f32 {
            return Ok(false);
        }
        let new = (old * self.factor).max(self.min_lr);
        control.set_learning_rate(new)?;
        if self.verbose > 0 {
            say(&format!(
                "\nEpoch {}: ReduceLROnPlateau reducing learning rate to {}.",
                epoch + 1,
                repr(new)
            ));
        }
        Ok(true)
    }
}

setters! { ReduceLROnPlateau:
    /// What the learning rate is multiplied by, below 1: 0.1.
    factor: f64,
    /// After how many epochs without improvement: 10.
    patience: usize,
    /// 1: says so when it lowers the learning rate; 0: silent.
    verbose: u8,
    /// What is better: by the metric's name.
    mode: Mode => monitor.mode,
    /// By how much a value must be better to count as an improvement: 0.0001.
    min_delta: f64 => monitor.min_delta,
    /// For how many epochs it does nothing after it has lowered the learning rate: 0.
    cooldown: usize,
    /// The lowest learning rate: 0.
    min_lr: f64,
}

#[diagnostic::do_not_recommend]
impl Callback for ReduceLROnPlateau {
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        if self.factor.is_nan() || self.factor >= 1.0 {
            return Err(Error::Argument(format!(
                "ReduceLROnPlateau does not support a factor >= 1.0, and {} was given",
                repr(self.factor)
            )));
        }
        for (name, value) in [("factor", self.factor), ("min_lr", self.min_lr)] {
            if !(value >= 0.0 && value.is_finite()) {
                let found = repr(value);
                let message =
                    format!("ReduceLROnPlateau: `{name}` must not be negative, and finite; found {found}");
                return Err(Error::Argument(message));
            }
        }
        self.monitor.begin(Self::NAME, control)?;
        self.best = None;
        self.cooling = 0;
        self.wait = 0;
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        control.log("learning_rate", control.learning_rate());
        let missing = |name: &str| {
            let available = names(logs);
            format!(
                "Learning rate reduction is conditioned on metric `{name}` which is not available. Available metrics \
                 are: {available}."
            )
        };
        let Some(current) = self.monitor.value(Self::NAME, logs, missing) else { return Ok(()) };
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.monitor.improves(Self::NAME, current, self.best)? {
            self.best = Some(current);
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            if self.wait >= self.patience && self.reduce(epoch, control)? {
                self.cooling = self.cooldown;
                self.wait = 0;
            }
        }
        Ok(())
    }

    fn state(&self) -> Option<CallbackState> {
        let state = CallbackState::new(Self::NAME).maybe("best", self.best);
        Some(state.number("wait", self.wait as f64).number("cooldown", self.cooling as f64))
    }

    fn set_state(&mut self, state: &CallbackState) -> Result<()> {
        self.best = state.get("best");
        self.wait = state.count("wait");
        self.cooling = state.count("cooldown");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::said;
    use super::super::testing::{Bench, given, logs};
    use super::*;

    const LOSSES: [f64; 13] = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.89, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9];

    /// The learning rate after each epoch, and the one that each epoch has logged.
    fn rates(mut callback: ReduceLROnPlateau) -> (Vec<f64>, Vec<f64>) {
        let mut bench = Bench::new();
        bench.with(|control| callback.on_train_begin(control));
        let (mut after, mut logged) = (Vec::new(), Vec::new());
        for (epoch, loss) in LOSSES.into_iter().enumerate() {
            bench.with(|control| {
                callback.on_epoch_end(epoch, &logs(&[("val_loss", loss)]), control)?;
                after.push(control.learning_rate());
                Ok(())
            });
            assert_eq!(bench.logged.len(), 1);
            assert_eq!(bench.logged[0].0, "learning_rate");
            logged.push(bench.logged[0].1);
        }
        (after, logged)
    }

    #[track_caller]
    fn check(callback: ReduceLROnPlateau, expected: [f64; 13]) {
        let (after, logged) = rates(callback);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b;
        assert!(after.iter().zip(&expected).all(|(a, b)| near(*a, *b)), "{after:?}");
        // Each epoch logs the rate that it ran with.
        assert!(
            near(logged[0], 0.1) && logged[1..].iter().zip(&after).all(|(a, b)| near(*a, *b)),
            "{logged:?}"
        );
    }

    #[test]
    fn lowers_where_keras_lowers() {
        let new = ReduceLROnPlateau::new;
        check(new().patience(2), [0.1, 0.1, 0.1, 1e-2, 1e-2, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5, 1e-6]);
        check(
            new().patience(2).cooldown(2),
            [0.1, 0.1, 0.1, 1e-2, 1e-2, 1e-2, 1e-2, 1e-2, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4],
        );
        check(
            new().patience(1).factor(0.5).min_lr(0.02),
            [0.1, 0.1, 0.05, 0.025, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02],
        );
        check(
            new().patience(2).min_delta(0.05),
            [0.1, 0.1, 0.1, 1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6],
        );
        check(
            new().patience(3).mode(Mode::Max).factor(0.5),
            [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125, 0.00625],
        );
        check(
            new().patience(0).cooldown(1).factor(0.5),
            [
                0.1,
                0.1,
                0.05,
                0.025,
                0.0125,
                0.00625,
                0.00625,
                0.003125,
                0.0015625,
                0.00078125,
                0.000390625,
                0.0001953125,
                9.765625e-5,
            ],
        );
        check(new(), [0.1; 13]);
    }

    #[test]
    fn says_what_keras_says() {
        rates(ReduceLROnPlateau::new().patience(1).factor(0.5).min_lr(0.05).verbose(1));
        let said = said();
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("\nEpoch 3: ReduceLROnPlateau reducing learning rate to 0.05"),
            "{said:?}"
        );
    }

    #[test]
    fn a_factor_that_lowers_nothing_is_an_error() {
        for factor in [1.0, 2.0, f64::NAN] {
            let mut callback = ReduceLROnPlateau::new().factor(factor);
            let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
            assert!(matches!(&error, Error::Argument(text) if text.contains("factor >= 1.0")), "{error}");
        }
    }

    /// In Keras nothing is better than NaN, and so the learning rate falls and falls.
    #[test]
    fn not_a_number_is_worse_than_any() {
        let mut callback = ReduceLROnPlateau::new().patience(2).factor(0.5);
        let mut bench = Bench::new();
        bench.epochs(&mut callback, &given(&[f64::NAN, 0.9, 0.8, 0.7, 0.6, 0.5]));
        bench.with(|control| {
            assert_eq!(control.learning_rate(), 0.1);
            Ok(())
        });
        assert_eq!(said().len(), 1);
    }

    #[test]
    fn rates_that_cannot_be_are_errors_before_training() {
        for callback in [
            ReduceLROnPlateau::new().factor(-0.5),
            ReduceLROnPlateau::new().min_lr(-1.0),
            ReduceLROnPlateau::new().min_lr(f64::NAN),
            ReduceLROnPlateau::new().min_lr(f64::INFINITY),
        ] {
            let mut callback = callback;
            let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
            assert!(error.to_string().contains("must not be negative, and finite; found"), "{error}");
        }
    }

    #[test]
    fn a_missing_metric_is_said_once() {
        let mut callback = ReduceLROnPlateau::new().monitor("val_accuracy").patience(0);
        let mut bench = Bench::new();
        bench.epochs(&mut callback, &[Some(0.1), Some(0.1), Some(0.1)]);
        assert_eq!(said().len(), 1);
        bench.with(|control| {
            assert!((control.learning_rate() - 0.1).abs() < 1e-6);
            Ok(())
        });
    }
}
