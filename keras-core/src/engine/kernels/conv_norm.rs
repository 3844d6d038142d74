//! A convolution, its `BatchNormalization`, and what follows, as one kernel.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::conv::{Conv, ConvGradients, Filters};
use keras_kernels::conv_norm::{ConvNorm, Norm, Rectify, Tail};
use keras_kernels::convolved::Convolved;

use super::batch_normalization::BatchNorm;
use super::conv::{Kept, shared};
use super::link::Link;
use crate::Result;
use crate::engine::kernel::{Backward, Change, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// A kernel for a convolution and its normalisation, then relu, then a pooling, where there are any.
pub(super) fn fused(chain: &[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>> {
    let &[(first, at), (Link::Normalization(layer), between), ref rest @ ..] = chain else { return None };
    let (conv, bias): (Convolved, bool) = match first {
        Link::Convolution { conv, after: None, bias, .. } if conv.act == Act::Linear => {
            (Conv { tiles: true, ..conv }.into(), bias)
        }
        Link::ByChannel { conv, bias, .. } => (conv.into(), bias),
        _ => return None,
    };
    if !chain.windows(2).all(|pair| pair[0].1.outputs[0] == pair[1].1.feeds[0].tensor) {
        return None;
    }
    let norm = BatchNorm::new(layer, between)?;
    let (rectify, rest) = match rest {
        [(Link::Rectified(rectify), _), rest @ ..] => (*rectify, rest),
        _ => (Rectify::No, rest),
    };
    let tail = match rest {
        [] => Tail::Whole,
        [(Link::Mean, _)] => Tail::Mean,
        [(Link::Largest(pool), _)] if pool.is_apart() => Tail::Max(*pool),
        _ => return None,
    };
    // With gradients the kernel goes by the batch.
    let gradients = at.gradients || between.gradients;
    if count(at.y(0)) == 0 || (gradients && !norm.by_batch) {
        return None;
    }
    let z = Aligned::zeros(if norm.by_batch { count(at.y(0)) } else { 0 });
    let chain = ConvNorm { conv, rectify, tail, epsilon: norm.epsilon };
    let kept = Kept::default();
    Some(Box::new(ConvNormKernel { chain, norm, bias, z, kept }))
}

struct ConvNormKernel {
    chain: ConvNorm,
    norm: BatchNorm,
    /// Whether the convolution has one.
    bias: bool,
    /// The convolution's output, where the moments of the batch are taken.
    z: Aligned,
    /// The weights, where they stay the same.
    kept: Kept,
}

impl Kernel for ConvNormKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w, b) = (io.x.at(0), io.w.at(0), io.w.get(1));
        let second = io.w.second(1 + usize::from(self.bias));
        let [gamma, beta] = self.norm.line(second);
        if self.norm.by_batch {
            let [mean, variance] = &mut self.norm.moments;
            self.chain.forward(x, w, b, gamma, beta, mean, variance, &mut self.z, &mut io.y[0]);
            self.norm.leave(second);
        } else {
            let [mean, variance] = self.norm.given(second);
            let w: Filters<'_> = match &self.chain.conv {
                Convolved::All(conv) => self.kept.of(conv, io.w, 0).into(),
                Convolved::ByChannel(_) => w.into(),
            };
            self.chain.predict(x, w, b, Norm { mean, variance, gamma, beta }, &mut io.y[0]);
        }
        Ok(())
    }

    fn shared(&self) -> usize {
        match &self.chain.conv {
            Convolved::All(conv) => shared(conv),
            Convolved::ByChannel(_) => 0,
        }
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let own = 1 + usize::from(self.bias);
        let (x, w, second) = (io.x.at(0), io.w.at(0), io.w.second(own));
        let mut sums = self.norm.take_gradients();
        {
            let [gamma, beta] = self.norm.line(second);
            let [mean, variance] = self.norm.given(second);
            let (first, rest) = io.dw.split_at_mut(own);
            let (dw, db) = first.split_at_mut(1);
            let to = ConvGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
            let [dgamma, dbeta] = self.norm.sums(&mut sums, rest);
            let norm = Norm { mean, variance, gamma, beta };
            self.chain.backward(x, w, &self.z, norm, dy, to, dgamma, dbeta);
        }
        self.norm.put_gradients(sums);
        Ok(())
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        let own = 1 + usize::from(self.bias);
        self.norm.updates(&mut |weight, how| change(own + weight, how));
    }

    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        let own = 1 + usize::from(self.bias);
        self.norm.left(&mut |weight, value| tell(own + weight, value));
    }
}
