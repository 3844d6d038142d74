//! A convolution and the `Dense` of few units behind a `Flatten`, as one kernel.

use keras_kernels::conv_dense::{ConvDense, ConvDenseGradients, ConvDenseWeights};
use keras_kernels::scratch;

use super::activation::{Activated, activated};
use super::link::Link;
use crate::Result;
use crate::engine::kernel::{Backward, Forward, Kernel, Site, Weights, wanted};
use crate::engine::parts::count;

/// Numbers of the convolution's output from which on it is worth it: what a core's second cache holds.
const LARGE: usize = 1 << 18;

/// Units up to which moving numbers costs more than multiplying them.
const FEW: usize = 64;

/// A kernel for a convolution whose output only a dense layer sees, if the output is large, and nobody wants the
/// gradient of the images.
pub(super) fn fused(chain: &[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>> {
    let &[(Link::Convolution { conv, after: None, bias, .. }, at), (Link::Dense(activation), behind)] = chain
    else {
        return None;
    };
    let (&[batch, inputs], &[_, units]) = (behind.x(0), behind.y(0)) else { return None };
    let len = count(at.y(0));
    let images_wanted = at.memory.places[at.feeds[0].tensor].grad.is_some();
    if batch != conv.batch || batch * inputs != len || len < LARGE || units > FEW || images_wanted {
        return None;
    }
    let act = activated(activation).filter(|act| !act.needs_input())?;
    Some(Box::new(ConvDenseKernel { pair: ConvDense { conv, units }, conv_bias: bias, act }))
}

struct ConvDenseKernel {
    pair: ConvDense,
    /// Whether the convolution has a bias.
    conv_bias: bool,
    /// The activation of the dense layer.
    act: Activated,
}

fn weights<'a>(w: &Weights<'a>, own: usize) -> ConvDenseWeights<'a> {
    let second = w.second(own);
    ConvDenseWeights { conv: w.at(0), conv_bias: w.get(1), dense: second.at(0), dense_bias: second.get(1) }
}

impl Kernel for ConvDenseKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.pair.forward(io.x.at(0), weights(&io.w, 1 + usize::from(self.conv_bias)), &mut io.y[0]);
        self.act.forward(&mut io.y[0], self.pair.units);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let own = 1 + usize::from(self.conv_bias);
        let (conv, dense) = io.dw.split_at_mut(own);
        let (conv, conv_bias) = conv.split_at_mut(1);
        let (dense, dense_bias) = dense.split_at_mut(1);
        let to = ConvDenseGradients {
            conv: wanted(conv, 0),
            conv_bias: wanted(conv_bias, 0),
            dense: wanted(dense, 0),
            dense_bias: wanted(dense_bias, 0),
        };
        scratch::with(dy.len(), |dz| {
            self.act.backward(io.y.y(0), dy, dz, self.pair.units);
            self.pair.backward(io.x.at(0), weights(&io.w, own), dz, to);
        });
        Ok(())
    }
}
