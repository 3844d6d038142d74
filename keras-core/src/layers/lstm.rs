use keras_ops::Symbolic;
use keras_shape::Activation;
use keras_shape::layers::LSTM;

use super::Operations;
use super::activate::activate;
use super::recurrent::{self, Cell, Product, Scan, gates};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for LSTM {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        recurrent::layer(self.recurrent(), inputs, cx)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::recurrent::choose(&self.recurrent(), site))
    }
}

pub(super) struct LstmCell {
    product: Product,
    activation: Activation,
    recurrent_activation: Activation,
}

impl LstmCell {
    pub(super) fn new(scan: &Scan) -> Self {
        let layer = scan.layer();
        LstmCell {
            product: scan.product(0..4),
            activation: layer.activation,
            recurrent_activation: layer.recurrent_activation,
        }
    }
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
