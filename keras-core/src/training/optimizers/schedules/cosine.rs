//! Learning rates along a cosine.

use core::f64::consts::PI;

use super::super::base::not_negative;
use super::{Schedule, config_of, rate, steps};
use crate::setters::setters;
use crate::training::config::{Arguments, Config, Setting, Value, arguments, put};
use crate::{Error, Result};

/// Down along half a cosine, after an optional way up: Keras's
/// [`CosineDecay`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecay {
    initial_learning_rate: f64,
    decay_steps: u64,
    alpha: f64,
    warmup: Option<(f64, u64)>,
}

impl CosineDecay {
    /// To 0 within `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> Self {
        CosineDecay { initial_learning_rate, decay_steps, alpha: 0.0, warmup: None }
    }

    /// Where it ends, as a part of where the way down starts.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Goes up to `warmup_target` along a line first, within `warmup_steps` steps; the way down starts there.
    #[must_use]
    pub fn warmup(mut self, warmup_target: f64, warmup_steps: u64) -> Self {
        self.warmup = Some((warmup_target, warmup_steps));
        self
    }
}

impl Arguments for CosineDecay {
    const CLASS: &'static str = "CosineDecay";

    fn arguments(&self) -> Vec<(String, Setting)> {
        let (target, steps) = match self.warmup {
            Some((target, steps)) => (Setting::Number(target), steps),
            None => (Setting::None, 0),
        };
        vec![
            ("initial_learning_rate".into(), self.initial_learning_rate.setting()),
            ("decay_steps".into(), self.decay_steps.setting()),
            ("alpha".into(), self.alpha.setting()),
            ("warmup_target".into(), target),
            ("warmup_steps".into(), steps.setting()),
        ]
    }

    fn set(&mut self, name: &str, value: &Setting) -> Option<bool> {
        let (mut target, mut steps) =
            (self.warmup.map(|(target, _)| target), self.warmup.map_or(0, |(_, steps)| steps));
        let set = match name {
            "initial_learning_rate" => put(&mut self.initial_learning_rate, value),
            "decay_steps" => put(&mut self.decay_steps, value),
            "alpha" => put(&mut self.alpha, value),
            "warmup_target" => put(&mut target, value),
            "warmup_steps" => put(&mut steps, value),
            _ => return None,
        };
        // Without a target there is no way up, whatever its steps are.
        self.warmup = match target {
            Some(target) => Some((target, steps)),
            None if name == "warmup_steps" && steps > 0 => Some((f64::NAN, steps)),
            None => None,
        };
        Some(set)
    }
}

impl Schedule for CosineDecay {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        let (from, step) = match self.warmup {
            Some((target, warmup_steps)) if step < warmup_steps => {
                let part = step as f64 / warmup_steps as f64;
                return (target - self.initial_learning_rate) * part + self.initial_learning_rate;
            }
            Some((target, warmup_steps)) => (target, step - warmup_steps),
            None => (self.initial_learning_rate, step),
        };
        from * fall(step.min(self.decay_steps) as f64 / self.decay_steps as f64, 1.0, self.alpha)
    }

    fn check(&self) -> Result<()> {
        steps("decay_steps", self.decay_steps)?;
        rate(self.initial_learning_rate)?;
        rate(self.warmup.map_or(0.0, |(target, _)| target))?;
        not_negative("alpha", self.alpha)
    }
}

/// Down along half a cosine again and again: Keras's
/// [`CosineDecayRestarts`](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecayRestarts {
    initial_learning_rate: f64,
    first_decay_steps: u64,
    t_mul: f64,
    m_mul: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// To 0 within `first_decay_steps` steps, then again from the same height within twice as many, and so on.
    pub fn new(initial_learning_rate: f64, first_decay_steps: u64) -> Self {
        CosineDecayRestarts { initial_learning_rate, first_decay_steps, t_mul: 2.0, m_mul: 1.0, alpha: 0.0 }
    }
}

setters! { CosineDecayRestarts:
    /// How much longer each way down is than the one before; at least 1.
    t_mul: f64,
    /// How much higher each way down starts than the one before.
    m_mul: f64,
    /// Where each way down ends, as a part of the first height.
    alpha: f64,
}

arguments!(CosineDecayRestarts, initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha);

impl Schedule for CosineDecayRestarts {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    fn at(&self, step: u64) -> f64 {
        let mut part = step as f64 / self.first_decay_steps as f64;
        let mut restarts = part.floor();
        if self.t_mul == 1.0 {
            part -= restarts;
        } else {
            // Counting them off stays exact at the boundaries, where Keras's logarithms may miss.
            let mut length = 1.0;
            restarts = 0.0;
            while part >= length {
                part -= length;
                length *= self.t_mul;
                restarts += 1.0;
            }
            part /= length;
        }
        self.initial_learning_rate * fall(part, self.m_mul.powf(restarts), self.alpha)
    }

    fn check(&self) -> Result<()> {
        steps("first_decay_steps", self.first_decay_steps)?;
        rate(self.initial_learning_rate)?;
        not_negative("m_mul", self.m_mul)?;
        not_negative("alpha", self.alpha)?;
        if self.t_mul >= 1.0 {
            return Ok(());
        }
        Err(Error::Argument(format!("`t_mul` must be at least 1, found {}", self.t_mul)))
    }
}

/// From `height` to `alpha` along half a cosine.
fn fall(part: f64, height: f64, alpha: f64) -> f64 {
    (1.0 - alpha) * 0.5 * height * (1.0 + (PI * part).cos()) + alpha
}
