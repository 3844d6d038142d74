//! What a pass through a model has besides numbers: what is random in it, and the states that layers keep from batch to
//! batch.

use std::collections::HashMap;
use std::sync::Arc;

use keras_ops::Shape;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::device::next_seed;
use crate::distribution::Ranks;
use crate::param::ParamId;
use crate::tensor::Raw;
use crate::{Error, Result};

/// One pass through a model.
pub struct Context {
    /// Made when it is first needed, in a pass that predicts.
    rng: Option<ChaCha8Rng>,
    step: u64,
    states: HashMap<ParamId, Vec<Raw>>,
    ranks: Option<Arc<Ranks>>,
}

impl Context {
    /// A pass that predicts.
    pub fn inference() -> Self {
        Context { rng: None, step: 0, states: HashMap::new(), ranks: None }
    }

    /// A pass that trains: `seed` and `step` decide what is dropped.
    pub fn training(seed: u64, step: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed ^ step.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Context { rng: Some(rng), step, states: HashMap::new(), ranks: None }
    }

    /// A pass that trains on one of several ranks: each drops other numbers.
    pub(crate) fn of_rank(seed: u64, step: u64, ranks: &Arc<Ranks>) -> Self {
        // The first rank draws as one that is alone.
        let step = step ^ (ranks.rank() as u64) << 40;
        Context { ranks: Some(ranks.clone()), ..Context::training(seed, step) }
    }

    /// The ranks that train this batch together.
    pub(crate) fn ranks(&self) -> Option<&Arc<Ranks>> {
        self.ranks.as_ref()
    }

    /// The same pass as number `pass` of a model: where layers drop numbers although it does not train
    /// (`training = true` at a call), those that have a `seed` drop others in each pass.
    pub(crate) fn numbered(mut self, pass: u64) -> Self {
        self.step = pass;
        self
    }

    /// State `i` that a stateful layer, known by the id of its first weight, has left; nothing if it has not run.
    ///
    /// # Errors
    /// It has another shape than this batch needs.
    pub(crate) fn state(&self, weight: ParamId, i: usize, shape: &Shape) -> Result<Option<&[f32]>> {
        let Some(known) = self.states.get(&weight).and_then(|states| states.get(i)) else { return Ok(None) };
        let found = known.shape();
        if found[..] != shape[..] {
            let message = format!("the kept state has shape {found:?}, this batch needs {shape}");
            return Err(Error::layer(message));
        }
        Ok(known.as_f32())
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
                    kept.push(Raw::from_f32(numbers.to_vec(), shape)?);
                }
            }
        }
        Ok(())
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
    /// `rate` is not between 0 and 1; 1 drops everything, as in Keras.
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
