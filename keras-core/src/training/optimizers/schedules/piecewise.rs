//! Learning rates that stay for a while.

use super::{Schedule, config_of, rate};
use crate::training::config::{Config, arguments};
use crate::{Error, Result, message};

/// One learning rate up to each boundary, another beyond: Keras's
/// [`PiecewiseConstantDecay`](https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/).
#[derive(Clone, Debug, PartialEq)]
pub struct PiecewiseConstantDecay {
    boundaries: Vec<u64>,
    values: Vec<f64>,
}

impl PiecewiseConstantDecay {
    /// `values[0]` up to and with step `boundaries[0]`, and so on; one value more than boundaries.
    pub fn new(boundaries: impl Into<Vec<u64>>, values: impl Into<Vec<f64>>) -> Self {
        PiecewiseConstantDecay { boundaries: boundaries.into(), values: values.into() }
    }
}

arguments!(PiecewiseConstantDecay, boundaries, values);

impl Schedule for PiecewiseConstantDecay {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        let i = self.boundaries.iter().take_while(|b| step > **b).count();
        // `check` has seen that there is one value more.
        self.values.get(i).copied().unwrap_or(f64::NAN)
    }

    fn check(&self) -> Result<()> {
        let (boundaries, values) = (self.boundaries.len(), self.values.len());
        if values != boundaries + 1 {
            let message = format!("{boundaries} boundaries take {} values, found {values}", boundaries + 1);
            return Err(Error::Argument(message));
        }
        if !self.boundaries.is_sorted() {
            return Err(Error::Argument(format!(
                "boundaries must grow, found {}",
                message::numbers(&self.boundaries)
            )));
        }
        self.values.iter().try_for_each(|value| rate(*value).map(drop))
    }
}
