//! A step of an update rule: what all optimisers do around the change of a weight. The rule is behind `dyn`, or all of
//! this is compiled once more for each of them.

use smallvec::SmallVec;

use super::base::{AVERAGE, Base};
use super::change::{accumulate, average, change, constrain, divide, traced, with_numbers};
use super::rule::UpdateRule;
use super::{OwnGradient, clip};
use crate::param::Param;
use crate::tensor::Raw;
use crate::{Error, Result};

const NO_GRADIENT: &str = "no weight has a gradient: does the loss depend on the model's output?";

/// Whether the arguments can be.
pub(super) fn check(rule: &dyn UpdateRule) -> Result<()> {
    rule.base().check()?;
    rule.check()
}

/// Lays out what is kept for weights that were not seen before.
pub(super) fn build(rule: &mut dyn UpdateRule, params: &[&Param]) -> Result<()> {
    let scalars = rule.scalars();
    rule.base_mut().begin(scalars);
    for param in params {
        if rule.base().known(param).is_none() {
            let slots = rule.slots(rule.base().path_of(param), &param.value.shape());
            rule.base_mut().state(param, || slots);
        }
    }
    Ok(())
}

/// There is a gradient or none for each weight, of its shape.
pub(super) fn check_gradients(params: &[&mut Param], gradients: &[Option<Raw>]) -> Result<()> {
    if params.len() != gradients.len() {
        let (weights, gradients) = (params.len(), gradients.len());
        return Err(Error::Argument(format!("{gradients} gradients for {weights} weights")));
    }
    for (param, gradient) in params.iter().zip(gradients) {
        let Some(gradient) = gradient else { continue };
        let (weight, shape) = (param.value.shape(), gradient.shape());
        if weight != shape {
            let message = format!("its shape is {weight:?}, its gradient's {shape:?}");
            return Err(Error::shapes(format!("weight `{}`", param.path), message, &weight, &shape));
        }
    }
    Ok(())
}

/// One step: the weights by their gradients, and all that stands around it.
pub(super) fn step(
    rule: &mut dyn UpdateRule,
    params: &mut [&mut Param],
    gradients: &mut [Option<OwnGradient<'_>>],
) -> Result<()> {
    check(rule)?;
    if !params.is_empty() && gradients.iter().all(Option::is_none) {
        return Err(Error::Argument(NO_GRADIENT.into()));
    }
    let scalars = rule.scalars();
    rule.base_mut().begin(scalars);
    let mut indices: SmallVec<[usize; 32]> = SmallVec::new();
    for param in &*params {
        let index = match rule.base().known(param) {
            Some(index) => index,
            None => {
                let slots = rule.slots(rule.base().path_of(param), &param.value.shape());
                rule.base_mut().state(param, || slots)
            }
        };
        if !rule.in_place() && rule.base().states[index].plans.rule.is_none() {
            let plan = traced(rule, param, &rule.base().states[index])?;
            rule.base_mut().states[index].plans.rule = Some(plan);
        }
        indices.push(index);
    }
    if let Some(scale) = rule.base().loss_scale_factor {
        divide(gradients, scale as f32);
    }
    if accumulate(rule.base_mut(), &indices, gradients) {
        clip::clip_in_place(rule.base(), gradients);
        let step = rule.base().step();
        rule.begin(&step);
        for ((param, gradient), index) in params.iter_mut().zip(&mut *gradients).zip(&indices) {
            if let Some(gradient) = gradient {
                change(rule, *index, param, &step, gradient)?;
            }
        }
    }
    if rule.base().use_ema {
        average(rule.base_mut(), params)?;
    }
    for ((param, gradient), index) in params.iter_mut().zip(&*gradients).zip(&indices) {
        if gradient.is_some() {
            constrain(&mut rule.base_mut().states[*index], param)?;
        }
    }
    rule.base_mut().advance();
    Ok(())
}

/// Puts the averages in the places of the weights.
pub(super) fn finalize(base: &mut Base, params: &mut [&mut Param]) -> Result<()> {
    for param in params {
        let Some(index) = base.known(param).filter(|_| base.use_ema) else { continue };
        let Some(average) = base.states[index].slot_mut(AVERAGE) else { continue };
        with_numbers(param, |weight| {
            weight.copy_from_slice(average);
            Ok(())
        })?;
    }
    Ok(())
}
