use burn::tensor::Tensor;
use keras_shape::Activation;
use keras_shape::layers::GRU;

use super::Forward;
use super::recurrent::{Cell, Product, Scan, apply, gate};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for GRU {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let scan = Scan::new(self.recurrent(), weights, inputs, context)?;
        let (gates, candidate) = if self.reset_after {
            (scan.product(0..3), Candidate::ResetAfter(scan.recurrent_bias()))
        } else {
            (scan.product(0..2), Candidate::ResetBefore(scan.product(2..3)))
        };
        let cell = GruCell {
            gates,
            candidate,
            activation: self.activation,
            recurrent_activation: self.recurrent_activation,
        };
        scan.run(&cell, context)
    }
}

struct GruCell {
    gates: Product,
    candidate: Candidate,
    activation: Activation,
    recurrent_activation: Activation,
}

/// Where the reset gate acts on the state's way to the candidate.
enum Candidate {
    /// On the state's product, which then has a bias of its own.
    ResetAfter(Option<Tensor<2>>),
    /// On the state.
    ResetBefore(Product),
}

impl Cell for GruCell {
    /// State `[h]`; Keras's order of gates: update, reset, candidate.
    fn step(&self, x: Tensor<2>, states: &[Tensor<2>]) -> Result<Vec<Tensor<2>>> {
        let h = &states[0];
        let units = h.dims()[1];
        let mut product = self.gates.of(h.clone());
        if let Candidate::ResetAfter(Some(bias)) = &self.candidate {
            product = product + bias.clone();
        }
        let z = apply(self.recurrent_activation, gate(&x, 0, units) + gate(&product, 0, units))?;
        let r = apply(self.recurrent_activation, gate(&x, 1, units) + gate(&product, 1, units))?;
        let reset = match &self.candidate {
            Candidate::ResetAfter(_) => r * gate(&product, 2, units),
            Candidate::ResetBefore(kernel) => kernel.of(r * h.clone()),
        };
        let candidate = apply(self.activation, gate(&x, 2, units) + reset)?;
        let keep = z.clone() * h.clone();
        Ok(vec![keep + (z.neg() + 1.0) * candidate])
    }
}
