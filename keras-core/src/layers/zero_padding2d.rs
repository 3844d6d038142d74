use keras_shape::DataFormat;
use keras_shape::layers::ZeroPadding2D;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::tensor_ops::window::sizes;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for ZeroPadding2D {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let mut sides = [(0, 0); 4];
        let first = if DataFormat::is_first(self.data_format) { 2 } else { 1 };
        for (i, pair) in self.padding.0.iter().enumerate() {
            let [before, after] = sizes(pair);
            sides[first + i] = (before, after);
        }
        Ok(vec![Value::new(inputs[0].data.pad(&sides, 0.0)?)])
    }
}
