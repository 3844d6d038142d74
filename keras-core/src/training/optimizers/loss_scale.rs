//! Losses scaled as far as gradients stay finite.

use super::change::divide;
use super::{Optimizer, OptimizerState, OwnGradient, apply_numbers};
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::training::config::{Config, Setting, Value};
use crate::{Error, Result};

/// Scales the loss before gradients are taken, so that small ones are not lost, and divides them again: twice as much
/// after so many steps, half as much after a step whose gradients are not all finite, which changes no weight.
/// [Keras's `LossScaleOptimizer`](https://keras.io/api/optimizers/loss_scale_optimizer/).
#[derive(Clone, Debug)]
pub struct LossScaleOptimizer<O> {
    inner: O,
    initial_scale: f64,
    scale: f64,
    dynamic_growth_steps: u64,
    steps: u64,
}

impl<O: Optimizer> LossScaleOptimizer<O> {
    /// Around an optimiser, with a scale of 2^15 that doubles after 2000 steps.
    pub fn new(inner_optimizer: O) -> Self {
        let (initial_scale, dynamic_growth_steps) = (32768.0, 2000);
        LossScaleOptimizer {
            inner: inner_optimizer,
            initial_scale,
            scale: initial_scale,
            dynamic_growth_steps,
            steps: 0,
        }
    }

    /// The scale of the first step.
    #[must_use]
    pub fn initial_scale(mut self, initial_scale: f64) -> Self {
        (self.initial_scale, self.scale) = (initial_scale, initial_scale);
        self
    }

    /// After how many finite steps in a row the scale doubles.
    #[must_use]
    pub fn dynamic_growth_steps(mut self, dynamic_growth_steps: u64) -> Self {
        self.dynamic_growth_steps = dynamic_growth_steps;
        self
    }

    /// The scale of the next step.
    pub fn dynamic_scale(&self) -> f64 {
        self.scale
    }
}

impl<O: Optimizer> Optimizer for LossScaleOptimizer<O> {
    fn name(&self) -> &str {
        "loss_scale_optimizer"
    }

    fn check(&self) -> Result<()> {
        super::base::positive("initial_scale", self.scale)?;
        if self.dynamic_growth_steps == 0 {
            return Err(Error::Argument("`dynamic_growth_steps` must be at least 1, found 0".into()));
        }
        self.inner.check()
    }

    fn weights_are(&mut self, weights: &[(String, ParamId)]) {
        self.inner.weights_are(weights);
    }

    fn build(&mut self, params: &[&Param]) -> Result<()> {
        self.inner.build(params)
    }

    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()> {
        apply_numbers(self, params, gradients)
    }

    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        self.check()?;
        let finite = |gradient: &OwnGradient<'_>| match gradient {
            OwnGradient::Whole(numbers) => numbers.iter().all(|g| g.is_finite()),
            OwnGradient::Late(late) => late.whole().iter().all(|g| g.is_finite()),
        };
        if !gradients.iter().flatten().all(finite) {
            (self.steps, self.scale) = (0, self.scale * 0.5);
            return Ok(());
        }
        divide(gradients, self.scale as f32);
        self.inner.apply_in_place(params, gradients)?;
        if self.steps + 1 == self.dynamic_growth_steps {
            (self.steps, self.scale) = (0, self.scale * 2.0);
        } else {
            self.steps += 1;
        }
        Ok(())
    }

    fn loss_scale(&self) -> f64 {
        self.scale
    }

    fn finalize(&mut self, params: &mut [&mut Param]) -> Result<()> {
        self.inner.finalize(params)
    }

    fn keeps_averages(&self) -> bool {
        self.inner.keeps_averages()
    }

    fn iterations(&self) -> u64 {
        self.inner.iterations()
    }

    fn learning_rate(&self) -> f64 {
        self.inner.learning_rate()
    }

    fn scheduled(&self) -> bool {
        self.inner.scheduled()
    }

    fn first_variables(&self) -> usize {
        // Those of its own, before those of the inner one.
        2 + self.inner.first_variables()
    }

    fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.inner.set_learning_rate(learning_rate)
    }

    fn config(&self) -> Option<Config> {
        let arguments = vec![
            ("name".to_string(), Setting::Word(self.name().to_string())),
            ("inner_optimizer".to_string(), Setting::Object(self.inner.config()?)),
            ("initial_scale".to_string(), Setting::Number(self.initial_scale)),
            ("dynamic_growth_steps".to_string(), self.dynamic_growth_steps.setting()),
        ];
        Some(Config { module: "keras.optimizers".into(), class: "LossScaleOptimizer".into(), arguments })
    }

    fn variables(&self) -> Result<Vec<(String, Raw)>> {
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        // Keras keeps a number of steps and a learning rate here too, which stay 0: those of the inner one count.
        let mut variables = vec![
            ("iteration".to_string(), Raw::from_i32(vec![0], &[1])?),
            ("learning_rate".to_string(), Raw::from_f32(vec![0.0], &[1])?),
            ("step_counter".to_string(), Raw::from_i32(vec![steps], &[1])?),
            ("dynamic_scale".to_string(), Raw::from_f32(vec![self.scale as f32], &[1])?),
        ];
        variables.extend(self.inner.variables()?);
        Ok(variables)
    }

    fn set_variables(&mut self, params: &[&Param], values: &[Raw]) -> Result<()> {
        let [_, _, steps, scale, inner @ ..] = values else {
            let found = values.len();
            return Err(Error::Argument(format!(
                "the state of `loss_scale_optimizer` has 4 tensors and those of its optimizer, found {found}"
            )));
        };
        let (steps, scale) = (first(steps)?, first(scale)?);
        self.inner.set_variables(params, inner)?;
        (self.steps, self.scale) = (steps as u64, f64::from(scale));
        Ok(())
    }

    fn state(&self) -> Result<OptimizerState> {
        let mut state = self.inner.state()?;
        let number = |x: f32| Raw::from_f32(vec![x], &[1]);
        state.variables.push(("step_counter".into(), number(self.steps as f32)?));
        state.variables.push(("dynamic_scale".into(), number(self.scale as f32)?));
        Ok(state)
    }

    fn set_state(&mut self, weights: &[(String, &Param)], state: &OptimizerState) -> Result<()> {
        let mut inner = state.clone();
        let own = inner.variables.split_off(inner.variables.len().saturating_sub(2));
        let [(counter, steps), (name, scale)] = &own[..] else {
            return Err(Error::Argument("the state is not that of a `LossScaleOptimizer`".into()));
        };
        if counter != "step_counter" || name != "dynamic_scale" {
            return Err(Error::Argument("the state is not that of a `LossScaleOptimizer`".into()));
        }
        let (steps, scale) = (first(steps)?, first(scale)?);
        self.inner.set_state(weights, &inner)?;
        (self.steps, self.scale) = (steps as u64, f64::from(scale));
        Ok(())
    }
}

fn first(raw: &Raw) -> Result<f32> {
    Ok(raw.to_vec()?.first().copied().unwrap_or(0.0))
}
