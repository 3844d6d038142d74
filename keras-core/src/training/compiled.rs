//! A model with a loss, an optimiser and metrics: what `compile` makes.

use core::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::callbacks::TrainingModel;
use super::checkpoint::{Position, TrainingState};
use keras_shape::{Dim, Shape as Dims};

use super::evaluate::{Evaluate, check_targets};
use super::fit::{Batches, Fit, Pair};
use super::losses::{Losses, MetricsFor};
use super::optimizers::Optimizer;
use super::trainer::{Batch, Logs, Output, Trainer};
use crate::model::{AnyModel, Model, Summary, check_entry};
use crate::param::Param;
use crate::tensor::{Data, IntoInputs, IntoTargets, Raw, TARGET, check_target};
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

/// Adds `compile` to every model.
pub trait Compile: Model {
    /// Chooses how the model is trained: `model.compile(Adam::new(1e-3), MeanSquaredError::new(), ())`.
    ///
    /// `metrics` is a metric, a tuple or an array of them, or `()`. A model of several outputs takes a
    /// tuple of losses and a tuple of such metrics, one for each output in order, or the struct of its
    /// named outputs.
    fn compile<L: Losses<Self::Outputs>>(
        self,
        optimizer: impl Optimizer + 'static,
        loss: L,
        metrics: impl MetricsFor<Self::Outputs>,
    ) -> Compiled<Self, L> {
        let structure = self.structure();
        let names = structure.output_names.iter();
        let outputs = loss
            .into_losses()
            .into_iter()
            .zip(metrics.into_sets())
            .zip(names)
            .enumerate()
            .map(|(i, ((loss, metrics), name))| {
                let (classes, last) = (loss.classes(), structure.output_shape(i).last().fixed());
                if let Some(warning) = one_class(loss.loss_name(), name, last) {
                    // As Keras warns, where a model is compiled.
                    eprintln!("{warning}");
                }
                let metrics = metrics.into_iter().map(|metric| metric.resolve(classes, last)).collect();
                Output::new(name, loss, metrics)
            })
            .collect();
        Compiled { trainer: Trainer::new(outputs, Box::new(optimizer)), model: self, loss: PhantomData }
    }
}

impl<M: Model> Compile for M {}

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
        let data = self.data(x, y);
        Fit::new(self, data)
    }

    /// Trains on batches that an iterator makes: data larger than memory. `batches` is called at the
    /// start of every epoch.
    pub fn fit_batches<'a, X, Y, I>(&'a mut self, mut batches: impl FnMut() -> I + 'a) -> Fit<'a, M, L>
    where
        I: Iterator<Item = (X, Y)> + 'a,
        for<'b> &'b X: IntoInputs<'b, M::Inputs>,
        for<'b> &'b Y: IntoTargets<'b, TargetOf<M, L>>,
    {
        let (inputs, targets) = (self.input_wants(), self.target_wants());
        let source = move || -> Batches<'a> {
            let (inputs, targets) = (inputs.clone(), targets.clone());
            Box::new(batches().map(move |(x, y)| {
                let x = (&x).into_inputs(&inputs)?.into_iter().map(Data::into_owned).collect();
                let y = (&y).into_targets(&targets)?.into_iter().map(Data::into_owned).collect();
                Ok((x, y))
            }))
        };
        Fit::from_batches(self, Box::new(source))
    }

    /// Loss and metrics on `x` and `y`: set what is not Keras's default, then `run`.
    pub fn evaluate<'a>(
        &'a mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Evaluate<'a, M, L> {
        let data = self.data(x, y);
        Evaluate::new(self, data)
    }

    /// One step on one batch; gives the loss and metrics of this batch.
    ///
    /// # Errors
    /// An axis of `x` or `y` has another length than the model's.
    pub fn train_on_batch<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Result<Logs> {
        let (x, y, rows) = self.batch(x, y)?;
        let batch = Batch { inputs: &x, targets: &y, weight: None, rows: &rows };
        self.trainer.reset_metrics();
        self.trainer.train(&mut self.model, &batch)?;
        Ok(self.trainer.logs())
    }

    /// Loss and metrics of one batch.
    ///
    /// # Errors
    /// An axis of `x` or `y` has another length than the model's.
    pub fn test_on_batch<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Result<Logs> {
        let (x, y, rows) = self.batch(x, y)?;
        let batch = Batch { inputs: &x, targets: &y, weight: None, rows: &rows };
        self.trainer.reset_metrics();
        self.trainer.test(&self.model, &batch)?;
        Ok(self.trainer.logs())
    }

    /// The loss of one batch and its gradients, one for each trainable weight in Keras's order.
    ///
    /// # Errors
    /// An axis of `x` or `y` has another length than the model's.
    pub fn gradients<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Result<(f64, Vec<Option<Raw>>)> {
        let (x, y, rows) = self.batch(x, y)?;
        let batch = Batch { inputs: &x, targets: &y, weight: None, rows: &rows };
        self.trainer.gradients(&self.model, &batch)
    }

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

    /// What each input counts in the loss: 1. In the order of the outputs.
    #[must_use]
    pub fn loss_weights(mut self, weights: &[f64]) -> Self {
        for (output, weight) in self.trainer.outputs.iter_mut().zip(weights) {
            output.weight = *weight;
        }
        self
    }

    /// Names and shapes of the inputs; the batch is checked batch by batch.
    fn input_wants(&self) -> Vec<(&'static str, Dims)> {
        let inputs = self.model.structure().inputs.iter();
        inputs.map(|info| (info.field, info.spec.shape.with(0, Dim::NONE))).collect()
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
    ) -> Result<Pair<'a>> {
        let x = x.into_inputs(&self.input_wants())?;
        let y = y.into_targets(&self.target_wants())?;
        agree(&self.model, &self.trainer, &x, &y)?;
        Ok((x, y))
    }

    fn batch<'a>(
        &self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Result<(Vec<Data<'a>>, Vec<Data<'a>>, Vec<usize>)> {
        let (x, y) = self.data(x, y)?;
        check_targets(&self.trainer, &self.model, &y)?;
        let rows: Vec<usize> = (0..x.first().map_or(0, Data::samples)).collect();
        Ok((x, y, rows))
    }

    pub(crate) fn parts(&mut self) -> (&mut M, &mut Trainer) {
        (&mut self.model, &mut self.trainer)
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

/// What arrays must agree on: the number of samples, the length of axes of one name, and what the
/// rules give on the true lengths.
pub(crate) fn agree(model: &dyn AnyModel, trainer: &Trainer, x: &[Data<'_>], y: &[Data<'_>]) -> Result<()> {
    let shapes = check_entry(model, x)?;
    for (i, ((data, output), shape)) in y.iter().zip(&trainer.outputs).zip(shapes).enumerate() {
        let name = target_name(model, i);
        let samples = x.first().map_or(0, Data::samples);
        if data.samples() != samples {
            return Err(Error::Shape {
                what: name.into(),
                message: format!("{samples} samples of data, and {} of targets", data.samples()),
            });
        }
        check_target(name, &target_shape(output, shape), data.shape())?;
    }
    Ok(())
}

/// A target is called so, or by its output where there are several.
fn target_name(model: &dyn AnyModel, output: usize) -> &'static str {
    let names = model.structure().output_fields;
    if names.len() > 1 { names[output] } else { TARGET }
}

fn target_shape(output: &Output, shape: Dims) -> Dims {
    if output.loss.classes() && shape.rank() > 1 { shape.remove(shape.rank() - 1) } else { shape }
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

/// What callbacks may do to a model.
pub(crate) struct ModelHandle<'a>(pub &'a mut dyn AnyModel);

impl TrainingModel for ModelHandle<'_> {
    fn weights(&self) -> Vec<(String, Raw)> {
        self.0.named_params().into_iter().map(|(name, p)| (name, p.value.clone())).collect()
    }

    fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()> {
        let known: Vec<(String, Vec<usize>)> =
            self.0.named_params().into_iter().map(|(name, p)| (name, p.value.shape())).collect();
        let same = known.len() == weights.len()
            && known.iter().zip(weights).all(|((_, shape), (_, value))| *shape == value.shape());
        if !same {
            return Err(Error::Argument("these are the weights of another model".into()));
        }
        let mut layers = self.0.layers_mut();
        let params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        for (param, (_, value)) in params.into_iter().zip(weights) {
            param.value = value.clone();
        }
        Ok(())
    }

    fn save_weights(&self, path: &Path) -> Result<()> {
        let path: PathBuf = path.into();
        crate::files::save_weights(&*self.0, &path)
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
