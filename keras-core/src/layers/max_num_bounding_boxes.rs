use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::MaxNumBoundingBoxes;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for MaxNumBoundingBoxes {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if inputs.len() < 2 {
            return Ok(inputs.to_vec());
        }
        let most = self.max_number.or(1);
        let filled = |x: &Symbolic| {
            let mut shape = x.shape().to_vec();
            let kept = shape[1].min(most);
            shape[1] = kept;
            let x = ops::slice(x, vec![0; shape.len()], shape.as_slice());
            let widths: Vec<(usize, usize)> =
                (0..shape.len()).map(|axis| (0, if axis == 1 { most - kept } else { 0 })).collect();
            ops::pad(&x, widths).constant_values(self.fill_value as f64).build()
        };
        Ok(inputs.iter().map(filled).collect())
    }
}
