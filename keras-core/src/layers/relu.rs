use keras_shape::layers::ReLU;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::activation::relu;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for ReLU {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let y = relu(x.data.flat()?, self.negative_slope, self.max_value, self.threshold);
        let y = Raw::new(y).reshape(&x.data.shape())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
