use keras_ops::Symbolic;
use keras_shape::Activation;
use keras_shape::layers::SimpleRNN;

use super::activate::activate;
use super::recurrent::{Cell, Product, Scan};
use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for SimpleRNN {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let scan = Scan::new(self.recurrent(), inputs, cx)?;
        let cell = SimpleCell { product: scan.product(0..1), activation: self.activation };
        Ok(scan.run(&cell, cx))
    }
}

struct SimpleCell {
    product: Product,
    activation: Activation,
}

impl Cell for SimpleCell {
    /// State `[h]`.
    fn step(&self, x: &Symbolic, states: &[Symbolic]) -> Vec<Symbolic> {
        vec![activate(self.activation, x + self.product.of(&states[0]))]
    }
}
