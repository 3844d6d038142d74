//! What is done with one batch: a step of training, a test, gradients.

use super::{Compiled, TargetOf};
use crate::Result;
use crate::distribution::together;
use crate::model::{Model, Samples};
use crate::tensor::{Data, IntoInputs, IntoTargets, Raw};
use crate::training::checks::check_targets;
use crate::training::evaluate::checked;
use crate::training::losses::Losses;
use crate::training::trainer::{Batch, Logs, Trainer};
use crate::training::weights::{ClassWeights, IntoSampleWeight};

border! {
[IntoInputs, IntoTargets, IntoSampleWeight]
impl<M: Model, L: Losses<M::Outputs>> Compiled<M, L> {
    /// One step on one batch; gives the loss and metrics of this batch.
    ///
    /// # Errors
    /// An axis of `x` or `y` has another length than the model's.
    pub fn train_on_batch<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
    ) -> Result<Logs> {
        self.train_on_batch_weighted(x, y, ())
    }

    /// [`train_on_batch`](Compiled::train_on_batch) with sample weights, as [`Fit::sample_weight`](crate::training::Fit::sample_weight) takes them.
    ///
    /// # Errors
    /// As `train_on_batch`, and of weights that do not go with `y`.
    pub fn train_on_batch_weighted<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        sample_weight: impl IntoSampleWeight,
    ) -> Result<Logs> {
        self.on_batch(x, y, sample_weight, |trainer, model, batch| {
            trainer.reset_metrics();
            trainer.train(model, batch)?;
            Ok(trainer.logs())
        })
    }

    /// [`train_on_batch`](Compiled::train_on_batch) with class weights, as [`Fit::class_weight`](crate::training::Fit::class_weight) takes them.
    ///
    /// # Errors
    /// As `train_on_batch`, and of a class that does not exist or a weight that is not a finite number.
    pub fn train_on_batch_by_class<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        class_weight: impl IntoIterator<Item = (usize, f64)>,
    ) -> Result<Logs> {
        let ranks = self.model.core().ranks();
        together(ranks.as_deref(), || {
        let (x, y) = self.data(x, y, Samples::Batch)?;
        let given = class_weight.into_iter().collect();
        let classes = ClassWeights::new(&given, &self.trainer, &self.model)?;
        let arrays = (owned(x), owned(y), None);
        let (x, y, weights, rows) = checked(&self.trainer, &self.model, arrays, classes.as_ref())?;
        let batch = Batch { inputs: &x, targets: &y, weights: &weights, rows: &rows, shared: true };
        self.trainer.reset_metrics();
        self.trainer.train(&mut self.model, &batch)?;
        Ok(self.trainer.logs())
        })
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
        self.test_on_batch_weighted(x, y, ())
    }

    /// [`test_on_batch`](Compiled::test_on_batch) with sample weights, as [`Fit::sample_weight`](crate::training::Fit::sample_weight) takes them.
    ///
    /// # Errors
    /// As `test_on_batch`, and of weights that do not go with `y`.
    pub fn test_on_batch_weighted<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        sample_weight: impl IntoSampleWeight,
    ) -> Result<Logs> {
        self.on_batch(x, y, sample_weight, |trainer, model, batch| {
            trainer.reset_metrics();
            trainer.test(model, batch)?;
            Ok(trainer.logs())
        })
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
        self.gradients_weighted(x, y, ())
    }

    /// [`gradients`](Compiled::gradients) with sample weights, as [`Fit::sample_weight`](crate::training::Fit::sample_weight) takes them.
    ///
    /// # Errors
    /// As `gradients`, and of weights that do not go with `y`.
    pub fn gradients_weighted<'a>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        sample_weight: impl IntoSampleWeight,
    ) -> Result<(f64, Vec<Option<Raw>>)> {
        self.on_batch(x, y, sample_weight, |trainer, model, batch| trainer.gradients(model, batch))
    }

    /// Does something with one batch of all samples, behind all checks.
    fn on_batch<'a, R>(
        &mut self,
        x: impl IntoInputs<'a, M::Inputs>,
        y: impl IntoTargets<'a, TargetOf<M, L>>,
        sample_weight: impl IntoSampleWeight,
        f: impl FnOnce(&mut Trainer, &mut M, &Batch<'_>) -> Result<R>,
    ) -> Result<R> {
        let ranks = self.model.core().ranks();
        together(ranks.as_deref(), || {
        let (x, y) = self.data(x, y, Samples::Batch)?;
        check_targets(&self.trainer, &self.model, &y)?;
        let weights = sample_weight.into_sample_weight()?.for_targets(&self.trainer, &y)?;
        let rows: Vec<usize> = (0..x.first().map_or(0, Data::samples)).collect();
        let batch = Batch { inputs: &x, targets: &y, weights: &weights, rows: &rows, shared: true };
        f(&mut self.trainer, &mut self.model, &batch)
        })
    }
}
}

fn owned(data: Vec<Data<'_>>) -> Vec<Data<'static>> {
    data.into_iter().map(Data::into_owned).collect()
}
