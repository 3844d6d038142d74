//! Steps of a plan that one kernel does together.

use keras_kernels::aligned::Aligned;
use keras_shape::LayerConfig;

use super::kernel::{Kernel, Site};
use super::kernels::fused;
use super::plan::Plan;
use crate::layers::Arithmetic;
use crate::model::AnyModel;

/// Layers of the longest chain that there is a kernel for, with those between that only look at numbers otherwise.
const LONGEST: usize = 5;

impl Plan {
    /// Joins steps that there is one kernel for, where nobody else sees what they hand on.
    pub(super) fn fuse(&mut self, model: &dyn AnyModel) {
        let mut at = 0;
        while at < self.steps.len() {
            let chain = self.chain(at);
            let kernel = (2..=chain.len()).rev().find_map(|n| Some((n, self.fused(model, &chain[..n])?)));
            if let Some((n, kernel)) = kernel {
                self.join(&chain[..n], kernel);
            }
            at += 1;
        }
    }

    /// The steps from `at` on of which each is the only one to see what the one before it gives.
    fn chain(&self, at: usize) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = Some(at);
        while let Some(at) = next.filter(|at| chain.len() < LONGEST && self.is_plain(*at)) {
            // The first may join several tensors.
            if !chain.is_empty() && self.steps[at].feeds.len() > 1 {
                break;
            }
            chain.push(at);
            let output = self.steps[at].outputs[0];
            let uses =
                |step: &super::plan::Step| step.feeds.iter().filter(|feed| feed.tensor == output).count();
            let total: usize = self.steps.iter().map(uses).sum();
            let only = total == 1 && !self.outputs.contains(&output);
            next = self.steps.iter().position(|step| uses(step) == 1).filter(|_| only);
        }
        chain
    }

    /// Whether a step has inputs, one output, no mask, and adds nothing to the loss.
    fn is_plain(&self, at: usize) -> bool {
        let step = &self.steps[at];
        let masked = |tensor: usize| self.memory.places[tensor].mask.is_some();
        step.kernel.as_ref().is_none_or(|kernel| !kernel.may_have_loss())
            && step.second.is_none()
            && !step.cast
            && step.policy.is_float32()
            && !step.feeds.is_empty()
            && step.outputs.len() == 1
            && step.feeds.iter().all(|feed| feed.mask.is_none())
            && !masked(step.outputs[0])
            && self.config(at).is_some_and(|config| !config.adds_to_loss())
    }

    fn config(&self, at: usize) -> Option<&'static LayerConfig> {
        self.structure.layers[self.steps[at].layer].config.as_ref()
    }

    fn fused(&self, model: &dyn AnyModel, chain: &[usize]) -> Option<Box<dyn Kernel>> {
        let works = |at: &usize| self.steps[*at].kernel.is_some();
        if !chain.first().is_some_and(works) || !chain.last().is_some_and(works) {
            return None;
        }
        let sites = chain.iter().filter(|at| works(at)).map(|at| {
            let step = &self.steps[*at];
            let site = Site {
                feeds: &step.feeds,
                outputs: &step.outputs,
                memory: &self.memory,
                training: step.training,
                gradients: self.memory.places[step.outputs[0]].grad.is_some(),
                frozen: !model.layer_at(step.layer).trainable(),
                again: step.again,
                policy: step.policy,
            };
            Some((Arithmetic::of(model.layer_at(step.layer), self.config(*at)?).ok()?, site))
        });
        fused(&sites.collect::<Option<Vec<_>>>()?)
    }

    /// Makes one step of a chain, in the place of its first, and gives back what lay between.
    fn join(&mut self, chain: &[usize], kernel: Box<dyn Kernel>) {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        for at in &chain[..chain.len() - 1] {
            let place = &mut self.memory.places[self.steps[*at].outputs[0]];
            self.memory.buffers[place.buffer] = Aligned::default();
            if let Some(grad) = place.grad.take() {
                self.memory.grads[grad] = Aligned::default();
            }
        }
        let mut others = chain[1..].iter().map(|at| self.steps[*at].layer);
        let second = others.find(|layer| !self.params_of(*layer).is_empty());
        self.steps[first].second = second;
        self.steps[first].outputs = self.steps[last].outputs.clone();
        self.steps[first].kernel = Some(kernel);
        let mut at = 0;
        self.steps.retain(|_| {
            at += 1;
            !chain[1..].contains(&(at - 1))
        });
    }
}
