//! A model with a loss, an optimiser and metrics: what `compile` makes.

use core::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::callbacks::TrainingModel;
use super::fit::{Evaluate, Fit};
use super::losses::Loss;
use super::metrics::IntoMetrics;
use super::optimizers::Optimizer;
use super::target::TargetKind;
use super::trainer::{Batch, Logs, Trainer, batch};
use crate::model::{AnyModel, Model, Summary};
use crate::param::Param;
use crate::tensor::{Data, IntoInput, IntoTarget, Raw, check_dims};
use crate::{Error, Result};

/// The shape of a target, from the model's output and the loss.
pub type TargetOf<M, L> = <<L as Loss>::Targets as TargetKind>::Of<<M as Model>::Output>;

/// A compiled model: [Keras's training API](https://keras.io/api/models/model_training_apis/). It
/// derefs to the model itself.
pub struct Compiled<M, L> {
    model: M,
    pub(crate) trainer: Trainer,
    loss: PhantomData<fn() -> L>,
}

/// Adds `compile` to every model.
pub trait Compile: Model {
    /// Chooses how the model is trained: `model.compile(Adam::new(1e-3), MeanSquaredError, ())`.
    ///
    /// `metrics` is a metric, a tuple or an array of them, or `()`.
    ///
    /// # Errors
    /// A metric does not go with the model's output and the loss.
    fn compile<L: Loss>(
        self,
        optimizer: impl Optimizer + 'static,
        loss: L,
        metrics: impl IntoMetrics,
    ) -> Compiled<Self, L> {
        let output = self.output_shape();
        let classes = L::TARGET == super::losses::Target::ClassIndices;
        let last = output.last().fixed();
        let metrics = metrics
            .into_metrics()
            .into_iter()
            .map(|metric| metric.resolve(classes, last))
            .collect();
        Compiled { trainer: Trainer::new(Box::new(loss), Box::new(optimizer), metrics), model: self, loss: PhantomData }
    }
}

impl<M: Model> Compile for M {}

impl<M: Model, L: Loss> Compiled<M, L> {
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
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Fit<'a, M, L> {
        let data = self.data(x, y);
        Fit::new(self, data)
    }

    /// Trains on batches that an iterator makes: data larger than memory. `batches` is called at the
    /// start of every epoch.
    pub fn fit_batches<'a, X, Y, I>(&'a mut self, batches: impl FnMut() -> I + 'a) -> Fit<'a, M, L>
    where
        I: Iterator<Item = (X, Y)> + 'a,
        for<'b> &'b X: IntoInput<'b, M::Input>,
        for<'b> &'b Y: IntoTarget<'b, TargetOf<M, L>>,
    {
        let mut batches = batches;
        let (input, target) = (self.input_want(), self.target_want());
        let source = move || -> Box<dyn Iterator<Item = Result<(Data<'static>, Data<'static>)>> + 'a> {
            let (input, target) = (input.clone(), target);
            Box::new(batches().map(move |(x, y)| {
                let x = (&x).into_input(&input.0, &input.1)?.into_owned();
                let y = (&y).into_target("target", &target)?.into_owned();
                Ok((x, y))
            }))
        };
        Fit::from_batches(self, Box::new(source))
    }

    /// Loss and metrics on `x` and `y`: set what is not Keras's default, then `run`.
    pub fn evaluate<'a>(
        &'a mut self,
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
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
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Result<Logs> {
        let batch = self.batch(x, y)?;
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
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Result<Logs> {
        let batch = self.batch(x, y)?;
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
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Result<(f64, Vec<Option<Raw>>)> {
        let batch = self.batch(x, y)?;
        self.trainer.gradients(&self.model, &batch)
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.trainer.optimizer.learning_rate()
    }

    /// Sets the learning rate.
    ///
    /// # Errors
    /// It follows a schedule.
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

    fn input_want(&self) -> (String, keras_shape::Shape) {
        let info = &self.model.structure().inputs[0];
        (info.name.to_string(), info.spec.shape)
    }

    /// The shape that targets must have.
    fn target_want(&self) -> keras_shape::Shape {
        let output = self.model.output_shape();
        let classes = L::TARGET == super::losses::Target::ClassIndices;
        if classes && output.rank() > 1 { output.remove(output.rank() - 1) } else { output }
    }

    pub(crate) fn data<'a>(
        &self,
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Result<(Data<'a>, Data<'a>)> {
        let (name, input) = self.input_want();
        let x = x.into_input(&name, &input)?;
        let y = y.into_target("target", &self.target_want())?;
        self.agree(&x, &y)?;
        Ok((x, y))
    }

    /// What two arrays must agree on: the number of samples, and the length of axes of one name.
    pub(crate) fn agree(&self, x: &Data<'_>, y: &Data<'_>) -> Result<()> {
        if x.samples() != y.samples() {
            return Err(Error::Shape {
                what: "target".into(),
                message: format!("{} samples of data, and {} of targets", x.samples(), y.samples()),
            });
        }
        // The rules run once more on the true lengths: what they give is what the target must match.
        let want = crate::model::output_for(&self.model, &[x.shape()])?;
        let classes = self.trainer.loss.classes();
        let want = if classes && want.rank() > 1 { want.remove(want.rank() - 1) } else { want };
        check_dims("target", &want, y.shape())?;
        Ok(())
    }

    fn batch<'a>(
        &self,
        x: impl IntoInput<'a, M::Input>,
        y: impl IntoTarget<'a, TargetOf<M, L>>,
    ) -> Result<Batch> {
        let (x, y) = self.data(x, y)?;
        let rows: Vec<usize> = (0..x.samples()).collect();
        batch(&self.model, &[x], &y, None, &rows)
    }

    pub(crate) fn parts(&mut self) -> (&mut M, &mut Trainer) {
        (&mut self.model, &mut self.trainer)
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
