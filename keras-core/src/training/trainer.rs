//! One step of training, and what belongs to it: loss, optimiser, metrics.

use burn::tensor::Tensor;
use keras_shape::DType;

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
pub(crate) trait AnyLoss: Send {
    fn mean(&self, y_true: &Raw, y_pred: &Value, sample_weight: Option<&Raw>) -> Result<Tensor<1>>;
    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()>;
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
    pub target: Vec<f32>,
    pub target_shape: Vec<usize>,
    pub weight: Option<Vec<f32>>,
}

/// What `compile` puts together.
pub(crate) struct Trainer {
    pub loss: Box<dyn AnyLoss>,
    pub optimizer: Box<dyn Optimizer>,
    pub metrics: Vec<Box<dyn Metric>>,
    pub loss_mean: Mean,
    pub seed: u64,
    pub stop: bool,
    steps: u64,
}

impl Trainer {
    pub fn new(loss: Box<dyn AnyLoss>, optimizer: Box<dyn Optimizer>, metrics: Vec<Box<dyn Metric>>) -> Self {
        let seed = crate::device::next_seed();
        Trainer { loss, optimizer, metrics, loss_mean: Mean::new("loss"), seed, stop: false, steps: 0 }
    }

    pub fn reset_metrics(&mut self) {
        self.loss_mean.reset();
        self.metrics.iter_mut().for_each(|metric| metric.reset());
    }

    /// Loss and metrics so far, in Keras's order: by name.
    pub fn logs(&self) -> Logs {
        let mut logs: Logs = vec![("loss".to_string(), self.loss_mean.result())];
        logs.extend(self.metrics.iter().map(|metric| (metric.name().to_string(), metric.result())));
        logs.sort_by(|a, b| a.0.cmp(&b.0));
        logs
    }

    /// One step of gradient descent.
    pub fn train(&mut self, model: &mut dyn AnyModel, batch: &Batch) -> Result<()> {
        let device = model.device();
        let mut context = Context::training(device, self.seed, self.steps);
        self.steps += 1;
        let (output, loss) = self.loss(model, batch, &mut context)?;
        let value = f64::from(Raw::new(loss.clone()).to_vec()?.first().copied().unwrap_or(f32::NAN));
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
                let (Some(leaf), Some(gradients)) = (context.leaf(param.id), gradients.as_mut()) else { continue };
                grads.push(leaf.grad(gradients)?);
                params.push(param);
            }
        }
        drop(context);
        self.optimizer.apply(&mut params, grads)?;
        self.count(&output, batch, value)
    }

    /// Loss and metrics of a batch, without a step.
    pub fn test(&mut self, model: &dyn AnyModel, batch: &Batch) -> Result<()> {
        let mut context = Context::inference(model.device());
        let (output, loss) = self.loss(model, batch, &mut context)?;
        let value = f64::from(Raw::new(loss).to_vec()?.first().copied().unwrap_or(f32::NAN));
        self.count(&output, batch, value)
    }

    /// The gradients of the loss, one for each trainable weight in order.
    pub fn gradients(&mut self, model: &dyn AnyModel, batch: &Batch) -> Result<(f64, Vec<Option<Raw>>)> {
        let mut context = Context::gradients(model.device());
        let (_, loss) = self.loss(model, batch, &mut context)?;
        let value = f64::from(Raw::new(loss.clone()).to_vec()?.first().copied().unwrap_or(f32::NAN));
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

    fn loss(&self, model: &dyn AnyModel, batch: &Batch, context: &mut Context) -> Result<(Value, Tensor<1>)> {
        let inputs = batch.inputs.iter().cloned().map(Value::new).collect();
        let mut outputs = model.forward(inputs, context)?;
        if outputs.is_empty() {
            return Err(Error::Argument("the model has no output".into()));
        }
        let output = outputs.swap_remove(0);
        let device = context.device().clone();
        let target = Raw::from_f32(batch.target.clone(), &batch.target_shape, &device)?;
        let weight = match &batch.weight {
            Some(weight) => Some(Raw::from_f32(weight.clone(), &[weight.len()], &device)?),
            None => None,
        };
        let mut loss = self.loss.mean(&target, &output, weight.as_ref())?;
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
        Ok((output, loss))
    }

    fn count(&mut self, output: &Value, batch: &Batch, loss: f64) -> Result<()> {
        let samples = batch.target_shape.first().copied().unwrap_or(1);
        self.loss_mean.add(loss, samples as f64);
        if self.metrics.is_empty() {
            return Ok(());
        }
        let shape = output.data.shape();
        let predicted = output.data.inner()?.to_vec()?;
        let mask = match &output.mask {
            Some(mask) => Some(mask.to_vec()?),
            None => None,
        };
        let weight = combined(batch.weight.as_deref(), mask.as_deref(), samples);
        for metric in &mut self.metrics {
            metric.update(&batch.target, &batch.target_shape, &predicted, &shape, weight.as_deref())?;
        }
        Ok(())
    }
}

/// Sample weights and mask as one weight for each counted item.
fn combined(weight: Option<&[f32]>, mask: Option<&[f32]>, samples: usize) -> Option<Vec<f32>> {
    match (weight, mask) {
        (None, None) => None,
        (Some(weight), None) => Some(weight.to_vec()),
        (None, Some(mask)) => Some(mask.to_vec()),
        (Some(weight), Some(mask)) => {
            let steps = mask.len() / samples.max(1);
            Some(mask.iter().enumerate().map(|(i, m)| m * weight[i / steps.max(1)]).collect())
        }
    }
}

/// Takes the samples at `rows` out of the data.
pub(crate) fn batch(
    model: &dyn AnyModel,
    inputs: &[Data<'_>],
    target: &Data<'_>,
    weight: Option<&[f32]>,
    rows: &[usize],
) -> Result<Batch> {
    let device = model.device();
    let dtypes: Vec<DType> = model.structure().inputs.iter().map(|info| info.spec.dtype).collect();
    let inputs = inputs
        .iter()
        .zip(dtypes)
        .map(|(data, dtype)| data.batch(rows, dtype, &device))
        .collect::<Result<Vec<_>>>()?;
    let mut values = Vec::new();
    target.gather_f32(rows, &mut values);
    let mut target_shape = target.shape().to_vec();
    target_shape[0] = rows.len();
    let weight = weight.map(|weight| rows.iter().map(|row| weight[*row]).collect());
    Ok(Batch { inputs, target: values, target_shape, weight })
}
