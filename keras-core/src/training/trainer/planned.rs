//! A step on a plan: slices from the data to the weights.

use super::{Batch, Memory, Output, Spread, Trainer};
use crate::context::Context;
use crate::engine::{MaskPlace, Plan, Trained, regularize};
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::Raw;
use crate::training::losses::{LossKey, LossPlan, Native, Rows};
use crate::training::optimizers::{OwnGradient, scale};
use crate::training::regularizers::PenaltyPlan;
use crate::training::spread::share;
use crate::training::step::trained;
use crate::training::weights::Weights;
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
    updates(&mut all, plan, |_| {});
    value = apply(trainer, all, plan, value)?;
    count(trainer, plan, &parts, value)
}

/// Changes the weights that layers keep themselves; `changed` is told which.
pub(super) fn updates(all: &mut [&mut Param], plan: &Plan, mut changed: impl FnMut(usize)) {
    plan.updates(&mut |layer, weight, how| {
        let at = plan.starts()[layer] + weight;
        if let Some(to) = all[at].value.as_f32_mut() {
            how(to);
            changed(at);
        }
    });
}

/// Changes the weights by the gradients that the plan holds; gives the loss with what weights add to it.
pub(super) fn apply(
    trainer: &mut Trainer,
    all: Vec<&mut Param>,
    plan: &mut Plan,
    mut value: f64,
) -> Result<f64> {
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
            // Keras counts no regularisers of frozen weights.
            Trained::No => continue,
        };
        value += regularized(&mut trainer.memory, param, gradient.as_deref_mut())?;
        gradients.push(gradient.map(OwnGradient::Whole));
        params.push(param);
    }
    scale(&mut gradients, trainer.optimizer.loss_scale());
    trainer.optimizer.apply_in_place(&mut params, &mut gradients)?;
    Ok(value)
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
    let (value, parts) = losses(trainer, plan, false)?;
    let value = with_penalties(trainer, model, value)?;
    count(trainer, plan, &parts, value)
}

/// The loss with what the weights that are trained add to it.
pub(super) fn with_penalties(trainer: &mut Trainer, model: &dyn AnyModel, mut value: f64) -> Result<f64> {
    let mut params = Vec::new();
    (0..model.structure().layers.len()).for_each(|i| trained(model.layer_at(i), &mut params));
    for param in params {
        value += regularized(&mut trainer.memory, param, None)?;
    }
    Ok(value)
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
    let (value, _) = losses(trainer, plan, true)?;
    plan.backward(model, false)?;
    collected(trainer, model, plan, value)
}

/// The loss with what weights add to it, and the gradients that the plan holds.
pub(super) fn collected(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    plan: &mut Plan,
    mut value: f64,
) -> Result<(f64, Vec<Option<Raw>>)> {
    let mut gradients = Vec::new();
    let layers = model.layers();
    let params = layers.iter().flat_map(|layer| layer.params());
    for (param, gradient) in params.zip(plan.gradients()) {
        match gradient {
            Trained::No => {}
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
    let shape = plan.output(i).1;
    let Some(native) = native_for(output, &memory.targets[i].1, shape) else { return Ok(None) };
    let [rest @ .., _] = shape else { return Ok(None) };
    let rows: usize = rest.iter().product();
    if rows == 0 {
        return Ok(None);
    }
    let (valid, weighted) = spread(&mut memory.factors, rest, plan.output_mask(i), &memory.weights[i])?;
    let divisor = output.loss.reduces().divisor(rows as f64, valid, weighted);
    Ok(by_kernel(&native, memory, plan, i, divisor, backward))
}

/// The kernel for the loss of an output of this shape, if there is one: of losses that are each of one row of the output.
pub(super) fn native_for(output: &Output, target: &[usize], shape: &[usize]) -> Option<Native> {
    let native = output.loss.native()?;
    let has_rows = shape.len() > 1 && (output.loss.classes() || target == shape);
    has_rows.then_some(native)
}

/// The loss of output `i` by its kernel, where the sum of the losses is divided by `divisor`.
pub(super) fn by_kernel(
    native: &Native,
    memory: &mut Memory,
    plan: &mut Plan,
    i: usize,
    divisor: f64,
    backward: bool,
) -> Option<f64> {
    let Memory { targets, factors, scratch, .. } = memory;
    let divisor = divisor as f32;
    let last = plan.output(i).1.last().copied().unwrap_or(1);
    let (p, grad) = plan.output_grad(i);
    // As in Keras, where nothing counts there is no loss, even of numbers that are not finite.
    if divisor == 0.0 {
        if let Some(grad) = grad {
            grad.fill(0.0);
        }
        return Some(0.0);
    }
    factors.iter_mut().for_each(|f| *f /= divisor);
    let rows = Rows { t: &targets[i].0, p, last, factors };
    native.run(&rows, grad.filter(|_| backward), scratch)
}

/// What each of the losses of shape `losses` counts by mask and weights; with how many count where some do not, and the sum of
/// the weights where there are any.
pub(super) fn spread(
    factors: &mut Vec<f32>,
    losses: &[usize],
    mask: Option<&MaskPlace>,
    weights: &Weights,
) -> Result<(Option<f64>, Option<f64>)> {
    factors.clear();
    factors.resize(losses.iter().product(), 1.0);
    let sum = |factors: &[f32]| factors.iter().map(|f| f64::from(*f)).sum::<f64>();
    let (mut valid, mut weighted) = (None, None);
    if let Some(mask) = mask {
        let spread = Spread::new(&mask.shape, losses, "mask")?;
        spread.multiply(factors, losses, |i| f32::from(u8::from(mask.counts[i])));
        valid = Some(sum(factors));
    }
    if !weights.shape.is_empty() {
        let spread = Spread::new(&weights.shape, losses, "sample weight")?;
        spread.multiply(factors, losses, |i| weights.values[i]);
        let parts = [mask.map_or(&[][..], |mask| &mask.shape), &weights.shape];
        weighted = Some(sum(factors) * share(&parts, losses));
    }
    Ok((valid, weighted))
}

/// Losses that are laid out for so many shapes of batches are kept: training has two, as has its validation.
const KEPT: usize = 4;

/// The loss of output `i` in operations.
fn by_plan(output: &Output, memory: &mut Memory, plan: &mut Plan, i: usize, backward: bool) -> Result<f64> {
    let Memory { targets, weights, plans, .. } = memory;
    let (target, target_shape) = &targets[i];
    let weight = &weights[i];
    let mask = plan.output_mask(i).map_or(&[][..], |mask| &mask.shape);
    let shapes = [target_shape, plan.output(i).1, &weight.shape, mask];
    let laid_out = laid_out(output, plans, i, shapes, backward)?;
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
    laid_out.run(target, p, |i| weight.values[i], |i| f32::from(u8::from(counts(i))), grad)
}

/// The loss of output `i` laid out for these shapes: of targets, output, sample weights and mask.
pub(super) fn laid_out<'p>(
    output: &Output,
    plans: &'p mut Vec<Vec<LossPlan>>,
    i: usize,
    [target, shape, weight, mask]: [&[usize]; 4],
    gradient: bool,
) -> Result<&'p mut LossPlan> {
    if plans.len() <= i {
        plans.resize_with(i + 1, Vec::new);
    }
    let kept = &mut plans[i];
    let fits = |key: &LossKey| {
        key.gradient == gradient
            && key.target == target
            && key.output == shape
            && key.weight == weight
            && key.mask == mask
    };
    let at = match kept.iter().position(|loss| fits(loss.key())) {
        Some(at) => at,
        None => {
            let key = LossKey {
                target: target.to_vec(),
                output: shape.to_vec(),
                weight: weight.to_vec(),
                mask: mask.to_vec(),
                gradient,
            };
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push(output.loss.plan(key)?);
            kept.len() - 1
        }
    };
    Ok(&mut kept[at])
}

/// Tells the loss and the metrics.
fn count(trainer: &mut Trainer, plan: &Plan, parts: &[f64], loss: f64) -> Result<()> {
    trainer.count_loss(parts, loss, trainer.samples() as f64);
    metrics(trainer, plan)
}

/// Tells the metrics.
pub(super) fn metrics(trainer: &mut Trainer, plan: &Plan) -> Result<()> {
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
