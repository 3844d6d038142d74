use keras_shape::layers::LeakyReLU;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::activation::leaky_relu;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for LeakyReLU {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let y = Raw::new(leaky_relu(x.data.flat()?, self.negative_slope)).reshape(&x.data.shape())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
