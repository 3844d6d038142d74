//! Learning rates that fall.

use super::super::base::not_negative;
use super::{Schedule, config_of, rate, steps};
use crate::Result;
use crate::setters::setters;
use crate::training::config::{Config, arguments};

/// `initial * rate^(step / steps)`: Keras's
/// [`ExponentialDecay`](https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    initial_learning_rate: f64,
    decay_steps: u64,
    decay_rate: f64,
    staircase: bool,
}

impl ExponentialDecay {
    /// Times `decay_rate` every `decay_steps` steps, evenly.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> Self {
        ExponentialDecay { initial_learning_rate, decay_steps, decay_rate, staircase: false }
    }
}

setters! { ExponentialDecay:
    /// Whether it falls at once every `decay_steps` steps.
    staircase: bool,
}

arguments!(ExponentialDecay, initial_learning_rate, decay_steps, decay_rate, staircase);

impl Schedule for ExponentialDecay {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        self.initial_learning_rate * self.decay_rate.powf(part(step, self.decay_steps, self.staircase))
    }

    fn check(&self) -> Result<()> {
        steps("decay_steps", self.decay_steps)?;
        rate(self.initial_learning_rate)?;
        not_negative("decay_rate", self.decay_rate)
    }
}

/// `initial / (1 + rate * step / steps)`: Keras's
/// [`InverseTimeDecay`](https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseTimeDecay {
    initial_learning_rate: f64,
    decay_steps: u64,
    decay_rate: f64,
    staircase: bool,
}

impl InverseTimeDecay {
    /// Over a divisor that grows by `decay_rate` every `decay_steps` steps, evenly.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> Self {
        InverseTimeDecay { initial_learning_rate, decay_steps, decay_rate, staircase: false }
    }
}

setters! { InverseTimeDecay:
    /// Whether it falls at once every `decay_steps` steps.
    staircase: bool,
}

arguments!(InverseTimeDecay, initial_learning_rate, decay_steps, decay_rate, staircase);

impl Schedule for InverseTimeDecay {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        self.initial_learning_rate / (1.0 + self.decay_rate * part(step, self.decay_steps, self.staircase))
    }

    fn check(&self) -> Result<()> {
        steps("decay_steps", self.decay_steps)?;
        rate(self.initial_learning_rate)?;
        not_negative("decay_rate", self.decay_rate)
    }
}

fn part(step: u64, decay_steps: u64, staircase: bool) -> f64 {
    let p = step as f64 / decay_steps as f64;
    if staircase { p.floor() } else { p }
}

/// From one learning rate to another along a power of the time left: Keras's
/// [`PolynomialDecay`](https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialDecay {
    initial_learning_rate: f64,
    decay_steps: u64,
    end_learning_rate: f64,
    power: f64,
    cycle: bool,
}

impl PolynomialDecay {
    /// To 0.0001 within `decay_steps` steps, along a line.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> Self {
        PolynomialDecay {
            initial_learning_rate,
            decay_steps,
            end_learning_rate: 0.0001,
            power: 1.0,
            cycle: false,
        }
    }
}

setters! { PolynomialDecay:
    /// Where it ends.
    end_learning_rate: f64,
    /// The power of the time left: 1 is a line.
    power: f64,
    /// Whether it starts again from above at the end, with a longer way to go each time.
    cycle: bool,
}

arguments!(PolynomialDecay, initial_learning_rate, decay_steps, end_learning_rate, power, cycle);

impl Schedule for PolynomialDecay {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        let (mut step, mut end) = (step as f64, self.decay_steps as f64);
        if self.cycle {
            end *= (step / end).ceil().max(1.0);
        } else {
            step = step.min(end);
        }
        let left = (1.0 - step / end).powf(self.power);
        (self.initial_learning_rate - self.end_learning_rate) * left + self.end_learning_rate
    }

    fn check(&self) -> Result<()> {
        steps("decay_steps", self.decay_steps)?;
        rate(self.initial_learning_rate)?;
        rate(self.end_learning_rate)?;
        not_negative("power", self.power)
    }
}
