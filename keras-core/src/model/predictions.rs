//! Predictions with Keras's arguments, and of batches that an iterator makes.

use core::fmt;

use super::api::{AnyModel, Model};
use super::entry::{Samples, check_entry};
use super::predict::Outputs;
use crate::distribution::together;
use crate::tensor::{Data, Shapes};
use crate::training::callbacks::{Callback, PredictControl, TakesCallback};
use crate::training::progress::{Progress, Verbose};
use crate::training::{TrainingRun, check_batch_size, in_steps};
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
    callbacks: Vec<Box<dyn Callback + 'a>>,
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

border! {
[TakesCallback, Into]
impl<'a, M: Model> Predict<'a, M> {
    pub(super) fn new(model: &'a M, source: Source<'a>) -> Self {
        Predict { model, source, batch_size: None, steps: None, callbacks: Vec::new(), verbose: Verbose::Silent }
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

    /// Adds a callback, which is told of the events `on_predict_...`; they run in the order in which they were added. One
    /// that is wanted back goes in as `&mut`.
    ///
    /// ```
    /// use keras_core::Result;
    /// use keras_core::prelude::*;
    /// use keras_core::training::callbacks::{Callback, PredictControl};
    ///
    /// /// Ends a prediction at the first score above a half.
    /// struct UntilFound;
    ///
    /// impl Callback for UntilFound {
    ///     fn on_predict_batch_end(
    ///         &mut self,
    ///         _batch: usize,
    ///         outputs: &[&[f32]],
    ///         control: &mut PredictControl,
    ///     ) -> Result<()> {
    ///         if outputs[0].iter().any(|score| *score > 0.5) {
    ///             control.stop_predicting();
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let model = model!(Input(4) => Identity());
    /// let batches = (0..10).map(|i| ndarray::Array2::<f32>::from_elem((8, 4), i as f32));
    /// assert_eq!(model.predict_batches(batches).callback(UntilFound).run()?.shape(), [16, 4]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn callback<C>(mut self, callback: C) -> Self
    where
        TrainingRun: TakesCallback<'a, C>,
    {
        self.callbacks.push(TrainingRun::boxed(callback));
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
    pub fn run(mut self) -> Result<<M::Outputs as Shapes>::Tensors> {
        let ranks = self.model.core().ranks();
        if ranks.as_ref().is_some_and(|ranks| !ranks.is_first()) {
            self.verbose = Verbose::Silent;
        }
        match self.source {
            Source::Memory(_) => together(ranks.as_deref(), || self.predicted()),
            // The batches are this process's own.
            Source::Stream(_) => self.predicted(),
        }
    }

    fn predicted(self) -> Result<<M::Outputs as Shapes>::Tensors> {
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
                let progress = Progress::new(self.verbose, Some(samples.div_ceil(size)));
                let mut run = Run::begin(model, Outputs::new(model, samples, true), progress, self.callbacks)?;
                let rows: Vec<usize> = (0..samples).collect();
                for rows in rows.chunks(size) {
                    if run.step(&data, rows)? {
                        break;
                    }
                }
                run.end()?
            }
            Source::Stream(_) if self.batch_size.is_some() => {
                return Err(Error::Argument("`batch_size`: a stream makes its own batches".into()));
            }
            Source::Stream(stream) => {
                let progress = Progress::new(self.verbose, self.steps);
                let mut run = Run::begin(model, Outputs::new(model, 0, false), progress, self.callbacks)?;
                for data in stream.take(self.steps.unwrap_or(usize::MAX)) {
                    let data = data?;
                    check_entry(model, &data, Samples::Batch)?;
                    let rows: Vec<usize> = (0..data.first().map_or(0, Data::samples)).collect();
                    if run.step(&data, &rows)? {
                        break;
                    }
                }
                if run.outputs.is_empty() {
                    return Err(Error::Argument("the iterator gave no batch to predict".into()));
                }
                run.end()?
            }
        };
        M::Outputs::tensors(outputs.finish()?)
    }
}
}

/// A prediction that runs.
struct Run<'m, 'a> {
    model: &'m dyn AnyModel,
    outputs: Outputs,
    progress: Progress,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    control: PredictControl,
    batch: usize,
}

impl<'m, 'a> Run<'m, 'a> {
    fn begin(
        model: &'m dyn AnyModel,
        outputs: Outputs,
        mut progress: Progress,
        callbacks: Vec<Box<dyn Callback + 'a>>,
    ) -> Result<Self> {
        progress.epoch(1, 1);
        let mut run =
            Run { model, outputs, progress, callbacks, control: PredictControl::default(), batch: 0 };
        run.callbacks.iter_mut().try_for_each(|callback| callback.on_predict_begin(&mut run.control))?;
        Ok(run)
    }

    /// Predicts a batch, the samples at `rows`; true if it was the last.
    fn step(&mut self, data: &[Data<'_>], rows: &[usize]) -> Result<bool> {
        let (batch, control) = (self.batch, &mut self.control);
        for callback in &mut self.callbacks {
            callback.on_predict_batch_begin(batch, control)?;
        }
        self.outputs.add(self.model, data, rows)?;
        if !self.callbacks.is_empty() {
            let last = self.outputs.last();
            for callback in &mut self.callbacks {
                callback.on_predict_batch_end(batch, &last, control)?;
            }
        }
        self.batch += 1;
        self.progress.step(self.batch, || NOTHING);
        Ok(self.control.is_stopping())
    }

    fn end(mut self) -> Result<Outputs> {
        let control = &mut self.control;
        self.callbacks.iter_mut().try_for_each(|callback| callback.on_predict_end(control))?;
        self.progress.finish(&NOTHING);
        Ok(self.outputs)
    }
}

/// A prediction has no metrics.
const NOTHING: [(&str, f64); 0] = [];
