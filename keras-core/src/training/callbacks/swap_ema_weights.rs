//! Evaluating the averages of weights.

use super::{Callback, Control, Logs, PredictControl};
use crate::setters::setters;
use crate::tensor::Raw;
use crate::{Error, Result};

/// Puts the averages of the weights, which an optimiser with `use_ema(true)` keeps, in the place of the weights while
/// the model is evaluated, and with `swap_on_epoch` from the end of each epoch to the begin of the next, so that
/// callbacks that come later, such as [`ModelCheckpoint`](super::ModelCheckpoint), save them.
///
/// ```
/// use keras_core::training::callbacks::SwapEMAWeights;
///
/// let swap = SwapEMAWeights::new().swap_on_epoch(true);
/// # let _ = swap;
/// ```
///
/// For predictions there is
/// [`with_average_weights`](crate::training::Compiled::with_average_weights), as a prediction leaves the model as it is.
///
/// Source: <https://keras.io/api/callbacks/swap_ema_weights/>.
#[derive(Debug, Default)]
pub struct SwapEMAWeights {
    swap_on_epoch: bool,
    /// The weights of the training, while their averages stand in their place.
    weights: Option<Vec<(String, Raw)>>,
}

impl SwapEMAWeights {
    /// Swaps for evaluations alone.
    pub fn new() -> Self {
        SwapEMAWeights::default()
    }

    fn averages(&mut self, control: &mut Control<'_>) -> Result<()> {
        if self.weights.is_none() {
            let weights = control.weights();
            if !control.average_weights()? {
                let message = "the optimiser keeps no averages of weights: give it `use_ema(true)`";
                return Err(Error::Argument(format!("SwapEMAWeights: {message}")));
            }
            self.weights = Some(weights);
        }
        Ok(())
    }

    fn back(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.weights.take().map_or(Ok(()), |weights| control.set_weights(&weights))
    }
}

setters! { SwapEMAWeights:
    /// Whether the averages are in the model from the end of an epoch to the begin of the next: false.
    swap_on_epoch: bool,
}

#[diagnostic::do_not_recommend]
impl Callback for SwapEMAWeights {
    fn on_epoch_begin(&mut self, _epoch: usize, control: &mut Control<'_>) -> Result<()> {
        if self.swap_on_epoch { self.back(control) } else { Ok(()) }
    }

    fn on_epoch_end(&mut self, _epoch: usize, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        if self.swap_on_epoch { self.averages(control) } else { Ok(()) }
    }

    fn on_test_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.averages(control)
    }

    fn on_test_end(&mut self, _logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.back(control)
    }

    fn on_predict_begin(&mut self, _control: &mut PredictControl) -> Result<()> {
        let message = "a prediction is made with the weights that the model has, which are the averages after `fit` of an \
                       optimiser with `use_ema(true)`; behind steps by `train_on_batch`, write \
                       `model.with_average_weights(|model| model.predict(&x))?`";
        Err(Error::Argument(format!("SwapEMAWeights: {message}")))
    }
}
