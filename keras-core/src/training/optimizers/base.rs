//! What all optimisers have.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor};

use super::rule::{Slot, Step};
use super::schedules::{self, LearningRate, rate};
use super::state::WeightState;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::{Error, Result};

/// Learning rate, weight decay, clipping and state:
/// [the arguments that all of Keras's optimizers take](https://keras.io/api/optimizers/).
#[derive(Clone, Debug)]
pub struct Base {
    learning_rate: LearningRate,
    pub(super) weight_decay: Option<f64>,
    pub(super) exclude: Vec<String>,
    pub(super) clipnorm: Option<f64>,
    pub(super) clipvalue: Option<f64>,
    pub(super) global_clipnorm: Option<f64>,
    iterations: u64,
    scalars: Vec<f32>,
    index: HashMap<ParamId, usize>,
    states: Vec<State>,
}

/// What is kept for one weight.
#[derive(Clone, Debug)]
struct State {
    id: ParamId,
    path: String,
    shape: Vec<usize>,
    /// Each as long as the weight.
    slots: Vec<Raw>,
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
            iterations: 0,
            scalars: Vec::new(),
            index: HashMap::new(),
            states: Vec::new(),
        }
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
            positive(name, value.unwrap_or(1.0))?;
        }
        Ok(())
    }

    /// Whether gradients are held to a size.
    pub(super) fn clips(&self) -> bool {
        [self.clipnorm, self.clipvalue, self.global_clipnorm].iter().any(Option::is_some)
    }

    /// Starts what is kept once, if it has not been started.
    pub(super) fn begin(&mut self, scalars: &[(&'static str, f32)]) {
        if self.scalars.len() != scalars.len() {
            self.scalars = scalars.iter().map(|(_, initial)| *initial).collect();
        }
    }

    /// Where the state of a weight is; made if there is none.
    pub(super) fn state(&mut self, param: &Param, slots: &[Slot]) -> Result<usize> {
        let (path, shape) = (param.path.clone(), param.value.shape());
        match self.index.get(&param.id) {
            Some(&i) if self.states[i].shape == shape && self.states[i].slots.len() == slots.len() => {
                return Ok(i);
            }
            _ => {}
        }
        let device = param.value.device()?;
        let n = shape.iter().product::<usize>();
        let full = |slot: &Slot| Raw::new(Tensor::<1>::full([n], slot.initial, &device));
        let tensors = slots.iter().map(full).collect();
        let state = State { id: param.id, path, shape, slots: tensors };
        let i = *self.index.entry(param.id).or_insert(self.states.len());
        if i < self.states.len() {
            self.states[i] = state;
        } else {
            self.states.push(state);
        }
        Ok(i)
    }

    /// Where the state of a weight is, if it was made for this many slots.
    pub(super) fn known(&self, param: &Param, slots: usize) -> Option<usize> {
        let i = *self.index.get(&param.id)?;
        (self.states[i].slots.len() == slots).then_some(i)
    }

    /// The slots of a weight, to be put back.
    pub(super) fn take(&mut self, index: usize) -> Vec<Raw> {
        core::mem::take(&mut self.states[index].slots)
    }

    pub(super) fn put(&mut self, index: usize, slots: Vec<Raw>) {
        self.states[index].slots = slots;
    }

    pub(super) fn step(&self) -> Step {
        Step { learning_rate: self.learning_rate() as f32, number: (self.iterations + 1) as f32 }
    }

    pub(super) fn advance(&mut self) {
        self.iterations += 1;
    }

    pub(super) fn decay_of(&self, path: &str) -> Option<f64> {
        let excluded = self.exclude.iter().any(|name| path.contains(name.as_str()));
        if excluded { None } else { self.weight_decay }
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

    pub(super) fn device(&self) -> Option<Device> {
        self.states.first().and_then(|state| state.slots.first()).and_then(|slot| slot.device().ok())
    }

    /// What is kept for each weight, in the order in which the weights were first seen.
    pub(super) fn kept(&self, slots: &[Slot]) -> Result<Vec<WeightState>> {
        let kept = self.states.iter().map(|state| {
            let named = slots.iter().zip(&state.slots);
            let named = named.map(|(slot, raw)| Ok((slot.name.to_string(), raw.reshape(&state.shape)?)));
            Ok(WeightState { weight: state.id, slots: named.collect::<Result<_>>()? })
        });
        kept.collect()
    }

    /// Puts what was kept for the weights in the place of all that is kept now.
    pub(super) fn set_kept(&mut self, iterations: u64, scalars: Vec<f32>, kept: Vec<(&Param, Vec<Raw>)>) {
        (self.iterations, self.scalars) = (iterations, scalars);
        self.index = kept.iter().enumerate().map(|(i, (param, _))| (param.id, i)).collect();
        let state = |(param, slots): (&Param, Vec<Raw>)| State {
            id: param.id,
            path: param.path.clone(),
            shape: param.value.shape(),
            slots,
        };
        self.states = kept.into_iter().map(state).collect();
    }

    /// Each weight's slots, by Keras's order of groups.
    pub(super) fn slot_variables(&self, slots: &[Slot]) -> Result<Vec<(String, Raw)>> {
        let mut variables = Vec::new();
        for (i, j) in places(self.states.len(), slots) {
            let state = &self.states[i];
            // Two layers may both have a `kernel`: the number tells them apart.
            let name = format!("{i}_{}_{}", state.path.replace('/', "_"), slots[j].name);
            variables.push((name, state.slots[j].reshape(&state.shape)?));
        }
        Ok(variables)
    }

    /// Takes over slots in the order of [`slot_variables`](Base::slot_variables).
    pub(super) fn set_slots<'a>(
        &mut self,
        slots: &[Slot],
        next: &mut dyn FnMut() -> Result<&'a Raw>,
    ) -> Result<()> {
        for (i, j) in places(self.states.len(), slots) {
            let device = self.states[i].slots[j].device()?;
            self.states[i].slots[j] = Raw::new(next()?.inner()?.flat()?.to_device(&device));
        }
        Ok(())
    }
}

/// Weight and slot, in Keras's order.
fn places(weights: usize, slots: &[Slot]) -> Vec<(usize, usize)> {
    let groups = slots.iter().map(|slot| slot.group + 1).max().unwrap_or(0);
    let in_group = |g: usize| (0..slots.len()).filter(move |j| slots[*j].group == g);
    (0..groups).flat_map(|g| (0..weights).flat_map(move |i| in_group(g).map(move |j| (i, j)))).collect()
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

/// The constructors and the setters that all optimisers share; `$rate` is Keras's learning rate.
macro_rules! shared {
    ($type:ident, $rate:literal) => {
        impl Default for $type {
            fn default() -> Self {
                $type::new($rate)
            }
        }

        impl $type {
            /// With this learning rate, a number or a [schedule](crate::training::optimizers::schedules), and
            /// Keras's defaults.
            pub fn new(learning_rate: impl Into<$crate::training::optimizers::LearningRate>) -> Self {
                Self::with_base($crate::training::optimizers::Base::new(learning_rate))
            }

            /// The part of each weight, times the learning rate, that a step takes away.
            #[must_use]
            pub fn weight_decay(mut self, weight_decay: f64) -> Self {
                self.base.weight_decay = Some(weight_decay);
                self
            }

            /// Weights with one of these names in their path do not decay: `["bias", "gamma"]`.
            #[must_use]
            pub fn exclude_from_weight_decay<S: Into<String>>(
                mut self,
                names: impl IntoIterator<Item = S>,
            ) -> Self {
                self.base.exclude.extend(names.into_iter().map(Into::into));
                self
            }

            /// The largest norm of each weight's gradient.
            #[must_use]
            pub fn clipnorm(mut self, clipnorm: f64) -> Self {
                self.base.clipnorm = Some(clipnorm);
                self
            }

            /// The largest magnitude of each number of a gradient.
            #[must_use]
            pub fn clipvalue(mut self, clipvalue: f64) -> Self {
                self.base.clipvalue = Some(clipvalue);
                self
            }

            /// The largest norm of all gradients together.
            #[must_use]
            pub fn global_clipnorm(mut self, global_clipnorm: f64) -> Self {
                self.base.global_clipnorm = Some(global_clipnorm);
                self
            }
        }
    };
}
pub(super) use shared;

/// Where an update rule finds its base.
macro_rules! has_base {
    () => {
        fn base(&self) -> &$crate::training::optimizers::Base {
            &self.base
        }

        fn base_mut(&mut self) -> &mut $crate::training::optimizers::Base {
            &mut self.base
        }
    };
}
pub(super) use has_base;
