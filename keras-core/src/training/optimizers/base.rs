//! What all optimisers have.

use std::collections::HashMap;

use keras_kernels::aligned::Aligned;
use keras_ops::Plan;

use super::UpdateRule;
use super::rule::Step;
use super::schedules::{self, LearningRate, rate};
use super::slot::Slot;
use super::state::WeightState;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::training::config::{Arguments, Config, Setting, arguments};
use crate::{Error, Result};

/// Learning rate, weight decay, clipping, averages of weights, accumulation and state:
/// [the arguments that all of Keras's optimizers take](https://keras.io/api/optimizers/).
#[derive(Clone, Debug)]
pub struct Base {
    learning_rate: LearningRate,
    pub(super) weight_decay: Option<f64>,
    pub(super) exclude: Vec<String>,
    pub(super) clipnorm: Option<f64>,
    pub(super) clipvalue: Option<f64>,
    pub(super) global_clipnorm: Option<f64>,
    pub(super) use_ema: bool,
    pub(super) ema_momentum: f64,
    pub(super) ema_overwrite_frequency: Option<usize>,
    pub(super) loss_scale_factor: Option<f64>,
    pub(super) gradient_accumulation_steps: Option<usize>,
    iterations: u64,
    scalars: Vec<f32>,
    index: HashMap<ParamId, usize>,
    /// What the model calls its weights.
    paths: HashMap<ParamId, String>,
    pub(super) states: Vec<State>,
}

/// Numbers that are kept for a weight.
#[derive(Debug, Default)]
pub(super) struct Numbers(pub Aligned);

impl Numbers {
    pub fn full(len: usize, value: f32) -> Self {
        let mut numbers = Aligned::zeros(len);
        numbers.fill(value);
        Numbers(numbers)
    }

    pub fn of(numbers: &[f32]) -> Self {
        let mut own = Aligned::zeros(numbers.len());
        own.copy_from_slice(numbers);
        Numbers(own)
    }
}

impl Clone for Numbers {
    fn clone(&self) -> Self {
        Numbers::of(&self.0)
    }
}

/// Plans that are made when they are first needed; a copy makes its own.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// The update rule.
    pub rule: Option<Plan>,
    /// The constraint.
    pub constraint: Option<Plan>,
}

impl Clone for Plans {
    fn clone(&self) -> Self {
        Plans::default()
    }
}

/// What is kept for one weight.
#[derive(Clone, Debug)]
pub(super) struct State {
    id: ParamId,
    path: String,
    pub shape: Vec<usize>,
    /// Those of the base first, then those of the rule.
    pub slots: Vec<(Slot, Numbers)>,
    pub plans: Plans,
}

impl State {
    fn new(param: &Param, slots: Vec<Slot>) -> Self {
        let shape = param.value.shape();
        let made = |slot: Slot| {
            let numbers = match slot.initial {
                Initial::Number(value) => Numbers::full(slot.shape_for(&shape).iter().product(), value),
                Initial::Weight => Numbers::of(&param.value.to_vec().unwrap_or_default()),
            };
            (slot, numbers)
        };
        let slots = slots.into_iter().map(made).collect();
        State { id: param.id, path: param.path.clone(), shape, slots, plans: Plans::default() }
    }

    /// The numbers of the slot of this name.
    pub fn slot_mut(&mut self, name: &str) -> Option<&mut [f32]> {
        let found = self.slots.iter_mut().find(|(slot, _)| slot.name == name);
        found.map(|(_, numbers)| &mut numbers.0[..])
    }
}

/// What a slot begins as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// This number everywhere.
    Number(f32),
    /// The weight.
    Weight,
}

/// The name of the averages of weights.
pub(super) const AVERAGE: &str = "average";
/// The name of the sums of gradients.
pub(super) const ACCUMULATOR: &str = "gradient_accumulator";

arguments! {
    Base, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
    gradient_accumulation_steps
}

impl Base {
    /// No decay, no clipping, no state.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Base {
            learning_rate: learning_rate.into(),
            weight_decay: None,
            exclude: Vec::new(),
            clipnorm: None,
            clipvalue: None,
            global_clipnorm: None,
            use_ema: false,
            ema_momentum: 0.99,
            ema_overwrite_frequency: None,
            loss_scale_factor: None,
            gradient_accumulation_steps: None,
            iterations: 0,
            scalars: Vec::new(),
            index: HashMap::new(),
            paths: HashMap::new(),
            states: Vec::new(),
        }
    }

    /// The configuration of an optimiser with this base; nothing if a part of it has no words in Keras.
    pub(super) fn config<R: UpdateRule + Arguments>(&self, rule: &R) -> Option<Config> {
        // Keras writes nothing of the weights that do not decay.
        if !self.exclude.is_empty() {
            return None;
        }
        let learning_rate = match &self.learning_rate {
            LearningRate::Constant(rate) => Setting::Number(*rate),
            LearningRate::Schedule(schedule) => Setting::Object(schedule.config()?),
        };
        let mut arguments = vec![
            ("name".to_string(), Setting::Word(rule.keras_name().to_string())),
            ("learning_rate".to_string(), learning_rate),
        ];
        arguments.extend(self.arguments().into_iter().chain(rule.arguments()));
        Some(Config { module: "keras.optimizers".into(), class: R::CLASS.into(), arguments })
    }

    pub(super) fn check(&self) -> Result<()> {
        self.learning_rate.check()?;
        // A schedule may also go wrong on its way.
        rate(self.learning_rate())?;
        not_negative("weight_decay", self.weight_decay.unwrap_or(0.0))?;
        let clips = [self.clipnorm, self.clipvalue, self.global_clipnorm];
        if clips.iter().flatten().count() > 1 {
            return Err(Error::Argument(
                "only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set".into(),
            ));
        }
        for (name, value) in ["clipnorm", "clipvalue", "global_clipnorm"].iter().zip(clips) {
            not_negative(name, value.unwrap_or(1.0))?;
        }
        if self.use_ema {
            fraction("ema_momentum", self.ema_momentum)?;
        }
        at_least("ema_overwrite_frequency", self.ema_overwrite_frequency, 1)?;
        at_least("gradient_accumulation_steps", self.gradient_accumulation_steps, 2)?;
        positive("loss_scale_factor", self.loss_scale_factor.unwrap_or(1.0))
    }

    /// Whether gradients are changed before the rule sees them.
    pub(super) fn changes_gradients(&self) -> bool {
        [self.clipnorm, self.clipvalue, self.global_clipnorm, self.loss_scale_factor]
            .iter()
            .any(Option::is_some)
            || self.gradient_accumulation_steps.is_some()
    }

    /// Starts what is kept once, if it has not been started.
    pub(super) fn begin(&mut self, scalars: &[(&'static str, f32)]) {
        if self.scalars.len() != scalars.len() {
            self.scalars = scalars.iter().map(|(_, initial)| *initial).collect();
        }
    }

    /// The slots of the base with those of a rule behind.
    pub(super) fn all_slots(&self, rule: Vec<Slot>) -> Vec<Slot> {
        let mut slots = Vec::new();
        if self.use_ema {
            slots.push(Slot::new(AVERAGE));
        }
        if self.gradient_accumulation_steps.is_some() {
            slots.push(Slot::new(ACCUMULATOR).group(slots.len()));
        }
        let own = slots.len();
        slots.extend(rule.into_iter().map(|slot| slot.group(slot.group + own)));
        slots
    }

    /// How many slots are those of the base.
    pub(super) fn own_slots(&self) -> usize {
        usize::from(self.use_ema) + usize::from(self.gradient_accumulation_steps.is_some())
    }

    /// Where the state of a weight is; made if there is none.
    pub(super) fn state(&mut self, param: &Param, slots: impl FnOnce() -> Vec<Slot>) -> usize {
        if let Some(i) = self.known(param) {
            return i;
        }
        let slots = self.all_slots(slots());
        let state = State::new(param, slots);
        let i = *self.index.entry(param.id).or_insert(self.states.len());
        if i < self.states.len() {
            self.states[i] = state;
        } else {
            self.states.push(state);
        }
        i
    }

    /// Where the state of a weight is, if it is one of its size.
    pub(super) fn known(&self, param: &Param) -> Option<usize> {
        let i = *self.index.get(&param.id)?;
        let size = param.value.as_f32().map(<[f32]>::len);
        let same = |n: usize| self.states[i].shape.iter().product::<usize>() == n;
        size.map_or_else(|| self.states[i].shape == param.value.shape(), same).then_some(i)
    }

    /// The number of the step that the rule makes: without those that only add to the accumulators.
    pub(super) fn rule_steps(&self) -> u64 {
        self.iterations / self.gradient_accumulation_steps.map_or(1, |steps| steps.max(1) as u64)
    }

    pub(super) fn step(&self) -> Step {
        Step { learning_rate: self.learning_rate() as f32, number: (self.rule_steps() + 1) as f32 }
    }

    pub(super) fn advance(&mut self) {
        self.iterations += 1;
    }

    /// What part of a weight, times the learning rate, a step takes away.
    pub fn decay_of(&self, path: &str) -> Option<f64> {
        if self.is_excluded(path) { None } else { self.weight_decay }
    }

    /// Whether the name of a weight, the last part of its path, is one of those that do not decay.
    pub(super) fn is_excluded(&self, path: &str) -> bool {
        let own = path.rsplit('/').next().unwrap_or(path);
        self.exclude.iter().any(|name| own.contains(name.as_str()))
    }

    pub(super) fn weights_are(&mut self, weights: &[(String, ParamId)]) {
        self.paths.extend(weights.iter().map(|(path, id)| (*id, path.clone())));
    }

    /// The path of a weight: in its model, or below its layer where no model said it.
    pub(super) fn path_of<'a>(&'a self, param: &'a Param) -> &'a str {
        self.paths.get(&param.id).unwrap_or(&param.path)
    }

    /// How many steps were made.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    pub(super) fn set_iterations(&mut self, iterations: u64) {
        self.iterations = iterations;
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate.at(self.iterations)
    }

    /// The learning rate, if it does not follow a schedule.
    pub(super) fn constant_rate(&self) -> Option<f64> {
        match self.learning_rate {
            LearningRate::Constant(rate) => Some(rate),
            LearningRate::Schedule(_) => None,
        }
    }

    /// Takes another learning rate, or a schedule.
    #[cfg(feature = "files")]
    pub(super) fn replace_learning_rate(&mut self, rate: LearningRate) {
        self.learning_rate = rate;
    }

    pub(super) fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        match &mut self.learning_rate {
            LearningRate::Constant(old) => *old = schedules::rate(rate)?,
            LearningRate::Schedule(_) => {
                return Err(Error::Argument(
                    "the learning rate follows a schedule; to set it, make the optimizer with a number"
                        .into(),
                ));
            }
        }
        Ok(())
    }

    /// What is kept once, in the order of [`UpdateRule::scalars`](super::UpdateRule::scalars).
    pub fn scalars(&self) -> &[f32] {
        &self.scalars
    }

    /// What is kept once, to be changed.
    pub fn scalars_mut(&mut self) -> &mut [f32] {
        &mut self.scalars
    }

    /// What is kept for each weight, in the order in which the weights were first seen.
    pub(super) fn kept(&self) -> Result<Vec<WeightState>> {
        let kept = self.states.iter().map(|state| {
            let named = state.slots.iter();
            let named = named.map(|(slot, numbers)| Ok((slot.name.to_string(), state.raw(slot, numbers)?)));
            Ok(WeightState { weight: state.id, slots: named.collect::<Result<_>>()? })
        });
        kept.collect()
    }

    /// Puts what was kept for the weights in the place of all that is kept now.
    pub(super) fn set_kept(
        &mut self,
        iterations: u64,
        scalars: Vec<f32>,
        kept: Vec<(&Param, Vec<(Slot, Numbers)>)>,
    ) {
        (self.iterations, self.scalars) = (iterations, scalars);
        self.index = kept.iter().enumerate().map(|(i, (param, _))| (param.id, i)).collect();
        let state = |(param, slots): (&Param, Vec<(Slot, Numbers)>)| State {
            id: param.id,
            path: param.path.clone(),
            shape: param.value.shape(),
            slots,
            plans: Plans::default(),
        };
        self.states = kept.into_iter().map(state).collect();
    }

    /// Each weight's slots, by Keras's order of groups.
    pub(super) fn slot_variables(&self) -> Result<Vec<(String, Raw)>> {
        let mut variables = Vec::new();
        for (i, j) in self.places() {
            let state = &self.states[i];
            let (slot, numbers) = &state.slots[j];
            // Two layers may both have a `kernel`: the number tells them apart.
            let name = format!("{i}_{}_{}", state.path.replace('/', "_"), slot.name);
            variables.push((name, state.raw(slot, numbers)?));
        }
        Ok(variables)
    }

    /// Takes over slots in the order of [`slot_variables`](Base::slot_variables).
    pub(super) fn set_slots<'a>(&mut self, next: &mut dyn FnMut() -> Result<&'a Raw>) -> Result<()> {
        for (i, j) in self.places() {
            self.states[i].slots[j].1 = Numbers::of(&next()?.to_vec()?);
        }
        Ok(())
    }

    /// Weight and slot, in Keras's order.
    fn places(&self) -> Vec<(usize, usize)> {
        let slots = self.states.iter().flat_map(|state| &state.slots);
        let groups = slots.map(|(slot, _)| slot.group + 1).max().unwrap_or(0);
        let mut places = Vec::new();
        for group in 0..groups {
            for (i, state) in self.states.iter().enumerate() {
                let own = state.slots.iter().enumerate().filter(|(_, (slot, _))| slot.group == group);
                places.extend(own.map(|(j, _)| (i, j)));
            }
        }
        places
    }
}

impl State {
    fn raw(&self, slot: &Slot, numbers: &Numbers) -> Result<Raw> {
        Raw::from_f32(numbers.0.to_vec(), &slot.shape_for(&self.shape))
    }
}

/// An argument that counts, and must be at least so much where it is set.
fn at_least(name: &str, value: Option<usize>, low: usize) -> Result<()> {
    match value {
        Some(value) if value < low => {
            Err(Error::Argument(format!("`{name}` must be at least {low}, found {value}")))
        }
        _ => Ok(()),
    }
}

/// An argument that must be above 0.
pub(super) fn positive(name: &str, value: f64) -> Result<()> {
    if value > 0.0 {
        return finite(name, value);
    }
    Err(Error::Argument(format!("`{name}` must be above 0, found {value}")))
}

/// An argument that must not be negative.
pub(super) fn not_negative(name: &str, value: f64) -> Result<()> {
    if value >= 0.0 {
        return finite(name, value);
    }
    Err(Error::Argument(format!("`{name}` must not be negative, found {value}")))
}

/// An argument that must have a value as a 32-bit float, with which optimisers compute.
fn finite(name: &str, value: f64) -> Result<()> {
    if (value as f32).is_finite() {
        return Ok(());
    }
    Err(Error::Argument(format!("`{name}` must be finite as a 32-bit float, found {value:e}")))
}

/// An argument that must lie within [0, 1].
pub(super) fn fraction(name: &str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::Argument(format!("`{name}` must lie between 0 and 1, found {value}")))
}

/// An argument that must lie within [0, 1): `1 - value^step`, which corrects the bias of a mean, is a divisor.
pub(super) fn decay(name: &str, value: f64) -> Result<()> {
    // What rounds to 1 is 1: the arithmetic is that of 32-bit floats.
    if value >= 0.0 && (value as f32) < 1.0 {
        return Ok(());
    }
    Err(Error::Argument(format!("`{name}` must be at least 0 and below 1, found {value}")))
}
