//! A step that several ranks make together, each on its rows of the batch: what they add up is what one process computes from
//! all rows.
//!
//! Three times in a step each rank tells the others how far it is, so that no rank waits for one that has failed: before the
//! losses, which are divided by what counts in the whole batch; before the sums of the gradients are used, which are on their way
//! while the backward pass runs (`buckets.rs`); and with loss and metrics.

use std::borrow::Cow;
use std::sync::Arc;

use super::buckets::Buckets;
use super::layout::Layout;
use super::planned::{apply, by_kernel, collected, metrics, native_for, spread, updates, with_penalties};
use super::{Batch, Output, Trainer, plan_for, whole};
use crate::context::Context;
use crate::distribution::Ranks;
use crate::engine::{InUse, Mode, Plan};
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
    /// How the gradients are exchanged.
    layout: Layout,
}

impl Passed {
    /// What the gradients of this rank are multiplied by before they are added up.
    fn weigh(&self) -> f32 {
        if self.plan.may_have_loss() { self.share as f32 } else { 1.0 }
    }
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
    let layout = core::mem::take(&mut passed.layout);
    let spare = core::mem::take(&mut trainer.memory.spare);
    let mut buckets = Buckets::new(ranks, &layout, passed.weigh(), spare);
    let found = backward(trainer, model, &mut passed, &mut buckets, ranks);
    let plan = &mut *passed.plan;
    let mut layers = model.layers_mut();
    let mut all: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
    let (mut moved, mut averages) = (Vec::new(), Vec::new());
    let found = found.and_then(|found| {
        updates(&mut all, plan, |at| moved.push(at));
        moved.sort_unstable();
        moved.dedup();
        let numbers = moved.iter().filter_map(|at| all[*at].value.as_f32()).flatten();
        averages.extend(numbers.map(|x| if ranks.is_idle() { 0.0 } else { x * passed.share as f32 }));
        // With a scaled loss infinite gradients are no fault: the optimiser leaves the step out.
        match buckets.are_finite() || trainer.optimizer.loss_scale() != 1.0 {
            true => Ok(found),
            false => Err(Error::Argument("a gradient is not a number or infinite".into())),
        }
    });
    let ready = found.as_ref().map(|_| vec![averages.len() as f64]).map_err(copied);
    let agreed = agreed(found, ranks, || same_lengths(&ranks.agree("the gradients of a step", ready)?));
    let mut found = match agreed {
        Ok((found, ())) => found,
        Err(error) => {
            buckets.abandon();
            return Err(error);
        }
    };
    trainer.memory.spare = buckets.finish(plan, &mut averages)?;
    let mut rest = averages.as_slice();
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

/// The losses of this rank and the backward pass, of which the gradients are on their way when it ends, whatever has happened.
fn backward(
    trainer: &mut Trainer,
    model: &dyn AnyModel,
    passed: &mut Passed,
    buckets: &mut Buckets<'_>,
    ranks: &Arc<Ranks>,
) -> Result<Found> {
    let found = losses(trainer, passed, true, ranks).and_then(|found| {
        whole_numbers(trainer, &found, ranks)?;
        buckets.backward(&mut passed.plan, model)?;
        Ok(found)
    });
    buckets.complete();
    found
}

/// What this rank has found, and what all `say` to each other of it; where they have heard of an error already, that.
fn agreed<T>(found: Result<Found>, ranks: &Ranks, say: impl FnOnce() -> Result<T>) -> Result<(Found, T)> {
    match found {
        Err(error) if ranks.have_told() => Err(error),
        found => {
            let said = say()?;
            Ok((found?, said))
        }
    }
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
    let layout = core::mem::take(&mut passed.layout);
    let spare = core::mem::take(&mut trainer.memory.spare);
    let mut buckets = Buckets::new(ranks, &layout, passed.weigh(), spare);
    let found = losses(trainer, &mut passed, true, ranks);
    let found = found.and_then(|found| buckets.backward(&mut passed.plan, model).map(|()| found));
    buckets.complete();
    let ready = found.as_ref().map(|found| vec![found.total]).map_err(copied);
    let sums = match agreed(found, ranks, || ranks.sum("the gradients of a batch", ready)) {
        Ok((_, sums)) => sums,
        Err(error) => {
            buckets.abandon();
            return Err(error);
        }
    };
    trainer.memory.spare = buckets.finish(&mut passed.plan, &mut Vec::new())?;
    collected(trainer, model, &mut passed.plan, sums.first().copied().unwrap_or(0.0))
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
        let layout = Layout::new(&plan, ranks);
        counts.extend(layout.told());
        Ok(((plan, layout), counts))
    });
    let (begun, counts) = match begun {
        Ok((begun, counts)) => (Some(begun), Ok(counts)),
        Err(error) => (None, Err(error)),
    };
    let at = if step.is_some() { "a step of training" } else { "a batch that is not trained on" };
    let all = ranks.agree(at, counts)?;
    let Some((plan, mut layout)) = begun else { return Err(Error::Argument("there is no plan".into())) };
    if batch.shared
        && let Some(rank) = all.iter().position(|counts| counts[1] != all[0][1])
    {
        let message = format!("its batch has {} samples, that of rank 0 {}", all[rank][1], all[0][1]);
        return Err(Error::Rank { rank, message });
    }
    let outputs = trainer.outputs.len();
    let told: Vec<&[f64]> =
        all.iter().map(|counts| counts.get(2 + 3 * outputs..).unwrap_or_default()).collect();
    layout.agree(&told)?;
    let samples = all.iter().map(|counts| counts[0]).sum::<f64>();
    let divisors = trainer.outputs.iter().enumerate().map(|(i, output)| {
        let counted: Vec<[f64; 3]> =
            all.iter().map(|counts| [2, 3, 4].map(|at| counts[at + 3 * i])).collect();
        divisor(output, &counted)
    });
    let divisors = divisors.collect();
    let own = if idle { 0.0 } else { rows.len() as f64 };
    Ok(Passed { plan, samples, share: own / samples.max(1.0), divisors, layout })
}

/// What the losses of an output are divided by, from what each rank has [`counted`]; nothing where one of them has no kernel
/// for the loss.
fn divisor(output: &Output, counted: &[[f64; 3]]) -> Option<f64> {
    if counted.iter().any(|[losses, ..]| *losses < 0.0) {
        return None;
    }
    let losses = counted.iter().map(|[losses, ..]| losses).sum();
    // Where a rank has no mask, all of its losses count.
    let valid = |[losses, valid, _]: &[f64; 3]| if *valid >= 0.0 { *valid } else { *losses };
    let masked = counted.iter().any(|[_, valid, _]| *valid >= 0.0);
    let valid = masked.then(|| counted.iter().map(valid).sum());
    // The sum of weights may be anything: its sign says nothing.
    let weights = || counted.iter().map(|[.., weights]| *weights).filter(|weights| !weights.is_nan());
    let weighted = weights().next().is_some().then(|| weights().sum());
    Some(output.loss.reduces().divisor(losses, valid, weighted))
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
    let mut plan = plan_for(model, trainer.mode(mode), batch)?;
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

fn same_lengths(lengths: &[Vec<f64>]) -> Result<()> {
    match lengths.iter().position(|length| *length != lengths[0]) {
        Some(rank) => {
            let message = format!("it averages {:?} numbers, and rank 0 {:?}", lengths[rank], lengths[0]);
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
