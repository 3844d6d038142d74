//! `RNN`: the kernel of the layer that its one cell makes, or one pass over the sequence for each of its cells.

use keras_kernels::aligned::Aligned;
use keras_shape::layers::RNN;

use super::direction::{Applied, Direction, Received, Setting, Sources, Targets, steps};
use super::recurrent;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, MaskShape, Site, wanted};

/// An `RNN` where it stands.
pub(crate) fn choose(layer: &RNN, site: &Site<'_>) -> Choice {
    match (layer.cells(), layer.layer(0)) {
        ([_], Some(alone)) => recurrent::choose(&alone, site),
        _ => stack(layer, site).map_or(Choice::Operations, Choice::native),
    }
}

/// The kernel of a stack of cells, if there is one for each of them.
fn stack(layer: &RNN, site: &Site<'_>) -> Option<Stack> {
    let (mask, given) = Applied::of(site)?;
    let masked = mask.is_some();
    let [batch, time, _] = *site.x(0) else { return None };
    let mut x = site.x(0).to_vec();
    let mut passes: Vec<Pass> = Vec::new();
    let (mut state, mut weight, mut output) = (1, 0, 1);
    for i in 0..layer.cells().len() {
        let cell = layer.layer(i)?;
        let setting = Setting { x: &x, training: site.training, gradients: site.gradients };
        let direction = Direction::new(&cell, &setting)?;
        let last = i + 1 == layer.cells().len();
        let fits = |at: usize| site.x(at) == [batch, direction.size.units];
        if given > 0 && !(state..state + direction.states).all(|at| at <= given && fits(at)) {
            return None;
        }
        let buffer = |n: usize, wanted: bool| Aligned::zeros(if wanted { n } else { 0 });
        let plain = last && direction.plain(masked);
        x = vec![batch, time, direction.size.units];
        let next = (state + direction.states, weight + direction.weights, output + direction.states);
        passes.push(Pass {
            hs: buffer(direction.all(), !plain),
            dhs: buffer(direction.all(), site.gradients && !last),
            memory: buffer(direction.memory(masked, layer.return_state), site.gradients),
            plain,
            state,
            weight,
            output: if layer.return_state { output } else { usize::MAX },
            direction,
        });
        (state, weight, output) = next;
    }
    if given > 0 && state != 1 + given {
        return None;
    }
    Some(Stack { mask, passes, steps: Vec::new(), reversed: Vec::new() })
}

/// Cells one upon the other.
struct Stack {
    /// The mask that is applied.
    mask: Option<Applied>,
    passes: Vec<Pass>,
    steps: Vec<bool>,
    /// The mask in the order in which the first cell gives its steps, where that is another.
    reversed: Vec<bool>,
}

/// A cell over all steps of the sequence that the cell before it gives.
struct Pass {
    direction: Direction,
    /// The states of all steps; empty if they are the output.
    hs: Aligned,
    /// Their gradients, which the next cell computes.
    dhs: Aligned,
    memory: Aligned,
    /// Whether the states of all steps are the output.
    plain: bool,
    /// Its first initial state among the inputs, its first weight, its first state among the outputs.
    state: usize,
    weight: usize,
    output: usize,
}

/// The mask `(batch, time)` with the steps in the other order.
fn reverse<'a>(mask: Option<&[bool]>, time: usize, to: &'a mut Vec<bool>) -> Option<&'a [bool]> {
    let mask = mask?;
    to.clear();
    mask.chunks_exact(time).for_each(|steps| to.extend(steps.iter().rev()));
    Some(to)
}

impl Kernel for Stack {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        Applied::hand_on(self.mask, io.x, io.made);
        let size = self.passes[0].direction.size;
        let mask = steps(self.mask, io.x, &size, &mut self.steps)?;
        let later = if size.go_backwards { reverse(mask, size.time, &mut self.reversed) } else { mask };
        let [y, states @ ..] = io.y else { return Ok(()) };
        let mut context = io.context;
        for i in 0..self.passes.len() {
            let (before, rest) = self.passes.split_at_mut(i);
            let Pass { direction, hs, plain, state, weight, output, .. } = &mut rest[0];
            let mask = if i == 0 { mask } else { later };
            let mut from = Sources::new(direction, io.x, io.w, mask, *state, *weight);
            if let Some(before) = before.last() {
                from.x = &before.hs;
            }
            let hs = if *plain { &mut *y } else { hs };
            let at = output.wrapping_sub(1);
            let c = states.get_mut(at.saturating_add(1)).filter(|_| direction.states == 2);
            direction.forward(&from, hs, c.map(Aligned::as_mut_slice), context.as_deref_mut())?;
            if let Some(h) = states.get_mut(at) {
                direction.last(hs, h);
            }
        }
        if let Some(Pass { direction, hs, plain: false, .. }) = self.passes.last() {
            let mask = if self.passes.len() == 1 { mask } else { later };
            direction.output(hs, mask, y);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let size = self.passes[0].direction.size;
        let mask = steps(self.mask, io.x, &size, &mut self.steps)?;
        let later = if size.go_backwards { reverse(mask, size.time, &mut self.reversed) } else { mask };
        let (dx, mut dstates) = io.dx.split_at_mut(1);
        let mut dx = wanted(dx, 0);
        let mut dweights = io.dw;
        let last = self.passes.len() - 1;
        for i in (0..=last).rev() {
            let (before, rest) = self.passes.split_at_mut(i);
            let Pass { direction, hs, dhs, memory, plain, state, weight, output } = &mut rest[0];
            let mask = if i == 0 { mask } else { later };
            let mut from = Sources::new(direction, io.x, io.w, mask, *state, *weight);
            let hs = if *plain { io.y.y(0) } else { &*hs };
            let dc = (direction.states == 2).then(|| io.y.dy(output.saturating_add(1))).flatten();
            let dy = if i == last { io.y.dy(0) } else { Some(dhs.as_slice()) };
            let received = Received { y: dy, states: [io.y.dy(*output), dc] };
            // Without initial states there are no gradients of them.
            let own_states = dstates.len().min(*state - 1);
            let (states_before, own_states) = dstates.split_at_mut(own_states);
            let (weights_before, own_weights) = dweights.split_at_mut(dweights.len().min(*weight));
            let to = match before.last_mut() {
                Some(Pass { hs, dhs, .. }) => {
                    from.x = hs;
                    Some(dhs.as_mut_slice())
                }
                None => dx.take(),
            };
            let count = direction.states.min(own_states.len());
            let own_states = &mut own_states[..count];
            direction.backward(&from, hs, received, memory, Targets::new(to, own_states, own_weights));
            (dstates, dweights) = (states_before, weights_before);
        }
        Ok(())
    }

    fn mask(&self, output: usize) -> Option<MaskShape> {
        Applied::shape(self.mask, &self.passes[0].direction.size, output, 1)
            .map(|shape| MaskShape::from_slice(&shape))
    }

    fn needs_context(&self) -> bool {
        self.passes.iter().any(|pass| pass.direction.needs_context())
    }
}
