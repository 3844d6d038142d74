use burn::tensor::Tensor;
use keras_shape::Activation;
use keras_shape::layers::LSTM;

use super::Forward;
use super::recurrent::{Cell, Product, Scan, apply, gate};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for LSTM {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let scan = Scan::new(self.recurrent(), weights, inputs, context)?;
        let cell = LstmCell {
            product: scan.product(0..4),
            activation: self.activation,
            recurrent_activation: self.recurrent_activation,
        };
        scan.run(&cell, context)
    }
}

struct LstmCell {
    product: Product,
    activation: Activation,
    recurrent_activation: Activation,
}

impl Cell for LstmCell {
    /// States `[h, c]`; Keras's order of gates: input, forget, candidate, output.
    fn step(&self, x: Tensor<2>, states: &[Tensor<2>]) -> Result<Vec<Tensor<2>>> {
        let (h, c) = (&states[0], &states[1]);
        let units = h.dims()[1];
        let z = x + self.product.of(h.clone());
        let i = apply(self.recurrent_activation, gate(&z, 0, units))?;
        let f = apply(self.recurrent_activation, gate(&z, 1, units))?;
        let candidate = apply(self.activation, gate(&z, 2, units))?;
        let o = apply(self.recurrent_activation, gate(&z, 3, units))?;
        let c = f * c.clone() + i * candidate;
        let h = o * apply(self.activation, c.clone())?;
        Ok(vec![h, c])
    }
}
