//! Optimisers that update each weight on its own: all of Keras's.

use keras_kernels::optim::Gradient;
use keras_ops::{self as ops, DType, Plan, Symbolic};
use smallvec::SmallVec;

use super::base::{ACCUMULATOR, AVERAGE, Base, Initial, State};
use super::{Optimizer, OptimizerState, OwnGradient, apply_numbers, clip, state};
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::config::Config;
use crate::training::constraints;
use crate::{Error, Result};

/// Numbers that are kept for a weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Keras's name: `momentum`.
    pub name: &'static str,
    /// What they begin as.
    pub initial: Initial,
    /// Their shape.
    pub shape: SlotShape,
    /// Keras stores the slots of a group weight by weight, and one group after the other.
    pub group: usize,
}

/// The shape of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotShape {
    /// That of the weight.
    Weight,
    /// That of the weight without this axis, counted from the last, which is 1; one number where the weight has fewer
    /// than two axes.
    Without(usize),
}

impl Slot {
    /// A slot of zeros in the first group, in the shape of the weight.
    pub const fn new(name: &'static str) -> Self {
        Slot { name, initial: Initial::Number(0.0), shape: SlotShape::Weight, group: 0 }
    }

    /// The same slot in another group.
    #[must_use]
    pub const fn group(mut self, group: usize) -> Self {
        self.group = group;
        self
    }

    /// The same slot, which begins as something else.
    #[must_use]
    pub const fn initial(mut self, initial: Initial) -> Self {
        self.initial = initial;
        self
    }

    /// The same slot in another shape.
    #[must_use]
    pub const fn shape(mut self, shape: SlotShape) -> Self {
        self.shape = shape;
        self
    }

    /// Its shape for a weight of this shape.
    pub fn shape_for(&self, weight: &[usize]) -> Vec<usize> {
        match self.shape {
            SlotShape::Weight => weight.to_vec(),
            SlotShape::Without(_) if weight.len() < 2 => vec![1],
            SlotShape::Without(axis) => {
                let mut shape = weight.to_vec();
                shape.remove(weight.len().saturating_sub(axis).min(weight.len() - 1));
                shape
            }
        }
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

fn wrong(e: &ops::OpError) -> Error {
    Error::Argument(format!("optimizer: {e}"))
}

/// The rule for one weight as a plan: weight, gradient and slots, the learning rate, the number of the step and what is kept
/// once in; the weight and its slots out.
fn traced<R: UpdateRule>(rule: &R, param: &Param, state: &State) -> Result<Plan> {
    let input = |shape: &[usize]| ops::input(shape, DType::Float32);
    let own = rule.base().own_slots();
    let (weight, gradient) = (input(&state.shape), input(&state.shape));
    let slots: Vec<Symbolic> =
        state.slots[own..].iter().map(|(slot, _)| input(&slot.shape_for(&state.shape))).collect();
    let step = TracedStep {
        learning_rate: input(&[]),
        number: input(&[]),
        scalars: rule.base().scalars().iter().map(|_| input(&[])).collect(),
        path: &param.path,
    };
    let decayed = match rule.decay_of(&param.path, &state.shape) {
        Some(decay) => &weight - &weight * decay * &step.learning_rate,
        None => weight.clone(),
    };
    let mut after = slots.clone();
    let new = rule.update(&step, decayed, gradient.clone(), &mut after);
    let inputs: Vec<&Symbolic> = [&weight, &gradient]
        .into_iter()
        .chain(&slots)
        .chain([&step.learning_rate, &step.number])
        .chain(&step.scalars)
        .collect();
    let outputs: Vec<&Symbolic> = [&new].into_iter().chain(&after).collect();
    for (before, after) in [&weight].into_iter().chain(&slots).zip(&outputs) {
        let after = (*after).clone().check().map_err(|e| wrong(&e))?;
        if before.shape() != after.shape() {
            return Err(Error::Argument(format!(
                "optimizer `{}`: it makes {} of what has the shape {}",
                R::NAME,
                after.shape(),
                before.shape()
            )));
        }
    }
    Plan::new(&inputs, &outputs).map_err(|e| wrong(&e))
}

/// Changes one weight by its gradient.
fn change<R: UpdateRule>(
    rule: &mut R,
    index: usize,
    param: &mut Param,
    step: &Step,
    gradient: &mut OwnGradient<'_>,
) -> Result<()> {
    let own = rule.base().own_slots();
    // Taken out, so that the rule can be asked meanwhile.
    let mut state = core::mem::take(&mut rule.base_mut().states[index].slots);
    let result = with_numbers(param, |param, weight| {
        if rule.in_place() {
            let shape = &rule.base().states[index].shape;
            if let Some(decay) = rule.decay_of(param, shape) {
                let decay = decay as f32;
                weight.iter_mut().for_each(|w| *w -= *w * decay * step.learning_rate);
            }
            let mut slots: SmallVec<[&mut [f32]; 3]> =
                state[own..].iter_mut().map(|(_, numbers)| &mut numbers.0[..]).collect();
            rule.update_in_place(step, weight, gradient.as_kernel(), &mut slots);
            return Ok(());
        }
        let Some(mut plan) = rule.base_mut().states[index].plans.rule.take() else {
            return Err(Error::Argument("optimizer: the rule was not laid out".into()));
        };
        let scalars: SmallVec<[f32; 4]> = [step.learning_rate, step.number]
            .into_iter()
            .chain(rule.base().scalars().iter().copied())
            .collect();
        let whole;
        let gradient: &[f32] = match gradient {
            OwnGradient::Whole(numbers) => numbers,
            OwnGradient::Late(late) => {
                whole = late.whole();
                &whole
            }
        };
        let mut inputs: SmallVec<[&[f32]; 12]> = SmallVec::from_slice(&[&*weight, gradient]);
        inputs.extend(state[own..].iter().map(|(_, numbers)| numbers.0.as_slice()));
        inputs.extend(scalars.iter().map(core::slice::from_ref));
        let ran = plan.run(&inputs).map_err(|e| wrong(&e));
        drop(inputs);
        if ran.is_ok() {
            weight.copy_from_slice(plan.output(0));
            for (i, (_, numbers)) in state[own..].iter_mut().enumerate() {
                numbers.0.copy_from_slice(plan.output(1 + i));
            }
        }
        rule.base_mut().states[index].plans.rule = Some(plan);
        ran
    });
    rule.base_mut().states[index].slots = state;
    result
}

/// Does something with the numbers of a weight and its path.
fn with_numbers(param: &mut Param, f: impl FnOnce(&str, &mut [f32]) -> Result<()>) -> Result<()> {
    f(&param.path, param.value.as_f32_mut().unwrap_or_default())
}

/// Adds gradients to what is accumulated; true if their means have taken the places of the gradients.
fn accumulate(base: &mut Base, indices: &[usize], gradients: &mut [Option<OwnGradient<'_>>]) -> bool {
    let Some(steps) = base.gradient_accumulation_steps else { return true };
    let due = (base.iterations() + 1).is_multiple_of(steps as u64);
    for (index, gradient) in indices.iter().zip(gradients) {
        let (Some(OwnGradient::Whole(gradient)), Some(sum)) =
            (gradient, base.states[*index].slot_mut(ACCUMULATOR))
        else {
            continue;
        };
        for (g, sum) in gradient.iter_mut().zip(sum) {
            let all = *g + *sum;
            (*g, *sum) = if due { (all / steps as f32, 0.0) } else { (*g, all) };
        }
    }
    due
}

/// Moves the averages towards the weights, and the weights to the averages where that is due.
fn average(base: &mut Base, params: &mut [&mut Param]) -> Result<()> {
    let first = base.rule_steps() == 0;
    let momentum = if first { 0.0 } else { base.ema_momentum as f32 };
    let overwrites = base
        .ema_overwrite_frequency
        .is_some_and(|every| (base.rule_steps() + 1).is_multiple_of(every.max(1) as u64));
    for param in params {
        let Some(index) = base.known(param) else { continue };
        let Some(average) = base.states[index].slot_mut(AVERAGE) else { continue };
        with_numbers(param, |_, weight| {
            for (average, w) in average.iter_mut().zip(weight) {
                *average = momentum * *average + (1.0 - momentum) * *w;
                if overwrites {
                    *w = *average;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Holds a weight to its constraint.
fn constrain(state: &mut State, param: &mut Param) -> Result<()> {
    if param.constraint == keras_shape::Constraint::None {
        return Ok(());
    }
    let mut plan = match state.plans.constraint.take() {
        Some(plan) => plan,
        None => {
            let weight = ops::input(state.shape.as_slice(), DType::Float32);
            let held = constraints::apply(&param.constraint, &weight)?;
            Plan::new(&[&weight], &[&held]).map_err(|e| wrong(&e))?
        }
    };
    with_numbers(param, |_, weight| {
        plan.run(&[&*weight]).map_err(|e| wrong(&e))?;
        weight.copy_from_slice(plan.output(0));
        Ok(())
    })?;
    state.plans.constraint = Some(plan);
    Ok(())
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

/// Multiplies all gradients by what a loss is scaled with.
pub(crate) fn scale(gradients: &mut [Option<OwnGradient<'_>>], by: f64) {
    if by == 1.0 {
        return;
    }
    for gradient in gradients.iter_mut().flatten() {
        if let OwnGradient::Whole(numbers) = gradient {
            numbers.iter_mut().for_each(|g| *g *= by as f32);
        }
    }
}

/// Divides all gradients by a number.
pub(super) fn divide(gradients: &mut [Option<OwnGradient<'_>>], by: f32) {
    for gradient in gradients.iter_mut().flatten() {
        if let OwnGradient::Whole(numbers) = gradient {
            numbers.iter_mut().for_each(|g| *g /= by);
        }
    }
}
