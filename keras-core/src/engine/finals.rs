//! When the gradient of each weight is whole, for whoever sends it away while the backward pass goes on.

use super::kernel::Touched;
use super::plan::Plan;
use crate::Result;
use crate::model::AnyModel;

/// Is told a weight, counted through all layers, and its gradient.
pub(crate) type Done<'a> = &'a mut dyn FnMut(usize, &[f32]);

impl Plan {
    /// Finds when the gradient of each weight is whole: after the first step that its layer was applied in, which is the last one
    /// of the backward pass.
    pub(super) fn find_finals(&mut self) {
        let mut seen = vec![false; self.memory.grads.len()];
        let mut finals = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            for grad in step.back.dw.iter().flatten().map(|want| want.grad) {
                if !core::mem::replace(&mut seen[grad], true) {
                    finals.extend(self.params.iter().position(|p| p.grad == Some(grad)).map(|p| (at, p)));
                }
            }
        }
        finals.reverse();
        self.finals = finals;
    }

    /// The weights that have a gradient, counted through all layers, in the order in which the backward pass is done with them,
    /// and how many numbers each has.
    pub fn finals(&self) -> Vec<(usize, usize)> {
        let len = |param: usize| self.params[param].grad.map_or(0, |grad| self.memory.grads[grad].len());
        self.finals.iter().map(|(_, param)| (*param, len(*param))).collect()
    }

    /// [`backward`](Plan::backward), where `done` is told each weight and its gradient as soon as nothing is added to it any
    /// more, in the order of [`finals`](Plan::finals).
    ///
    /// # Errors
    /// As [`backward`](Plan::backward).
    pub fn backward_telling(&mut self, model: &dyn AnyModel, done: Done<'_>) -> Result<()> {
        self.backward_here(model, false, &[], done)
    }

    /// Tells all gradients, where nothing is known of when each was whole.
    pub(super) fn tell_finals(&self, done: Done<'_>) {
        for (_, param) in &self.finals {
            self.params[*param].grad.iter().for_each(|own| done(*param, &self.memory.grads[*own]));
        }
    }

    /// The gradient of a weight, counted through all layers.
    pub fn gradient_mut(&mut self, param: usize) -> Option<&mut [f32]> {
        self.params[param].grad.map(|grad| self.memory.grads[grad].as_mut_slice())
    }

    /// Whether the gradient of a weight is 0 but for rows that the last forward pass has looked up; these are told.
    pub fn touched(&self, param: usize, tell: Touched<'_>) -> bool {
        let Some(grad) = self.params[param].grad else { return false };
        let mut found = false;
        for step in &self.steps {
            let wants = step.back.dw.iter().enumerate();
            for (i, _) in wants.filter(|(_, want)| want.as_ref().is_some_and(|want| want.grad == grad)) {
                found = true;
                // Where another layer is done as well, nobody looks anything up.
                if step.second.is_some() || !step.kernel.as_ref().is_some_and(|k| k.touched(i, tell)) {
                    return false;
                }
            }
        }
        found
    }
}
