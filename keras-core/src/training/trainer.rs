//! One step of training, and what belongs to it: loss, optimiser, metrics.

mod output;
mod planned;
mod state;

use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use state::Sums;

use super::callbacks::Request;
use super::config::Config;
use super::losses::{ClassIds, Loss, LossKey, LossPlan, Native, Reduction, Scratch, Target, losses_shape};
use super::metrics::Mean;
use super::optimizers::Optimizer;
use super::regularizers::{self, PenaltyPlan};
use super::spread::Spread;
use super::weights::Weights;
use crate::context::Context;
use crate::engine::{self, Mode};
use crate::model::AnyModel;
use crate::param::{Param, ParamId};
use crate::tensor::{Data, Pullback, Raw, Value, custom};
use crate::{Error, Result};

pub(crate) use output::Output;

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
            Target::ClassIndices => target.to_vec(),
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
}

impl Batch<'_> {
    /// The lengths of each input.
    fn lengths(&self) -> Vec<Vec<usize>> {
        self.inputs.iter().map(|data| data.lengths(self.rows.len())).collect()
    }

    /// The inputs as tensors.
    fn values(&self, model: &dyn AnyModel) -> Result<Vec<Value>> {
        let (device, infos) = (model.device(), model.structure().inputs);
        let inputs = self.inputs.iter().zip(infos);
        inputs.map(|(data, info)| Ok(Value::new(data.batch(self.rows, info.spec.dtype, &device)?))).collect()
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
    steps: u64,
    memory: Memory,
}

impl Trainer {
    pub fn new(outputs: Vec<Output>, optimizer: Box<dyn Optimizer>) -> Self {
        let seed = crate::device::next_seed();
        Trainer {
            outputs,
            optimizer,
            loss_mean: Mean::new("loss"),
            seed,
            stop: false,
            fault: None,
            epochs: 0,
            requests: Vec::new(),
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
        self.memory.gather(batch);
        let step = self.steps;
        self.steps += 1;
        if let Some(mut plan) = plan_for(model, Mode::TRAIN, batch)? {
            return planned::train(self, model, &mut plan, batch, step);
        }
        let mut context = Context::training(model.device(), self.seed, step);
        let (outputs, parts, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        let scaled = loss * self.optimizer.loss_scale();
        let mut gradients = if scaled.is_tracked() { Some(scaled.backward()) } else { None };
        let updates = context.take_updates();
        let mut layers = model.layers_mut();
        let mut params: Vec<&mut Param> = Vec::new();
        let mut grads: Vec<Option<Raw>> = Vec::new();
        for layer in &mut layers {
            for param in layer.params_mut() {
                if let Some((_, value)) = updates.iter().rev().find(|(id, _)| *id == param.id) {
                    param.value = value.inner()?;
                }
                let (Some(leaf), Some(gradients)) = (context.leaf(param.id), gradients.as_mut()) else {
                    continue;
                };
                grads.push(leaf.grad(gradients)?);
                params.push(param);
            }
        }
        drop(context);
        self.optimizer.apply(&mut params, grads)?;
        self.count_tensors(&outputs, &parts, value)
    }

    /// Gives the weights the values that they have after the last step: their averages, where the optimiser keeps those.
    pub fn finalize(&mut self, model: &mut dyn AnyModel) -> Result<()> {
        let mut layers = model.layers_mut();
        let mut params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        self.optimizer.finalize(&mut params)
    }

    /// Loss and metrics of a batch, without a step.
    pub fn test(&mut self, model: &dyn AnyModel, batch: &Batch<'_>) -> Result<()> {
        self.memory.gather(batch);
        if let Some(mut plan) = plan_for(model, Mode::PREDICT, batch)? {
            return planned::test(self, model, &mut plan, batch);
        }
        let mut context = model.inference();
        let (outputs, parts, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        self.count_tensors(&outputs, &parts, value)
    }

    /// The gradients of the loss, one for each trainable weight in order.
    pub fn gradients(&mut self, model: &dyn AnyModel, batch: &Batch<'_>) -> Result<(f64, Vec<Option<Raw>>)> {
        self.memory.gather(batch);
        if let Some(mut plan) = plan_for(model, Mode::GRADIENTS, batch)? {
            return planned::gradients(self, model, &mut plan, batch);
        }
        let mut context = Context::gradients(model.device());
        let (_, _, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        let mut gradients = if loss.is_tracked() { Some(loss.backward()) } else { None };
        let mut grads = Vec::new();
        for layer in model.layers() {
            for param in layer.params() {
                if let Some(leaf) = context.leaf(param.id) {
                    grads.push(gradients.as_mut().map(|all| leaf.grad(all)).transpose()?.flatten());
                }
            }
        }
        Ok((value, grads))
    }

    /// The outputs, the loss of each, and the sum of them with all that layers and weights add.
    fn loss(
        &self,
        model: &dyn AnyModel,
        batch: &Batch<'_>,
        context: &mut Context,
    ) -> Result<(Vec<Value>, Vec<f64>, Tensor<1>)> {
        let values = model.forward(batch.values(model)?, context)?;
        let mut total: Option<Tensor<1>> = None;
        let mut parts = Vec::new();
        let Memory { targets, weights, .. } = &self.memory;
        for (((output, value), (target, shape)), weight) in
            self.outputs.iter().zip(&values).zip(targets).zip(weights)
        {
            let mut loss = on_tape(output.loss.as_ref(), (target, shape), value, weight)?;
            if self.outputs.len() > 1 {
                parts.push(number(&loss)?);
            }
            if output.weight != 1.0 {
                loss = loss * output.weight;
            }
            total = Some(match total {
                Some(total) => total + loss,
                None => loss,
            });
        }
        let mut loss = total.ok_or_else(|| Error::Argument("the model has no output".into()))?;
        for extra in context.take_losses() {
            loss = loss + extra;
        }
        for layer in model.layers() {
            for param in layer.params() {
                if param.regularizer != keras_shape::Regularizer::None {
                    let leaf = context.leaf(param.id).unwrap_or(&param.value);
                    if let Some(penalty) = regularizers::on_tape(&param.regularizer, leaf)? {
                        loss = loss + penalty;
                    }
                }
            }
        }
        Ok((values, parts, loss))
    }

    fn count_tensors(&mut self, values: &[Value], parts: &[f64], loss: f64) -> Result<()> {
        self.count_loss(parts, loss);
        for (i, value) in values.iter().enumerate() {
            if self.outputs.get(i).is_none_or(|output| !output.counts()) {
                continue;
            }
            let predicted = value.data.inner()?.to_vec()?;
            let mask = match &value.mask {
                Some(mask) => Some((mask.to_vec()?, mask.shape())),
                None => None,
            };
            let mask = mask.as_ref().map(|(numbers, shape)| (numbers.as_slice(), shape.as_slice()));
            self.count(i, &predicted, &value.data.shape(), mask)?;
        }
        Ok(())
    }

    fn count_loss(&mut self, parts: &[f64], loss: f64) {
        let samples = self.memory.targets.first().and_then(|(_, shape)| shape.first()).copied().unwrap_or(1);
        self.loss_mean.add(loss, samples as f64);
        for (output, part) in self.outputs.iter_mut().zip(parts) {
            output.mean.add(*part, samples as f64);
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

/// The loss of an output on another device, on its gradient tape: the numbers come here and their gradient goes back.
fn on_tape(
    loss: &dyn AnyLoss,
    (target, shape): (&[f32], &[usize]),
    value: &Value,
    weight: &Weights,
) -> Result<Tensor<1>> {
    let output = value.data.inner()?.to_vec()?;
    let mask = value.mask.as_ref().map(|mask| Ok::<_, Error>((mask.to_vec()?, mask.shape()))).transpose()?;
    let (mask, mask_shape) = mask.unwrap_or_default();
    let mut plan = loss.plan(LossKey {
        target: shape.to_vec(),
        output: value.data.shape(),
        weight: weight.shape.clone(),
        mask: mask_shape,
        gradient: true,
    })?;
    let mut gradient = vec![0.0; output.len()];
    let found = plan.run(target, &output, |i| weight.values[i], |i| mask[i], Some(&mut gradient))?;
    let pullback = move |dy: Option<&[f32]>| match dy {
        Some([dy]) => gradient.iter().map(|g| g * dy).collect(),
        // A gradient that cannot be known is not one of zeros.
        _ => vec![f32::NAN; gradient.len()],
    };
    Ok(custom(value.data.flat()?, &[found as f32], Pullback(Arc::new(pullback))))
}

/// The plan of a model for a batch.
fn plan_for(model: &dyn AnyModel, mode: Mode, batch: &Batch<'_>) -> Result<Option<engine::InUse>> {
    let lengths = batch.lengths();
    let lengths: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    engine::take(model, mode, &lengths)
}

fn number(loss: &Tensor<1>) -> Result<f64> {
    Ok(f64::from(Raw::new(loss.clone()).to_vec()?.first().copied().unwrap_or(f32::NAN)))
}
