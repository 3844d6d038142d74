use keras_shape::layers::PReLU;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value, by_rank};
use crate::tensor_ops::activation::positive;

impl Forward for PReLU {
    fn call(&self, weights: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let alpha = &weights[0].data;
        let shape: Vec<usize> = core::iter::once(1).chain(alpha.shape()).collect();
        let alpha = alpha.reshape(&shape)?;
        let y: Result<Raw> = by_rank!(x.data.rank(), D => {
            let (x, alpha) = (x.data.float::<D>()?, alpha.float::<D>()?);
            Raw::new(positive(x.clone()) - alpha * positive(x.neg()))
        });
        Ok(vec![Value::new(y?).with_mask(x.mask.clone())])
    }
}
