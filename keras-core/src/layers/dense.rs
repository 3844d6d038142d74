use keras_shape::layers::Dense;

use super::Forward;
use crate::context::Context;
use crate::tensor_ops::activation::activate;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for Dense {
    fn call(&self, weights: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let kernel = weights[0].data.float::<2>()?;
        let mut y = x.data.rows()?.matmul(kernel);
        if let Some(bias) = weights.get(1) {
            y = y + bias.data.float::<1>()?.unsqueeze();
        }
        let mut shape = x.data.shape();
        let units = y.dims()[1];
        *shape.last_mut().ok_or_else(|| Error::layer("a tensor without axes"))? = units;
        let y = activate(self.activation, Raw::new(y).reshape(&shape)?)?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}
