use keras_ops::{self as ops, Symbolic};
use keras_shape::Role;
use keras_shape::layers::Softmax;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Softmax {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (x, axes) = (&inputs[0], self.axis.list);
        let Some(mask) = cx.named(Role::Mask) else { return Ok(vec![ops::softmax(x, axes)]) };
        // Keras counts what is above one half.
        let counts = ops::greater(mask, 0.5);
        let shares = ops::softmax(ops::where_(&counts, x, -1e9), axes);
        // Where nothing counts, nothing is shared out.
        Ok(vec![ops::where_(counts, shares, 0.0)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::softmax(self, site))
    }
}
