use keras_ops::{self as ops, Operand, Symbolic};
use keras_shape::layers::Concatenate;

use super::Operations;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for Concatenate {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        within_samples(self, inputs[0].ndim())?;
        let ranks = (0..inputs.len()).filter_map(|i| cx.mask(i).map(|mask| mask.ndim()));
        if let Some(rank) = ranks.max() {
            // A tensor without a mask counts as a whole; a step counts of which one feature does.
            let wide = inputs.iter().enumerate().map(|(i, x)| {
                let mask = cx.mask(i).map_or_else(|| true.symbolic(), |mask| along(mask, x.ndim()));
                ops::broadcast_to(mask, x.shape())
            });
            let joined = ops::concatenate(wide.collect::<Vec<_>>(), self.axis);
            let axes = inputs[0].ndim() as isize;
            let features: Vec<isize> = ((rank as isize).min(axes - 1)..axes).collect();
            cx.set_mask(0, Some(ops::any(joined, features).build()));
        }
        Ok(vec![ops::concatenate(inputs, self.axis)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        within_samples(self, site.x(0).len())?;
        Ok(kernels::rearrange::concatenate(self, site))
    }
}

/// A mask with axes of 1 for those of a tensor of this rank that it lacks.
fn along(mask: Symbolic, rank: usize) -> Symbolic {
    (mask.ndim()..rank).fold(mask, |mask, _| ops::expand_dims(mask, -1))
}

/// Samples are joined by nobody inside a model: it gives as many as it takes.
fn within_samples(layer: &Concatenate, rank: usize) -> Result<()> {
    if layer.axis != 0 && layer.axis + rank as isize != 0 {
        return Ok(());
    }
    let text = "`axis = 0` joins samples, and a model gives one output for each of its samples: join the outputs of `predict`, or give the model all samples in one input";
    Err(Error::layer(text))
}
