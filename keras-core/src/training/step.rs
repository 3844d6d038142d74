//! Train steps of people's own: several models, several losses, an optimiser for each group of weights.

mod batch;
mod fit;
#[cfg(test)]
mod fit_tests;
mod models;
mod plan;
mod tape;

pub use batch::{BatchTensor, StepBatch};
pub use fit::StepFit;
pub(crate) use tape::trained;
pub use tape::{StepModel, Tape, WeightGroup, WeightGroups};

use keras_kernels::threads::Threads;
use keras_ops::Symbolic;
use plan::StepPlan;

use super::losses::Traceable;
use super::optimizers::Optimizer;
use crate::model::AnyModel;
use crate::param::ParamId;
use crate::{Error, Result};

/// Batches of so many shapes are kept laid out: the last of an epoch, and of a validation, is shorter.
const KEPT: usize = 6;

/// A train step of your own: a function of models and batches that returns losses, where
/// [`minimize`](Tape::minimize) says which weights are to make which of them small. What Keras's
/// [custom `train_step`](https://keras.io/guides/custom_train_step_in_jax/) and `GradientTape` are for: adversarial
/// networks, autoencoders of two models, gradient penalties.
///
/// The function is written in [operations](crate::ops) and traced once for the shapes of a batch; a step then runs as one
/// plan, forward and backward, and allocates nothing but a few lists of references. It takes the models as handles, in the
/// order in which [`run`](TrainStep::run) is given them, and symbolic tensors for the arrays of the batch.
///
/// [`fit`](TrainStep::fit) runs it for epochs, with callbacks.
///
/// All gradients of a step are those by the weights at its beginning; then each optimiser makes its step. For one network
/// that is to see what the other has just learnt, as in most GANs of Keras, make two train steps and run them in turn.
///
/// ```
/// use keras_core::prelude::*;
/// use ndarray::Array2;
///
/// /// Multiplies its input by one learnt number.
/// #[derive(Default)]
/// struct Scale;
///
/// impl<B: Axis> Layer<(B, Len<1>)> for Scale {
///     const OUTPUT: Dims = <(B, Len<1>) as Shape>::DIMS;
///     fn weights(&self) -> Vec<WeightSpec> {
///         vec![WeightSpec::new("scale", Dims::fixed(&[1]), Initializer::Ones)]
///     }
///     fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
///         Ok(x * cx.weight("scale"))
///     }
/// }
///
/// let mut model = model!(Input(1) => Scale);
/// let mut step = TrainStep::new(|tape, [model], [x, y]| {
///     let error = tape.call(model, &x)? - y;
///     let loss = ops::mean(ops::square(error), None).build();
///     tape.minimize(&loss, model, SGD::new(0.5))?;
///     Ok([loss])
/// });
/// let (x, y) = (Array2::<f32>::ones((8, 1)), Array2::from_elem((8, 1), 3.0f32));
/// for _ in 0..20 {
///     step.run([&mut model], [&x, &y])?;
/// }
/// assert!((model.weights()[0].1.to_vec()?[0] - 3.0).abs() < 1e-3);
/// # Ok::<(), keras_core::Error>(())
/// ```
pub struct TrainStep<F> {
    function: F,
    seed: u64,
    steps: u64,
    optimizers: Vec<Box<dyn Optimizer>>,
    /// The weights of each of them.
    weights: Vec<Vec<ParamId>>,
    plans: Vec<StepPlan>,
}

impl<F> core::fmt::Debug for TrainStep<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TrainStep").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// Until this is dropped, work is split as the runtime of the first model says.
fn entered(models: &[&mut dyn AnyModel]) -> Option<Threads> {
    models.first()?.core().said()?.enter()
}

impl<F> TrainStep<F> {
    /// A step that does what the function says: it takes the [`Tape`], the models, and a tensor for each array of a batch,
    /// and returns what is to be reported, one number each.
    pub fn new<T, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(function: F) -> Self
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let seed = crate::device::next_seed();
        TrainStep { function, seed, steps: 0, optimizers: Vec::new(), weights: Vec::new(), plans: Vec::new() }
    }

    /// Makes all random numbers follow from `seed`.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many steps were made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The optimiser of the call of [`minimize`](Tape::minimize) of this number, counted from 0; there is none before the
    /// first step.
    pub fn optimizer_mut(&mut self, index: usize) -> Option<&mut dyn Optimizer> {
        match self.optimizers.get_mut(index) {
            Some(optimizer) => Some(optimizer.as_mut()),
            None => None,
        }
    }

    /// One step on one batch: arrays, tensors or [`Raw`](crate::tensor::Raw)s, of floats or integers. Returns what the
    /// function returned, in its order, as it was before the weights changed.
    ///
    /// # Errors
    /// What the function says; shapes that do not fit; a layer that is not written in operations; what an optimiser finds
    /// wrong.
    pub fn run<T, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(
        &mut self,
        mut models: [&mut dyn AnyModel; MODELS],
        batch: [&dyn BatchTensor; BATCH],
    ) -> Result<[f64; LOSSES]>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let _threads = entered(&models);
        let at = self.laid_out(&models, &batch, true)?;
        let plan = &mut self.plans[at];
        plan.fill(&batch)?;
        plan.run(&models, self.seed, self.steps)?;
        plan.apply(&mut models, &mut self.optimizers)?;
        self.steps += 1;
        Ok(core::array::from_fn(|i| plan.loss(i)))
    }

    /// The same numbers without a step: no weight changes.
    ///
    /// # Errors
    /// As [`run`](TrainStep::run).
    pub fn test<T, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(
        &mut self,
        models: [&mut dyn AnyModel; MODELS],
        batch: [&dyn BatchTensor; BATCH],
    ) -> Result<[f64; LOSSES]>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        self.tested(models, batch, true)
    }

    /// The numbers without a step, of layers that compute as in training unless told otherwise, or as in prediction.
    fn tested<T, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(
        &mut self,
        models: [&mut dyn AnyModel; MODELS],
        batch: [&dyn BatchTensor; BATCH],
        training: bool,
    ) -> Result<[f64; LOSSES]>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        let _threads = entered(&models);
        let at = self.laid_out(&models, &batch, training)?;
        let plan = &mut self.plans[at];
        plan.fill(&batch)?;
        plan.run(&models, self.seed, self.steps)?;
        Ok(core::array::from_fn(|i| plan.loss(i)))
    }

    /// The weights of the first optimiser.
    fn trained(&self) -> Vec<ParamId> {
        self.weights.first().cloned().unwrap_or_default()
    }

    /// Gives the weights the values that the optimisers leave at the end of a training.
    fn finalize(&mut self, models: &mut [&mut dyn AnyModel]) -> Result<()> {
        let mut pairs = self.optimizers.iter_mut().zip(&self.weights);
        pairs.try_for_each(|(optimizer, ids)| models::finalize(models, ids, optimizer.as_mut()))
    }

    /// Where the plan for these models and shapes is.
    fn laid_out<T, const MODELS: usize, const BATCH: usize, const LOSSES: usize>(
        &mut self,
        models: &[&mut dyn AnyModel; MODELS],
        batch: &[&dyn BatchTensor; BATCH],
        training: bool,
    ) -> Result<usize>
    where
        F: Fn(&mut Tape<'_>, [StepModel; MODELS], [Symbolic; BATCH]) -> Result<[T; LOSSES]>,
        T: Traceable,
    {
        if let Some(at) = self.plans.iter().position(|plan| plan.fits(models, batch, training)) {
            return Ok(at);
        }
        let seen: [&dyn AnyModel; MODELS] = core::array::from_fn(|i| &*models[i]);
        let inputs: [Symbolic; BATCH] =
            core::array::from_fn(|i| keras_ops::input(&batch[i].lengths()[..], batch[i].dtype()));
        let mut tape = Tape::new(&seen);
        let handles = core::array::from_fn(|i| StepModel::new(i).training(training));
        let losses = (self.function)(&mut tape, handles, inputs.clone())?;
        let losses = losses.into_iter().map(Traceable::traced).collect::<Result<Vec<Symbolic>>>()?;
        if !self.optimizers.is_empty() && tape.minimized() != self.optimizers.len() {
            return Err(Error::Argument(format!(
                "a train step calls `minimize` {} times for this batch, and {} times before",
                tape.minimized(),
                self.optimizers.len()
            )));
        }
        let weights = tape.minimized.iter().map(|minimized| minimized.weights.clone()).collect();
        if !training {
            // Nothing is learnt: no gradient is computed.
            tape.minimized.clear();
        }
        let first = self.optimizers.is_empty() && training;
        let (plan, optimizers) = StepPlan::new(tape, &seen, batch, inputs.to_vec(), losses, training)?;
        if first {
            (self.optimizers, self.weights) = (optimizers, weights);
        }
        if self.plans.len() >= KEPT {
            self.plans.remove(0);
        }
        self.plans.push(plan);
        Ok(self.plans.len() - 1)
    }
}

#[cfg(test)]
mod tests;

/// The error of an operation.
fn wrong(e: &keras_ops::OpError) -> Error {
    Error::Argument(format!("train step: {e}"))
}
