use keras_ops::{self as ops, Operand, Symbolic};
use keras_shape::layers::Concatenate;

use super::Operations;
use crate::{Error, Result};
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Concatenate {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        within_samples(self, inputs[0].ndim())?;
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
        within_samples(self, site.x(0).len())?;
        Ok(kernels::rearrange::concatenate(self, site))
    }
}

/// Samples are joined by nobody inside a model: it gives as many as it takes.
fn within_samples(layer: &Concatenate, rank: usize) -> Result<()> {
    if layer.axis != 0 && layer.axis + rank as isize != 0 {
        return Ok(());
    }
    let text = "`axis = 0` joins samples, and a model gives one output for each of its samples: join the outputs of `predict`, or give the model all samples in one input";
    Err(Error::layer(text))
}
