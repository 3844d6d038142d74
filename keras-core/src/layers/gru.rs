use keras_ops::Symbolic;
use keras_shape::Activation;
use keras_shape::layers::GRU;

use super::Operations;
use super::activate::activate;
use super::recurrent::{self, Cell, Product, Scan, gates};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for GRU {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        recurrent::layer(self.recurrent(), inputs, cx)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::recurrent::choose(&self.recurrent(), site))
    }
}

pub(super) struct GruCell {
    /// The state's product for update and reset gate, and for the candidate if the reset gate acts after it.
    gates: Product,
    /// The bias of that product.
    bias: Option<Symbolic>,
    /// The product for the candidate if the reset gate acts before it.
    candidate: Option<Product>,
    activation: Activation,
    recurrent_activation: Activation,
}

impl GruCell {
    pub(super) fn new(scan: &Scan) -> Self {
        let layer = scan.layer();
        let reset_after = layer.two_biases;
        GruCell {
            gates: scan.product(if reset_after { 0..3 } else { 0..2 }),
            bias: scan.recurrent_bias(),
            candidate: if reset_after { None } else { Some(scan.product(2..3)) },
            activation: layer.activation,
            recurrent_activation: layer.recurrent_activation,
        }
    }
}

impl Cell for GruCell {
    /// State `[h]`; Keras's order of gates: update, reset, candidate.
    fn step(&self, x: &Symbolic, states: &[Symbolic]) -> Vec<Symbolic> {
        let h = &states[0];
        let x = gates(x, 3);
        let product = self.bias.iter().fold(self.gates.of(h), |product, bias| product + bias);
        let product = gates(&product, if self.candidate.is_none() { 3 } else { 2 });
        let gate = |i: usize| activate(self.recurrent_activation, &x[i] + &product[i]);
        let (z, r) = (gate(0), gate(1));
        let reset = match &self.candidate {
            None => r * &product[2],
            Some(product) => product.of(&(r * h)),
        };
        let candidate = activate(self.activation, &x[2] + reset);
        vec![&z * h + (1.0 - &z) * candidate]
    }
}
