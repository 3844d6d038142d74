//! Learning rates that change from step to step:
//! [Keras's schedules](https://keras.io/api/optimizers/learning_rate_schedules/).
//!
//! ```
//! use keras_core::prelude::*;
//! use keras_core::training::optimizers::schedules::Schedule;
//!
//! let rate = schedules::CosineDecay::new(0.0, 1_000).warmup(1e-3, 100);
//! assert!((rate.at(100) - 1e-3).abs() < 1e-9);
//! let optimizer = Adam::new(rate);
//! # drop(optimizer);
//! ```
//!
//! `warmup(target, steps)` sets both of `warmup_target` and `warmup_steps`; arguments without a default are those of `new`.
//!
#![doc = include_str!("arguments.md")]

mod cosine;
mod decay;
mod piecewise;

use std::fmt::Debug;
use std::sync::Arc;

pub use cosine::{CosineDecay, CosineDecayRestarts};
pub use decay::{ExponentialDecay, InverseTimeDecay, PolynomialDecay};
pub use piecewise::PiecewiseConstantDecay;

#[cfg(feature = "files")]
use crate::training::config::set_all;
use crate::training::config::{Arguments, Config, Setting};
use crate::{Error, Result};

/// A learning rate as a function of the step.
pub trait Schedule: Debug + Send + Sync {
    /// The learning rate after `step` steps.
    fn at(&self, step: u64) -> f64;

    /// Whether its arguments can be.
    ///
    /// # Errors
    /// Names the argument that cannot.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// What it was made with, as Keras's configurations have it; nothing of a schedule that Keras does not have.
    fn config(&self) -> Option<Config> {
        None
    }
}

/// The configuration of a schedule of Keras.
fn config_of<S: Arguments>(schedule: &S) -> Option<Config> {
    let module = "keras.optimizers.schedules".to_string();
    // Keras's own names of them.
    let name = match S::CLASS {
        "CosineDecayRestarts" => "SGDRDecay",
        "PiecewiseConstantDecay" => "PiecewiseConstant",
        class => class,
    };
    let mut arguments = schedule.arguments();
    arguments.push(("name".into(), Setting::Word(name.into())));
    Some(Config { module, class: S::CLASS.into(), arguments })
}

/// The schedule of a configuration.
///
/// # Errors
/// There is no such schedule, or an argument that it does not take.
#[cfg(feature = "files")]
pub(crate) fn from_config(config: &Config) -> std::result::Result<LearningRate, String> {
    fn made<S: Schedule + Arguments + 'static>(
        mut schedule: S,
        config: &Config,
    ) -> std::result::Result<LearningRate, String> {
        set_all(&mut schedule, config, |name, _| name == "name")?;
        schedule.check().map_err(|error| error.to_string())?;
        Ok(schedule.into())
    }
    match config.class.as_str() {
        "CosineDecay" => made(CosineDecay::new(0.0, 1), config),
        "CosineDecayRestarts" => made(CosineDecayRestarts::new(0.0, 1), config),
        "ExponentialDecay" => made(ExponentialDecay::new(0.0, 1, 1.0), config),
        "InverseTimeDecay" => made(InverseTimeDecay::new(0.0, 1, 1.0), config),
        "PolynomialDecay" => made(PolynomialDecay::new(0.0, 1), config),
        "PiecewiseConstantDecay" => made(PiecewiseConstantDecay::new(Vec::new(), Vec::new()), config),
        other => Err(format!("there is no schedule `{}` here", keras_files::shown(other))),
    }
}

/// A number or a schedule.
#[derive(Clone, Debug)]
pub enum LearningRate {
    /// The same at each step, until it is set to another.
    Constant(f64),
    /// Another at each step.
    Schedule(Arc<dyn Schedule>),
}

impl LearningRate {
    /// The learning rate after `step` steps.
    pub fn at(&self, step: u64) -> f64 {
        match self {
            LearningRate::Constant(rate) => *rate,
            LearningRate::Schedule(schedule) => schedule.at(step),
        }
    }

    /// Whether its arguments can be.
    ///
    /// # Errors
    /// Names the argument that cannot.
    pub fn check(&self) -> Result<()> {
        match self {
            LearningRate::Constant(value) => rate(*value).map(drop),
            LearningRate::Schedule(schedule) => schedule.check(),
        }
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        LearningRate::Constant(rate)
    }
}

impl<S: Schedule + 'static> From<S> for LearningRate {
    fn from(schedule: S) -> Self {
        LearningRate::Schedule(Arc::new(schedule))
    }
}

/// A learning rate, which is a 32-bit float that is not negative where it is used.
pub(super) fn rate(rate: f64) -> Result<f64> {
    if rate >= 0.0 && (rate as f32).is_finite() {
        return Ok(rate);
    }
    Err(Error::Argument(format!("a learning rate of {rate:?}: it must be a number from 0 to 3.4e38")))
}

/// A number of steps that something is divided by.
fn steps(name: &str, steps: u64) -> Result<()> {
    if steps > 0 {
        return Ok(());
    }
    Err(Error::Argument(format!("`{name}` must be above 0")))
}

#[cfg(test)]
mod tests;
