use keras_shape::layers::Activation;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::activation::activate;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for Activation {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let y = activate(self.activation, x.data.clone())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
