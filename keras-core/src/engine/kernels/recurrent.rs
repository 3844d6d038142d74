//! `LSTM`, `GRU` and `SimpleRNN`, and an `RNN` of such cells.

use keras_kernels::aligned::Aligned;
use keras_shape::layers::Recurrent;

use super::direction::{Applied, Direction, Received, Setting, Sources, Targets, steps};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, MaskShape, Site, wanted};

/// A recurrent layer where it stands.
pub(crate) fn choose(layer: &Recurrent, site: &Site<'_>) -> Choice {
    let setting = Setting { x: site.x(0), training: site.training, gradients: site.gradients };
    let Some(direction) = Direction::new(layer, &setting) else { return Choice::Operations };
    let state = [direction.size.batch, direction.size.units];
    let Some((mask, states)) = Applied::of(site) else { return Choice::Operations };
    let states = 1..1 + states;
    if (!states.is_empty() && states.len() != direction.states)
        || states.into_iter().any(|i| site.x(i) != state)
    {
        return Choice::Operations;
    }
    let masked = mask.is_some();
    let plain = direction.plain(masked);
    let memory = if site.gradients { direction.memory(masked, site.outputs.len() > 1) } else { 0 };
    Choice::native(RecurrentKernel {
        hs: Aligned::zeros(if plain { 0 } else { direction.all() }),
        plain,
        mask,
        memory: Aligned::zeros(memory),
        steps: Vec::new(),
        direction,
    })
}

struct RecurrentKernel {
    direction: Direction,
    /// Whether the states of all steps are the output.
    plain: bool,
    /// The mask that is applied.
    mask: Option<Applied>,
    /// The states of all steps, where they are not.
    hs: Aligned,
    memory: Aligned,
    steps: Vec<bool>,
}

impl Kernel for RecurrentKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        Applied::hand_on(self.mask, io.x, io.made);
        let direction = &mut self.direction;
        let mask = steps(self.mask, io.x, &direction.size, &mut self.steps)?;
        let from = Sources::new(direction, io.x, io.w, mask, 1, 0);
        let [y, states @ ..] = io.y else { return Ok(()) };
        let hs = if self.plain { &mut *y } else { &mut self.hs };
        let c = states.get_mut(1).map(Aligned::as_mut_slice);
        direction.forward(&from, hs, c, io.context)?;
        if let Some(h) = states.first_mut() {
            direction.last(hs, h);
        }
        if !self.plain {
            direction.output(&self.hs, mask, y);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let direction = &mut self.direction;
        let mask = steps(self.mask, io.x, &direction.size, &mut self.steps)?;
        let from = Sources::new(direction, io.x, io.w, mask, 1, 0);
        let hs = if self.plain { io.y.y(0) } else { &self.hs };
        let received = Received { y: io.y.dy(0), states: [io.y.dy(1), io.y.dy(2)] };
        let (dx, states) = io.dx.split_at_mut(1);
        let to = Targets::new(wanted(dx, 0), states, io.dw);
        direction.backward(&from, hs, received, &mut self.memory, to);
        Ok(())
    }

    fn mask(&self, output: usize) -> Option<MaskShape> {
        Applied::shape(self.mask, &self.direction.size, output, 1).map(|shape| MaskShape::from_slice(&shape))
    }

    fn needs_context(&self) -> bool {
        self.direction.needs_context()
    }
}
