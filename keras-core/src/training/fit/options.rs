//! The arguments of `fit` that are numbers.

use crate::model::AnyModel;
use crate::training::evaluate::{check_batch_size, in_steps};
use crate::training::frequency::ValidationFreq;
use crate::training::progress::Verbose;
use crate::{Error, Result};

pub(super) struct Options {
    pub batch_size: usize,
    /// Whether the user or the model has set it.
    pub batch_size_is_set: bool,
    pub epochs: usize,
    pub initial_epoch: usize,
    pub shuffle: bool,
    pub validation_split: f64,
    pub validation_freq: ValidationFreq,
    pub validation_batch_size: Option<usize>,
    pub validation_steps: Option<usize>,
    pub steps_per_epoch: Option<usize>,
    pub verbose: Verbose,
}

impl Options {
    /// Keras's defaults, for a model whose batch may be `fixed`.
    pub fn new(fixed: Option<usize>) -> Self {
        Options {
            batch_size: fixed.unwrap_or(32),
            batch_size_is_set: fixed.is_some(),
            epochs: 1,
            initial_epoch: 0,
            shuffle: true,
            validation_split: 0.0,
            validation_freq: ValidationFreq::Every(1),
            validation_batch_size: None,
            validation_steps: None,
            steps_per_epoch: None,
            verbose: Verbose::Auto,
        }
    }

    /// Whether they can be, without a look at the data.
    pub fn check(&self) -> Result<()> {
        if !(0.0..1.0).contains(&self.validation_split) {
            return Err(Error::Argument(format!(
                "`validation_split` lies between 0 and 1, found {}",
                self.validation_split
            )));
        }
        let counts = [
            ("steps_per_epoch", self.steps_per_epoch),
            ("validation_steps", self.validation_steps),
            ("validation_batch_size", self.validation_batch_size),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == Some(0)) {
            return Err(Error::Argument(format!("`{name}` must be at least 1")));
        }
        if self.initial_epoch > self.epochs {
            return Err(Error::Argument(format!(
                "training starts at epoch {} (`initial_epoch`) and ends at epoch {} (`epochs`): `epochs` is the last \
                 epoch, not how many follow",
                self.initial_epoch, self.epochs
            )));
        }
        self.validation_freq.check()
    }

    /// Whether the model takes batches of these sizes.
    pub fn check_batches(&self, model: &dyn AnyModel) -> Result<()> {
        check_batch_size(model, "batch_size", self.batch_size)?;
        self.validation_batch_size
            .map_or(Ok(()), |size| check_batch_size(model, "validation_batch_size", size))
    }

    /// What cannot be where an iterator makes the batches.
    pub fn check_stream(&self, sample_weight: bool) -> Result<()> {
        let wrong = if sample_weight {
            "`sample_weight` needs data in memory; a stream gives batches of `(x, y, sample_weight)`"
        } else if self.validation_split > 0.0 {
            "`validation_split` needs data in memory; use `validation_data`"
        } else {
            return Ok(());
        };
        Err(Error::Argument(wrong.into()))
    }

    /// The size of the batches that `samples` samples are tested in, and how many of the samples are. As in Keras, the
    /// size that goes with the number of steps in an epoch is for training only.
    pub fn tested(&self, samples: usize) -> (usize, usize) {
        let set = self.validation_batch_size.or(self.batch_size_is_set.then_some(self.batch_size));
        in_steps(samples, set, self.validation_steps)
    }
}
