//! Optimisers that update each weight on its own: all of Keras's.

use keras_kernels::optim::Gradient;
use keras_ops::Symbolic;
use smallvec::SmallVec;

use super::base::{AVERAGE, Base};
use super::change::{accumulate, average, change, constrain, divide, traced, with_numbers};
use super::slot::Slot;
use super::{Optimizer, OptimizerState, OwnGradient, apply_numbers, clip, state};
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::config::Config;
use crate::{Error, Result};

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
    const NAME: &'static str;

    /// What all optimisers have: learning rate, clipping, state.
    fn base(&self) -> &Base;

    /// What all optimisers have, to be changed.
    fn base_mut(&mut self) -> &mut Base;

    /// What is kept for a weight of this path below its layer and this shape.
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

    /// What part of a weight, times the learning rate, a step takes away.
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

const NO_GRADIENT: &str = "no weight has a gradient: does the loss depend on the model's output?";

impl<R: UpdateRule> Optimizer for R {
    fn name(&self) -> &str {
        R::NAME
    }

    fn check(&self) -> Result<()> {
        self.base().check()?;
        UpdateRule::check(self)
    }

    fn build(&mut self, params: &[&Param]) -> Result<()> {
        let scalars = self.scalars();
        self.base_mut().begin(scalars);
        for param in params {
            if self.base().known(param).is_none() {
                let slots = self.slots(&param.path, &param.value.shape());
                self.base_mut().state(param, || slots);
            }
        }
        Ok(())
    }

    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()> {
        if params.len() != gradients.len() {
            let (weights, gradients) = (params.len(), gradients.len());
            return Err(Error::Argument(format!("{gradients} gradients for {weights} weights")));
        }
        for (param, gradient) in params.iter().zip(&gradients) {
            let Some(gradient) = gradient else { continue };
            let (weight, shape) = (param.value.shape(), gradient.shape());
            if weight != shape {
                let message = format!("its shape is {weight:?}, its gradient's {shape:?}");
                return Err(Error::shapes(format!("weight `{}`", param.path), message, &weight, &shape));
            }
        }
        apply_numbers(self, params, gradients)
    }

    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        Optimizer::check(self)?;
        if !params.is_empty() && gradients.iter().all(Option::is_none) {
            return Err(Error::Argument(NO_GRADIENT.into()));
        }
        let scalars = self.scalars();
        self.base_mut().begin(scalars);
        let mut indices: SmallVec<[usize; 32]> = SmallVec::new();
        for param in &*params {
            let index = match self.base().known(param) {
                Some(index) => index,
                None => {
                    let slots = self.slots(&param.path, &param.value.shape());
                    self.base_mut().state(param, || slots)
                }
            };
            if !self.in_place() && self.base().states[index].plans.rule.is_none() {
                let plan = traced(self, param, &self.base().states[index])?;
                self.base_mut().states[index].plans.rule = Some(plan);
            }
            indices.push(index);
        }
        if let Some(scale) = self.base().loss_scale_factor {
            divide(gradients, scale as f32);
        }
        if accumulate(self.base_mut(), &indices, gradients) {
            clip::clip_in_place(self.base(), gradients);
            let step = self.base().step();
            self.begin(&step);
            for ((param, gradient), index) in params.iter_mut().zip(&mut *gradients).zip(&indices) {
                if let Some(gradient) = gradient {
                    change(self, *index, param, &step, gradient)?;
                }
            }
        }
        if self.base().use_ema {
            average(self.base_mut(), params)?;
        }
        for ((param, gradient), index) in params.iter_mut().zip(&*gradients).zip(&indices) {
            if gradient.is_some() {
                constrain(&mut self.base_mut().states[*index], param)?;
            }
        }
        self.base_mut().advance();
        Ok(())
    }

    fn takes_late(&self) -> bool {
        self.in_place() && !self.base().changes_gradients()
    }

    fn loss_scale(&self) -> f64 {
        self.base().loss_scale_factor.unwrap_or(1.0)
    }

    fn finalize(&mut self, params: &mut [&mut Param]) -> Result<()> {
        let base = self.base_mut();
        for param in params {
            let Some(index) = base.known(param).filter(|_| base.use_ema) else { continue };
            let Some(average) = base.states[index].slot_mut(AVERAGE) else { continue };
            with_numbers(param, |_, weight| {
                weight.copy_from_slice(average);
                Ok(())
            })?;
        }
        Ok(())
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
        let base = self.base();
        let number = |value| Raw::from_f32(vec![value], &[1]);
        let iteration = i32::try_from(base.iterations()).unwrap_or(i32::MAX);
        let mut variables = vec![("iteration".to_string(), Raw::from_i32(vec![iteration], &[1])?)];
        if let Some(rate) = base.constant_rate() {
            variables.push(("learning_rate".into(), number(rate as f32)?));
        }
        variables.extend(base.slot_variables()?);
        for ((name, _), value) in self.scalars().iter().zip(base.scalars()) {
            variables.push((name.to_string(), number(*value)?));
        }
        Ok(variables)
    }

    fn set_variables(&mut self, params: &[&Param], values: &[Raw]) -> Result<()> {
        self.build(params)?;
        let expected = self.variables()?;
        if expected.len() != values.len() {
            let (name, wanted, found) = (R::NAME, expected.len(), values.len());
            return Err(Error::Argument(format!(
                "the state of `{name}` has {wanted} tensors here, found {found}"
            )));
        }
        for ((name, old), new) in expected.iter().zip(values) {
            // Keras's numbers have no axes where ours have one.
            if old.shape() != new.shape()
                && (old.shape() != [1] || new.shape().iter().product::<usize>() != 1)
            {
                let message = format!("expected shape {:?}, found {:?}", old.shape(), new.shape());
                return Err(Error::shapes(
                    format!("optimizer state `{name}`"),
                    message,
                    &old.shape(),
                    &new.shape(),
                ));
            }
        }
        let mut values = values.iter();
        let mut next = || values.next().ok_or_else(|| Error::Argument("too few tensors".into()));
        let first = |raw: &Raw| Ok::<f32, Error>(raw.to_vec()?.first().copied().unwrap_or(0.0));
        let iterations = next()?.to_integers()?.first().copied().unwrap_or(0);
        let rate = if self.base().constant_rate().is_some() { Some(first(next()?)?) } else { None };
        let base = self.base_mut();
        base.set_iterations(u64::try_from(iterations).unwrap_or(0));
        if let Some(rate) = rate {
            base.set_learning_rate(f64::from(rate))?;
        }
        base.set_slots(&mut next)?;
        for value in base.scalars_mut() {
            *value = first(next()?)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<OptimizerState> {
        state::state(self)
    }

    fn set_state(&mut self, weights: &[(String, &Param)], state: &OptimizerState) -> Result<()> {
        state::set_state(self, weights, state)
    }
}
