use burn::tensor::Tensor;
use keras_shape::Numbers;
use keras_shape::layers::Rescaling;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for Rescaling {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let rows = x.data.rows()?;
        let y = match (self.scale.0, self.offset.0) {
            ([scale], [offset]) => rows.mul_scalar(*scale).add_scalar(*offset),
            _ => {
                let scale = row(self.scale, &rows)?;
                let offset = row(self.offset, &rows)?;
                rows * scale + offset
            }
        };
        let y = Raw::new(y).reshape(&x.data.shape())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}

/// The numbers as a row that goes with each row of `x`.
fn row(numbers: Numbers, x: &Tensor<2>) -> Result<Tensor<2>> {
    let values: Vec<f32> = numbers.0.iter().map(|number| *number as f32).collect();
    let n = values.len();
    Raw::from_f32(values, &[1, n], &x.device())?.float()
}
