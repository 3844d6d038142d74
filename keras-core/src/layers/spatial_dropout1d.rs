use keras_shape::layers::SpatialDropout1D;

use super::Forward;
use super::dropout::drop;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for SpatialDropout1D {
    fn call(&self, _: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let mut noise = x.data.shape();
        if let Some(steps) = noise.get_mut(1) {
            *steps = 1;
        }
        Ok(vec![drop(x, &noise, self.rate, self.seed, context)?])
    }
}
