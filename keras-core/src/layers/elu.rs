use keras_shape::layers::ELU;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::activation::elu;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for ELU {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let y = Raw::new(elu(x.data.flat()?, self.alpha)).reshape(&x.data.shape())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
