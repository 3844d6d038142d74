//! Predictions with Keras's arguments, and of batches that an iterator makes.

use core::fmt;

use super::api::{AnyModel, Model};
use super::entry::{Samples, check_entry};
use super::predict::Outputs;
use crate::tensor::{Data, Shapes};
use crate::training::progress::{Progress, Verbose};
use crate::training::{check_batch_size, in_steps};
use crate::{Error, Result};

/// Where the samples come from.
pub(super) enum Source<'a> {
    Memory(Result<Vec<Data<'a>>>),
    Stream(Box<dyn Iterator<Item = Result<Vec<Data<'static>>>> + 'a>),
}

/// A prediction that is about to run:
/// [Keras's `predict`](https://keras.io/api/models/model_training_apis/#predict-method), changed by the setters of the
/// same names.
#[must_use = "nothing is predicted before `run`"]
pub struct Predict<'a, M: Model> {
    model: &'a M,
    source: Source<'a>,
    batch_size: Option<usize>,
    steps: Option<usize>,
    verbose: Verbose,
}

impl<M: Model> fmt::Debug for Predict<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predict")
            .field("batch_size", &self.batch_size)
            .field("steps", &self.steps)
            .field("verbose", &self.verbose)
            .finish_non_exhaustive()
    }
}

impl<'a, M: Model> Predict<'a, M> {
    pub(super) fn new(model: &'a M, source: Source<'a>) -> Self {
        Predict { model, source, batch_size: None, steps: None, verbose: Verbose::Silent }
    }

    /// Samples per batch: 32, or, with `steps` alone, what makes so many batches of all samples. A stream makes its own
    /// batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = Some(batch_size);
        self
    }

    /// Ends after this many batches: the first samples.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// What is printed: 0 nothing, 1 a bar, 2 a line. Nothing, unless this is set.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.verbose = verbose.into();
        self
    }

    /// Predicts: the outputs of all batches put together, as [`Model::predict`] gives them.
    ///
    /// # Errors
    /// As [`Model::predict`]; `batch_size` or `steps` is 0, `batch_size` is given for a stream, the stream has no batch,
    /// or its batches give outputs that differ in more than the number of samples.
    pub fn run(self) -> Result<<M::Outputs as Shapes>::Tensors> {
        let model: &dyn AnyModel = self.model;
        if self.steps == Some(0) {
            return Err(Error::Argument("`steps` must be at least 1".into()));
        }
        let outputs = match self.source {
            Source::Memory(data) => {
                let data = data?;
                check_entry(model, &data, Samples::Batch)?;
                let fixed = model.structure().fixed_batch();
                let size = self.batch_size.or(fixed);
                check_batch_size(model, "batch_size", size.unwrap_or(32))?;
                let samples = data.first().map_or(0, Data::samples);
                let (size, samples) = in_steps(samples, size, self.steps);
                let mut outputs = Outputs::new(model, samples);
                let mut progress = Progress::new(self.verbose, Some(samples.div_ceil(size)));
                progress.epoch(1, 1);
                let rows: Vec<usize> = (0..samples).collect();
                for (step, rows) in rows.chunks(size).enumerate() {
                    outputs.add(model, &data, rows)?;
                    progress.step(step + 1, || NOTHING);
                }
                progress.finish(&NOTHING);
                outputs
            }
            Source::Stream(_) if self.batch_size.is_some() => {
                return Err(Error::Argument("`batch_size`: a stream makes its own batches".into()));
            }
            Source::Stream(stream) => {
                let mut outputs = Outputs::new(model, 0);
                let mut progress = Progress::new(self.verbose, self.steps);
                progress.epoch(1, 1);
                for (step, data) in stream.take(self.steps.unwrap_or(usize::MAX)).enumerate() {
                    let data = data?;
                    check_entry(model, &data, Samples::Batch)?;
                    let rows: Vec<usize> = (0..data.first().map_or(0, Data::samples)).collect();
                    outputs.add(model, &data, &rows)?;
                    progress.step(step + 1, || NOTHING);
                }
                if outputs.is_empty() {
                    return Err(Error::Argument("the iterator gave no batch to predict".into()));
                }
                progress.finish(&NOTHING);
                outputs
            }
        };
        M::Outputs::tensors(outputs.finish(model)?)
    }
}

/// A prediction has no metrics.
const NOTHING: [(&str, f64); 0] = [];
