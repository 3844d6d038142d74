//! A scan as an operation.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use super::body::Body;
use super::scanned;
use crate::error::Problem;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec};
use crate::shapes::shaped;
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

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        let one = |(i, spec): (usize, &Spec)| {
            if i < self.carries { spec.clone() } else { stacked(spec, self.length) }
        };
        Ok(self.body.specs().enumerate().map(one).collect())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (carry, stacks) = io.outputs.split_at_mut(self.carries);
        for (to, from) in carry.iter_mut().zip(io.inputs) {
            to.copy_from_slice(from.data);
        }
        let (xs, same) = io.inputs[self.carries..].split_at(self.xs);
        self.body.with_plan(|plan| {
            for step in 0..self.length {
                let at = if self.reverse { self.length - 1 - step } else { step };
                let element = |n: usize| {
                    let own = n / self.length;
                    at * own..(at + 1) * own
                };
                let inputs: SmallVec<[&[f32]; 24]> = carry
                    .iter()
                    .map(|x| &**x)
                    .chain(xs.iter().map(|x| &x.data[element(x.data.len())]))
                    .chain(same.iter().map(|x| x.data))
                    .collect();
                plan.run(&inputs).expect("the body has the shapes that it was traced for");
                drop(inputs);
                for (i, to) in carry.iter_mut().enumerate() {
                    to.copy_from_slice(plan.output(i));
                }
                for (i, to) in stacks.iter_mut().enumerate() {
                    let range = element(to.len());
                    to[range].copy_from_slice(plan.output(self.carries + i));
                }
            }
        });
    }

    /// A scan in the other direction over the gradient of the body. Its carry is the gradient of the carry, and the sums of
    /// those of what is the same at each step.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (carries, xs) = (self.carries, self.xs);
        let smooth = |list: &[Symbolic]| -> Vec<usize> {
            (0..list.len()).filter(|i| list[*i].dtype().is_float()).collect()
        };
        let (init, rest) = at.inputs.split_at(carries);
        let (slices, same) = rest.split_at(xs);
        let (of_carry, of_xs, of_same) = (smooth(init), smooth(slices), smooth(same));
        let stacks = &at.outputs[carries..];
        let before = &stacks[stacks.len() - carries..];
        // Only those stacks on which something depends.
        let of_stacks: Vec<usize> = (0..stacks.len())
            .filter(|i| at.gradients[carries + i].is_some() && stacks[*i].dtype().is_float())
            .collect();

        let start: Vec<Symbolic> = of_carry
            .iter()
            .map(|i| at.dy_of(*i))
            .chain(of_same.iter().map(|i| zeros(same[*i].shape())))
            .collect();
        let along: Vec<Symbolic> = before
            .iter()
            .chain(slices)
            .cloned()
            .chain(of_stacks.iter().map(|i| at.dy_of(carries + i)))
            .collect();
        let step = |carry: &[Symbolic], x: &[Symbolic]| {
            let (given, dys) = x.split_at(carries + xs);
            let with: Vec<Symbolic> = given.iter().chain(same).cloned().collect();
            let arguments = &self.body.arguments;
            let results = &self.body.results;
            let pairs: Vec<(Symbolic, Symbolic)> = of_carry
                .iter()
                .zip(carry)
                .chain(of_stacks.iter().map(|i| carries + i).collect::<Vec<_>>().iter().zip(dys))
                .map(|(i, dy)| (results[*i].clone(), dy.clone()))
                .collect();
            let wanted: Vec<&Symbolic> = (of_carry.iter().copied())
                .chain(of_xs.iter().map(|i| carries + i))
                .chain(of_same.iter().map(|i| carries + xs + i))
                .map(|i| &arguments[i])
                .collect();
            let mut found = substituted(&vjp(&pairs, &wanted), arguments, &with);
            let of_same = found.split_off(of_carry.len() + of_xs.len());
            let of_xs = found.split_off(of_carry.len());
            let sums = carry[of_carry.len()..].iter().zip(of_same).map(|(sum, more)| sum + more);
            (found.into_iter().chain(sums).collect(), of_xs)
        };
        let (last, dxs) = scanned(step, &start, &along, Some(self.length), !self.reverse);
        let mut all = vec![None; at.inputs.len()];
        let places = of_carry.iter().copied().chain(of_same.iter().map(|i| carries + xs + i));
        places.zip(last).for_each(|(i, dx)| all[i] = Some(dx));
        for (i, dx) in of_xs.iter().zip(dxs) {
            all[carries + i] = Some(shaped(&dx, slices[*i].shape().clone(), "reshape"));
        }
        all
    }

    fn cost(&self, _: &[&Spec], _: &[Spec]) -> Cost {
        let own = self.body.cost();
        let n = self.length as u64;
        Cost { multiply_adds: n * own.multiply_adds, bytes: n * own.bytes }
    }
}
