//! The sum of two tensors and the relu behind it, as one kernel.

use keras_kernels::conv_norm::Rectify;
use keras_kernels::sum::{sum, sum_backward};

use super::link::Link;
use crate::Result;
use crate::engine::kernel::{Backward, Forward, Kernel, Site, wanted};

/// A kernel for a sum and what cuts off a part of its range.
pub(super) fn fused(chain: &[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>> {
    match chain {
        [(Link::Sum(_), _), (Link::Rectified(rectify), _)] => Some(Box::new(SumKernel { rectify: *rectify })),
        _ => None,
    }
}

struct SumKernel {
    rectify: Rectify,
}

impl Kernel for SumKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        sum(io.x.at(0), io.x.at(1), self.rectify, &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (first, second) = io.dx.split_at_mut(1);
        sum_backward(io.y.y(0), dy, self.rectify, [wanted(first, 0), wanted(second, 0)]);
        Ok(())
    }
}
