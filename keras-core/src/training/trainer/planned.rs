//! A step on a plan: slices from the data to the weights.

use super::{Batch, Memory, Output, Spread, Trainer, number};
use crate::context::Context;
use crate::engine::{Plan, Trained, regularize};
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::{Raw, Value};
use crate::training::losses::Rows;
use crate::training::optimizers::OwnGradient;
use crate::training::regularizers::penalty;
use crate::{Error, Result};

/// One step of gradient descent.
pub(super) fn train(
    trainer: &mut Trainer,
    model: &mut dyn AnyModel,
    plan: &mut Plan,
    batch: &Batch<'_>,
    step: u64,
) -> Result<()> {
    plan.fill(batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| Context::training(model.device(), trainer.seed, step));
    plan.forward(model, context.as_mut())?;
    let (mut value, parts) = losses(trainer, model, plan, true)?;
    plan.backward(model, trainer.optimizer.takes_late())?;
    drop(context);
    let mut layers = model.layers_mut();
    let mut all: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
    plan.updates(&mut |layer, weight, how| {
        if let Some(to) = all[plan.starts()[layer] + weight].value.as_f32_mut() {
            how(to);
        }
    });
    let mut params: Vec<&mut Param> = Vec::new();
    let mut gradients: Vec<Option<OwnGradient<'_>>> = Vec::new();
    for (param, gradient) in all.into_iter().zip(plan.gradients()) {
        let mut gradient = match gradient {
            Trained::Yes(gradient) => gradient,
            // Of a weight without a regulariser.
            Trained::Late(gradient) => {
                gradients.push(Some(OwnGradient::Late(gradient)));
                params.push(param);
                continue;
            }
            Trained::No => {
                value += regularized(param, None)?;
                continue;
            }
        };
        value += regularized(param, gradient.as_deref_mut())?;
        gradients.push(gradient.map(OwnGradient::Whole));
        params.push(param);
    }
    trainer.optimizer.apply_in_place(&mut params, &mut gradients)?;
    count(trainer, plan, &parts, value)
}

/// Loss and metrics of a batch.
pub(super) fn test(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    plan: &mut Plan,
    batch: &Batch<'_>,
) -> Result<()> {
    plan.fill(batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| model.inference());
    plan.forward(model, context.as_mut())?;
    let (mut value, parts) = losses(trainer, model, plan, false)?;
    for i in 0..model.structure().layers.len() {
        for param in model.layer_at(i).params() {
            value += regularized(param, None)?;
        }
    }
    count(trainer, plan, &parts, value)
}

/// The loss of a batch and the gradient of each weight that is trained.
pub(super) fn gradients(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    plan: &mut Plan,
    batch: &Batch<'_>,
) -> Result<(f64, Vec<Option<Raw>>)> {
    plan.fill(batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| Context::gradients(model.device()));
    plan.forward(model, context.as_mut())?;
    let (mut value, _) = losses(trainer, model, plan, true)?;
    plan.backward(model, false)?;
    let mut gradients = Vec::new();
    let layers = model.layers();
    let params = layers.iter().flat_map(|layer| layer.params());
    for (param, gradient) in params.zip(plan.gradients()) {
        match gradient {
            Trained::No => value += regularized(param, None)?,
            Trained::Yes(mut gradient) => {
                value += regularized(param, gradient.as_deref_mut())?;
                gradients.push(gradient.map(|g| param.tensor(g.to_vec())).transpose()?);
            }
            Trained::Late(gradient) => gradients.push(Some(param.tensor(gradient.whole())?)),
        }
    }
    Ok((value, gradients))
}

/// What a weight adds to the loss; its gradient is added too.
fn regularized(param: &Param, mut gradient: Option<&mut [f32]>) -> Result<f64> {
    if let Some(value) = regularize(param, gradient.as_deref_mut()) {
        return Ok(value);
    }
    let leaf = param.value.tracked()?;
    let Some(penalty) = penalty(&param.regularizer, &leaf)? else { return Ok(0.0) };
    let value = number(&penalty)?;
    if let Some(gradient) = gradient
        && let Some(own) = leaf.grad(&mut penalty.backward())?
    {
        gradient.iter_mut().zip(own.to_vec()?).for_each(|(sum, g)| *sum += g);
    }
    Ok(value)
}

/// The whole loss without what weights add, and that of each output where there are several; with the gradients of
/// the outputs, if so wished.
fn losses(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    plan: &mut Plan,
    backward: bool,
) -> Result<(f64, Vec<f64>)> {
    if trainer.outputs.is_empty() {
        return Err(Error::Argument("the model has no output".into()));
    }
    let several = trainer.outputs.len() > 1;
    let (mut total, mut parts) = (plan.extra_loss(), Vec::new());
    for (i, output) in trainer.outputs.iter().enumerate() {
        let loss = match native(output, &mut trainer.memory, plan, i, backward)? {
            Some(loss) => loss,
            None => burn(output, &trainer.memory, model, plan, i, backward)?,
        };
        if several {
            parts.push(loss);
        }
        total += loss * output.weight;
        if backward
            && output.weight != 1.0
            && let (_, Some(grad)) = plan.output_grad(i)
        {
            grad.iter_mut().for_each(|g| *g *= output.weight as f32);
        }
    }
    Ok((total, parts))
}

/// The loss of output `i` by its kernel.
fn native(
    output: &Output,
    memory: &mut Memory,
    plan: &mut Plan,
    i: usize,
    backward: bool,
) -> Result<Option<f64>> {
    let Some(native) = output.loss.native() else { return Ok(None) };
    let Memory { targets, weights, factors, scratch } = memory;
    let (target, target_shape) = &targets[i];
    let (_, shape) = plan.output(i);
    let [rest @ .., last] = shape else { return Ok(None) };
    if rest.is_empty() || (!output.loss.classes() && target_shape != shape) {
        return Ok(None);
    }
    let (last, rows): (usize, usize) = (*last, rest.iter().product());
    if rows == 0 {
        return Ok(None);
    }
    factors.clear();
    factors.resize(rows, 1.0);
    let mut count = rows as f32;
    if let Some(mask) = plan.output_mask(i) {
        let spread = Spread::new(&mask.shape, rest, "mask")?;
        spread.multiply(factors, rest, |i| f32::from(u8::from(mask.counts[i])));
        count = factors.iter().sum::<f32>().max(1.0);
    }
    let weights = &weights[i];
    if !weights.shape.is_empty() {
        let spread = Spread::new(&weights.shape, rest, "sample weight")?;
        spread.multiply(factors, rest, |i| weights.values[i]);
    }
    factors.iter_mut().for_each(|f| *f /= count);
    let (p, grad) = plan.output_grad(i);
    let rows = Rows { t: target, p, last, factors };
    Ok(native.run(&rows, grad.filter(|_| backward), scratch))
}

/// The loss of output `i` by its Burn code.
fn burn(
    output: &Output,
    memory: &Memory,
    model: &dyn AnyModel,
    plan: &mut Plan,
    i: usize,
    backward: bool,
) -> Result<f64> {
    let device = model.device();
    let (p, shape) = plan.output(i);
    let mut leaf = Raw::from_f32(p.to_vec(), shape, &device)?;
    if backward {
        leaf = leaf.tracked()?;
    }
    let mask = match plan.output_mask(i) {
        Some(mask) => Some(Raw::from_bool(mask.counts.clone(), &mask.shape, &device)?),
        None => None,
    };
    let (target, target_shape) = &memory.targets[i];
    let target = Raw::from_f32(target.clone(), target_shape, &device)?;
    let weight = memory.weights[i].tensor(&device)?;
    let loss = output.loss.mean(&target, &Value::new(leaf.clone()).with_mask(mask), weight.as_ref())?;
    let value = number(&loss)?;
    if let (true, (_, Some(grad))) = (backward, plan.output_grad(i)) {
        let own = if loss.is_tracked() { leaf.grad(&mut loss.backward())? } else { None };
        match own {
            Some(own) => grad.copy_from_slice(&own.to_vec()?),
            None => grad.fill(0.0),
        }
    }
    Ok(value)
}

/// Tells the metrics.
fn count(trainer: &mut Trainer, plan: &Plan, parts: &[f64], loss: f64) -> Result<()> {
    trainer.count_loss(parts, loss);
    for i in 0..trainer.outputs.len() {
        if !trainer.outputs[i].counts() {
            continue;
        }
        let (predicted, shape) = plan.output(i);
        let mask = plan.output_mask(i).map(|mask| {
            let numbers: Vec<f32> = mask.counts.iter().map(|c| f32::from(u8::from(*c))).collect();
            (numbers, mask.shape.as_slice())
        });
        let mask = mask.as_ref().map(|(numbers, shape)| (numbers.as_slice(), *shape));
        trainer.count(i, predicted, shape, mask)?;
    }
    Ok(())
}
