//! Layers in operations where a model runs as Burn code: each is one step of Burn's tape.

use std::sync::{Arc, Mutex};

use burn::tensor::Tensor;
use keras_ops::{self as ops, DType, Plan, Symbolic};
use keras_shape::LayerConfig;

use super::layer::AnyLayer;
use super::trace::{Draw, Given, Kept, Traced, specs, traced, traced_config, wrong};
use super::trace_masks::OutputMask;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Pullback, Raw, Value, bits, custom, integer};
use crate::{Error, Result};

/// Runs a layer that is written in operations where the model runs as Burn code, on its tape if gradients are taken;
/// nothing if the layer is not.
pub(crate) fn forward(
    layer: &dyn AnyLayer,
    inputs: &[Value],
    context: &mut Context,
) -> Result<Option<Vec<Value>>> {
    let shapes = shapes(inputs);
    let Some(mut traced) = traced(layer, &given(&shapes, inputs), context.training)? else {
        return Ok(None);
    };
    let weights: Vec<Weight> = layer
        .params()
        .into_iter()
        .map(|param| context.weight(param, layer.trainable()))
        .collect::<Result<_>>()?;
    // What an own layer gives are floats.
    traced.outputs.iter_mut().for_each(|y| *y = ops::cast(&*y, DType::Float32));
    on_tape(&traced, &weights, inputs, context).map(Some)
}

/// Runs a layer of Keras where the model runs as Burn code.
///
/// # Errors
/// Its operations do not fit its inputs.
pub(crate) fn forward_config(
    config: &LayerConfig,
    weights: &[Weight],
    inputs: &[Value],
    context: &mut Context,
) -> Result<Vec<Value>> {
    let shapes = shapes(inputs);
    let traced = traced_config(config, &given(&shapes, inputs), context.training, context.frozen)?;
    let rule = config.weights(&specs(&given(&shapes, inputs)));
    for ((rule, weight), wanted) in rule.as_slice().iter().zip(weights).zip(&traced.weights) {
        let (found, wanted) = (weight.data.shape(), wanted.shape());
        if found.iter().product::<usize>() != wanted.size() {
            let name = rule.path.as_str();
            return Err(Error::layer(format!(
                "weight `{name}` has the shape {found:?}, and {wanted} is needed here"
            )));
        }
    }
    on_tape(&traced, weights, inputs, context)
}

/// The shape of each tensor and of its mask.
fn shapes(inputs: &[Value]) -> Vec<(Vec<usize>, Option<Vec<usize>>)> {
    inputs.iter().map(|x| (x.data.shape(), x.mask.as_ref().map(Raw::shape))).collect()
}

/// What is traced for tensors of these shapes.
fn given<'a>(shapes: &'a [(Vec<usize>, Option<Vec<usize>>)], inputs: &[Value]) -> Vec<Given<'a>> {
    let given = |((shape, mask), x): (&'a (Vec<usize>, Option<Vec<usize>>), &Value)| Given {
        shape,
        whole: !x.data.is_float(),
        role: x.role,
        mask: mask.as_deref(),
    };
    shapes.iter().zip(inputs).map(given).collect()
}

fn on_tape(
    traced: &Traced,
    weights: &[Weight],
    inputs: &[Value],
    context: &mut Context,
) -> Result<Vec<Value>> {
    let (data, floats) = numbers(traced, weights, inputs, context)?;
    let all: Vec<&Symbolic> = traced.outputs.iter().chain(&traced.losses).chain(traced.left()).collect();
    let mut plan = Plan::new(&traced.known(), &all).map_err(wrong)?;
    plan.run(&data.iter().map(Vec::as_slice).collect::<Vec<_>>()).map_err(wrong)?;
    let differentiable = traced.outputs.len() + traced.losses.len();
    leave_updates(traced, weights, &plan, differentiable, context)?;
    let mut y: Vec<f32> = Vec::new();
    (0..differentiable).for_each(|i| y.extend_from_slice(plan.output(i)));
    let y = match floats.is_empty() {
        true => {
            let n = y.len();
            Raw::from_f32(y, &[n], context.device())?.float()?
        }
        false => custom(Tensor::cat(floats, 0), &y, pullback(traced, data)?),
    };
    let mut outputs = Vec::new();
    let mut start = 0;
    for i in 0..differentiable {
        let shape = plan.shape(i);
        let end = start + shape.iter().product::<usize>();
        let part = y.clone().narrow(0, start, end - start);
        match traced.outputs.get(i) {
            Some(y) if y.dtype().is_float() => outputs.push(Value::new(Raw::new(part).reshape(shape)?)),
            Some(_) => {
                let numbers = plan.output(i).iter().map(|x| integer(*x)).collect();
                outputs.push(Value::new(Raw::from_i32(numbers, shape, context.device())?));
            }
            None => context.add_loss(part),
        }
        start = end;
    }
    let mut made = differentiable + traced.updates.len()..;
    for (output, mask) in outputs.iter_mut().zip(&traced.output_masks) {
        output.mask = match mask {
            OutputMask::Absent => None,
            OutputMask::Carried(input) => inputs[*input].mask.clone(),
            OutputMask::Made(_) => {
                let at = made.next().unwrap_or_default();
                let counts = plan.output(at).iter().map(|x| *x != 0.0).collect();
                Some(Raw::from_bool(counts, plan.shape(at), context.device())?)
            }
        };
    }
    for kept in &traced.states {
        let left = kept.after.iter().zip(&mut made);
        let left =
            left.map(|(state, at)| Raw::from_f32(plan.output(at).to_vec(), state.shape(), context.device()));
        let left = left.collect::<Result<Vec<_>>>()?;
        context.set_state(&weights[kept.weight], left);
    }
    Ok(outputs)
}

/// The numbers that a plan of the operations is given, and what gradients can be taken by, one after the other.
///
/// # Errors
/// The layer does not take the numbers, or a state has another shape than before.
fn numbers(
    traced: &Traced,
    weights: &[Weight],
    inputs: &[Value],
    context: &mut Context,
) -> Result<(Vec<Vec<f32>>, Vec<Tensor<1>>)> {
    let mut data: Vec<Vec<f32>> = Vec::new();
    let mut floats: Vec<Tensor<1>> = Vec::new();
    let given = inputs.iter().zip(&traced.flows).map(|(x, flows)| (&x.data, *flows));
    for (x, flows) in given.chain(weights.iter().map(|w| (&w.data, true))) {
        data.push(match x.is_float() {
            true => x.inner()?.to_vec()?,
            false => x.to_integers()?.into_iter().map(bits).collect(),
        });
        if flows && x.is_float() && context.records() {
            floats.push(x.flat()?);
        }
    }
    if traced.seed.is_some() {
        data.push(context.seed(traced.own_seed).map(bits).to_vec());
    }
    traced.check(|i| &data[i])?;
    for mask in inputs.iter().filter_map(|x| x.mask.as_ref()) {
        data.push(mask.to_vec()?);
    }
    for Draw { factors, rate, seed } in &traced.draws {
        let mut numbers = vec![0.0; factors.shape().size()];
        context.fill_dropout(&mut numbers, *rate, *seed)?;
        data.push(numbers);
    }
    for kept in &traced.states {
        states(kept, weights, context, &mut data)?;
    }
    Ok((data, floats))
}

/// The states that the batch before has left, or zeros.
///
/// # Errors
/// They have another shape.
fn states(kept: &Kept, weights: &[Weight], context: &Context, data: &mut Vec<Vec<f32>>) -> Result<()> {
    let known = context.state(&weights[kept.weight]);
    for (i, state) in kept.before.iter().enumerate() {
        data.push(match known.and_then(|known| known.get(i)) {
            Some(known) if known.shape()[..] != **state.shape() => {
                let (shape, wanted) = (known.shape(), state.shape());
                let message = format!("the kept state has shape {shape:?}, this batch needs {wanted}");
                return Err(Error::layer(message));
            }
            Some(known) => known.to_vec()?,
            None => vec![0.0; state.shape().size()],
        });
    }
    Ok(())
}

/// Leaves the new values of weights, which the plan has behind its first outputs.
fn leave_updates(
    traced: &Traced,
    weights: &[Weight],
    plan: &Plan,
    first: usize,
    context: &mut Context,
) -> Result<()> {
    let mut moved = Vec::new();
    for (i, update) in traced.updates.iter().enumerate() {
        let value = plan.output(first + i).to_vec();
        let value = Raw::from_f32(value, plan.shape(first + i), context.device())?;
        let weight = &weights[update.weight];
        match update.momentum {
            // Of a layer at each step of a sequence, each goes on from what the one before has left.
            Some(momentum) => {
                let known = moved.iter().rev().find(|(id, _): &&(_, Raw)| *id == weight.id);
                let data = known.map_or_else(|| weight.data.clone(), |(_, data)| data.clone());
                let weight = Weight { id: weight.id, data };
                let now = context.move_average(&weight, &value.float()?, momentum)?;
                moved.push((weight.id, Raw::new(now)));
            }
            None => context.update(weight, value),
        }
    }
    Ok(())
}

/// From the gradients of the outputs and losses, one after the other, to those of the inputs and weights of floats.
///
/// # Errors
/// An operation has no gradient.
fn pullback(traced: &Traced, data: Vec<Vec<f32>>) -> Result<Pullback> {
    let known_dys = |y: &Symbolic| (y.clone(), ops::input(y.shape(), DType::Float32));
    let roots: Vec<(Symbolic, Symbolic)> =
        traced.outputs.iter().chain(&traced.losses).map(known_dys).collect();
    let of_floats: Vec<_> = roots.iter().filter(|(y, _)| y.dtype().is_float()).cloned().collect();
    let flowing = traced.inputs.iter().zip(&traced.flows);
    let flowing = flowing.filter(|(x, flows)| **flows && x.dtype().is_float()).map(|(x, _)| x);
    let by: Vec<&Symbolic> = flowing.chain(&traced.weights).collect();
    let gradients = ops::vjp(&of_floats, &by);
    let inputs: Vec<&Symbolic> = traced.known().into_iter().chain(roots.iter().map(|(_, dy)| dy)).collect();
    let plan = Plan::new(&inputs, &gradients.iter().collect::<Vec<_>>()).map_err(wrong)?;
    let lengths: Vec<usize> = roots.iter().map(|(y, _)| y.shape().iter().product()).collect();
    let len = by.iter().map(|x| x.shape().iter().product::<usize>()).sum();
    let plan = Mutex::new(plan);
    Ok(Pullback(Arc::new(move |dy| {
        // A gradient that cannot be known is not one of zeros.
        let unknown = || vec![f32::NAN; len];
        let (Some(mut rest), Ok(mut plan)) = (dy, plan.lock()) else { return unknown() };
        let mut inputs: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        for n in &lengths {
            let Some((first, others)) = rest.split_at_checked(*n) else { return unknown() };
            inputs.push(first);
            rest = others;
        }
        match plan.run(&inputs) {
            Ok(()) => (0..gradients.len()).flat_map(|i| plan.output(i).iter().copied()).collect(),
            Err(_) => unknown(),
        }
    })))
}
