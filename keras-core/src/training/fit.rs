//! `fit`.

mod epochs;
mod feed;
mod options;

use std::collections::HashMap;

use epochs::Run;
use feed::{Feed, Tested};
use options::Options;

use super::callbacks::{Callback, TakesCallback};
use super::compiled::{Compiled, TargetOf};
use super::frequency::ValidationFreq;
use super::history::History;
use super::losses::Losses;
use super::progress::Verbose;
use super::stream::{Arrays, TrainingBatches};
use super::trainer::Logs;
use super::uncompiled::TrainingRun;
use super::weights::{ClassWeights, IntoSampleWeight, SampleWeight};
use crate::distribution::{Ranks, together};
use crate::model::{Model, Samples};
use crate::tensor::{Data, IntoInputs, IntoTargets};
use crate::{Error, Result};

/// Inputs and targets.
pub(crate) type Pair<'a> = (Vec<Data<'a>>, Vec<Data<'a>>);
pub(crate) type Batches<'a> = Box<dyn Iterator<Item = Result<Arrays>> + 'a>;

/// Where the samples come from.
enum Source<'a> {
    Memory(Result<Pair<'a>>),
    Stream(Box<dyn FnMut() -> Batches<'a> + 'a>),
}

/// A training that is about to run: [Keras's `fit`](https://keras.io/api/models/model_training_apis/#fit-method)
/// with its defaults, changed by the setters of the same names.
#[must_use = "nothing is trained before `run`"]
pub struct Fit<'a, M: Model, L: Losses<M::Outputs>> {
    model: &'a mut Compiled<M, L>,
    source: Source<'a>,
    validation: Option<Source<'a>>,
    validation_weight: Option<Result<SampleWeight>>,
    class_weight: HashMap<usize, f64>,
    sample_weight: Option<Result<SampleWeight>>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    options: Options,
}

border! {
[IntoInputs, IntoTargets, IntoSampleWeight, TakesCallback, TrainingBatches, Into, IntoIterator]
impl<'a, M: Model, L: Losses<M::Outputs>> Fit<'a, M, L> {
    pub(crate) fn new(model: &'a mut Compiled<M, L>, data: Result<Pair<'a>>) -> Self {
        Self::of(model, Source::Memory(data))
    }

    pub(crate) fn from_batches(
        model: &'a mut Compiled<M, L>,
        source: Box<dyn FnMut() -> Batches<'a> + 'a>,
    ) -> Self {
        Self::of(model, Source::Stream(source))
    }

    fn of(model: &'a mut Compiled<M, L>, source: Source<'a>) -> Self {
        let fixed = model.structure().fixed_batch();
        Fit {
            model,
            source,
            validation: None,
            validation_weight: None,
            class_weight: HashMap::new(),
            sample_weight: None,
            callbacks: Vec::new(),
            options: Options::new(fixed),
        }
    }

    /// Samples per step: 32, or, with `steps_per_epoch` alone, what makes so many steps of all samples. A stream makes
    /// its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.options.batch_size_is_set = true;
        self.options.batch_size = batch_size;
        self
    }

    /// The epoch at which training ends: 1.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.options.epochs = epochs;
        self
    }

    /// The epoch at which training starts, counted from 0. It sees the samples in the order in which a training of all
    /// epochs with the same seed would have seen them.
    pub fn initial_epoch(mut self, initial_epoch: usize) -> Self {
        self.options.initial_epoch = initial_epoch;
        self
    }

    /// Whether each epoch sees the samples in another order: true. A stream keeps its own order.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.options.shuffle = shuffle;
        self
    }

    /// The share of samples, taken from the end before shuffling, that is only tested.
    pub fn validation_split(mut self, validation_split: f64) -> Self {
        self.options.validation_split = validation_split;
        self
    }

    /// Samples that are only tested, after each epoch; goes before `validation_split`.
    pub fn validation_data(
        mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Self {
        self.validation = Some(Source::Memory(self.model.data(x, y, Samples::All)));
        self
    }

    /// Batches that are only tested, after each epoch, as [`fit_batches`](Compiled::fit_batches) takes them: `batches` is
    /// called at the start of every validation. Goes before `validation_split`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let batch = |i: usize| (Array2::<f32>::zeros((8, 4)), Array2::from_elem((8, 1), i as f32));
    /// let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    /// let fit = model.fit_batches(move || (0..4).map(batch)).validation_batches(move || (4..6).map(batch));
    /// let history = fit.epochs(2).verbose(0).run()?;
    /// assert_eq!(history.get("val_loss").unwrap().len(), 2);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn validation_batches<I, F>(mut self, mut batches: F) -> Self
    where
        I: Iterator + 'a,
        F: FnMut() -> I + 'a,
        F: TrainingBatches<'a, M::Inputs, TargetOf<M, L>>,
    {
        let (inputs, targets) = self.model.wants();
        self.validation = Some(Source::Stream(Box::new(move || batches.epoch(&inputs, &targets))));
        self
    }

    /// What each sample or step of `validation_data` counts, as in [`sample_weight`](Fit::sample_weight).
    pub fn validation_sample_weight(mut self, sample_weight: impl IntoSampleWeight) -> Self {
        self.validation_weight = Some(sample_weight.into_sample_weight());
        self
    }

    /// After every how many epochs validation runs, 1, or a list of epochs after which it does: `[1, 2, 10]`.
    pub fn validation_freq(mut self, validation_freq: impl Into<ValidationFreq>) -> Self {
        self.options.validation_freq = validation_freq.into();
        self
    }

    /// Ends each validation after this many batches: those of the first samples, the same each time. Without sizes of
    /// batches, all samples make so many of them.
    pub fn validation_steps(mut self, validation_steps: usize) -> Self {
        self.options.validation_steps = Some(validation_steps);
        self
    }

    /// Samples per validation batch: `batch_size`.
    pub fn validation_batch_size(mut self, validation_batch_size: usize) -> Self {
        self.options.validation_batch_size = Some(validation_batch_size);
        self
    }

    /// What a sample of each class counts; classes not named count 1. Together with sample weights both are multiplied,
    /// where Keras takes one of them only. Of one-hot targets, the class is the largest number's.
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().collect();
        self
    }

    /// What each sample, or each step of each sample, counts in the loss and in `weighted_metrics`: a slice, `Vec` or
    /// array of any rank up to that of the losses, `&weights`. A model of several outputs takes one set with a weight
    /// for each sample, or a tuple with a set for each output, `(&a, &b)`, `()` for one without. The batches of a stream
    /// bring their own: `(x, y, sample_weight)`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::{Array2, Array3};
    ///
    /// let (x, y) = (Array3::<f32>::zeros((8, 5, 2)), Array3::<f32>::ones((8, 5, 1)));
    /// let mut model = model!(Input(None, 2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    /// // Only the first two steps of each sample count.
    /// let weights = Array2::from_shape_fn((8, 5), |(_, step)| if step < 2 { 1.0 } else { 0.0 });
    /// model.fit(&x, &y).sample_weight(&weights).verbose(0).run()?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn sample_weight(mut self, sample_weight: impl IntoSampleWeight) -> Self {
        self.sample_weight = Some(sample_weight.into_sample_weight());
        self
    }

    /// Adds a callback; they run in the order in which they were added. One that is wanted back goes
    /// in as `&mut`.
    pub fn callback<C>(mut self, callback: C) -> Self
    where
        TrainingRun: TakesCallback<'a, C>,
    {
        self.callbacks.push(TrainingRun::boxed(callback));
        self
    }

    /// Ends each epoch after this many steps. Where samples are left, the next epoch goes on with them, and ends
    /// with the last of them.
    pub fn steps_per_epoch(mut self, steps_per_epoch: usize) -> Self {
        self.options.steps_per_epoch = Some(steps_per_epoch);
        self
    }

    /// What is printed: `"auto"` (a bar on a terminal, else a line per epoch), 0 nothing, 1 a bar, 2 a
    /// line per epoch.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.options.verbose = verbose.into();
        self
    }

    /// Trains.
    ///
    /// # Errors
    /// Data that does not fit the model, an argument that cannot be, or what a callback failed at. The
    /// model keeps what it has learnt until then.
    pub fn run(mut self) -> Result<History> {
        let ranks = self.model.core().ranks();
        if ranks.as_ref().is_some_and(|ranks| !ranks.is_first()) {
            self.options.verbose = Verbose::Silent;
            self.callbacks.retain(|callback| !callback.writes());
        }
        together(ranks.as_deref(), || self.trained(ranks.as_deref()))
    }

    fn trained(self, ranks: Option<&Ranks>) -> Result<History> {
        let Fit { model, source, validation, mut options, .. } = self;
        model.trainer.check()?;
        options.check()?;
        if self.validation_weight.is_some() && !matches!(validation, Some(Source::Memory(_))) {
            return Err(Error::Argument("`validation_sample_weight` needs `validation_data`".into()));
        }
        let source = match source {
            Source::Memory(data) => Source::Memory(Ok(data?)),
            stream => stream,
        };
        let validation = match validation {
            Some(Source::Memory(data)) => Some(Source::Memory(Ok(data?))),
            Some(Source::Stream(_)) if options.validation_batch_size.is_some() => {
                return Err(Error::Argument("`validation_batch_size`: a stream makes its own batches".into()));
            }
            other => other,
        };
        options.check_batches(&**model)?;
        let classes = ClassWeights::new(&self.class_weight, &model.trainer, &**model)?;
        let (model, trainer) = model.parts();
        let (mut feed, held_out) = match source {
            Source::Memory(data) => {
                let split = options.validation_split > 0.0 && validation.is_none();
                Feed::memory(model, trainer, data?, self.sample_weight, classes, &mut options, split)?
            }
            Source::Stream(stream) => {
                options.check_stream(self.sample_weight.is_some())?;
                (Feed::Stream(stream, classes), None)
            }
        };
        let mut tested = match validation {
            Some(Source::Memory(pair)) => {
                Some(Tested::given(model, trainer, pair?, self.validation_weight, &options)?)
            }
            Some(Source::Stream(stream)) => Some(Tested::Stream(stream, options.validation_steps)),
            None => held_out,
        };
        let mut run = Run::new(model, &mut *trainer, self.callbacks, &feed, &options);
        let done = together(ranks, || {
            let (epochs, mut saved) = run.begin(&options, tested.as_ref())?;
            let mut order = feed.order(&options, run.seed());
            for epoch in epochs {
                let (first, left) = run.begin_epoch(epoch, saved.take(), &options)?;
                feed.train(&mut run, &mut order, first, left)?;
                let tested = tested.as_mut().filter(|_| options.validation_freq.is_due(epoch));
                if run.end_epoch(tested)? {
                    break;
                }
            }
            run.finish()
        });
        done.map_err(|error| Run::told(error, trainer.saved.as_ref()))
    }
}
}

/// Owned logs in the form that the progress bar takes.
pub(crate) struct Shown(Vec<(&'static str, f64)>);

impl Shown {
    pub(crate) fn of(logs: Logs) -> Self {
        Shown(logs.into_iter().map(|(name, value)| (super::names::interned(&name), value)).collect())
    }

    pub(crate) fn refs(logs: &Logs) -> Vec<(&str, f64)> {
        logs.iter().map(|(name, value)| (name.as_str(), *value)).collect()
    }
}

impl AsRef<[(&'static str, f64)]> for Shown {
    fn as_ref(&self) -> &[(&'static str, f64)] {
        &self.0
    }
}
