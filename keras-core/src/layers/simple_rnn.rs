use keras_ops::Symbolic;
use keras_shape::Activation;
use keras_shape::layers::SimpleRNN;

use super::Operations;
use super::activate::activate;
use super::recurrent::{self, Cell, Product, Scan};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for SimpleRNN {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        recurrent::layer(self.recurrent(), inputs, cx)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::recurrent::choose(&self.recurrent(), site))
    }
}

pub(super) struct SimpleCell {
    product: Product,
    activation: Activation,
}

impl SimpleCell {
    pub(super) fn new(scan: &Scan) -> Self {
        SimpleCell { product: scan.product(0..1), activation: scan.layer().activation }
    }
}

impl Cell for SimpleCell {
    /// State `[h]`.
    fn step(&self, x: &Symbolic, states: &[Symbolic]) -> Vec<Symbolic> {
        vec![activate(self.activation, x + self.product.of(&states[0]))]
    }
}
