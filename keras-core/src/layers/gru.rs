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
        let cell = GruCell {
            gates: scan.product(if self.reset_after { 0..3 } else { 0..2 }),
            bias: scan.recurrent_bias(),
            candidate: if self.reset_after { None } else { Some(scan.product(2..3)) },
            activation: self.activation,
            recurrent_activation: self.recurrent_activation,
        };
        scan.run(&cell, context)
    }
}

struct GruCell {
    /// The state's product for update and reset gate, and for the candidate if the reset gate acts after it.
    gates: Product,
    /// The bias of that product.
    bias: Option<Tensor<2>>,
    /// The product for the candidate if the reset gate acts before it.
    candidate: Option<Product>,
    activation: Activation,
    recurrent_activation: Activation,
}

impl Cell for GruCell {
    /// State `[h]`; Keras's order of gates: update, reset, candidate.
    fn step(&self, x: Tensor<2>, states: &[Tensor<2>]) -> Result<Vec<Tensor<2>>> {
        let h = &states[0];
        let units = h.dims()[1];
        let mut product = self.gates.of(h.clone());
        if let Some(bias) = &self.bias {
            product = product + bias.clone();
        }
        let z = apply(self.recurrent_activation, gate(&x, 0, units) + gate(&product, 0, units))?;
        let r = apply(self.recurrent_activation, gate(&x, 1, units) + gate(&product, 1, units))?;
        let reset = match &self.candidate {
            None => r * gate(&product, 2, units),
            Some(product) => product.of(r * h.clone()),
        };
        let candidate = apply(self.activation, gate(&x, 2, units) + reset)?;
        let keep = z.clone() * h.clone();
        Ok(vec![keep + (z.neg() + 1.0) * candidate])
    }
}
