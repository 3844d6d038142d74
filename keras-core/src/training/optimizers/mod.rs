//! What changes the weights: [Keras's optimizers](https://keras.io/api/optimizers/).
//!
//! `new` takes the learning rate, a number or a [schedule](schedules); a method of its name sets each other argument. All take
//! `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `use_ema`, `ema_momentum`, `ema_overwrite_frequency`,
//! `loss_scale_factor` and `gradient_accumulation_steps` too. `"adam"` in quotes has all defaults.
//!
//! ```
//! use keras_core::prelude::*;
//!
//! let model = || model!(Input(4) => Dense(1));
//! let adam = Adam::new(1e-3).beta_1(0.8).clipnorm(1.0);
//! let sgd = SGD::new(schedules::ExponentialDecay::new(0.1, 1_000, 0.9)).momentum(0.9).nesterov(true);
//! let compiled = (model().compile(adam, MeanSquaredError::new(), ()), model().compile(sgd, MeanSquaredError::new(), ()));
//! # drop(compiled);
//! ```
//!
#![doc = include_str!("arguments.md")]

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod base;
mod change;
mod clip;
#[cfg(feature = "files")]
mod from_config;
mod ftrl;
mod into;
mod lamb;
mod lion;
mod loss_scale;
mod multi;
mod muon;
mod nadam;
mod pattern;
mod rmsprop;
mod rule;
mod schedule_free_adamw;
pub mod schedules;
mod sgd;
mod shared;
mod slot;
mod state;
mod step;

pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use base::{Base, Initial};
pub(crate) use change::scale;
#[cfg(feature = "files")]
pub(crate) use from_config::{OLD_NADAM, from_config, scales_losses};
pub use ftrl::Ftrl;
pub use into::IntoOptimizer;
pub use lamb::Lamb;
pub use lion::Lion;
pub use loss_scale::LossScaleOptimizer;
pub use multi::{MultiOptimizer, OptimizerMap};
pub use muon::Muon;
pub use nadam::Nadam;
#[cfg(feature = "files")]
pub(crate) use nadam::nadam_momentum;
pub use rmsprop::RMSprop;
pub use rule::{Step, TracedStep, UpdateRule};
pub use schedule_free_adamw::ScheduleFreeAdamW;
pub use schedules::{LearningRate, Schedule};
pub use sgd::SGD;
pub use slot::{Slot, SlotShape};
pub use state::{OptimizerState, WeightState};

use keras_kernels::late::Late;
use keras_kernels::optim::Gradient;

use crate::Result;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::training::config::Config;

/// An optimiser: [Keras's `Optimizer`](https://keras.io/api/optimizers/). One that updates each weight on its own is
/// written as an [`UpdateRule`].
pub trait Optimizer: Send {
    /// Keras's name: `adam`.
    fn name(&self) -> &str;

    /// Whether its arguments can be.
    ///
    /// # Errors
    /// Names the argument that cannot.
    fn check(&self) -> Result<()>;

    /// Says what the weights of the model are called, before any of them is changed.
    #[doc(hidden)]
    fn weights_are(&mut self, weights: &[(String, ParamId)]) {
        let _ = weights;
    }

    /// Makes the state of these weights, zeros mostly, where there is none yet. [`apply`](Optimizer::apply) does so
    /// as well; the order of first sight is the order of [`variables`](Optimizer::variables).
    ///
    /// # Errors
    /// A weight whose rank is beyond what tensors can have.
    fn build(&mut self, params: &[&Param]) -> Result<()>;

    /// One step: changes each weight that has a gradient. Gradients are in the order of the weights.
    ///
    /// # Errors
    /// An argument that cannot be, no gradient at all, or one of another shape than its weight.
    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()>;

    /// [`apply`](Optimizer::apply) for weights in this machine's memory, with gradients that may be changed.
    ///
    /// # Errors
    /// As `apply`.
    #[doc(hidden)]
    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        apply_copies(self, params, gradients)
    }

    /// Whether `apply_in_place` takes gradients that are computed when they are wanted without the whole of them.
    #[doc(hidden)]
    fn takes_late(&self) -> bool {
        false
    }

    /// What the loss is multiplied with before its gradients are taken; [`apply`](Optimizer::apply) divides them again.
    fn loss_scale(&self) -> f64 {
        1.0
    }

    /// Gives the weights their final values where these are others than those of the last step: averages. `fit` does so
    /// at its end.
    ///
    /// # Errors
    /// The optimiser was built for other weights.
    fn finalize(&mut self, params: &mut [&mut Param]) -> Result<()> {
        let _ = params;
        Ok(())
    }

    /// Whether it keeps averages of the weights, which [`finalize`](Optimizer::finalize) puts in their place.
    fn keeps_averages(&self) -> bool {
        false
    }

    /// What it was made with, as Keras's configurations have it; nothing of an optimiser that Keras does not have.
    fn config(&self) -> Option<Config> {
        None
    }

    /// How many steps were made.
    fn iterations(&self) -> u64;

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// Whether the learning rate follows a schedule.
    fn scheduled(&self) -> bool;

    /// How many variables it has in a file of Keras that was written before its first step: a number of steps, and a learning
    /// rate that follows no schedule.
    #[doc(hidden)]
    fn first_variables(&self) -> usize {
        1 + usize::from(!self.scheduled())
    }

    /// Sets the learning rate.
    ///
    /// # Errors
    /// It follows a schedule, which has no place for another number; or the number is negative, no number, or too large
    /// for a 32-bit float.
    fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()>;

    /// The state by name, in Keras's order: `iteration`, `learning_rate` (unless it follows a schedule), then what is
    /// kept for each weight.
    ///
    /// # Errors
    /// A tensor that could not be made.
    fn variables(&self) -> Result<Vec<(String, Raw)>>;

    /// Takes over a state that [`variables`](Optimizer::variables) gave for the same weights.
    ///
    /// # Errors
    /// Another number of tensors, or other shapes.
    fn set_variables(&mut self, params: &[&Param], values: &[Raw]) -> Result<()>;

    /// All that is kept between steps, to be saved. Of an optimiser that does not write this it is
    /// [`variables`](Optimizer::variables).
    ///
    /// # Errors
    /// A tensor that could not be made.
    fn state(&self) -> Result<OptimizerState> {
        let variables = self.variables()?;
        Ok(OptimizerState { iterations: self.iterations(), variables, ..OptimizerState::default() })
    }

    /// Takes over what [`state`](Optimizer::state) gave, in the place of all that is kept now. `weights` are all
    /// weights of the model by their paths.
    ///
    /// # Errors
    /// The state of another optimiser or of other weights, with the names that differ; then nothing changes.
    fn set_state(&mut self, weights: &[(String, &Param)], state: &OptimizerState) -> Result<()> {
        let params: Vec<&Param> =
            weights.iter().map(|(_, param)| *param).filter(|param| param.trainable).collect();
        let values: Vec<Raw> = state.variables.iter().map(|(_, raw)| raw.clone()).collect();
        self.set_variables(&params, &values)
    }
}

/// The gradient of a weight in this machine's memory.
#[doc(hidden)]
#[derive(Debug)]
pub enum OwnGradient<'a> {
    /// Its numbers, which may be changed.
    Whole(&'a mut [f32]),
    /// What computes them.
    Late(Late<'a>),
}

impl OwnGradient<'_> {
    fn as_kernel(&self) -> Gradient<'_> {
        match self {
            OwnGradient::Whole(numbers) => Gradient::Whole(numbers),
            OwnGradient::Late(late) => Gradient::Late(*late),
        }
    }

    fn to_vec(&self) -> Vec<f32> {
        match self {
            OwnGradient::Whole(numbers) => numbers.to_vec(),
            OwnGradient::Late(late) => late.whole(),
        }
    }
}

/// A step on copies of gradients that are tensors.
fn apply_numbers<O: Optimizer + ?Sized>(
    optimizer: &mut O,
    params: &mut [&mut Param],
    gradients: Vec<Option<Raw>>,
) -> Result<()> {
    let numbers = |gradient: Option<Raw>| gradient.map(|g| g.to_vec()).transpose();
    let mut numbers = gradients.into_iter().map(numbers).collect::<Result<Vec<Option<Vec<f32>>>>>()?;
    let mut gradients: Vec<Option<OwnGradient<'_>>> =
        numbers.iter_mut().map(|g| g.as_deref_mut().map(OwnGradient::Whole)).collect();
    optimizer.apply_in_place(params, &mut gradients)
}

/// A step on copies of the gradients as tensors.
fn apply_copies<O: Optimizer + ?Sized>(
    optimizer: &mut O,
    params: &mut [&mut Param],
    gradients: &[Option<OwnGradient<'_>>],
) -> Result<()> {
    let raws = params
        .iter()
        .zip(gradients)
        .map(|(param, gradient)| gradient.as_ref().map(|g| param.tensor(&g.to_vec())).transpose())
        .collect::<Result<Vec<_>>>()?;
    optimizer.apply(params, raws)
}

#[cfg(test)]
mod tests;
