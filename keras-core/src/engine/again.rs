//! Layers that are applied several times in one pass: what an application leaves of weights, a later one computes with.

use core::ops::Range;

use super::kernel::Left;
use super::plan::{Plan, Step};

/// How the weights of a plan count through all its layers.
#[derive(Clone, Copy)]
pub(super) struct Numbering<'a> {
    pub starts: &'a [usize],
    pub total: usize,
}

impl Numbering<'_> {
    /// The weights of a layer.
    pub fn of(self, layer: usize) -> Range<usize> {
        let end = self.starts.get(layer + 1).copied().unwrap_or(self.total);
        self.starts[layer]..end
    }

    /// Weight `i` of a step of these layers, among all.
    fn among_all(self, (layer, second): (usize, Option<usize>), i: usize) -> usize {
        let own = self.of(layer);
        match second {
            Some(second) if i >= own.len() => self.starts[second] + i - own.len(),
            _ => own.start + i,
        }
    }

    /// A weight among all as it counts for a step of these layers, if it is one of theirs.
    fn within(self, (layer, second): (usize, Option<usize>), weight: usize) -> Option<usize> {
        let own = self.of(layer);
        if own.contains(&weight) {
            return Some(weight - own.start);
        }
        let second = self.of(second?);
        second.contains(&weight).then(|| own.len() + weight - second.start)
    }

    /// What was left of the weights of a step of these layers: by those `before` it, of all `earlier` ones, or else by an
    /// application of the whole model.
    pub fn left<'a>(
        self,
        earlier: &'a [Step],
        layers: (usize, Option<usize>),
        before: &[usize],
        outer: &[(usize, &'a [f32])],
    ) -> Left<'a> {
        let mut left = Left::new();
        let mut tell = |weight: usize, value: &'a [f32]| {
            let own = self.within(layers, weight);
            if let Some(own) = own.filter(|own| left.iter().all(|(known, _)| known != own)) {
                left.push((own, value));
            }
        };
        for step in before.iter().map(|at| &earlier[*at]) {
            step.left(self, &mut tell);
        }
        outer.iter().for_each(|(weight, value)| tell(*weight, value));
        left
    }
}

impl Step {
    /// What it has left of weights, which count through all layers.
    fn left<'a>(&'a self, weights: Numbering<'_>, tell: &mut dyn FnMut(usize, &'a [f32])) {
        if let Some(kernel) = self.kernel.as_ref().filter(|_| !self.cast) {
            kernel.left(&mut |i, value| tell(weights.among_all((self.layer, self.second), i), value));
        }
    }
}

impl Plan {
    pub(super) fn numbering(&self) -> Numbering<'_> {
        Numbering { starts: &self.starts, total: self.params.len() }
    }

    /// Finds the steps that leave something for each step.
    pub(super) fn find_before(&mut self) {
        let weights = self.numbering();
        let leaves = |step: &Step| {
            let mut all = Vec::new();
            step.left(weights, &mut |weight, _| all.push(weight));
            all
        };
        let left: Vec<Vec<usize>> = self.steps.iter().map(leaves).collect();
        let before = |(at, step): (usize, &Step)| {
            let mut known: Vec<usize> = Vec::new();
            let mut adds = |earlier: &usize| {
                let own = |weight: &&usize| weights.within((step.layer, step.second), **weight).is_some();
                let new: Vec<usize> = left[*earlier]
                    .iter()
                    .filter(own)
                    .filter(|weight| !known.contains(weight))
                    .copied()
                    .collect();
                known.extend(&new);
                !new.is_empty()
            };
            if step.cast { Vec::new() } else { (0..at).rev().filter(|earlier| adds(earlier)).collect() }
        };
        let before: Vec<Vec<usize>> = self.steps.iter().enumerate().map(before).collect();
        self.steps.iter_mut().zip(before).for_each(|(step, before)| step.before = before);
    }

    /// What a pass has left of weights in the end.
    pub(super) fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        let mut told: Vec<usize> = Vec::new();
        for step in self.steps.iter().rev() {
            step.left(self.numbering(), &mut |weight, value| {
                if !told.contains(&weight) {
                    told.push(weight);
                    tell(weight, value);
                }
            });
        }
    }
}
