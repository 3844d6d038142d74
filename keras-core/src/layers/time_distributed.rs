use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::TimeDistributed;

use super::Operations;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for TimeDistributed {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (config, name) = (self.layer.config, self.layer.name.unwrap_or(self.layer.config.snake()));
        let x = &inputs[0];
        let mask = cx.mask(0);
        let [batch, time] = steps_of(x, mask.as_ref())?;
        // As in Keras the layer inside says itself whether it is frozen: what the wrapper is told as it is made does not reach it.
        let around = cx.freeze(!self.layer.trainable);
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
            unfolded(&y, [batch, time])
        };
        cx.freeze(around);
        if let Some(mask) = mask {
            cx.set_mask(0, Some(mask_of_output(&mask, y.shape())));
        }
        Ok(vec![y])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        kernels::time_distributed::choose(self, site)
    }
}

/// Batch and time of a sequence `(batch, time, ...)`, with its mask.
///
/// # Errors
/// It has no such axes, or the mask is of others.
pub(crate) fn steps_of(x: &Symbolic, mask: Option<&Symbolic>) -> Result<[usize; 2]> {
    let [batch, time, _, ..] = **x.shape() else {
        let shape = x.shape();
        return Err(Error::layer(format!("TimeDistributed needs (batch, time, ...), found {shape}")));
    };
    match mask.map(Symbolic::shape) {
        Some(shape) if shape.get(..2) != Some(&[batch, time]) => Err(Error::layer(format!(
            "a mask of shape {shape} does not fit a sequence of (batch, time) ({batch}, {time})"
        ))),
        _ => Ok([batch, time]),
    }
}

/// The opposite of [`folded`].
pub(crate) fn unfolded(y: &Symbolic, steps: [usize; 2]) -> Symbolic {
    let rest = &y.shape()[1..];
    ops::reshape(y, steps.iter().chain(rest).map(|n| *n as isize).collect::<Vec<_>>())
}

/// `(batch, time, ...)` with the steps as samples.
pub(crate) fn folded(x: &Symbolic) -> Symbolic {
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
pub(crate) fn mask_of_output(mask: &Symbolic, shape: &[usize]) -> Symbolic {
    let axes = mask.shape();
    if axes.len() == 2 || (axes.len() < shape.len() && shape.starts_with(axes)) {
        return mask.clone();
    }
    let parts = axes[2..].iter().product::<usize>() as isize;
    ops::any(ops::reshape(mask, [axes[0] as isize, axes[1] as isize, parts]), -1).build()
}
