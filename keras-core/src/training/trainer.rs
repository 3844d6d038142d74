//! One step of training, and what belongs to it: loss, optimiser, metrics.

mod buckets;
mod layout;
mod output;
mod planned;
mod sharded;
mod state;
mod whole;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use state::Sums;

use super::callbacks::Request;
use super::checkpoint::Position;
use super::config::Config;
use super::losses::{ClassIds, Loss, LossKey, LossPlan, Native, Reduction, Scratch, Target, losses_shape};
use super::metrics::Mean;
use super::optimizers::Optimizer;
use super::regularizers::PenaltyPlan;
use super::spread::Spread;
use super::weights::Weights;
use crate::engine::{self, Mode};
use crate::model::AnyModel;
use crate::param::{Param, ParamId};
use crate::tensor::{Data, Raw};
use crate::{Error, Result};

pub(crate) use output::{Output, larger_is_better};

/// Names and values, in the order in which they are shown.
pub type Logs = Vec<(String, f64)>;

/// A loss whose type is forgotten.
#[doc(hidden)]
pub trait AnyLoss: Send {
    /// The loss laid out for targets and outputs of given shapes.
    fn plan(&self, key: LossKey) -> Result<LossPlan>;
    /// The shape of the losses of targets of this shape.
    fn losses(&self, target: &[usize]) -> Vec<usize>;
    /// Whether the targets can be.
    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()>;
    /// Which class numbers targets may be, where each must be one of the output's classes.
    fn class_ids(&self) -> Option<ClassIds>;
    /// What targets look like.
    fn target(&self) -> Target;
    /// Whether targets are class numbers.
    fn classes(&self) -> bool {
        self.target() == Target::ClassIndices
    }
    /// How one number is made of the losses.
    fn reduces(&self) -> Reduction;
    /// Whether the output has none.
    fn is_none(&self) -> bool;
    /// The kernel that computes the same, if there is one.
    fn native(&self) -> Option<Native>;
    /// Keras's name of the loss.
    fn loss_name(&self) -> &'static str;
    /// What it was made with, as Keras's configurations have it.
    fn config(&self) -> Option<Config>;
}

impl<L: Loss> AnyLoss for L {
    fn loss_name(&self) -> &'static str {
        Loss::name(self)
    }

    fn config(&self) -> Option<Config> {
        Loss::config(self)
    }

    fn plan(&self, key: LossKey) -> Result<LossPlan> {
        LossPlan::new(self, key)
    }

    fn losses(&self, target: &[usize]) -> Vec<usize> {
        let without_last = || target.split_last().map_or_else(Vec::new, |(_, rest)| rest.to_vec());
        match L::TARGET {
            Target::ClassIndices | Target::Any => target.to_vec(),
            Target::Labels => target.iter().take(1).copied().collect(),
            Target::SameAsOutput if self.native().is_some() => without_last(),
            // One number for all is weighted as if it were that of each sample.
            Target::SameAsOutput => match losses_shape(self, target, target) {
                Ok(losses) if losses.is_empty() => target.iter().take(1).copied().collect(),
                losses => losses.unwrap_or_else(|_| without_last()),
            },
        }
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        Loss::check(self, y_true, y_pred)
    }

    fn class_ids(&self) -> Option<ClassIds> {
        Loss::class_ids(self)
    }

    fn target(&self) -> Target {
        L::TARGET
    }

    fn reduces(&self) -> Reduction {
        Loss::reduces(self)
    }

    fn is_none(&self) -> bool {
        Loss::is_none(self)
    }

    fn native(&self) -> Option<Native> {
        Loss::native(self)
    }
}

/// A batch on its way into a step: the samples at `rows` of the data.
pub(crate) struct Batch<'a> {
    pub inputs: &'a [Data<'a>],
    pub targets: &'a [Data<'a>],
    /// The sample weights of each output of the data; none for all.
    pub weights: &'a [Option<Arc<Weights>>],
    pub rows: &'a [usize],
    /// Whether all ranks of the training have the same data, of which each takes its rows; else the rows are this rank's own.
    pub shared: bool,
}

impl Batch<'_> {
    /// The lengths of each input.
    fn lengths(&self, model: &dyn AnyModel) -> Result<Vec<Vec<usize>>> {
        engine::lengths_of(model, self.inputs, self.rows)
    }
}

/// Targets and weights of a batch, kept for the next one.
#[derive(Default)]
struct Memory {
    targets: Vec<(Vec<f32>, Vec<usize>)>,
    /// Of each output; without axes where there are none.
    weights: Vec<Weights>,
    factors: Vec<f32>,
    scratch: Scratch,
    /// Losses without a kernel, laid out for the shapes of batches: those of each output.
    plans: Vec<Vec<LossPlan>>,
    /// What weights add to the loss, where there is no kernel for it.
    penalties: Vec<(ParamId, PenaltyPlan)>,
    /// Buffers in which ranks exchange gradients.
    spare: Vec<Vec<f32>>,
}

impl Memory {
    fn gather(&mut self, batch: &Batch<'_>) {
        self.targets.resize_with(batch.targets.len(), Default::default);
        for (data, (values, shape)) in batch.targets.iter().zip(&mut self.targets) {
            shape.clear();
            shape.extend_from_slice(data.shape());
            shape[0] = batch.rows.len();
            data.gather_f32(batch.rows, values);
        }
        self.weights.resize_with(batch.targets.len(), Weights::default);
        self.weights.iter_mut().for_each(Weights::clear);
        for (set, own) in batch.weights.iter().zip(&mut self.weights) {
            if let Some(set) = set {
                own.gather(set, batch.rows);
            }
        }
    }
}

/// What `compile` puts together.
pub(crate) struct Trainer {
    pub outputs: Vec<Output>,
    pub optimizer: Box<dyn Optimizer>,
    pub loss_mean: Mean,
    pub seed: u64,
    pub stop: bool,
    /// What is wrong with an argument that was given after `compile`, for the first use to report.
    pub fault: Option<String>,
    /// The epochs that `fit` has been through.
    pub epochs: usize,
    /// What callbacks have asked `fit` for.
    pub requests: Vec<Request>,
    /// The last backup of this training, and where it was then.
    pub saved: Option<(PathBuf, Position)>,
    /// The one that the first rank may still be at.
    pub saving: Option<(PathBuf, Position)>,
    steps: u64,
    memory: Memory,
}

impl Trainer {
    pub fn new(outputs: Vec<Output>, optimizer: Box<dyn Optimizer>, seed: u64) -> Self {
        Trainer {
            outputs,
            optimizer,
            loss_mean: Mean::new("loss"),
            seed,
            stop: false,
            fault: None,
            epochs: 0,
            requests: Vec::new(),
            saved: None,
            saving: None,
            steps: 0,
            memory: Memory::default(),
        }
    }

    /// # Errors
    /// An argument that was given after `compile` cannot be.
    pub fn check(&self) -> Result<()> {
        self.fault.clone().map_or(Ok(()), |fault| Err(Error::Argument(fault)))
    }

    pub fn reset_metrics(&mut self) {
        self.loss_mean.reset();
        self.outputs.iter_mut().for_each(Output::reset);
    }

    /// Loss and metrics so far, in Keras's order: by name. Of several outputs, each has its own loss.
    pub fn logs(&self) -> Logs {
        let mut logs: Logs = vec![("loss".to_string(), self.loss_mean.result())];
        output::log(&self.outputs, &mut logs);
        logs.sort_by(|a, b| a.0.cmp(&b.0));
        logs
    }

    /// One step of gradient descent.
    pub fn train(&mut self, model: &mut dyn AnyModel, batch: &Batch<'_>) -> Result<()> {
        // Before anything is changed: a pass moves the averages of normalisation.
        self.optimizer.check()?;
        let step = self.steps;
        self.steps += 1;
        if let Some(ranks) = model.core().ranks() {
            return sharded::train(self, model, batch, step, &ranks);
        }
        self.memory.gather(batch);
        let mut plan = plan_for(model, self.mode(Mode::TRAIN), batch)?;
        planned::train(self, model, &mut plan, batch, step)
    }

    /// Gives the weights the values that they have after the last step: their averages, where the optimiser keeps those.
    pub fn finalize(&mut self, model: &mut dyn AnyModel) -> Result<()> {
        let mut layers = model.layers_mut();
        let mut params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        self.optimizer.finalize(&mut params)
    }

    /// Loss and metrics of a batch, without a step.
    pub fn test(&mut self, model: &dyn AnyModel, batch: &Batch<'_>) -> Result<()> {
        if let Some(ranks) = model.core().ranks() {
            return sharded::test(self, model, batch, &ranks);
        }
        self.memory.gather(batch);
        let mut plan = plan_for(model, Mode::PREDICT, batch)?;
        planned::test(self, model, &mut plan, batch)
    }

    /// The gradients of the loss, one for each trainable weight in order.
    pub fn gradients(&mut self, model: &dyn AnyModel, batch: &Batch<'_>) -> Result<(f64, Vec<Option<Raw>>)> {
        if let Some(ranks) = model.core().ranks() {
            return sharded::gradients(self, model, batch, &ranks);
        }
        self.memory.gather(batch);
        let mut plan = plan_for(model, self.mode(Mode::GRADIENTS), batch)?;
        planned::gradients(self, model, &mut plan, batch)
    }

    /// A plan's mode, with the outputs that have no loss.
    fn mode(&self, mode: Mode) -> Mode {
        let none = self.outputs.iter().take(64).enumerate().filter(|(_, output)| output.loss.is_none());
        Mode {
            untrained: if mode.gradients { none.fold(0, |bits, (i, _)| bits | 1 << i) } else { 0 },
            ..mode
        }
    }

    /// The number of samples in the batch.
    fn samples(&self) -> usize {
        self.memory.targets.first().and_then(|(_, shape)| shape.first()).copied().unwrap_or(1)
    }

    fn count_loss(&mut self, parts: &[f64], loss: f64, samples: f64) {
        self.loss_mean.add(loss, samples);
        for (output, part) in self.outputs.iter_mut().zip(parts) {
            output.mean.add(*part, samples);
        }
    }

    /// Tells the metrics of output `i`. A mask is numbers of 0 and 1 and their shape.
    fn count(
        &mut self,
        i: usize,
        predicted: &[f32],
        shape: &[usize],
        mask: Option<(&[f32], &[usize])>,
    ) -> Result<()> {
        let Memory { targets, weights, .. } = &self.memory;
        let (Some(output), Some(target), Some(weights)) =
            (self.outputs.get_mut(i), targets.get(i), weights.get(i))
        else {
            return Ok(());
        };
        output.count((&target.0, &target.1), (predicted, shape), mask, weights)
    }
}

/// The plan of a model for a batch.
fn plan_for(model: &dyn AnyModel, mode: Mode, batch: &Batch<'_>) -> Result<engine::InUse> {
    let lengths = batch.lengths(model)?;
    let lengths: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    engine::take(model, mode, &lengths)
}
