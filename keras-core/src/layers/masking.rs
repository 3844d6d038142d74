use burn::tensor::{Bool, Int, Tensor};
use keras_shape::layers::Masking;

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};

impl Forward for Masking {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let shape = x.shape();
        let (steps, width) = match shape.split_last() {
            Some((width, steps)) => (steps, *width),
            None => (shape.as_slice(), 1),
        };
        let rows = [steps.iter().product(), width];
        let flat = x.reshape(&rows)?;
        let (masked, counts) = if x.is_float() {
            let x: Tensor<2> = flat.float()?;
            let counts = x.clone().not_equal_elem(self.mask_value as f32).any_dim(1);
            (Raw::new(x.mask_fill(padding(&counts, rows), 0.0)), counts)
        } else {
            let x: Tensor<2, Int> = flat.int()?;
            let counts = x.clone().float().not_equal_elem(self.mask_value as f32).any_dim(1);
            (Raw::new(x.mask_fill(padding(&counts, rows), 0)), counts)
        };
        let mask = Raw::new(counts).reshape(steps)?;
        Ok(vec![Value::new(masked.reshape(&shape)?).with_mask(Some(mask))])
    }
}

/// Where to write zeros, from which rows `(rows, 1)` count.
fn padding(counts: &Tensor<2, Bool>, shape: [usize; 2]) -> Tensor<2, Bool> {
    counts.clone().bool_not().expand(shape)
}
