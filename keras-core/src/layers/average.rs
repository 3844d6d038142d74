use keras_shape::layers::Average;

use super::Forward;
use super::merge::{Pairwise, elementwise};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for Average {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let sum = elementwise(inputs, Pairwise::Add)?;
        let mean = Raw::new(sum.data.flat()? / inputs.len() as f32).reshape(&sum.data.shape())?;
        Ok(vec![Value::new(mean).with_mask(sum.mask)])
    }
}
