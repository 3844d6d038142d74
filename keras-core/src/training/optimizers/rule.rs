//! Optimisers that update each weight on its own: all of Keras's.

use burn::tensor::Tensor;
use keras_kernels::optim::Gradient;

use super::base::Base;
use super::{Optimizer, OptimizerState, OwnGradient, apply_copies, clip, state};
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::constraints;
use crate::{Error, Result};

/// A number that is kept for each number of a weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Keras's name: `momentum`.
    pub name: &'static str,
    /// What it begins as.
    pub initial: f32,
    /// Keras stores the slots of a group weight by weight, and one group after the other.
    pub group: usize,
}

impl Slot {
    /// A slot of zeros in the first group.
    pub const fn new(name: &'static str) -> Self {
        Slot { name, initial: 0.0, group: 0 }
    }

    /// The same slot in another group.
    #[must_use]
    pub const fn group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }
}

/// What is the same for all weights of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The learning rate.
    pub learning_rate: f32,
    /// The number of the step, from 1.
    pub number: f32,
}

/// How an optimiser changes one weight. Whoever implements this has an [`Optimizer`], with schedules, weight decay,
/// clipping, constraints and saved state.
pub trait UpdateRule: Send + 'static {
    /// Keras's name: `adam`.
    const NAME: &'static str;

    /// What all optimisers have: learning rate, clipping, state.
    fn base(&self) -> &Base;

    /// What all optimisers have, to be changed.
    fn base_mut(&mut self) -> &mut Base;

    /// What is kept for each weight.
    fn slots(&self) -> Vec<Slot>;

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

    /// Runs once before the weights of a step.
    fn begin(&mut self, step: &Step) {
        let _ = step;
    }

    /// The new numbers of a weight, from its numbers, gradients and slots, all flat. The slots are in the order of
    /// [`slots`](UpdateRule::slots); they are changed in place.
    fn update(
        &self,
        step: &Step,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
    ) -> Tensor<1>;

    /// [`update`](UpdateRule::update) in place, on numbers in this machine's memory, where the rule has a kernel for
    /// that: [`in_place`](UpdateRule::in_place) says so.
    #[doc(hidden)]
    fn update_in_place(&self, step: &Step, weight: &mut [f32], gradient: Gradient<'_>, slots: &mut [Raw]) {
        let _ = (step, weight, gradient, slots);
    }

    /// Whether there is an [`update_in_place`](UpdateRule::update_in_place).
    #[doc(hidden)]
    fn in_place(&self) -> bool {
        false
    }
}

const NO_GRADIENT: &str = "no weight has a gradient: does the loss depend on the model's output?";

fn constrained(param: &Param, value: Raw) -> Result<Raw> {
    if param.constraint == keras_shape::Constraint::None {
        return Ok(value);
    }
    param.tensor(constraints::run(&param.constraint, &value.to_vec()?, &value.shape())?)
}

impl<R: UpdateRule> Optimizer for R {
    fn name(&self) -> &str {
        R::NAME
    }

    fn check(&self) -> Result<()> {
        self.base().check()?;
        UpdateRule::check(self)
    }

    fn build(&mut self, params: &[&Param]) -> Result<()> {
        let (slots, scalars) = (self.slots(), self.scalars());
        self.base_mut().begin(scalars);
        params.iter().try_for_each(|param| self.base_mut().state(param, &slots).map(drop))
    }

    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()> {
        Optimizer::check(self)?;
        if params.len() != gradients.len() {
            let (weights, gradients) = (params.len(), gradients.len());
            return Err(Error::Argument(format!("{gradients} gradients for {weights} weights")));
        }
        let (slots, scalars) = (self.slots(), self.scalars());
        self.base_mut().begin(scalars);
        let weights = params.len();
        let mut work = Vec::with_capacity(weights);
        for (param, gradient) in params.iter_mut().zip(gradients) {
            let index = self.base_mut().state(param, &slots)?;
            let Some(gradient) = gradient else { continue };
            let (weight, shape) = (param.value.shape(), gradient.shape());
            if weight != shape {
                let message = format!("its shape is {weight:?}, its gradient's {shape:?}");
                return Err(Error::shape(format!("weight `{}`", param.path), message));
            }
            work.push((&mut **param, index, gradient.inner()?.flat()?));
        }
        if work.is_empty() && weights > 0 {
            return Err(Error::Argument(NO_GRADIENT.into()));
        }
        clip::clip(self.base(), work.iter_mut().map(|(_, _, gradient)| gradient));
        let step = self.base().step();
        self.begin(&step);
        for (param, index, gradient) in work {
            let mut weight = param.value.inner()?.flat()?;
            if let Some(decay) = self.base().decay_of(&param.path) {
                weight = weight.clone() - weight * decay as f32 * step.learning_rate;
            }
            let state = self.base_mut().take(index);
            let mut tensors = state.iter().map(Raw::float::<1>).collect::<Result<Vec<_>>>()?;
            drop(state);
            let weight = self.update(&step, weight, gradient, &mut tensors);
            self.base_mut().put(index, tensors.into_iter().map(Raw::new).collect());
            let value = Raw::new(weight).reshape(&param.value.shape())?;
            param.value = constrained(param, value)?;
        }
        self.base_mut().advance();
        Ok(())
    }

    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        if !self.in_place() {
            return apply_copies(self, params, gradients);
        }
        Optimizer::check(self)?;
        let (slots, scalars) = (self.slots(), self.scalars());
        self.base_mut().begin(scalars);
        if !params.is_empty() && gradients.iter().all(Option::is_none) {
            return Err(Error::Argument(NO_GRADIENT.into()));
        }
        clip::clip_in_place(self.base(), gradients);
        let step = self.base().step();
        self.begin(&step);
        for (param, gradient) in params.iter_mut().zip(gradients) {
            let index = match self.base().known(param, slots.len()) {
                Some(index) => index,
                None => self.base_mut().state(param, &slots)?,
            };
            let Some(gradient) = gradient else { continue };
            let decay = self.base().decay_of(&param.path);
            let mut state = self.base_mut().take(index);
            if let Some(weight) = param.value.as_f32_mut() {
                if let Some(decay) = decay {
                    let decay = decay as f32;
                    weight.iter_mut().for_each(|w| *w -= *w * decay * step.learning_rate);
                }
                self.update_in_place(&step, weight, gradient.as_kernel(), &mut state);
            }
            self.base_mut().put(index, state);
            if param.constraint != keras_shape::Constraint::None {
                param.value = constrained(param, param.value.clone())?;
            }
        }
        self.base_mut().advance();
        Ok(())
    }

    fn takes_late(&self) -> bool {
        self.in_place() && !self.base().clips()
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

    fn variables(&self) -> Result<Vec<(String, Raw)>> {
        let base = self.base();
        let device = base.device().unwrap_or_default();
        let number = |value| Raw::from_f32(vec![value], &[1], &device);
        let iteration = i32::try_from(base.iterations()).unwrap_or(i32::MAX);
        let mut variables = vec![("iteration".to_string(), Raw::from_i32(vec![iteration], &[1], &device)?)];
        if let Some(rate) = base.constant_rate() {
            variables.push(("learning_rate".into(), number(rate as f32)?));
        }
        variables.extend(base.slot_variables(&self.slots())?);
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
                return Err(Error::shape(format!("optimizer state `{name}`"), message));
            }
        }
        let mut values = values.iter();
        let mut next = || values.next().ok_or_else(|| Error::Argument("too few tensors".into()));
        let first = |raw: &Raw| Ok::<f32, Error>(raw.to_vec()?.first().copied().unwrap_or(0.0));
        let iterations = next()?.reshape(&[1])?.int::<1>()?.into_data().iter::<i64>().next().unwrap_or(0);
        let rate = if self.base().constant_rate().is_some() { Some(first(next()?)?) } else { None };
        let slots = self.slots();
        let base = self.base_mut();
        base.set_iterations(u64::try_from(iterations).unwrap_or(0));
        if let Some(rate) = rate {
            base.set_learning_rate(f64::from(rate))?;
        }
        base.set_slots(&slots, &mut next)?;
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
