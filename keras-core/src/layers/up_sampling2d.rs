use keras_shape::DataFormat;
use keras_shape::layers::UpSampling2D;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::resize::enlarge;
use crate::tensor_ops::window::sizes;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for UpSampling2D {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let first = if DataFormat::is_first(self.data_format) { 2 } else { 1 };
        let [height, width] = sizes(&self.size);
        let y = enlarge(&inputs[0].data, first, height, self.interpolation)?;
        Ok(vec![Value::new(enlarge(&y, first + 1, width, self.interpolation)?)])
    }
}
