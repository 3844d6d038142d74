use keras_ops::{self as ops, Operand, Symbolic};
use keras_shape::layers::Concatenate;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Concatenate {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if (0..inputs.len()).any(|i| cx.mask(i).is_some()) {
            // A tensor without a mask counts as a whole; a step counts of which one feature does.
            let wide = inputs.iter().enumerate().map(|(i, x)| {
                let mask = cx.mask(i).map_or_else(|| true.symbolic(), |mask| ops::expand_dims(mask, -1));
                ops::broadcast_to(mask, x.shape())
            });
            let joined = ops::concatenate(wide.collect::<Vec<_>>(), self.axis);
            cx.set_mask(0, Some(ops::any(joined, -1).build()));
        }
        Ok(vec![ops::concatenate(inputs, self.axis)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rearrange::concatenate(self, site))
    }
}
