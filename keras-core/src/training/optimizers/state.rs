//! What an optimiser keeps between steps, to be saved and loaded.

use super::base::Numbers;
use super::rule::UpdateRule;
use super::slot::Slot;
use super::step::build;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::{Error, Result, message};

/// All that an optimiser keeps between steps.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    /// The number of steps made.
    pub iterations: u64,
    /// The learning rate, unless it follows a schedule.
    pub learning_rate: Option<f64>,
    /// What is kept for each weight, in the order of first sight.
    pub weights: Vec<WeightState>,
    /// What is kept besides, by name.
    pub variables: Vec<(String, Raw)>,
}

/// What an optimiser keeps for one weight.
#[derive(Clone, Debug)]
pub struct WeightState {
    /// The weight.
    pub weight: ParamId,
    /// Tensors of the weight's shape by name: `momentum`.
    pub slots: Vec<(String, Raw)>,
}

/// The state of an update rule.
pub(super) fn state(rule: &dyn UpdateRule) -> Result<OptimizerState> {
    let base = rule.base();
    let scalars = rule.scalars().iter().zip(base.scalars());
    let scalars =
        scalars.map(|((name, _), value)| Ok((name.to_string(), Raw::from_f32(vec![*value], &[1])?)));
    Ok(OptimizerState {
        iterations: base.iterations(),
        learning_rate: base.constant_rate(),
        weights: base.kept()?,
        variables: scalars.collect::<Result<_>>()?,
    })
}

/// What is kept, as tensors in Keras's order.
pub(super) fn variables(rule: &dyn UpdateRule) -> Result<Vec<(String, Raw)>> {
    let base = rule.base();
    let number = |value| Raw::from_f32(vec![value], &[1]);
    let iteration = i32::try_from(base.iterations()).unwrap_or(i32::MAX);
    let mut variables = vec![("iteration".to_string(), Raw::from_i32(vec![iteration], &[1])?)];
    if let Some(rate) = base.constant_rate() {
        variables.push(("learning_rate".into(), number(rate as f32)?));
    }
    variables.extend(base.slot_variables()?);
    for ((name, _), value) in rule.scalars().iter().zip(base.scalars()) {
        variables.push((name.to_string(), number(*value)?));
    }
    Ok(variables)
}

/// Takes over such tensors.
pub(super) fn set_variables(rule: &mut dyn UpdateRule, params: &[&Param], values: &[Raw]) -> Result<()> {
    build(rule, params)?;
    let expected = variables(rule)?;
    if expected.len() != values.len() {
        let (name, wanted, found) = (rule.keras_name(), expected.len(), values.len());
        return Err(Error::Argument(format!(
            "the state of `{name}` has {wanted} tensors here, found {found}"
        )));
    }
    for ((name, old), new) in expected.iter().zip(values) {
        // Keras's numbers have no axes where ours have one.
        if old.shape() != new.shape() && (old.shape() != [1] || new.shape().iter().product::<usize>() != 1) {
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
    let rate = if rule.base().constant_rate().is_some() { Some(first(next()?)?) } else { None };
    let base = rule.base_mut();
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

/// Takes over a state. What it says of weights that `weights` does not have is an error.
pub(super) fn set_state(
    rule: &mut dyn UpdateRule,
    weights: &[(String, &Param)],
    state: &OptimizerState,
) -> Result<()> {
    let mut wrong = Vec::new();
    match (rule.base().constant_rate(), state.learning_rate) {
        (Some(_), None) => wrong.push("the learning rate is a number, and followed a schedule".to_string()),
        (None, Some(_)) => wrong.push("the learning rate follows a schedule, and was a number".to_string()),
        _ => {}
    }
    let mut kept = Vec::new();
    for of in &state.weights {
        let Some((path, param)) = weights.iter().find(|(_, param)| param.id == of.weight) else {
            wrong.push("there is a state of a weight that the model does not have".to_string());
            continue;
        };
        let param: &Param = param;
        let before = wrong.len();
        let slots = rule.base().all_slots(rule.slots(rule.base().path_of(param), &param.value.shape()));
        compare(path, param, &slots, of, &mut wrong);
        if wrong.len() == before {
            let numbers = slots.iter().filter_map(|slot| Some((*slot, of.get(slot.name)?)));
            let own = |(slot, raw): (Slot, &Raw)| Ok((slot, Numbers::of(&raw.to_vec()?)));
            kept.push((param, numbers.map(own).collect::<Result<Vec<(Slot, Numbers)>>>()?));
        }
    }
    let names: Vec<&str> = rule.scalars().iter().map(|(name, _)| *name).collect();
    let found: Vec<&str> = state.variables.iter().map(|(name, _)| name.as_str()).collect();
    // Before the first step there are none.
    if found != names && !found.is_empty() {
        let found = found.iter().map(|name| message::name(name)).collect();
        wrong.push(format!("`{}` keeps {names:?}, found {:?}", rule.keras_name(), message::lines(found, 8)));
    }
    if !wrong.is_empty() {
        let list = message::lines(wrong, 8);
        return Err(Error::Argument(format!("the state is not that of this optimizer:\n  {list}")));
    }
    let first = |(_, raw): &(String, Raw)| Ok::<f32, Error>(raw.to_vec()?.first().copied().unwrap_or(0.0));
    let scalars = state.variables.iter().map(first).collect::<Result<Vec<f32>>>()?;
    let base = rule.base_mut();
    if let Some(rate) = state.learning_rate {
        base.set_learning_rate(rate)?;
    }
    base.set_kept(state.iterations, scalars, kept);
    Ok(())
}

impl WeightState {
    fn get(&self, name: &str) -> Option<&Raw> {
        self.slots.iter().find(|(known, _)| known == name).map(|(_, raw)| raw)
    }
}

/// Adds what differs between the slots of a weight and those that were saved.
fn compare(path: &str, param: &Param, slots: &[Slot], of: &WeightState, wrong: &mut Vec<String>) {
    let weight = param.value.shape();
    for slot in slots {
        let (name, shape) = (slot.name, slot.shape_for(&weight));
        match of.get(name) {
            None => wrong.push(format!("`{path}/{name}` is missing")),
            Some(raw) if raw.shape() != shape => {
                let found = message::shape(&raw.shape());
                wrong.push(format!("`{path}/{name}` is {found}, and the weight {}", message::shape(&weight)));
            }
            Some(_) => {}
        }
    }
    for (name, _) in &of.slots {
        if !slots.iter().any(|slot| slot.name == name) {
            wrong.push(format!("`{path}/{}` is not kept by this optimizer", message::name(name)));
        }
    }
}
