//! What a layer knows while it computes: whether it trains, its random numbers, and where it leaves
//! what it changes.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor};
use keras_shape::CallArgs;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::device::next_seed;
use crate::param::{Param, ParamId, Weight};
use crate::tensor::Raw;
use crate::{Error, Result};

/// A new value for a weight that a layer itself keeps.
pub(crate) struct Update {
    pub id: ParamId,
    pub value: Raw,
    /// Where the value is a moving average: the momentum, and what it was moved towards.
    pub blend: Option<(f64, Raw)>,
}

/// One pass through a model.
pub struct Context {
    /// Whether dropout drops and batch normalisation looks at the batch.
    pub training: bool,
    /// Whether the layer that computes now is frozen (`trainable = false`): batch normalisation then
    /// keeps its averages and uses them.
    pub frozen: bool,
    /// What the call says that computes now.
    pub(crate) call: CallArgs,
    device: Device,
    tape: Option<HashMap<ParamId, Raw>>,
    /// Made when it is first needed, in a pass that predicts.
    rng: Option<ChaCha8Rng>,
    step: u64,
    updates: Vec<Update>,
    losses: Vec<Tensor<1>>,
    states: HashMap<ParamId, Vec<Raw>>,
}

impl Context {
    /// A pass that predicts.
    pub fn inference(device: Device) -> Self {
        Context {
            training: false,
            frozen: false,
            call: CallArgs::NONE,
            device,
            tape: None,
            rng: None,
            step: 0,
            updates: Vec::new(),
            losses: Vec::new(),
            states: HashMap::new(),
        }
    }

    /// A pass that trains: weights are put on a gradient tape. `seed` and `step` decide what is dropped.
    pub fn training(device: Device, seed: u64, step: u64) -> Self {
        let mut context = Context::inference(device);
        context.training = true;
        context.tape = Some(HashMap::new());
        context.rng = Some(ChaCha8Rng::seed_from_u64(seed ^ step.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        context.step = step;
        context
    }

    /// A pass that predicts, with the weights on a gradient tape.
    pub fn gradients(device: Device) -> Self {
        let mut context = Context::inference(device);
        context.tape = Some(HashMap::new());
        context
    }

    /// The same pass as number `pass` of a model: where layers drop numbers although it does not train
    /// (`training = true` at a call), those that have a `seed` drop others in each pass.
    pub(crate) fn numbered(mut self, pass: u64) -> Self {
        self.step = pass;
        self
    }

    /// Runs `f`, a layer, as a call says that is to run it.
    pub(crate) fn during<T>(&mut self, call: CallArgs, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.training, self.call);
        self.training = call.training.unwrap_or(self.training);
        // What is inside the layer trains as it does; the rest is said to it alone.
        self.call = CallArgs { training: None, ..call };
        let result = f(self);
        (self.training, self.call) = before;
        result
    }

    /// The device of this pass.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A weight as this pass sees it; a weight that is used twice is the same leaf of the tape.
    ///
    /// # Errors
    /// The weight's rank is beyond what tensors can have.
    pub fn weight(&mut self, param: &Param, trainable: bool) -> Result<Weight> {
        let data = match &mut self.tape {
            Some(tape) if trainable && param.trainable => match tape.get(&param.id) {
                Some(leaf) => leaf.clone(),
                None => {
                    let leaf = param.value.tracked()?;
                    tape.insert(param.id, leaf.clone());
                    leaf
                }
            },
            // A layer that is applied again goes on from what it left the time before.
            _ => self.updated(param.id).unwrap_or(&param.value).clone(),
        };
        Ok(Weight { id: param.id, data })
    }

    /// Whether gradients are taken of this pass.
    pub fn records(&self) -> bool {
        self.tape.is_some()
    }

    /// The leaf that stands for a weight on the tape, if the pass used it.
    pub fn leaf(&self, id: ParamId) -> Option<&Raw> {
        self.tape.as_ref().and_then(|tape| tape.get(&id))
    }

    /// Leaves a new value for a weight that the layer itself keeps: a moving average. It takes effect after the
    /// pass, and on the next application of the layer in the same pass. Of several values for one weight the last
    /// counts.
    pub fn update(&mut self, weight: &Weight, value: Raw) {
        self.updates.push(Update { id: weight.id, value, blend: None });
    }

    /// Moves a weight towards `new (features)`: `weight * momentum + new * (1 - momentum)`, as a moving average goes.
    ///
    /// # Errors
    /// The weight is not a vector as long as `new`.
    pub(crate) fn move_average(
        &mut self,
        weight: &Weight,
        new: &Tensor<1>,
        momentum: f64,
    ) -> Result<Tensor<1>> {
        let old = weight.data.inner()?.float::<1>()?;
        let value = old.mul_scalar(momentum) + new.clone().mul_scalar(1.0 - momentum);
        let blend = Some((momentum, Raw::new(new.clone())));
        self.updates.push(Update { id: weight.id, value: Raw::new(value.clone()), blend });
        Ok(value)
    }

    /// Takes the new values that layers have left, in the order in which they were left.
    pub fn take_updates(&mut self) -> Vec<(ParamId, Raw)> {
        core::mem::take(&mut self.updates).into_iter().map(|update| (update.id, update.value)).collect()
    }

    /// What layers have left so far.
    pub(crate) fn updates(&self) -> &[Update] {
        &self.updates
    }

    /// The last value that was left for a weight.
    fn updated(&self, id: ParamId) -> Option<&Raw> {
        self.updates.iter().rev().find(|update| update.id == id).map(|update| &update.value)
    }

    /// Adds to the loss: activity regularisers and own layers do.
    pub fn add_loss(&mut self, loss: Tensor<1>) {
        self.losses.push(loss);
    }

    /// How many losses layers have added so far.
    pub(crate) fn losses(&self) -> usize {
        self.losses.len()
    }

    /// Multiplies the losses that were added after the first `from`.
    pub(crate) fn scale_losses(&mut self, from: usize, by: f64) {
        for loss in self.losses.iter_mut().skip(from) {
            *loss = loss.clone().mul_scalar(by);
        }
    }

    /// Begins a new gradient tape, if this pass records one; what was on the old one is known to its holders alone.
    pub(crate) fn new_tape(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.clear();
        }
    }

    /// Takes what layers have added to the loss.
    pub fn take_losses(&mut self) -> Vec<Tensor<1>> {
        core::mem::take(&mut self.losses)
    }

    /// The state that a stateful layer left behind, by its first weight.
    pub fn state(&self, weight: &Weight) -> Option<&Vec<Raw>> {
        self.states.get(&weight.id)
    }

    /// [`Context::state`] by the weight's id.
    pub(crate) fn state_of(&self, weight: ParamId) -> Option<&Vec<Raw>> {
        self.states.get(&weight)
    }

    /// Leaves states for the next batch, each with its shape, in the memory of those that are there.
    pub(crate) fn leave_state<'s>(
        &mut self,
        weight: ParamId,
        states: impl Iterator<Item = (&'s [f32], &'s [usize])>,
    ) -> Result<()> {
        let kept = self.states.entry(weight).or_default();
        for (i, (numbers, shape)) in states.enumerate() {
            match kept.get_mut(i).and_then(Raw::as_f32_mut).filter(|known| known.len() == numbers.len()) {
                Some(known) => known.copy_from_slice(numbers),
                None => {
                    kept.truncate(i);
                    kept.push(Raw::from_f32(numbers.to_vec(), shape, &self.device)?);
                }
            }
        }
        Ok(())
    }

    /// Leaves a state for the next batch.
    pub fn set_state(&mut self, weight: &Weight, state: Vec<Raw>) {
        self.states.insert(weight.id, state);
    }

    /// The states of all stateful layers, to be carried from pass to pass.
    pub fn states_mut(&mut self) -> &mut HashMap<ParamId, Vec<Raw>> {
        &mut self.states
    }

    /// A seed for the random numbers of one layer in this pass; of a layer that has a seed itself, one that depends on
    /// that and the step alone.
    pub(crate) fn seed(&mut self, own: Option<u64>) -> [i32; 2] {
        self.drawing(own, |rng| [rng.next_u32() as i32, rng.next_u32() as i32])
    }

    fn drawing<R>(&mut self, own: Option<u64>, draw: impl FnOnce(&mut ChaCha8Rng) -> R) -> R {
        match own {
            Some(seed) => {
                draw(&mut ChaCha8Rng::seed_from_u64(seed ^ self.step.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            }
            None => draw(self.rng.get_or_insert_with(|| ChaCha8Rng::seed_from_u64(next_seed()))),
        }
    }

    /// Factors for dropout: 0 with probability `rate`, else `1 / (1 - rate)`. With a `seed` the
    /// layer's factors depend on that and the step alone.
    ///
    /// # Errors
    /// `rate` is not in `[0, 1)`... `1` drops everything, as in Keras.
    pub fn dropout<const D: usize>(
        &mut self,
        shape: [usize; D],
        rate: f64,
        seed: Option<u64>,
    ) -> Result<Tensor<D>> {
        let mut factors = vec![0.0; shape.iter().product()];
        self.fill_dropout(&mut factors, rate, seed)?;
        Raw::from_f32(factors, &shape, &self.device)?.float()
    }

    /// [`Context::dropout`] without a tensor: the same numbers in the same order.
    ///
    /// # Errors
    /// As [`Context::dropout`].
    pub(crate) fn fill_dropout(&mut self, factors: &mut [f32], rate: f64, seed: Option<u64>) -> Result<()> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(Error::layer(format!("a dropout rate lies between 0 and 1, found {rate}")));
        }
        let keep = if rate < 1.0 { (1.0 / (1.0 - rate)) as f32 } else { 0.0 };
        let limit = (rate * f64::from(u32::MAX)) as u32;
        self.drawing(seed, |rng| factors.fill_with(|| if rng.next_u32() < limit { 0.0 } else { keep }));
        Ok(())
    }
}
