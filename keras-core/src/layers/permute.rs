use keras_shape::layers::Permute;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for Permute {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let dims = self.dims.list.iter().map(|axis| usize::try_from(*axis).unwrap_or(0));
        let order: Vec<usize> = core::iter::once(0).chain(dims).collect();
        Ok(vec![Value::new(x.permute(&order)?)])
    }
}
