use keras_ops::Symbolic;
use keras_shape::Activation;
use keras_shape::layers::LSTM;

use super::activate::activate;
use super::recurrent::{Cell, Product, Scan, gates};
use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for LSTM {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let scan = Scan::new(self.recurrent(), inputs, cx)?;
        let cell = LstmCell {
            product: scan.product(0..4),
            activation: self.activation,
            recurrent_activation: self.recurrent_activation,
        };
        Ok(scan.run(&cell, cx))
    }
}

struct LstmCell {
    product: Product,
    activation: Activation,
    recurrent_activation: Activation,
}

impl Cell for LstmCell {
    /// States `[h, c]`; Keras's order of gates: input, forget, candidate, output.
    fn step(&self, x: &Symbolic, states: &[Symbolic]) -> Vec<Symbolic> {
        let (h, c) = (&states[0], &states[1]);
        let z = gates(&(x + self.product.of(h)), 4);
        let gate = |i: usize| activate(self.recurrent_activation, &z[i]);
        let c = gate(1) * c + gate(0) * activate(self.activation, &z[2]);
        let h = gate(3) * activate(self.activation, &c);
        vec![h, c]
    }
}
