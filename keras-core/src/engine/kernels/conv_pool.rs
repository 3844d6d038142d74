//! A convolution and the `MaxPooling` of its output, as one kernel.

use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv_norm::Rectify;
use keras_kernels::conv_pool::ConvPool;

use super::conv::{Kept, shared};
use super::link::Link;
use crate::Result;
use crate::engine::kernel::{Backward, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// A kernel for a convolution, relu if that is a layer of its own, and the largest of windows.
pub(super) fn fused(chain: &[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>> {
    let &[(Link::Convolution { conv, after: None, .. }, at), ref between @ .., (Link::Largest(pool), behind)] =
        chain
    else {
        return None;
    };
    let act = match between {
        [] => conv.act,
        [(Link::Rectified(Rectify::Relu), _)] if conv.act == Act::Linear => Act::Relu,
        _ => return None,
    };
    if count(behind.y(0)) == 0 {
        return None;
    }
    let which = if at.gradients { vec![0; count(behind.y(0))] } else { Vec::new() };
    let kept = (!at.gradients).then(Kept::default);
    Some(Box::new(ConvPoolKernel { chain: ConvPool { conv: Conv { act, ..conv }, pool }, which, kept }))
}

struct ConvPoolKernel {
    chain: ConvPool,
    /// Which pixel was the largest, for the gradient.
    which: Vec<u32>,
    /// The weights, where they stay the same.
    kept: Option<Kept>,
}

impl Kernel for ConvPoolKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, b, y) = (io.x.at(0), io.w.get(1), &mut io.y[0]);
        match &mut self.kept {
            Some(kept) => self.chain.forward(x, kept.of(&self.chain.conv, io.w, 0), b, y, None),
            None => self.chain.forward(x, io.w.at(0), b, y, Some(&mut self.which)),
        }
        Ok(())
    }

    fn shared(&self) -> usize {
        shared(&self.chain.conv)
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let to = ConvGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
        // As in a convolution alone: gradients may be rounded otherwise.
        let chain = ConvPool { conv: Conv { tiles: true, ..self.chain.conv }, ..self.chain };
        chain.backward(io.x.at(0), io.w.at(0), io.y.y(0), &self.which, dy, to);
        Ok(())
    }
}
