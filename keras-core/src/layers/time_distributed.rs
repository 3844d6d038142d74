use burn::tensor::Tensor;
use keras_shape::LayerConfig;
use keras_shape::layers::TimeDistributed;

use super::Forward;
use crate::context::Context;
use crate::tensor_ops::regularize::activity;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for TimeDistributed {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let inner = self.layer.config;
        let each = context.training && !context.frozen && looks_at_batch(inner);
        let mut weights = weights.to_vec();
        let call = |mut step: Value, context: &mut Context| {
            if each {
                within_steps(inner, &mut step)?;
            } else if !inner.takes_whole_steps() {
                step.mask = step.mask.filter(|mask| mask.rank() > 1);
            }
            let before = context.updates().len();
            let mut outputs = inner.call(&weights, &[step], context)?;
            // A step goes on from the averages that the step before left.
            for update in &context.updates()[before..] {
                for weight in weights.iter_mut().filter(|weight| weight.id == update.id) {
                    weight.data = update.value.clone();
                }
            }
            Ok(outputs.swap_remove(0))
        };
        let y = over_time(&inputs[0], each, context, call)?;
        // Of all steps, as if the inner layer stood alone.
        activity(inner.activity_regularizer(), &y.data, context)?;
        Ok(vec![y])
    }
}

/// What is said of a step is said of the steps within it.
fn within_steps(inner: &LayerConfig, step: &mut Value) -> Result<()> {
    if let (Some(whole), LayerConfig::TimeDistributed(_), [batch, inner, ..]) =
        (&step.mask, inner, &step.data.shape()[..])
        && whole.rank() == 1
    {
        step.mask = Some(whole.reshape(&[*batch, 1])?.repeat(1, *inner)?);
    }
    Ok(())
}

/// Runs `inner` at every step of a sequence: once, with the steps as samples of a larger batch, or if `each`, as in
/// Keras, at one step after the other.
pub(crate) fn over_time(
    x: &Value,
    each: bool,
    context: &mut Context,
    mut inner: impl FnMut(Value, &mut Context) -> Result<Value>,
) -> Result<Value> {
    let (batch, time) = match x.data.shape().as_slice() {
        [batch, time, _, ..] => (*batch, *time),
        shape => {
            return Err(Error::layer(format!(
                "TimeDistributed needs (batch, time, ...), found {shape:?}"
            )));
        }
    };
    if let Some(mask) = &x.mask
        && mask.shape().get(..2) != Some(&[batch, time])
    {
        let shape = mask.shape();
        let message =
            format!("a mask of shape {shape:?} does not fit a sequence of (batch, time) ({batch}, {time})");
        return Err(Error::layer(message));
    }
    if each {
        return step_by_step(x, [batch, time], context, inner);
    }
    // Of the inner layer's steps the mask of this step is said, and of their axes.
    let inner_mask = x.mask.as_ref().map(fold).transpose()?;
    let before = context.losses();
    let y = inner(Value::new(fold(&x.data)?).with_mask(inner_mask), context)?;
    // What the inner layer adds to the loss, it has divided by the samples of the larger batch.
    context.scale_losses(before, time as f64);
    let mut shape = y.data.shape();
    shape.splice(..1, [batch, time]);
    let mask = x.mask.as_ref().map(|mask| mask_of(mask, &shape)).transpose()?;
    Ok(Value::new(y.data.reshape(&shape)?).with_mask(mask))
}

/// The mask of an output of this shape. A mask of axes that the inner layer has reduced says of a step that it
/// counts if any part of it does.
fn mask_of(mask: &Raw, shape: &[usize]) -> Result<Raw> {
    let axes = mask.shape();
    if axes.len() == 2 || (axes.len() < shape.len() && shape.starts_with(&axes)) {
        return Ok(mask.clone());
    }
    let parts = axes[2..].iter().product();
    Ok(Raw::new(mask.reshape(&[axes[0], axes[1], parts])?.bool::<3>()?.any_dim(2).squeeze_dim::<2>(2)))
}

/// `(batch, time, ...)` to `(batch * time, ...)`.
fn fold(x: &Raw) -> Result<Raw> {
    let mut shape = x.shape();
    let rows = shape.iter().take(2).product();
    shape.splice(..2, [rows]);
    x.reshape(&shape)
}

/// Whether a sample's result depends on the other samples of the batch while training.
pub(crate) fn looks_at_batch(config: &LayerConfig) -> bool {
    match config {
        LayerConfig::BatchNormalization(_) | LayerConfig::SpectralNormalization(_) => true,
        LayerConfig::TimeDistributed(wrapper) => looks_at_batch(wrapper.layer.config),
        _ => false,
    }
}

/// Runs a layer at one step after the other; each sees the averages that the step before left.
fn step_by_step(
    x: &Value,
    [batch, time]: [usize; 2],
    context: &mut Context,
    mut inner: impl FnMut(Value, &mut Context) -> Result<Value>,
) -> Result<Value> {
    let mut steps: Vec<Tensor<3>> = Vec::with_capacity(time);
    let mut shape = Vec::new();
    for t in 0..time {
        let mask = x.mask.as_ref().map(|mask| at_step(mask, t)).transpose()?;
        let y = inner(Value::new(at_step(&x.data, t)?).with_mask(mask), context)?;
        shape = y.data.shape();
        let width = shape.iter().skip(1).product();
        steps.push(y.data.reshape(&[batch, 1, width])?.float()?);
    }
    if steps.is_empty() {
        return Err(Error::layer("a sequence of no steps has no output"));
    }
    shape.splice(..1, [batch, time]);
    let mask = x.mask.as_ref().map(|mask| mask_of(mask, &shape)).transpose()?;
    let y = Raw::new(Tensor::cat(steps, 1)).reshape(&shape)?;
    Ok(Value::new(y).with_mask(mask))
}

/// `(batch, time, ...)` at one step: `(batch, ...)`.
fn at_step(x: &Raw, t: usize) -> Result<Raw> {
    let mut shape = x.shape();
    let flat = x.reshape(&[shape[0], shape[1], shape.iter().skip(2).product()])?;
    shape.remove(1);
    let step = if x.is_bool() {
        Raw::new(flat.bool::<3>()?.narrow(1, t, 1))
    } else {
        Raw::new(flat.float::<3>()?.narrow(1, t, 1))
    };
    step.reshape(&shape)
}
