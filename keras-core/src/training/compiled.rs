//! A model with a loss, an optimiser and metrics: what `compile` makes.

mod averaged;
mod on_batch;

use core::marker::PhantomData;
use std::path::Path;

use super::checkpoint::{Position, TrainingState};
use keras_shape::{Dim, Shape as Dims};

use super::checks::{agree, target_name, target_shape};
use super::evaluate::{Evaluate, Evaluation};
use super::fit::{Fit, Pair};
use super::history::History;
use super::losses::{Losses, MetricsFor};
use super::metrics::Metric;
use super::optimizers::{IntoOptimizer, Optimizer, RMSprop};
use super::stream::{TrainingBatch, TrainingBatches, Wants};
use super::trainer::{AnyLoss, Logs, Output, Trainer};
use super::uncompiled::{IsCompiled, NotCompiled, TrainingRun, not_compiled};
use crate::model::{AnyModel, Model, Samples, Structure, Summary, input_wants};
use crate::param::ParamId;
use crate::tensor::{IntoInputs, IntoTargets};
use crate::{Error, Result};

/// The shapes of the targets, from the model's outputs and the losses.
pub type TargetOf<M, L> = <L as Losses<<M as Model>::Outputs>>::Targets;

/// A compiled model: [Keras's training API](https://keras.io/api/models/model_training_apis/). It
/// derefs to the model itself.
pub struct Compiled<M, L> {
    model: M,
    pub(crate) trainer: Trainer,
    loss: PhantomData<fn() -> L>,
}

border! {
[IntoOptimizer, Losses, MetricsFor, IsCompiled]
/// Adds `compile` to every model.
pub trait Compile: Model {
    /// Chooses how the model is trained: `model.compile(Adam::new(1e-3), MeanSquaredError::new(), ())`.
    ///
    /// `optimizer` is one of [`optimizers`](crate::training::optimizers), or Keras's name of one with its defaults,
    /// `"adam"`. `metrics` is a metric, a tuple or an array of them, or `()`; Keras's names do as well, `["accuracy"]`.
    /// A loss is given by its type, from which the compiler knows what targets look like. A model of several outputs
    /// takes a tuple of losses and a tuple of such metrics, one for each output in order, or the struct of its named
    /// outputs.
    ///
    /// A name that no optimiser or metric has is an error of the first use.
    #[must_use = "`compile` gives the compiled model back: `let mut model = model.compile(...);`"]
    fn compile<L: Losses<Self::Outputs>>(
        self,
        optimizer: impl IntoOptimizer,
        loss: L,
        metrics: impl MetricsFor<Self::Outputs>,
    ) -> Compiled<Self, L> {
        compiled(self, optimizer.into_optimizer(), loss, metrics.into_sets())
    }

    /// A model that is not compiled cannot be trained.
    #[doc(hidden)]
    fn fit<X, Y>(&mut self, _: X, _: Y) -> NotCompiled<History>
    where
        TrainingRun: IsCompiled<Self>,
    {
        not_compiled()
    }

    /// A model that is not compiled cannot be trained.
    #[doc(hidden)]
    fn fit_batches<X>(&mut self, _: X) -> NotCompiled<History>
    where
        TrainingRun: IsCompiled<Self>,
    {
        not_compiled()
    }

    /// A model that is not compiled has no loss.
    #[doc(hidden)]
    fn evaluate<X, Y>(&mut self, _: X, _: Y) -> NotCompiled<Evaluation>
    where
        TrainingRun: IsCompiled<Self>,
    {
        not_compiled()
    }

    /// A model that is not compiled cannot be trained.
    #[doc(hidden)]
    fn train_on_batch<X, Y>(&mut self, _: X, _: Y) -> Result<Logs>
    where
        TrainingRun: IsCompiled<Self>,
    {
        Ok(Logs::new())
    }

    /// A model that is not compiled has no loss.
    #[doc(hidden)]
    fn test_on_batch<X, Y>(&mut self, _: X, _: Y) -> Result<Logs>
    where
        TrainingRun: IsCompiled<Self>,
    {
        Ok(Logs::new())
    }
}
}

/// Puts together what `compile` is given.
pub(crate) fn compiled<M: Model, L: Losses<M::Outputs>>(
    model: M,
    optimizer: Result<Box<dyn Optimizer>>,
    loss: L,
    metrics: Vec<Vec<Box<dyn Metric>>>,
) -> Compiled<M, L> {
    let structure = model.structure();
    let mut fault = metrics.iter().flatten().find_map(|metric| metric.fault());
    let mut optimizer = optimizer.unwrap_or_else(|error| {
        fault = Some(error.to_string());
        Box::new(RMSprop::default())
    });
    optimizer.weights_are(&named(&model));
    let names = structure.output_names.iter();
    let (losses, mut metrics) = (loss.into_losses(), metrics);
    // The outputs of a model that was read from a file nobody counted before.
    if losses.len() != names.len() {
        fault =
            fault.or(Some(format!("{} losses for {} outputs: give one for each", losses.len(), names.len())));
    }
    if !losses.is_empty() && losses.iter().all(|loss| loss.is_none()) {
        fault = fault.or(Some("no output has a loss: at least one must, or nothing is trained".into()));
    }
    if metrics.len() < names.len() && metrics.iter().all(Vec::is_empty) {
        metrics.resize_with(names.len(), Vec::new);
    } else if metrics.len() != names.len() {
        fault = fault.or(Some("metrics of a model of several outputs from a file are `()` yet".into()));
    }
    let outputs = losses
        .into_iter()
        .zip(metrics)
        .zip(names)
        .enumerate()
        .map(|(i, ((loss, metrics), name))| {
            if let Some(warning) = one_class(loss.loss_name(), name, structure.output_shape(i).last().fixed())
            {
                // As Keras warns, where a model is compiled.
                eprintln!("{warning}");
            }
            let metrics = resolved(structure, i, loss.as_ref(), metrics);
            Output::new(name, structure.output_fields[i], loss, metrics)
        })
        .collect();
    let mut trainer = Trainer::new(outputs, optimizer, model.core().next_seed());
    trainer.fault = fault;
    Compiled { trainer, model, loss: PhantomData }
}

impl<M: Model> Compile for M {}

/// The weights by their paths.
pub(super) fn named(model: &dyn AnyModel) -> Vec<(String, ParamId)> {
    model.named_params().into_iter().map(|(path, param)| (path, param.id)).collect()
}

/// The metrics of output `i`, where Keras's "accuracy" is the one that goes with the loss. Without a loss the first batch
/// decides.
fn resolved(
    structure: &Structure,
    i: usize,
    loss: &dyn AnyLoss,
    metrics: Vec<Box<dyn Metric>>,
) -> Vec<Box<dyn Metric>> {
    if loss.is_none() {
        return metrics;
    }
    let (classes, last) = (loss.classes(), structure.output_shape(i).last().fixed());
    metrics.into_iter().map(|metric| metric.resolve(classes, last)).collect()
}

border! {
[IntoInputs, IntoTargets, TrainingBatches, MetricsFor, IntoSampleWeight]
impl<M: Model, L: Losses<M::Outputs>> Compiled<M, L> {
    /// Trains on `x` and `y`: set what is not Keras's default, then `run`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let (x, y) = (Array2::<f32>::zeros((64, 4)), Array2::<f32>::ones((64, 1)));
    /// let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    /// let history = model.fit(&x, &y).epochs(3).batch_size(16).verbose(0).run()?;
    /// assert_eq!(history.get("loss").unwrap().len(), 3);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn fit<'a>(
        &'a mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Fit<'a, M, L> {
        let data = self.data(x, y, Samples::All);
        Fit::new(self, data)
    }

    /// Trains on batches that an iterator makes, `(x, y)` or `(x, y, sample_weight)`: data larger than memory. Batches that may
    /// fail, as those of [`csv::open`](crate::data::csv::open) and of folders of images, are taken as they are.
    /// `batches` is called at the start of every epoch.
    pub fn fit_batches<'a, I, F>(&'a mut self, mut batches: F) -> Fit<'a, M, L>
    where
        I: Iterator + 'a,
        F: FnMut() -> I + 'a,
        F: TrainingBatches<'a, M::Inputs, TargetOf<M, L>>,
    {
        let (inputs, targets) = self.wants();
        Fit::from_batches(self, Box::new(move || batches.epoch(&inputs, &targets)))
    }

    /// Loss and metrics on `x` and `y`: set what is not Keras's default, then `run`.
    pub fn evaluate<'a>(
        &'a mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Evaluate<'a, M, L> {
        let data = self.data(x, y, Samples::All);
        Evaluate::new(self, data)
    }

    /// Loss and metrics of batches that an iterator makes, `(x, y)` or `(x, y, sample_weight)`: data larger than memory.
    /// Set [`steps`](Evaluate::steps) if it has no end, then `run`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    /// let batches = (0..).map(|i| (Array2::<f32>::zeros((8, 4)), Array2::from_elem((8, 1), i as f32)));
    /// let result = model.evaluate_batches(batches).steps(3).verbose(0).run()?;
    /// assert_eq!(result.loss(), 5.0 / 3.0);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    pub fn evaluate_batches<'a, I>(&'a mut self, batches: I) -> Evaluate<'a, M, L>
    where
        I: IntoIterator,
        I::IntoIter: 'a,
        I::Item: TrainingBatch<M::Inputs, TargetOf<M, L>>,
    {
        let (inputs, targets) = self.wants();
        let batches = batches.into_iter().map(move |batch| batch.arrays(&inputs, &targets));
        Evaluate::from_batches(self, Box::new(batches))
    }

    /// Writes the model as [`Model::save`] does, with what it was compiled with and the state of the optimiser: Keras loads it
    /// compiled, and so does [`LoadedModel::compiled`](crate::files::keras::LoadedModel::compiled), and training goes on where
    /// it stopped. A model with a loss, an optimiser or a schedule that Keras does not have, or with weights that are excluded
    /// from decay, is written as one that is not compiled; all metrics are written that Keras has, with their arguments.
    ///
    /// # Errors
    /// As [`Model::save`].
    #[cfg(feature = "files")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let (outputs, optimizer) = (self.trainer.outputs.as_slice(), self.trainer.optimizer.as_ref());
        let training = crate::files::keras::Compilation { outputs, optimizer };
        crate::files::keras::save_as(&self.model, Some(training), path.as_ref())
    }

    crate::without::method!("files", pub fn save(&self, impl AsRef<Path>) -> Result<()>, where M: NeedsFiles);

    /// Writes all that training needs to go on, as safetensors: the weights, all that the optimiser keeps, its learning
    /// rate and number of steps, the seed of shuffling and dropout, the states of stateful layers, and the number of
    /// epochs that `fit` has been through. ([`save_weights`](Model::save_weights) writes the weights alone.) The file is
    /// either whole or as it was before.
    ///
    /// # Errors
    /// The file cannot be written, its name ends in the extension of another format (`.keras`, `.h5`), or two weights
    /// have the same path.
    pub fn save_checkpoint(&self, path: impl AsRef<Path>) -> Result<()> {
        let position = Position { epoch: self.trainer.epochs, batch: 0 };
        TrainingState::of(&self.model, &self.trainer, position, &[])?.write(&self.model, path.as_ref())
    }

    /// Reads what [`save_checkpoint`](Compiled::save_checkpoint) wrote, for the same model and optimiser, and gives the
    /// number of epochs that were trained: what `initial_epoch` needs, so that training goes on as if it had never
    /// stopped.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::Array2;
    ///
    /// let (x, y) = (Array2::<f32>::zeros((64, 4)), Array2::<f32>::ones((64, 1)));
    /// let new = || model!(Input(4) => Dense(1)).compile(Adam::new(0.1), MeanSquaredError, ());
    /// let path = std::env::temp_dir().join("doc-checkpoint.safetensors");
    ///
    /// let mut model = new();
    /// model.fit(&x, &y).epochs(3).verbose(0).run()?;
    /// model.save_checkpoint(&path)?;
    ///
    /// let mut again = new();
    /// let epoch = again.load_checkpoint(&path)?;
    /// assert_eq!(epoch, 3);
    /// again.fit(&x, &y).initial_epoch(epoch).epochs(5).verbose(0).run()?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The file is damaged, or holds the state of another model or optimiser: the message names what differs. Then
    /// nothing changes.
    pub fn load_checkpoint(&mut self, path: impl AsRef<Path>) -> Result<usize> {
        let state = TrainingState::read(&self.model, &self.trainer, path.as_ref())?;
        state.apply(&mut self.model, &mut self.trainer).map_err(|error| Error::File {
            path: path.as_ref().display().to_string(),
            message: error.to_string(),
        })?;
        Ok(state.position.epoch)
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.trainer.optimizer.learning_rate()
    }

    /// Sets the learning rate.
    ///
    /// # Errors
    /// It follows a schedule; or `learning_rate` is negative, not a number, or too large for a 32-bit float.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.trainer.optimizer.set_learning_rate(learning_rate)
    }

    /// Makes shuffling and dropout follow from `seed`.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.trainer.seed = seed;
        self
    }

    /// The model without loss and optimiser.
    pub fn into_model(self) -> M {
        self.model
    }

    /// The summary; after the first step it counts what the optimiser keeps, as Keras does.
    pub fn summary(&self) -> Summary {
        let kept = self.trainer.optimizer.variables().unwrap_or_default();
        let count = kept.iter().map(|(_, raw)| raw.shape().iter().product::<usize>()).sum();
        Summary::new(&self.model, (self.trainer.optimizer.iterations() > 0).then_some(count))
    }

    /// What the loss of each output counts, in the order of the outputs: 1. A model of one output takes one. Another
    /// number of weights, or one that is not a finite number, is an error of the first use.
    #[must_use]
    pub fn loss_weights(mut self, weights: &[f64]) -> Self {
        let outputs = &mut self.trainer.outputs;
        if weights.len() != outputs.len() {
            self.trainer.fault = Some(format!(
                "`loss_weights`: {} weights for {} outputs: give one for each output, in order",
                weights.len(),
                outputs.len()
            ));
        } else if let Some(weight) = weights.iter().find(|weight| !weight.is_finite()) {
            self.trainer.fault = Some(format!("`loss_weights`: found {weight}: weights are finite numbers"));
        } else {
            outputs.iter_mut().zip(weights).for_each(|(output, weight)| output.weight = *weight);
        }
        self
    }

    /// Metrics that see the sample weights, given as those of `compile`; without sample weights they are as those.
    /// As in Keras, the metrics of `compile` do not see them. In logs and histories, one whose name another metric has
    /// is called `weighted_accuracy`.
    #[must_use]
    pub fn weighted_metrics(mut self, metrics: impl MetricsFor<M::Outputs>) -> Self {
        self.set_weighted(metrics.into_sets());
        self
    }

    /// The weighted metrics, a list for each output.
    pub(crate) fn set_weighted(&mut self, sets: Vec<Vec<Box<dyn Metric>>>) {
        let structure = self.model.structure();
        for (i, (output, metrics)) in self.trainer.outputs.iter_mut().zip(sets).enumerate() {
            let fault = metrics.iter().find_map(|metric| metric.fault());
            self.trainer.fault = self.trainer.fault.take().or(fault);
            output.weighted = resolved(structure, i, output.loss.as_ref(), metrics);
        }
    }

    /// Names and shapes of the inputs and of the targets.
    pub(crate) fn wants(&self) -> (Wants, Wants) {
        (input_wants(self.model.structure()), self.target_wants())
    }

    /// Names and shapes of the targets.
    fn target_wants(&self) -> Vec<(&'static str, Dims)> {
        let structure = self.model.structure();
        let outputs = self.trainer.outputs.iter().enumerate();
        outputs
            .map(|(i, output)| {
                let shape = structure.output_shape(i).with(0, Dim::NONE);
                (target_name(&self.model, i), target_shape(output, shape))
            })
            .collect()
    }

    pub(crate) fn data<'a>(
        &self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        samples: Samples,
    ) -> Result<Pair<'a>> {
        self.trainer.check()?;
        let x = x.into_inputs(&input_wants(self.model.structure()))?;
        let y = y.into_targets(&self.target_wants())?;
        agree(&self.model, &self.trainer, &x, &y, samples)?;
        Ok((x, y))
    }

    pub(crate) fn parts(&mut self) -> (&mut M, &mut Trainer) {
        (&mut self.model, &mut self.trainer)
    }
}
}

/// A crossentropy over classes of which there is only one: its probability is always 1.
fn one_class(loss: &str, output: &str, classes: Option<usize>) -> Option<String> {
    let over_classes =
        ["categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy"];
    (classes == Some(1) && over_classes.contains(&loss)).then(|| {
        format!(
            "warning: {loss} compares the numbers of the last axis of `{output}`, and there is only 1: nothing can be learned\n\
             help: for labels of 0 and 1, `BinaryCrossentropy` with `Dense(1, activation = sigmoid)`; for classes, as many numbers as classes"
        )
    })
}

#[cfg(feature = "files")]
impl<M, L> Compiled<M, L> {
    /// The model and what trains it.
    pub(crate) fn parts_mut(&mut self) -> (&M, &mut Trainer) {
        (&self.model, &mut self.trainer)
    }
}

impl<M, L> core::ops::Deref for Compiled<M, L> {
    type Target = M;
    fn deref(&self) -> &M {
        &self.model
    }
}

impl<M, L> core::ops::DerefMut for Compiled<M, L> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.model
    }
}

#[cfg(test)]
mod tests {
    use super::one_class;

    #[test]
    fn a_crossentropy_of_one_class_is_warned_of() {
        for loss in
            ["categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy"]
        {
            let text = one_class(loss, "dense", Some(1)).unwrap_or_default();
            assert!(
                text.starts_with(&format!(
                    "warning: {loss} compares the numbers of the last axis of `dense`"
                )),
                "{text}"
            );
            assert_eq!(one_class(loss, "dense", Some(2)), None);
            assert_eq!(one_class(loss, "dense", None), None);
        }
        assert_eq!(one_class("binary_crossentropy", "dense", Some(1)), None);
        assert_eq!(one_class("mean_squared_error", "dense", Some(1)), None);
    }
}
