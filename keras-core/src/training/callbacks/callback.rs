//! The trait of all callbacks.

use super::{CallbackState, Control, Logs, PredictControl};
use crate::Result;
use crate::training::uncompiled::TrainingRun;

/// Something that is told what `fit`, `evaluate` or `predict_with` does, and may act on it through [`Control`] or
/// [`PredictControl`]. Every event does nothing unless it is written; an error ends the training.
///
/// The events come in this order: `on_train_begin`; for each epoch `on_epoch_begin`, for each batch
/// `on_train_batch_begin` and `on_train_batch_end`, the events of the validation, `on_epoch_end`; `on_train_end`.
/// An evaluation or validation is `on_test_begin`, for each batch `on_test_batch_begin` and `on_test_batch_end`, and
/// `on_test_end`; a prediction has the events `on_predict_...` in the same order. Epochs and batches count from 0.
///
/// ```
/// use keras_core::Result;
/// use keras_core::training::callbacks::{Callback, Control, Logs, get};
///
/// /// Stops at a loss that is good enough.
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn on_epoch_end(&mut self, _epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
///         if get(logs, "loss").is_some_and(|loss| loss < self.0) {
///             control.stop_training();
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// Source: <https://keras.io/api/callbacks/base_callback/>.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a callback",
    note = "a callback is a value, as `EarlyStopping::new()`, or of a type of your own that implements `Callback`"
)]
#[expect(unused_variables, reason = "the names are documentation")]
pub trait Callback {
    /// Whether it writes files, prints or sends: of [several processes](crate::distribution) that train together the first alone
    /// has it then. All others are told of the same events with the same numbers on every process.
    fn writes(&self) -> bool {
        false
    }

    /// Training starts.
    ///
    /// # Errors
    /// What the callback cannot work with, such as an argument that cannot be.
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// Training is over; whatever stopped it, except an error. `logs` are the loss and metrics of the last epoch, as
    /// `on_epoch_end` was told of them; there are none where no epoch was trained.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_train_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// An epoch starts.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_epoch_begin(&mut self, epoch: usize, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// An epoch is over. `logs` are its loss and metrics, those of the validation with `val_` before their names.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// A step starts.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_train_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// A step is done. `logs` are the loss and metrics of the epoch so far.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// An evaluation starts: that of `evaluate`, or the validation within `fit`.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_test_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// An evaluation is over. `logs` are its loss and metrics.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_test_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// A batch is about to be evaluated.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_test_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// A batch has been evaluated. `logs` are the loss and metrics of the evaluation so far.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_test_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        Ok(())
    }

    /// A prediction starts.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_predict_begin(&mut self, control: &mut PredictControl) -> Result<()> {
        Ok(())
    }

    /// A prediction is over.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_predict_end(&mut self, control: &mut PredictControl) -> Result<()> {
        Ok(())
    }

    /// A batch is about to be predicted.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_predict_batch_begin(&mut self, batch: usize, control: &mut PredictControl) -> Result<()> {
        Ok(())
    }

    /// A batch has been predicted. `outputs` are the numbers of each output of the model, sample after sample.
    ///
    /// # Errors
    /// What the callback could not do.
    fn on_predict_batch_end(
        &mut self,
        batch: usize,
        outputs: &[&[f32]],
        control: &mut PredictControl,
    ) -> Result<()> {
        Ok(())
    }

    /// What the callback has to remember when a training is interrupted, such as the best value so far.
    /// [`BackupAndRestore`](super::BackupAndRestore) keeps it with the rest. Nothing unless it is written.
    fn state(&self) -> Option<CallbackState> {
        None
    }

    /// Takes over what [`state`](Callback::state) gave before the interruption.
    ///
    /// # Errors
    /// The state is not one of this callback.
    fn set_state(&mut self, state: &CallbackState) -> Result<()> {
        Ok(())
    }
}

/// `C` is a [`Callback`]. It is a parameter because the compiler would show how its type is declared.
#[diagnostic::on_unimplemented(
    message = "`{C}` is not a callback",
    note = "a callback is a value, as `EarlyStopping::new()`, or of a type of your own that implements `Callback`"
)]
pub trait TakesCallback<'a, C> {
    /// The callback on the heap.
    #[doc(hidden)]
    fn boxed(callback: C) -> Box<dyn Callback + 'a>;
}

#[diagnostic::do_not_recommend]
impl<'a, C: Callback + 'a> TakesCallback<'a, C> for TrainingRun {
    fn boxed(callback: C) -> Box<dyn Callback + 'a> {
        Box::new(callback)
    }
}

/// Passes every event on.
macro_rules! pass_on {
    ($($of:tt)+) => {
        #[diagnostic::do_not_recommend]
        impl<C: Callback + ?Sized> Callback for $($of)+ {
            fn writes(&self) -> bool {
                (**self).writes()
            }

            fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
                (**self).on_train_begin(control)
            }

            fn on_train_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
                (**self).on_train_end(logs, control)
            }

            fn on_epoch_begin(&mut self, epoch: usize, control: &mut Control<'_>) -> Result<()> {
                (**self).on_epoch_begin(epoch, control)
            }

            fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
                (**self).on_epoch_end(epoch, logs, control)
            }

            fn on_train_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
                (**self).on_train_batch_begin(batch, control)
            }

            fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
                (**self).on_train_batch_end(batch, logs, control)
            }

            fn on_test_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
                (**self).on_test_begin(control)
            }

            fn on_test_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
                (**self).on_test_end(logs, control)
            }

            fn on_test_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
                (**self).on_test_batch_begin(batch, control)
            }

            fn on_test_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
                (**self).on_test_batch_end(batch, logs, control)
            }

            fn on_predict_begin(&mut self, control: &mut PredictControl) -> Result<()> {
                (**self).on_predict_begin(control)
            }

            fn on_predict_end(&mut self, control: &mut PredictControl) -> Result<()> {
                (**self).on_predict_end(control)
            }

            fn on_predict_batch_begin(&mut self, batch: usize, control: &mut PredictControl) -> Result<()> {
                (**self).on_predict_batch_begin(batch, control)
            }

            fn on_predict_batch_end(
                &mut self,
                batch: usize,
                outputs: &[&[f32]],
                control: &mut PredictControl,
            ) -> Result<()> {
                (**self).on_predict_batch_end(batch, outputs, control)
            }

            fn state(&self) -> Option<CallbackState> {
                (**self).state()
            }

            fn set_state(&mut self, state: &CallbackState) -> Result<()> {
                (**self).set_state(state)
            }
        }
    };
}

pass_on!(&mut C);
pass_on!(Box<C>);

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, logs};
    use super::*;

    #[derive(Default)]
    struct Events(Vec<String>);

    impl Callback for Events {
        fn on_train_begin(&mut self, _: &mut Control<'_>) -> Result<()> {
            self.0.push("train".into());
            Ok(())
        }
        fn on_train_end(&mut self, logs: &Logs, _: &mut Control<'_>) -> Result<()> {
            self.0.push(format!("end {logs:?}"));
            Ok(())
        }
        fn state(&self) -> Option<CallbackState> {
            Some(CallbackState::new("Events").number("events", self.0.len() as f64))
        }
        fn set_state(&mut self, state: &CallbackState) -> Result<()> {
            self.0.push(format!("state {}", state.get("events").unwrap_or(-1.0)));
            Ok(())
        }
        fn on_epoch_begin(&mut self, epoch: usize, _: &mut Control<'_>) -> Result<()> {
            self.0.push(format!("epoch {epoch}"));
            Ok(())
        }
        fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, _: &mut Control<'_>) -> Result<()> {
            self.0.push(format!("epoch {epoch} {logs:?}"));
            Ok(())
        }
        fn on_train_batch_begin(&mut self, batch: usize, _: &mut Control<'_>) -> Result<()> {
            self.0.push(format!("batch {batch}"));
            Ok(())
        }
        fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, _: &mut Control<'_>) -> Result<()> {
            self.0.push(format!("batch {batch} {logs:?}"));
            Ok(())
        }
    }

    fn all(callback: &mut dyn Callback) {
        let mut bench = Bench::new();
        bench.with(|control| {
            callback.on_train_begin(control)?;
            callback.on_epoch_begin(1, control)?;
            callback.on_train_batch_begin(2, control)?;
            callback.on_train_batch_end(2, &logs(&[("loss", 0.5)]), control)?;
            callback.on_epoch_end(1, &logs(&[("loss", 0.25)]), control)?;
            callback.on_train_end(&logs(&[("loss", 0.25)]), control)
        });
    }

    #[test]
    fn lent_and_boxed_callbacks_see_every_event() {
        let expected = [
            "train",
            "epoch 1",
            "batch 2",
            "batch 2 [(\"loss\", 0.5)]",
            "epoch 1 [(\"loss\", 0.25)]",
            "end [(\"loss\", 0.25)]",
        ];
        let mut events = Events::default();
        all(&mut &mut events);
        assert_eq!(events.0, expected);
        let mut lent = Events::default();
        let mut boxed = Box::new(&mut lent) as Box<dyn Callback + '_>;
        all(&mut boxed);
        let state = Callback::state(&boxed).expect("a state");
        boxed.set_state(&state).unwrap();
        drop(boxed);
        assert_eq!(lent.0.pop().as_deref(), Some("state 6"));
        assert_eq!(lent.0, expected);
    }

    #[test]
    fn a_callback_without_events_is_one_too() {
        struct Nothing;
        impl Callback for Nothing {}
        all(&mut Nothing);
    }
}
