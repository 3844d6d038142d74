//! A step that several ranks make together, each on its rows of the batch: what they add up is what one process computes from
//! all rows.
//!
//! Three times in a step each rank tells the others how far it is, so that no rank waits for one that has failed: before the
//! losses, which are divided by what counts in the whole batch; before the gradients are added up; and with loss and metrics.

use std::borrow::Cow;
use std::sync::Arc;

use super::planned::{apply, by_kernel, collected, metrics, native_for, spread, updates, with_penalties};
use super::{Batch, Output, Trainer, plan_for, whole};
use crate::context::Context;
use crate::distribution::Ranks;
use crate::engine::{InUse, Mode, Plan, Trained};
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::Raw;
use crate::{Error, Result};

/// A batch that has been through the forward pass on all ranks.
struct Passed {
    plan: InUse,
    /// The samples of the whole batch.
    samples: f64,
    /// This rank's part of them.
    share: f64,
    /// What the loss of each output is divided by, where its kernel computes it.
    divisors: Vec<Option<f64>>,
}

/// One step of gradient descent.
pub(super) fn train(
    trainer: &mut Trainer,
    model: &mut dyn AnyModel,
    batch: &Batch<'_>,
    step: u64,
    ranks: &Arc<Ranks>,
) -> Result<()> {
    let mut passed = pass(trainer, model, batch, Mode::TRAIN, Some(step), ranks)?;
    let found = losses(trainer, &mut passed, true, ranks);
    let found = found.and_then(|found| {
        passed.plan.backward(model, false)?;
        whole_numbers(trainer, &found, ranks)?;
        Ok(found)
    });
    let plan = &mut *passed.plan;
    let mut layers = model.layers_mut();
    let mut all: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
    let mut moved = Vec::new();
    let exchanged = &mut trainer.memory.exchanged;
    let found = found.and_then(|found| {
        updates(&mut all, plan, |at| moved.push(at));
        moved.sort_unstable();
        moved.dedup();
        // With a scaled loss infinite gradients are no fault: the optimiser leaves the step out.
        let finite = pack(plan, exchanged, passed.share, ranks.is_idle());
        if !finite && trainer.optimizer.loss_scale() == 1.0 {
            return Err(Error::Argument("a gradient is not a number or infinite".into()));
        }
        let averages = moved.iter().filter_map(|at| all[*at].value.as_f32());
        exchanged
            .extend(averages.flatten().map(|x| if ranks.is_idle() { 0.0 } else { x * passed.share as f32 }));
        Ok(found)
    });
    let ready = found.as_ref().map(|_| vec![exchanged.len() as f64]).map_err(copied);
    let lengths = ranks.agree("the gradients of a step", ready)?;
    let mut found = found?;
    same_lengths(&lengths)?;
    ranks.all_reduce(exchanged)?;
    let mut rest = unpack(plan, exchanged);
    for at in moved {
        if let Some(to) = all[at].value.as_f32_mut() {
            let (own, others) = rest.split_at(to.len());
            to.copy_from_slice(own);
            rest = others;
        }
    }
    found.penalties = apply(trainer, all, plan, 0.0)?;
    drop(layers);
    count(trainer, &passed, found, ranks)
}

/// Loss and metrics of a batch.
pub(super) fn test(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    batch: &Batch<'_>,
    ranks: &Arc<Ranks>,
) -> Result<()> {
    let mut passed = pass(trainer, model, batch, Mode::PREDICT, None, ranks)?;
    let mut found = losses(trainer, &mut passed, false, ranks)?;
    found.penalties = with_penalties(trainer, model, 0.0)?;
    count(trainer, &passed, found, ranks)
}

/// The loss of a batch and the gradient of each weight that is trained.
pub(super) fn gradients(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    batch: &Batch<'_>,
    ranks: &Arc<Ranks>,
) -> Result<(f64, Vec<Option<Raw>>)> {
    let mut passed = pass(trainer, model, batch, Mode::GRADIENTS, None, ranks)?;
    let found = losses(trainer, &mut passed, true, ranks);
    let found = found.and_then(|found| passed.plan.backward(model, false).map(|()| found));
    let plan = &mut *passed.plan;
    let exchanged = &mut trainer.memory.exchanged;
    pack(plan, exchanged, passed.share, ranks.is_idle());
    let sums = ranks.sum("the gradients of a batch", found.map(|found| vec![found.total]))?;
    ranks.all_reduce(exchanged)?;
    unpack(plan, exchanged);
    collected(trainer, model, plan, sums.first().copied().unwrap_or(0.0))
}

/// An error for the others, which this rank gives too.
fn copied(error: &Error) -> Error {
    match error {
        Error::Rank { rank, message } => Error::Rank { rank: *rank, message: message.clone() },
        error => Error::Argument(error.to_string()),
    }
}

/// The forward pass of this rank's rows, and what counts in the whole batch.
fn pass(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    batch: &Batch<'_>,
    mode: Mode,
    step: Option<u64>,
    ranks: &Arc<Ranks>,
) -> Result<Passed> {
    let own: Cow<'_, [usize]> = match batch.rows {
        rows if !batch.shared => rows.into(),
        rows => rows[ranks.share(rows.len())].into(),
    };
    let idle = own.is_empty();
    ranks.set_idle(idle);
    // Without a row of its own it computes on one of another: layers exchange numbers, and a pass needs a row.
    let rows = if idle { &batch.rows[..batch.rows.len().min(1)] } else { &own[..] };
    let own = Batch { rows, ..*batch };
    let begun = forward(trainer, model, &own, mode, step, ranks).and_then(|plan| {
        let mut counts = vec![if idle { 0.0 } else { rows.len() as f64 }, batch.rows.len() as f64];
        for i in 0..trainer.outputs.len() {
            counts.extend(counted(trainer, &plan, i, idle)?);
        }
        Ok((plan, counts))
    });
    let (plan, counts) = match begun {
        Ok((plan, counts)) => (Some(plan), Ok(counts)),
        Err(error) => (None, Err(error)),
    };
    let at = if step.is_some() { "a step of training" } else { "a batch that is not trained on" };
    let all = ranks.agree(at, counts)?;
    let Some(plan) = plan else { return Err(Error::Argument("there is no plan".into())) };
    if batch.shared
        && let Some(rank) = all.iter().position(|counts| counts[1] != all[0][1])
    {
        let message = format!("its batch has {} samples, that of rank 0 {}", all[rank][1], all[0][1]);
        return Err(Error::Rank { rank, message });
    }
    let total = |at: usize| all.iter().map(|counts| counts[at]).sum::<f64>();
    let samples = total(0);
    let divisors = trainer.outputs.iter().enumerate().map(|(i, output)| {
        let [losses, valid, weights] = [2, 3, 4].map(|at| at + 3 * i);
        let has = |at: usize| all.iter().any(|counts| counts[at] >= 0.0);
        // Where a rank has no mask, all of its losses count.
        let sum = |at: usize, or: usize| {
            all.iter().map(|counts| if counts[at] >= 0.0 { counts[at] } else { counts[or] }).sum::<f64>()
        };
        let valid_sum = has(valid).then(|| sum(valid, losses));
        // The sum of weights may be anything: its sign says nothing.
        let weighted = all.iter().any(|counts| !counts[weights].is_nan());
        let weighted =
            weighted.then(|| all.iter().map(|counts| counts[weights]).filter(|w| !w.is_nan()).sum());
        let by_kernel = all.iter().all(|counts| counts[losses] >= 0.0);
        by_kernel.then(|| output.loss.reduces().divisor(total(losses), valid_sum, weighted))
    });
    let divisors = divisors.collect();
    let own = if idle { 0.0 } else { rows.len() as f64 };
    Ok(Passed { plan, samples, share: own / samples.max(1.0), divisors })
}

fn forward(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    batch: &Batch<'_>,
    mode: Mode,
    step: Option<u64>,
    ranks: &Arc<Ranks>,
) -> Result<InUse> {
    if batch.rows.is_empty() {
        return Err(Error::Argument("a batch without samples".into()));
    }
    trainer.memory.gather(batch);
    let mut plan = plan_for(model, mode, batch)?;
    plan.fill(model, batch.inputs, batch.rows)?;
    let mut context = plan.needs_context().then(|| match step {
        Some(step) => Context::of_rank(trainer.seed, step, ranks),
        None => model.inference(),
    });
    plan.forward(model, context.as_mut())?;
    Ok(plan)
}

/// How many losses of output `i` there are, how many of them count, and the sum of their weights: -1, -1 and NaN for what there
/// is not.
fn counted(trainer: &mut Trainer, plan: &Plan, i: usize, idle: bool) -> Result<[f64; 3]> {
    let shape = plan.output(i).1;
    let memory = &mut trainer.memory;
    let (target, weights) = (&memory.targets[i].1, &memory.weights[i]);
    if native_for(&trainer.outputs[i], target, shape).is_none() {
        return Ok([-1.0, -1.0, f64::NAN]);
    }
    let rest = &shape[..shape.len() - 1];
    let (valid, weighted) = spread(&mut memory.factors, rest, plan.output_mask(i), weights)?;
    Ok(match idle {
        true => [0.0, valid.map_or(-1.0, |_| 0.0), weighted.map_or(f64::NAN, |_| 0.0)],
        false => [rest.iter().product::<usize>() as f64, valid.unwrap_or(-1.0), weighted.unwrap_or(f64::NAN)],
    })
}

/// This rank's part of the loss.
struct Found {
    total: f64,
    /// That of each output, where there are several.
    parts: Vec<f64>,
    /// What weights add, which all ranks have.
    penalties: f64,
}

/// This rank's part of the losses, and the gradients of the outputs if so wished.
fn losses(trainer: &mut Trainer, passed: &mut Passed, backward: bool, ranks: &Arc<Ranks>) -> Result<Found> {
    if trainer.outputs.is_empty() {
        return Err(Error::Argument("the model has no output".into()));
    }
    let Passed { plan, divisors, share, .. } = passed;
    let (idle, several) = (ranks.is_idle(), trainer.outputs.len() > 1);
    let added = if idle { 0.0 } else { plan.extra_loss() * *share };
    let mut found = Found { total: added, parts: Vec::new(), penalties: 0.0 };
    // What layers add is a mean over the rows of this rank, with a gradient to match: that of the losses is made one of such a
    // mean, and all are weighed when they are added up.
    let weigh = if plan.may_have_loss() && *share > 0.0 { (1.0 / *share) as f32 } else { 1.0 };
    for (i, output) in trainer.outputs.iter().enumerate() {
        let memory = &mut trainer.memory;
        let (target, shape) = (&memory.targets[i].1, plan.output(i).1);
        let loss = match (divisors[i], native_for(output, target, shape)) {
            (Some(divisor), Some(native)) => {
                let rest = &shape[..shape.len() - 1];
                spread(&mut memory.factors, rest, plan.output_mask(i), &memory.weights[i])?;
                if idle {
                    memory.factors.fill(0.0);
                }
                let loss = by_kernel(&native, memory, plan, i, divisor, backward)
                    .ok_or_else(|| Error::Argument("targets that the loss has no kernel for".into()))?;
                // Of a row that does not count even the product with 0 may be no number.
                if idle { 0.0 } else { loss }
            }
            _ => whole::loss(output, memory, plan, i, backward, ranks)?,
        };
        if several {
            found.parts.push(loss);
        }
        found.total += loss * output.weight;
        let factor = weigh * output.weight as f32;
        if backward
            && factor != 1.0
            && let (_, Some(grad)) = plan.output_grad(i)
        {
            grad.iter_mut().for_each(|g| *g *= factor);
        }
    }
    Ok(found)
}

/// Whether the loss is a number, on the rank that it is not.
fn whole_numbers(trainer: &Trainer, found: &Found, ranks: &Ranks) -> Result<()> {
    if found.total.is_finite() || ranks.is_idle() || trainer.optimizer.loss_scale() != 1.0 {
        return Ok(());
    }
    Err(Error::Argument(format!("the loss of its samples is {}", found.total)))
}

/// Puts the gradients of all weights in a row; false if one of them is no finite number.
fn pack(plan: &mut Plan, to: &mut Vec<f32>, share: f64, idle: bool) -> bool {
    let weigh = if plan.may_have_loss() { share as f32 } else { 1.0 };
    to.clear();
    for gradient in plan.gradients() {
        let Trained::Yes(Some(gradient)) = gradient else { continue };
        match idle {
            true => to.resize(to.len() + gradient.len(), 0.0),
            false if weigh == 1.0 => to.extend_from_slice(gradient),
            false => to.extend(gradient.iter().map(|g| g * weigh)),
        }
    }
    // A product with 0 is 0 of finite numbers alone.
    to.iter().map(|g| g * 0.0).sum::<f32>() == 0.0
}

/// Puts what [`pack`] put in a row back; what follows is left.
fn unpack<'a>(plan: &mut Plan, from: &'a [f32]) -> &'a [f32] {
    let mut rest = from;
    for gradient in plan.gradients() {
        let Trained::Yes(Some(gradient)) = gradient else { continue };
        let (own, others) = rest.split_at(gradient.len());
        gradient.copy_from_slice(own);
        rest = others;
    }
    rest
}

fn same_lengths(lengths: &[Vec<f64>]) -> Result<()> {
    match lengths.iter().position(|length| *length != lengths[0]) {
        Some(rank) => {
            let message = format!("it trains {:?} numbers, and rank 0 {:?}", lengths[rank], lengths[0]);
            Err(Error::Rank { rank, message })
        }
        None => Ok(()),
    }
}

/// Tells the loss and the metrics, of all ranks.
fn count(trainer: &mut Trainer, passed: &Passed, found: Found, ranks: &Ranks) -> Result<()> {
    let before = states(trainer);
    let own = own_metrics(trainer, &passed.plan).map(|()| {
        let mut own = vec![found.total];
        own.extend(&found.parts);
        let after = states(trainer).into_iter().flatten();
        own.extend(after.map(|x| if ranks.is_idle() { 0.0 } else { x }));
        own
    });
    let sums = ranks.sum("the metrics of a batch", own)?;
    let (total, sums) = sums.split_first().unwrap_or((&0.0, &[]));
    let (parts, mut sums) = sums.split_at(found.parts.len());
    trainer.count_loss(parts, total + found.penalties, passed.samples);
    let metrics = trainer.outputs.iter_mut().flat_map(Output::all_metrics_mut);
    for (metric, mut state) in metrics.zip(before) {
        let (own, rest) = sums.split_at(metric.state().len());
        state.resize(own.len(), 0.0);
        state.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        metric.set_state(&state)?;
        sums = rest;
    }
    Ok(())
}

/// Has the metrics count this batch alone.
fn own_metrics(trainer: &mut Trainer, plan: &Plan) -> Result<()> {
    let all = trainer.outputs.iter_mut().flat_map(Output::all_metrics_mut);
    all.for_each(|metric| metric.reset());
    metrics(trainer, plan)?;
    let mut all = trainer.outputs.iter().flat_map(Output::all_metrics);
    match all.find(|metric| metric.state().is_empty()) {
        None => Ok(()),
        Some(metric) => Err(Error::Argument(format!(
            "metric `{}`: it gives no `state`, the sums that are added up over ranks",
            metric.name()
        ))),
    }
}

fn states(trainer: &Trainer) -> Vec<Vec<f64>> {
    let all = trainer.outputs.iter().flat_map(Output::all_metrics);
    all.map(|metric| metric.state()).collect()
}
