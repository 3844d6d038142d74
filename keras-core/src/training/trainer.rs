//! One step of training, and what belongs to it: loss, optimiser, metrics.

use burn::tensor::Tensor;

use super::losses::Loss;
use super::metrics::{Mean, Metric};
use super::optimizers::Optimizer;
use super::regularizers::penalty;
use crate::context::Context;
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::{Data, Raw, Value};
use crate::{Error, Result};

/// Names and values, in the order in which they are shown.
pub type Logs = Vec<(String, f64)>;

/// A loss whose type is forgotten.
#[doc(hidden)]
pub trait AnyLoss: Send {
    /// The loss of a batch.
    fn mean(&self, y_true: &Raw, y_pred: &Value, sample_weight: Option<&Raw>) -> Result<Tensor<1>>;
    /// Whether the targets can be.
    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()>;
    /// Whether targets are class numbers.
    fn classes(&self) -> bool;
}

impl<L: Loss> AnyLoss for L {
    fn mean(&self, y_true: &Raw, y_pred: &Value, sample_weight: Option<&Raw>) -> Result<Tensor<1>> {
        let mask = match &y_pred.mask {
            // Keras applies a mask to the loss only where it belongs to the output's axes.
            Some(mask) if mask.rank() == 2 && y_pred.data.rank() > 2 => Some(mask.bool::<2>()?),
            _ => None,
        };
        Loss::mean(self, y_true, &y_pred.data, sample_weight, mask.as_ref())
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        Loss::check(self, y_true, y_pred)
    }

    fn classes(&self) -> bool {
        L::TARGET == super::losses::Target::ClassIndices
    }
}

/// A batch on its way into a step.
pub(crate) struct Batch {
    pub inputs: Vec<Raw>,
    pub targets: Vec<(Vec<f32>, Vec<usize>)>,
    pub weight: Option<Vec<f32>>,
}

impl Batch {
    fn samples(&self) -> usize {
        self.targets.first().and_then(|(_, shape)| shape.first()).copied().unwrap_or(1)
    }
}

/// One output: its name, its loss, and what is counted of it.
pub(crate) struct Output {
    pub name: &'static str,
    pub loss: Box<dyn AnyLoss>,
    pub weight: f64,
    pub metrics: Vec<Box<dyn Metric>>,
    mean: Mean,
}

impl Output {
    pub fn new(name: &'static str, loss: Box<dyn AnyLoss>, metrics: Vec<Box<dyn Metric>>) -> Self {
        Output { name, loss, weight: 1.0, metrics, mean: Mean::new(format!("{name}_loss")) }
    }
}

/// What `compile` puts together.
pub(crate) struct Trainer {
    pub outputs: Vec<Output>,
    pub optimizer: Box<dyn Optimizer>,
    pub loss_mean: Mean,
    pub seed: u64,
    pub stop: bool,
    steps: u64,
}

impl Trainer {
    pub fn new(outputs: Vec<Output>, optimizer: Box<dyn Optimizer>) -> Self {
        let seed = crate::device::next_seed();
        Trainer { outputs, optimizer, loss_mean: Mean::new("loss"), seed, stop: false, steps: 0 }
    }

    pub fn reset_metrics(&mut self) {
        self.loss_mean.reset();
        for output in &mut self.outputs {
            output.mean.reset();
            output.metrics.iter_mut().for_each(|metric| metric.reset());
        }
    }

    /// Loss and metrics so far, in Keras's order: by name. Of several outputs, each has its own loss.
    pub fn logs(&self) -> Logs {
        let mut logs: Logs = vec![("loss".to_string(), self.loss_mean.result())];
        let several = self.outputs.len() > 1;
        for output in &self.outputs {
            if several {
                logs.push((output.mean.name().to_string(), output.mean.result()));
            }
            for metric in &output.metrics {
                let name = metric.name();
                let name = if several { format!("{}_{name}", output.name) } else { name.to_string() };
                logs.push((name, metric.result()));
            }
        }
        logs.sort_by(|a, b| a.0.cmp(&b.0));
        logs
    }

    /// One step of gradient descent.
    pub fn train(&mut self, model: &mut dyn AnyModel, batch: &Batch) -> Result<()> {
        let device = model.device();
        let mut context = Context::training(device, self.seed, self.steps);
        self.steps += 1;
        let (outputs, parts, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        let mut gradients = if loss.is_tracked() { Some(loss.backward()) } else { None };
        let updates = context.take_updates();
        let mut layers = model.layers_mut();
        let mut params: Vec<&mut Param> = Vec::new();
        let mut grads: Vec<Option<Raw>> = Vec::new();
        for layer in &mut layers {
            for param in layer.params_mut() {
                if let Some((_, value)) = updates.iter().find(|(id, _)| *id == param.id) {
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
        self.count(&outputs, &parts, batch, value)
    }

    /// Loss and metrics of a batch, without a step.
    pub fn test(&mut self, model: &dyn AnyModel, batch: &Batch) -> Result<()> {
        let mut context = Context::inference(model.device());
        let (outputs, parts, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        self.count(&outputs, &parts, batch, value)
    }

    /// The gradients of the loss, one for each trainable weight in order.
    pub fn gradients(&mut self, model: &dyn AnyModel, batch: &Batch) -> Result<(f64, Vec<Option<Raw>>)> {
        let mut context = Context::gradients(model.device());
        let (_, _, loss) = self.loss(model, batch, &mut context)?;
        let value = number(&loss)?;
        let mut gradients = loss.backward();
        let mut grads = Vec::new();
        for layer in model.layers() {
            for param in layer.params() {
                if let Some(leaf) = context.leaf(param.id) {
                    grads.push(leaf.grad(&mut gradients)?);
                }
            }
        }
        Ok((value, grads))
    }

    /// The outputs, the loss of each, and the sum of them with all that layers and weights add.
    fn loss(
        &self,
        model: &dyn AnyModel,
        batch: &Batch,
        context: &mut Context,
    ) -> Result<(Vec<Value>, Vec<f64>, Tensor<1>)> {
        let inputs = batch.inputs.iter().cloned().map(Value::new).collect();
        let values = model.forward(inputs, context)?;
        let device = context.device().clone();
        let weight = match &batch.weight {
            Some(weight) => Some(Raw::from_f32(weight.clone(), &[weight.len()], &device)?),
            None => None,
        };
        let mut total: Option<Tensor<1>> = None;
        let mut parts = Vec::new();
        for ((output, value), (target, shape)) in self.outputs.iter().zip(&values).zip(&batch.targets) {
            let target = Raw::from_f32(target.clone(), shape, &device)?;
            let mut loss = output.loss.mean(&target, value, weight.as_ref())?;
            if self.outputs.len() > 1 {
                parts.push(number(&loss)?);
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
                    if let Some(penalty) = penalty(&param.regularizer, leaf)? {
                        loss = loss + penalty;
                    }
                }
            }
        }
        Ok((values, parts, loss))
    }

    fn count(&mut self, values: &[Value], parts: &[f64], batch: &Batch, loss: f64) -> Result<()> {
        let samples = batch.samples();
        self.loss_mean.add(loss, samples as f64);
        for (output, part) in self.outputs.iter_mut().zip(parts) {
            output.mean.add(*part, samples as f64);
        }
        for ((output, value), (target, target_shape)) in
            self.outputs.iter_mut().zip(values).zip(&batch.targets)
        {
            if output.metrics.is_empty() {
                continue;
            }
            let shape = value.data.shape();
            let predicted = value.data.inner()?.to_vec()?;
            let mask = match &value.mask {
                Some(mask) => Some(mask.to_vec()?),
                None => None,
            };
            // Keras weighs the loss by sample weights, not the metrics.
            for metric in &mut output.metrics {
                metric.update(target, target_shape, &predicted, &shape, mask.as_deref())?;
            }
        }
        Ok(())
    }
}

fn number(loss: &Tensor<1>) -> Result<f64> {
    Ok(f64::from(Raw::new(loss.clone()).to_vec()?.first().copied().unwrap_or(f32::NAN)))
}

/// Takes the samples at `rows` out of the data.
pub(crate) fn batch(
    model: &dyn AnyModel,
    inputs: &[Data<'_>],
    targets: &[Data<'_>],
    weight: Option<&[f32]>,
    rows: &[usize],
) -> Result<Batch> {
    let device = model.device();
    let infos = model.structure().inputs;
    let inputs = inputs
        .iter()
        .zip(infos)
        .map(|(data, info)| data.batch(rows, info.spec.dtype, &device))
        .collect::<Result<Vec<_>>>()?;
    let targets = targets
        .iter()
        .map(|target| {
            let mut values = Vec::new();
            target.gather_f32(rows, &mut values);
            let mut shape = target.shape().to_vec();
            shape[0] = rows.len();
            (values, shape)
        })
        .collect();
    let weight = weight.map(|weight| rows.iter().map(|row| weight[*row]).collect());
    Ok(Batch { inputs, targets, weight })
}
