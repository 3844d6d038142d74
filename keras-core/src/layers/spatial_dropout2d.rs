use keras_shape::DataFormat;
use keras_shape::layers::SpatialDropout2D;

use super::Forward;
use super::dropout::drop;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for SpatialDropout2D {
    fn call(&self, _: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let mut noise = x.data.shape();
        let first = if DataFormat::is_first(self.data_format) { 2 } else { 1 };
        for length in noise.iter_mut().skip(first).take(2) {
            *length = 1;
        }
        Ok(vec![drop(x, &noise, self.rate, self.seed, context)?])
    }
}
