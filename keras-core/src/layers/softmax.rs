use burn::tensor::activation::softmax;
use keras_shape::layers::Softmax;

use super::Forward;
use super::axes::along;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for Softmax {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        Ok(vec![along(&inputs[0], self.axis.list, |matrix| Ok(softmax(matrix, 1)))?])
    }
}
