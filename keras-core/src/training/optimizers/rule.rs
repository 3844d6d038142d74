//! Optimisers that update each weight on its own: all of Keras's.

use keras_kernels::optim::Gradient;
use keras_ops::Symbolic;

use super::base::Base;
use super::slot::Slot;
use super::{Optimizer, OptimizerState, OwnGradient, apply_numbers, state, step};
use crate::Result;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::training::config::Config;

/// What is the same for all weights of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The learning rate.
    pub learning_rate: f32,
    /// The number of the step, from 1.
    pub number: f32,
}

/// A [`Step`] while the rule is traced, and the weight that it is traced for.
#[derive(Debug)]
pub struct TracedStep<'a> {
    /// The learning rate: one number.
    pub learning_rate: Symbolic,
    /// The number of the step, from 1.
    pub number: Symbolic,
    /// What is kept once, in the order of [`UpdateRule::scalars`].
    pub scalars: Vec<Symbolic>,
    /// The path of the weight below its layer: `kernel`.
    pub path: &'a str,
}

/// How an optimiser changes one weight. Whoever implements this has an [`Optimizer`], with schedules, weight decay,
/// clipping, accumulation, averages, constraints and saved state.
pub trait UpdateRule: Send + 'static {
    /// Keras's name: `adam`.
    fn keras_name(&self) -> &'static str;

    /// What all optimisers have: learning rate, clipping, state.
    fn base(&self) -> &Base;

    /// What all optimisers have, to be changed.
    fn base_mut(&mut self) -> &mut Base;

    /// What is kept for a weight of this path in its model, as `dense/kernel`, and this shape.
    fn slots(&self, path: &str, shape: &[usize]) -> Vec<Slot>;

    /// What is kept once, and what it begins as.
    fn scalars(&self) -> &'static [(&'static str, f32)] {
        &[]
    }

    /// Whether the arguments of this optimiser can be.
    ///
    /// # Errors
    /// Names the argument that cannot.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// What it was made with, as Keras's configurations have it, by which a file says how a model was compiled. Of an
    /// optimiser that Keras does not have it is nothing.
    fn config(&self) -> Option<Config> {
        None
    }

    /// What part of a weight of this path in its model, times the learning rate, a step takes away.
    fn decay_of(&self, path: &str, shape: &[usize]) -> Option<f64> {
        let _ = shape;
        self.base().decay_of(path)
    }

    /// Runs once before the weights of a step.
    fn begin(&mut self, step: &Step) {
        let _ = step;
    }

    /// The new numbers of a weight, from its numbers, gradients and slots, in [operations](crate::ops): traced once for
    /// each weight. The slots are in the order of [`slots`](UpdateRule::slots); what they are set to is kept.
    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic;

    /// [`update`](UpdateRule::update) by a kernel, where the rule has one: [`in_place`](UpdateRule::in_place) says so.
    #[doc(hidden)]
    fn update_in_place(
        &self,
        step: &Step,
        weight: &mut [f32],
        gradient: Gradient<'_>,
        slots: &mut [&mut [f32]],
    ) {
        let _ = (step, weight, gradient, slots);
    }

    /// Whether there is an [`update_in_place`](UpdateRule::update_in_place).
    #[doc(hidden)]
    fn in_place(&self) -> bool {
        false
    }
}

impl<R: UpdateRule> Optimizer for R {
    fn name(&self) -> &str {
        self.keras_name()
    }

    fn check(&self) -> Result<()> {
        step::check(self)
    }

    fn weights_are(&mut self, weights: &[(String, ParamId)]) {
        self.base_mut().weights_are(weights);
    }

    fn build(&mut self, params: &[&Param]) -> Result<()> {
        step::build(self, params)
    }

    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()> {
        step::check_gradients(params, &gradients)?;
        apply_numbers(self, params, gradients)
    }

    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        step::step(self, params, gradients)
    }

    fn takes_late(&self) -> bool {
        self.in_place() && !self.base().changes_gradients()
    }

    fn loss_scale(&self) -> f64 {
        self.base().loss_scale_factor.unwrap_or(1.0)
    }

    fn finalize(&mut self, params: &mut [&mut Param]) -> Result<()> {
        step::finalize(self.base_mut(), params)
    }

    fn keeps_averages(&self) -> bool {
        self.base().use_ema
    }

    fn iterations(&self) -> u64 {
        self.base().iterations()
    }

    fn learning_rate(&self) -> f64 {
        self.base().learning_rate()
    }

    fn scheduled(&self) -> bool {
        self.base().constant_rate().is_none()
    }

    fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.base_mut().set_learning_rate(learning_rate)
    }

    fn config(&self) -> Option<Config> {
        UpdateRule::config(self)
    }

    fn variables(&self) -> Result<Vec<(String, Raw)>> {
        state::variables(self)
    }

    fn set_variables(&mut self, params: &[&Param], values: &[Raw]) -> Result<()> {
        state::set_variables(self, params, values)
    }

    fn state(&self) -> Result<OptimizerState> {
        state::state(self)
    }

    fn set_state(&mut self, weights: &[(String, &Param)], state: &OptimizerState) -> Result<()> {
        state::set_state(self, weights, state)
    }
}
