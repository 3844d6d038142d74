use burn::tensor::Tensor;
use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::TimeDistributed;

use super::Operations;
use crate::context::Context;
use crate::model::Trace;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Operations for TimeDistributed {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (config, name) = (self.layer.config, self.layer.name.unwrap_or(self.layer.config.snake()));
        let x = &inputs[0];
        let [batch, time, ..] = **x.shape() else {
            let shape = x.shape();
            return Err(Error::layer(format!("TimeDistributed needs (batch, time, ...), found {shape}")));
        };
        let mask = cx.mask(0);
        if let Some(mask) = &mask
            && mask.shape().get(..2) != Some(&[batch, time])
        {
            let shape = mask.shape();
            let message =
                format!("a mask of shape {shape} does not fit a sequence of (batch, time) ({batch}, {time})");
            return Err(Error::layer(message));
        }
        let y = if cx.training() && !cx.frozen() && config.uses_batch() {
            // Each step has a batch of its own, and goes on from the averages that the step before has left.
            let (xs, masks) = (ops::unstack(x, 1), mask.as_ref().map(|mask| ops::unstack(mask, 1)));
            let ys = cx.in_turn(time, |t, cx| {
                let mask = masks.as_ref().map(|masks| within_steps(&masks[t], config, &xs[t]));
                let mut outputs = cx.within(name, config, &[xs[t].clone()], &[mask])?;
                Ok(outputs.swap_remove(0).0)
            })?;
            if ys.is_empty() {
                return Err(Error::layer("a sequence of no steps has no output"));
            }
            ops::stack(ys, 1)
        } else {
            let mask = mask.as_ref().map(folded);
            // One that tells of whole steps is one of samples inside.
            let mask = mask.filter(|mask| mask.ndim() > 1 || config.takes_whole_steps());
            let before = cx.losses();
            let y = cx.within(name, config, &[folded(x)], &[mask])?.swap_remove(0).0;
            // What the inner layer adds to the loss, it has divided by the samples of the larger batch.
            cx.scale_losses(before, time as f64);
            let rest = y.shape()[1..].iter().map(|n| *n as isize);
            let shape: Vec<isize> = [batch as isize, time as isize].into_iter().chain(rest).collect();
            ops::reshape(&y, shape)
        };
        if let Some(mask) = mask {
            cx.set_mask(0, Some(mask_of_output(&mask, y.shape())));
        }
        Ok(vec![y])
    }
}

/// `(batch, time, ...)` with the steps as samples.
fn folded(x: &Symbolic) -> Symbolic {
    let (lead, rest) = x.shape().split_at(2);
    let rest = rest.iter().map(|n| *n as isize);
    ops::reshape(x, core::iter::once(lead.iter().product::<usize>() as isize).chain(rest).collect::<Vec<_>>())
}

/// What is said of a step is said of the steps within it.
fn within_steps(mask: &Symbolic, inner: &keras_shape::LayerConfig, step: &Symbolic) -> Symbolic {
    let of_steps = matches!(inner.facts().named_mask, keras_shape::NamedMask::StepsAndMore);
    match **step.shape() {
        [batch, steps, ..] if of_steps && mask.ndim() == 1 => {
            ops::broadcast_to(ops::expand_dims(mask, 1), [batch, steps])
        }
        _ => mask.clone(),
    }
}

/// The mask of an output of this shape. A mask of axes that the inner layer has reduced says of a step that it counts if
/// any part of it does.
fn mask_of_output(mask: &Symbolic, shape: &[usize]) -> Symbolic {
    let axes = mask.shape();
    if axes.len() == 2 || (axes.len() < shape.len() && shape.starts_with(axes)) {
        return mask.clone();
    }
    let parts = axes[2..].iter().product::<usize>() as isize;
    ops::any(ops::reshape(mask, [axes[0] as isize, axes[1] as isize, parts]), -1).build()
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
