use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Masking;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Masking {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let counts = ops::any(ops::not_equal(x, self.mask_value), -1).build();
        let zero = ops::cast(0.0, x.dtype());
        let y = ops::where_(ops::expand_dims(&counts, -1), x, zero);
        cx.set_mask(0, Some(counts));
        Ok(vec![y])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::masking::choose(self, site))
    }
}
