//! Making a plan's backward pass: who writes which gradient first, and which can be left to whoever wants it.

use super::parts::{Feed, Want};
use super::plan::{Back, Plan, Step};

impl Plan {
    /// Which gradient each step writes first and which it adds to.
    pub(super) fn directions(&mut self) {
        let mut known = vec![false; self.memory.grads.len()];
        for (_, output) in self.floats.iter().enumerate().filter(|(i, _)| self.mode.trains(*i)) {
            if let Some(grad) = self.memory.places[*output].grad {
                known[grad] = true;
            }
        }
        for at in (0..self.steps.len()).rev() {
            let step = &self.steps[at];
            if step.kernel.is_none() {
                continue;
            }
            let places = &self.memory.places;
            let outputs: Vec<bool> =
                step.outputs.iter().map(|y| places[*y].grad.is_some_and(|grad| known[grad])).collect();
            let runs =
                outputs.iter().any(|known| *known) || step.kernel.as_ref().is_some_and(|k| k.may_have_loss());
            let mut want = |grad: Option<usize>| {
                let grad = grad.filter(|_| runs)?;
                let add = core::mem::replace(&mut known[grad], true);
                Some(Want { grad, len: self.memory.grads[grad].len(), add })
            };
            let flows = |feed: &&Feed| feed.role.is_operand();
            let grad = |feed: &Feed| Some(feed).filter(flows).and_then(|feed| places[feed.tensor].grad);
            let dx = step.feeds.iter().map(|feed| want(grad(feed))).collect();
            let layers = [(!step.cast).then_some(step.layer), step.second];
            let params = layers.into_iter().flatten().flat_map(|layer| self.params_of(layer));
            let dw = params.map(|param| want(param.grad)).collect();
            self.steps[at].back = Back { dx, dw, known: outputs, runs, ..Back::default() };
        }
        self.find_late();
        self.find_finals();
        for param in &mut self.params {
            param.known = param.grad.is_some_and(|grad| known[grad]);
        }
    }

    /// Finds the gradients that nobody but the optimiser needs: those that one step alone adds to.
    fn find_late(&mut self) {
        let writers = |grad: usize| {
            let wants = self.steps.iter().flat_map(|step| &step.back.dw).flatten();
            wants.filter(|want| want.grad == grad).count()
        };
        let may_be_late = |step: &Step| {
            let (Some(kernel), [feed]) = (&step.kernel, &step.feeds[..]) else { return false };
            let x = &self.memory.buffers[self.memory.places[feed.tensor].buffer];
            let alone =
                step.back.dw.first().is_some_and(|want| want.as_ref().is_some_and(|w| writers(w.grad) == 1));
            step.second.is_none() && alone && kernel.late(x).is_some()
        };
        let found: Vec<bool> = self.steps.iter().map(may_be_late).collect();
        for (at, step) in self.steps.iter_mut().enumerate().filter(|(at, _)| found[*at]) {
            step.back.may_be_late = true;
            self.params[self.starts[step.layer]].late = Some(at);
        }
    }
}
