//! Stopping at a loss that is no number.

use super::format::repr;
use super::message::say;
use super::{Callback, Control, Logs, get};
use crate::setters::setters;
use crate::{Error, Result};

/// Stops the training at the end of a step when the loss is NaN or infinite.
///
/// Source: <https://keras.io/api/callbacks/terminate_on_nan/>.
#[derive(Clone, Debug, Default)]
pub struct TerminateOnNaN {
    raise_error: bool,
}

impl TerminateOnNaN {
    /// Stops as other callbacks do: the epoch and the training end in order.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { TerminateOnNaN:
    /// Whether `fit` ends with an error at once, so that no callback's `on_train_end` comes: false.
    raise_error: bool,
}

#[diagnostic::do_not_recommend]
impl Callback for TerminateOnNaN {
    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        let Some(loss) = get(logs, "loss").filter(|loss| !loss.is_finite()) else { return Ok(()) };
        if self.raise_error {
            return Err(Error::Callback(format!(
                "NaN or Inf loss encountered at batch {batch}. Loss value: {}. Terminating training immediately.",
                repr(loss)
            )));
        }
        say(&format!("Batch {batch}: Invalid loss, terminating training"));
        control.stop_training();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::said;
    use super::super::testing::{Bench, logs};
    use super::*;

    #[test]
    fn stops_at_the_first_loss_that_is_no_number() {
        for (loss, stops) in
            [(1e30, false), (0.0, false), (f64::NAN, true), (f64::INFINITY, true), (f64::NEG_INFINITY, true)]
        {
            let mut bench = Bench::new();
            let shown = logs(&[("accuracy", f64::NAN), ("loss", loss)]);
            bench.with(|control| TerminateOnNaN::new().on_train_batch_end(7, &shown, control));
            assert_eq!(bench.stop, stops, "{loss}");
            assert_eq!(said(), vec!["Batch 7: Invalid loss, terminating training"; usize::from(stops)]);
        }
        let mut bench = Bench::new();
        bench.with(|control| TerminateOnNaN::new().on_train_batch_end(0, &[], control));
        assert!(!bench.stop);
    }

    #[test]
    fn raises_where_it_shall() {
        let mut callback = TerminateOnNaN::new().raise_error(true);
        let mut bench = Bench::new();
        let shown = logs(&[("loss", f64::NEG_INFINITY)]);
        let error = bench.attempt(|control| callback.on_train_batch_end(3, &shown, control)).unwrap_err();
        assert!(
            matches!(&error, Error::Callback(text) if text.contains("batch 3. Loss value: -inf.")),
            "{error}"
        );
        assert!(!bench.stop);
    }
}
