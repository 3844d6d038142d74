//! A learning rate for each epoch.

use super::format::repr;
use super::message::say;
use super::{Callback, Control, Logs};
use crate::Result;

/// Sets the learning rate at the start of every epoch, from the number of the epoch and the rate so far.
///
/// ```
/// use keras_core::training::callbacks::LearningRateScheduler;
///
/// let decay = LearningRateScheduler::new(|epoch, lr| if epoch < 10 { lr } else { lr * (-0.1f64).exp() });
/// # let _ = decay.verbose(1);
/// ```
///
/// Source: <https://keras.io/api/callbacks/learning_rate_scheduler/>.
#[derive(Clone, Debug)]
pub struct LearningRateScheduler<F> {
    schedule: F,
    verbose: u8,
}

impl<F: FnMut(usize, f64) -> f64> LearningRateScheduler<F> {
    /// Asks `schedule` with the epoch, counted from 0, and the learning rate.
    pub fn new(schedule: F) -> Self {
        LearningRateScheduler { schedule, verbose: 0 }
    }

    /// 1: tells each learning rate; 0: silent.
    #[must_use]
    pub fn verbose(mut self, verbose: u8) -> Self {
        self.verbose = verbose;
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnMut(usize, f64) -> f64> Callback for LearningRateScheduler<F> {
    fn on_epoch_begin(&mut self, epoch: usize, control: &mut Control<'_>) -> Result<()> {
        let learning_rate = (self.schedule)(epoch, control.learning_rate());
        control.set_learning_rate(learning_rate)?;
        if self.verbose > 0 {
            say(&format!(
                "\nEpoch {}: LearningRateScheduler setting learning rate to {}.",
                epoch + 1,
                repr(learning_rate)
            ));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, _epoch: usize, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        control.log("learning_rate", control.learning_rate());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::said;
    use super::super::testing::{Bench, given};
    use super::*;

    #[test]
    fn every_epoch_starts_with_its_rate() {
        let mut seen = Vec::new();
        let mut bench = Bench::new();
        let mut callback = LearningRateScheduler::new(|epoch, lr| {
            seen.push((epoch, lr));
            lr * 0.5
        })
        .verbose(1);
        bench.epochs(&mut callback, &given(&[1.0, 1.0]));
        let rate = seen[1].1;
        assert_eq!(seen.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [0, 1]);
        assert!((seen[0].1 - 0.1).abs() < 1e-6 && (rate - 0.05).abs() < 1e-6);
        let said = said();
        assert_eq!(said.len(), 2);
        assert!(
            said[1].starts_with("\nEpoch 2: LearningRateScheduler setting learning rate to 0.025"),
            "{said:?}"
        );
    }

    #[test]
    fn the_rate_of_the_epoch_is_logged() {
        let mut bench = Bench::new();
        let mut callback = LearningRateScheduler::new(|_, _| 0.25);
        bench.with(|control| callback.on_epoch_begin(0, control));
        bench.with(|control| callback.on_epoch_end(0, &[], control));
        assert_eq!(bench.logged, [("learning_rate".to_string(), 0.25)]);
    }
}
