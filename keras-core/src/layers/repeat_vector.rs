use keras_shape::layers::RepeatVector;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for RepeatVector {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let (batch, features) = (x.shape()[0], x.shape().iter().skip(1).product());
        Ok(vec![Value::new(x.reshape(&[batch, 1, features])?.repeat(1, self.n.or(1))?)])
    }
}
