use burn::tensor::Tensor;
use keras_shape::Activation;
use keras_shape::layers::SimpleRNN;

use super::Forward;
use super::recurrent::{Cell, Product, Scan, apply};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for SimpleRNN {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let scan = Scan::new(self.recurrent(), weights, inputs, context)?;
        let cell = SimpleCell { product: scan.product(0..1), activation: self.activation };
        scan.run(&cell, context)
    }
}

struct SimpleCell {
    product: Product,
    activation: Activation,
}

impl Cell for SimpleCell {
    /// State `[h]`.
    fn step(&self, x: Tensor<2>, states: &[Tensor<2>]) -> Result<Vec<Tensor<2>>> {
        Ok(vec![apply(self.activation, x + self.product.of(states[0].clone()))?])
    }
}
