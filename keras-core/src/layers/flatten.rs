use keras_shape::DataFormat;
use keras_shape::layers::Flatten;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for Flatten {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let shape = x.shape();
        let rest = shape.iter().skip(1).product();
        let x = if DataFormat::is_first(self.data_format) && shape.len() > 2 {
            x.channels_last()?
        } else {
            x.clone()
        };
        Ok(vec![Value::new(x.reshape(&[shape[0], rest])?)])
    }
}
