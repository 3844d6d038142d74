//! A scan as an operation.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use super::body::Body;
use super::scanned;
use crate::error::Problem;
use crate::graph;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec};
use crate::traced::substituted;
use crate::{Shape, Symbolic, vjp, zeros};

/// Inputs are the carry, the tensors whose elements the steps have, and what is the same at each step. Outputs are the last
/// carry, what the steps stack, and the carry at the start of each step.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub body: Arc<Body>,
    pub length: usize,
    pub reverse: bool,
    pub carries: usize,
    pub xs: usize,
}

impl PartialEq for Scan {
    fn eq(&self, other: &Scan) -> bool {
        let own = |scan: &Scan| (Arc::as_ptr(&scan.body), scan.length, scan.reverse);
        own(self) == own(other)
    }
}

impl Eq for Scan {}

impl Hash for Scan {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.body).hash(state);
    }
}

/// The shape of elements of all steps.
fn stacked(spec: &Spec, length: usize) -> Spec {
    let shape: Shape = [length].into_iter().chain(spec.shape.iter().copied()).collect();
    Spec::new(shape, spec.dtype)
}

impl Op for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let Scan { length, reverse, carries, xs, .. } = *self;
        let Body { arguments, results, .. } = &*self.body;
        let (arguments, results) = (arguments.clone(), results.clone());
        Some(Operation::Scan(graph::Scan { length, reverse, carries, xs, arguments, results }))
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        let one = |(i, spec): (usize, &Spec)| {
            if i < self.carries { spec.clone() } else { stacked(spec, self.length) }
        };
        Ok(self.body.specs().enumerate().map(one).collect())
    }

    /// For the next carry, while the last is read.
    fn scratch(&self, inputs: &[&Spec]) -> usize {
        inputs[..self.carries].iter().map(|x| x.shape.size()).sum()
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (carry, stacks) = io.outputs.split_at_mut(self.carries);
        for (to, from) in carry.iter_mut().zip(io.inputs) {
            to.copy_from_slice(from.data);
        }
        let (xs, same) = io.inputs[self.carries..].split_at(self.xs);
        let lengths: SmallVec<[usize; 16]> = stacks.iter().map(|to| to.len()).collect();
        self.body.with_plan(|plan| {
            for step in 0..self.length {
                let at = if self.reverse { self.length - 1 - step } else { step };
                let element = |n: usize| at * (n / self.length)..(at + 1) * (n / self.length);
                let inputs: SmallVec<[&[f32]; 24]> = carry
                    .iter()
                    .map(|x| &**x)
                    .chain(xs.iter().map(|x| &x.data[element(x.data.len())]))
                    .chain(same.iter().map(|x| x.data))
                    .collect();
                let mut next = &mut *io.scratch;
                let mut results: SmallVec<[&mut [f32]; 24]> = SmallVec::new();
                for x in carry.iter() {
                    let (own, rest) = next.split_at_mut(x.len());
                    results.push(own);
                    next = rest;
                }
                for (to, n) in stacks.iter_mut().zip(&lengths) {
                    results.push(&mut to[element(*n)]);
                }
                if let Err(error) = plan.run_into(&inputs, &mut results) {
                    *io.failed = Some(error);
                    return;
                }
                drop(inputs);
                for (to, next) in carry.iter_mut().zip(&results) {
                    to.copy_from_slice(next);
                }
            }
        });
    }

    /// A scan in the other direction over the gradient of the body. Its carry is the gradient of the carry, and the sums of
    /// those of what is the same at each step.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (carries, xs) = (self.carries, self.xs);
        let rest = &at.inputs[carries..];
        let (slices, same) = rest.split_at(xs);
        let stacks = &at.outputs[carries..];
        let before = &stacks[stacks.len() - carries..];
        let smooth = Smooth::new(self, at);
        let start = smooth.carry.iter().map(|i| at.dy_of(*i));
        let start: Vec<Symbolic> =
            start.chain(smooth.same.iter().map(|i| zeros(at.inputs[*i].shape()))).collect();
        let along = before.iter().chain(slices).cloned();
        let along: Vec<Symbolic> = along.chain(smooth.stacks.iter().map(|i| at.dy_of(*i))).collect();
        let step = |carry: &[Symbolic], x: &[Symbolic]| {
            let (given, dys) = x.split_at(carries + xs);
            let with: Vec<Symbolic> = given.iter().chain(same).cloned().collect();
            let (dcarry, sums) = carry.split_at(smooth.carry.len());
            let mut found = self.step_gradient(&smooth, dcarry.iter().chain(dys), &with);
            let of_same = found.split_off(smooth.carry.len() + smooth.xs.len());
            let of_xs = found.split_off(smooth.carry.len());
            (found.into_iter().chain(sums.iter().zip(of_same).map(|(sum, more)| sum + more)).collect(), of_xs)
        };
        let (last, dxs) = scanned(step, &start, &along, Some(self.length), !self.reverse);
        let mut all = vec![None; at.inputs.len()];
        let places = smooth.carry.iter().chain(&smooth.same).zip(last).chain(smooth.xs.iter().zip(dxs));
        places.for_each(|(i, dx)| all[*i] = Some(dx));
        all
    }

    fn cost(&self, _: &[&Spec], _: &[Spec]) -> Cost {
        let own = self.body.cost();
        let n = self.length as u64;
        Cost { multiply_adds: n * own.multiply_adds, bytes: n * own.bytes }
    }
}

/// Which inputs and outputs have a gradient, by number.
struct Smooth {
    /// Of the carry: of inputs and of outputs.
    carry: Vec<usize>,
    /// Of inputs whose elements the steps have.
    xs: Vec<usize>,
    /// Of inputs that are the same at each step.
    same: Vec<usize>,
    /// Of outputs that are stacked, and on which something depends.
    stacks: Vec<usize>,
}

impl Smooth {
    fn new(scan: &Scan, at: &Applied<'_>) -> Smooth {
        let of = |range: core::ops::Range<usize>, list: &[Symbolic]| -> Vec<usize> {
            range.filter(|i| list[*i].dtype().is_float()).collect()
        };
        let (first, end) = (scan.carries, scan.carries + scan.xs);
        let mut stacks = of(first..at.outputs.len(), at.outputs);
        stacks.retain(|i| at.gradients[*i].is_some());
        Smooth {
            carry: of(0..first, at.inputs),
            xs: of(first..end, at.inputs),
            same: of(end..at.inputs.len(), at.inputs),
            stacks,
        }
    }
}

impl Scan {
    /// The gradients of one step by the carry, the elements of `xs` and what is the same at each, from those of the next
    /// carry and of what is stacked, with `with` in place of the body's arguments.
    fn step_gradient<'a>(
        &self,
        smooth: &Smooth,
        dys: impl Iterator<Item = &'a Symbolic>,
        with: &[Symbolic],
    ) -> Vec<Symbolic> {
        let Body { arguments, results, .. } = &*self.body;
        let of = smooth.carry.iter().chain(&smooth.stacks);
        let pairs: Vec<(Symbolic, Symbolic)> =
            of.zip(dys).map(|(i, dy)| (results[*i].clone(), dy.clone())).collect();
        let wanted = smooth.carry.iter().chain(&smooth.xs).chain(&smooth.same);
        let wanted: Vec<&Symbolic> = wanted.map(|i| &arguments[*i]).collect();
        substituted(&vjp(&pairs, &wanted), arguments, with)
    }
}
