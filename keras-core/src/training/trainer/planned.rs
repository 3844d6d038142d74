//! A step on a plan: slices from the data to the weights.

use super::{Batch, Memory, Output, Spread, Trainer};
use crate::context::Context;
use crate::engine::{Plan, Trained, regularize};
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::losses::{LossKey, Rows};
use crate::training::optimizers::{OwnGradient, scale};
use crate::training::regularizers::PenaltyPlan;
use crate::{Error, Result};

/// One step of gradient descent.
pub(super) fn train(
    trainer: &mut Trainer,
    model: &mut dyn AnyModel,
    plan: &mut Plan,
    batch: &Batch<'_>,
    step: u64,
) -> Result<()> {
    plan.fill(model, batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| Context::training(trainer.seed, step));
    plan.forward(model, context.as_mut())?;
    let (mut value, parts) = losses(trainer, plan, true)?;
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
                value += regularized(&mut trainer.memory, param, None)?;
                continue;
            }
        };
        value += regularized(&mut trainer.memory, param, gradient.as_deref_mut())?;
        gradients.push(gradient.map(OwnGradient::Whole));
        params.push(param);
    }
    scale(&mut gradients, trainer.optimizer.loss_scale());
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
    plan.fill(model, batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| model.inference());
    plan.forward(model, context.as_mut())?;
    let (mut value, parts) = losses(trainer, plan, false)?;
    for i in 0..model.structure().layers.len() {
        for param in model.layer_at(i).params() {
            value += regularized(&mut trainer.memory, param, None)?;
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
    plan.fill(model, batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(Context::inference);
    plan.forward(model, context.as_mut())?;
    let (mut value, _) = losses(trainer, plan, true)?;
    plan.backward(model, false)?;
    let mut gradients = Vec::new();
    let layers = model.layers();
    let params = layers.iter().flat_map(|layer| layer.params());
    for (param, gradient) in params.zip(plan.gradients()) {
        match gradient {
            Trained::No => value += regularized(&mut trainer.memory, param, None)?,
            Trained::Yes(mut gradient) => {
                value += regularized(&mut trainer.memory, param, gradient.as_deref_mut())?;
                gradients.push(gradient.map(|g| param.tensor(g)).transpose()?);
            }
            Trained::Late(gradient) => gradients.push(Some(param.tensor(&gradient.whole())?)),
        }
    }
    Ok((value, gradients))
}

/// What a weight adds to the loss; its gradient is added too.
fn regularized(memory: &mut Memory, param: &Param, mut gradient: Option<&mut [f32]>) -> Result<f64> {
    if let Some(value) = regularize(param, gradient.as_deref_mut()) {
        return Ok(value);
    }
    let penalties = &mut memory.penalties;
    let at = match penalties.iter().position(|(id, _)| *id == param.id) {
        Some(at) => at,
        None => {
            let Some(plan) = PenaltyPlan::new(&param.regularizer, &param.value.shape())? else {
                return Ok(0.0);
            };
            penalties.push((param.id, plan));
            penalties.len() - 1
        }
    };
    let (value, own) = penalties[at].1.run(param.value.as_f32().unwrap_or_default())?;
    if let Some(gradient) = gradient {
        gradient.iter_mut().zip(own).for_each(|(sum, g)| *sum += g);
    }
    Ok(f64::from(value))
}

/// The whole loss without what weights add, and that of each output where there are several; with the gradients of
/// the outputs, if so wished.
fn losses(trainer: &mut Trainer, plan: &mut Plan, backward: bool) -> Result<(f64, Vec<f64>)> {
    if trainer.outputs.is_empty() {
        return Err(Error::Argument("the model has no output".into()));
    }
    let several = trainer.outputs.len() > 1;
    let (mut total, mut parts) = (plan.extra_loss(), Vec::new());
    for (i, output) in trainer.outputs.iter().enumerate() {
        let loss = match native(output, &mut trainer.memory, plan, i, backward)? {
            Some(loss) => loss,
            None => by_plan(output, &mut trainer.memory, plan, i, backward)?,
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
    let Memory { targets, weights, factors, scratch, .. } = memory;
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
    let sum = |factors: &[f32]| factors.iter().map(|f| f64::from(*f)).sum::<f64>();
    let (mut valid, mut weighted) = (None, None);
    if let Some(mask) = plan.output_mask(i) {
        let spread = Spread::new(&mask.shape, rest, "mask")?;
        spread.multiply(factors, rest, |i| f32::from(u8::from(mask.counts[i])));
        valid = Some(sum(factors));
    }
    let weights = &weights[i];
    if !weights.shape.is_empty() {
        let spread = Spread::new(&weights.shape, rest, "sample weight")?;
        spread.multiply(factors, rest, |i| weights.values[i]);
        weighted = Some(sum(factors));
    }
    let divisor = output.loss.reduces().divisor(rows as f64, valid, weighted) as f32;
    // As in Keras, where nothing counts there is no loss.
    factors.iter_mut().for_each(|f| *f = if divisor == 0.0 { 0.0 } else { *f / divisor });
    let (p, grad) = plan.output_grad(i);
    let rows = Rows { t: target, p, last, factors };
    Ok(native.run(&rows, grad.filter(|_| backward), scratch))
}

/// Losses that are laid out for so many shapes of batches are kept: training has two, as has its validation.
const KEPT: usize = 4;

/// The loss of output `i` in operations.
fn by_plan(output: &Output, memory: &mut Memory, plan: &mut Plan, i: usize, backward: bool) -> Result<f64> {
    let Memory { targets, weights, plans, .. } = memory;
    let (target, target_shape) = &targets[i];
    let weight = &weights[i];
    if plans.len() <= i {
        plans.resize_with(i + 1, Vec::new);
    }
    let kept = &mut plans[i];
    let mask = plan.output_mask(i).map_or(&[][..], |mask| &mask.shape);
    let shape = plan.output(i).1;
    let fits = |key: &LossKey| {
        key.gradient == backward
            && key.target == *target_shape
            && key.output == shape
            && key.weight == weight.shape
            && key.mask == mask
    };
    let at = match kept.iter().position(|loss| fits(loss.key())) {
        Some(at) => at,
        None => {
            let key = LossKey {
                target: target_shape.clone(),
                output: shape.to_vec(),
                weight: weight.shape.clone(),
                mask: mask.to_vec(),
                gradient: backward,
            };
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push(output.loss.plan(key)?);
            kept.len() - 1
        }
    };
    let (p, mask, grad) = plan.output_parts(i);
    let counts = |i: usize| mask.is_none_or(|mask| mask.counts[i]);
    let mut unwanted = Vec::new();
    let grad = match grad {
        _ if !backward => None,
        Some(grad) => Some(grad),
        // Nothing depends on the output, so nobody asks for its gradient.
        None => {
            unwanted.resize(p.len(), 0.0);
            Some(unwanted.as_mut_slice())
        }
    };
    kept[at].run(target, p, |i| weight.values[i], |i| f32::from(u8::from(counts(i))), grad)
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
