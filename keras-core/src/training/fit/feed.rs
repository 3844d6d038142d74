//! The samples of a training: those that are trained on, and those that are only tested.

use std::sync::Arc;

use super::epochs::Run;
use super::options::Options;
use super::{Batches, Pair};
use crate::model::AnyModel;
use crate::training::checks::check_targets;
use crate::training::evaluate::{checked, in_steps, samples, weights_of};
use crate::training::order::Order;
use crate::training::resume;
use crate::training::test::Test;
use crate::training::trainer::{Batch, Logs, Trainer};
use crate::training::weights::{ClassWeights, OutputWeights, SampleWeight};
use crate::{Error, Result};

/// Where the batches of a training come from.
pub(super) enum Feed<'a> {
    Memory(Memory<'a>),
    /// An iterator of batches for each epoch, and what their classes count.
    Stream(Box<dyn FnMut() -> Batches<'a> + 'a>, Option<ClassWeights>),
}

/// Samples in memory.
pub(super) struct Memory<'a> {
    data: Arc<Pair<'a>>,
    weights: OutputWeights,
    /// How many of them, from the first on, are trained on.
    pub samples: usize,
}

/// Samples that are only tested.
pub(super) enum Tested<'a> {
    Memory {
        data: Arc<Pair<'a>>,
        weights: OutputWeights,
        rows: Vec<usize>,
        batch_size: usize,
    },
    /// An iterator of batches for each validation, and how many of them count.
    Stream(Box<dyn FnMut() -> Batches<'a> + 'a>, Option<usize>),
}

impl<'a> Tested<'a> {
    /// Those of `validation_data`.
    pub fn given(
        model: &dyn AnyModel,
        trainer: &Trainer,
        data: Pair<'a>,
        weights: Option<Result<SampleWeight>>,
        options: &Options,
    ) -> Result<Self> {
        let count = samples(&data.1);
        let weights = weights_of(weights, trainer, &data.1)?;
        check_targets(trainer, model, &data.1)?;
        if count == 0 {
            return Err(Error::Argument("there are no samples to validate on".into()));
        }
        Ok(Self::of(Arc::new(data), weights, 0..count, options))
    }

    fn of(
        data: Arc<Pair<'a>>,
        weights: OutputWeights,
        rows: core::ops::Range<usize>,
        options: &Options,
    ) -> Self {
        let (batch_size, count) = options.tested(rows.len());
        Tested::Memory { data, weights, rows: rows.take(count).collect(), batch_size }
    }

    /// How many they are, and the size of their batches; of a stream how many batches count.
    pub fn arguments(&self) -> [(&'static str, usize); 2] {
        match self {
            Tested::Memory { rows, batch_size, .. } => {
                [("validation samples", rows.len()), ("validation_batch_size", *batch_size)]
            }
            Tested::Stream(_, steps) => [("validation samples", 0), ("validation_steps", steps.unwrap_or(0))],
        }
    }

    /// Loss and metrics of them.
    pub fn test(&mut self, run: Test<'_, '_>) -> Result<Logs> {
        match self {
            Tested::Memory { data, weights, rows, batch_size } => {
                let batch = Batch { inputs: &data.0, targets: &data.1, weights, rows, shared: true };
                run.rows(&batch, *batch_size, |_, _| {})
            }
            Tested::Stream(stream, steps) => run.stream(stream(), *steps, |_, _| {}),
        }
    }
}

impl<'a> Feed<'a> {
    /// Samples in memory, of which the last may be kept back to be tested.
    pub fn memory(
        model: &dyn AnyModel,
        trainer: &Trainer,
        data: Pair<'a>,
        weights: Option<Result<SampleWeight>>,
        classes: Option<ClassWeights>,
        options: &mut Options,
        split: bool,
    ) -> Result<(Self, Option<Tested<'a>>)> {
        let all = samples(&data.1);
        if all == 0 {
            return Err(Error::Argument("there are no samples to train on".into()));
        }
        let weights = weights_of(weights, trainer, &data.1)?;
        let mut count = all;
        if split {
            count = (all as f64 * (1.0 - options.validation_split)) as usize;
            if count == 0 || count == all {
                return Err(Error::Argument(format!(
                    "`validation_split` of {} leaves nothing of {all} samples to train on or to test",
                    options.validation_split
                )));
            }
        }
        whole_batches(model.structure().fixed_batch(), count, all - count)?;
        if let (Some(steps), false) = (options.steps_per_epoch, options.batch_size_is_set) {
            options.batch_size = in_steps(count, None, Some(steps)).0;
        }
        check_targets(trainer, model, &data.1)?;
        let data = Arc::new(data);
        // Classes are weighed for training only, as in Keras.
        let tested = (count < all).then(|| Tested::of(data.clone(), weights.clone(), count..all, options));
        let weights = match &classes {
            Some(classes) => classes.times(weights, &data.1[0]),
            None => weights,
        };
        Ok((Feed::Memory(Memory { data, weights, samples: count }), tested))
    }

    /// The order of the samples.
    pub fn order(&self, options: &Options, seed: u64) -> Order {
        let samples = match self {
            Feed::Memory(memory) => memory.samples,
            Feed::Stream(..) => 0,
        };
        Order::new(samples, options.batch_size, options.steps_per_epoch, options.shuffle, seed)
    }

    /// Trains an epoch from its step `first` on, for at most `left` steps.
    pub fn train(
        &mut self,
        run: &mut Run<'_, 'a>,
        order: &mut Order,
        first: usize,
        left: usize,
    ) -> Result<()> {
        match self {
            Feed::Memory(memory) => {
                let (x, y) = &*memory.data;
                let size = order.batch_size();
                for chunk in order.rest(run.epoch(), first).chunks(size).take(left) {
                    let batch =
                        Batch { inputs: x, targets: y, weights: &memory.weights, rows: chunk, shared: true };
                    if run.step(&batch)? {
                        break;
                    }
                }
            }
            Feed::Stream(stream, classes) => {
                let mut batches = stream();
                // Those that were trained on before an interruption.
                for _ in 0..first {
                    batches.next().ok_or_else(|| resume::too_short(first))??;
                }
                for arrays in batches.take(left) {
                    let (x, y, weights, rows) =
                        checked(run.trainer(), run.model(), arrays?, classes.as_ref())?;
                    let batch =
                        Batch { inputs: &x, targets: &y, weights: &weights, rows: &rows, shared: false };
                    if run.step(&batch)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A model of a fixed batch takes whole batches only.
fn whole_batches(fixed: Option<usize>, trained: usize, tested: usize) -> Result<()> {
    let Some(batch) = fixed else { return Ok(()) };
    if trained.is_multiple_of(batch) && tested.is_multiple_of(batch) {
        return Ok(());
    }
    let to_test = if tested == 0 { String::new() } else { format!(" and {tested} to test on") };
    Err(Error::Argument(format!(
        "the model's batch is {batch}, and {trained} samples to train on{to_test} are not whole batches"
    )))
}
