//! What a step does, whatever the rule (which is behind `dyn`, or all of this is compiled for each): to the gradients before it, to one weight, and to the weights after it.

use keras_ops::{self as ops, DType, Plan, Symbolic};
use smallvec::SmallVec;

use super::OwnGradient;
use super::base::{ACCUMULATOR, AVERAGE, Base, State};
use super::rule::{Step, TracedStep, UpdateRule};
use crate::param::Param;
use crate::training::constraints;
use crate::{Error, Result};

fn wrong(e: &ops::OpError) -> Error {
    Error::Argument(format!("optimizer: {e}"))
}

/// The rule for one weight as a plan: weight, gradient and slots, the learning rate, the number of the step and what is kept
/// once in; the weight and its slots out.
pub(super) fn traced(rule: &dyn UpdateRule, param: &Param, state: &State) -> Result<Plan> {
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
    let decayed = match rule.decay_of(rule.base().path_of(param), &state.shape) {
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
                rule.keras_name(),
                after.shape(),
                before.shape()
            )));
        }
    }
    Plan::new(&inputs, &outputs).map_err(|e| wrong(&e))
}

/// Changes one weight by its gradient.
pub(super) fn change(
    rule: &mut dyn UpdateRule,
    index: usize,
    param: &mut Param,
    step: &Step,
    gradient: &mut OwnGradient<'_>,
) -> Result<()> {
    let own = rule.base().own_slots();
    let base = rule.base();
    let decay =
        if rule.in_place() { rule.decay_of(base.path_of(param), &base.states[index].shape) } else { None };
    // Taken out, so that the rule can be asked meanwhile.
    let mut state = core::mem::take(&mut rule.base_mut().states[index].slots);
    let result = with_numbers(param, |weight| {
        if rule.in_place() {
            if let Some(decay) = decay {
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

/// Does something with the numbers of a weight.
pub(super) fn with_numbers(param: &mut Param, f: impl FnOnce(&mut [f32]) -> Result<()>) -> Result<()> {
    f(param.value.as_f32_mut().unwrap_or_default())
}

/// Adds gradients to what is accumulated; true if their means have taken the places of the gradients.
pub(super) fn accumulate(
    base: &mut Base,
    indices: &[usize],
    gradients: &mut [Option<OwnGradient<'_>>],
) -> bool {
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
pub(super) fn average(base: &mut Base, params: &mut [&mut Param]) -> Result<()> {
    let first = base.rule_steps() == 0;
    let momentum = if first { 0.0 } else { base.ema_momentum as f32 };
    let overwrites = base
        .ema_overwrite_frequency
        .is_some_and(|every| (base.rule_steps() + 1).is_multiple_of(every.max(1) as u64));
    for param in params {
        let Some(index) = base.known(param) else { continue };
        let Some(average) = base.states[index].slot_mut(AVERAGE) else { continue };
        with_numbers(param, |weight| {
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
pub(super) fn constrain(state: &mut State, param: &mut Param) -> Result<()> {
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
    with_numbers(param, |weight| {
        plan.run(&[&*weight]).map_err(|e| wrong(&e))?;
        weight.copy_from_slice(plan.output(0));
        Ok(())
    })?;
    state.plans.constraint = Some(plan);
    Ok(())
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
