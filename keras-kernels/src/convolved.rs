//! What a convolution is to a kernel that goes on with its sums while they are in the cache.

use std::ops::Range;

use crate::activation::Act;
use crate::conv::{Conv, ConvGradients, Filters, Make, Slope};
use crate::depthwise::{Depthwise, DepthwiseGradients};
use crate::simd::Path;
use crate::threads::Split;

/// A convolution without an activation.
#[derive(Clone, Copy, Debug)]
pub enum Convolved {
    /// Of all channels, or of groups of them.
    All(Conv),
    /// Of each channel by itself, of images of two axes.
    ByChannel(Depthwise),
}

impl From<Conv> for Convolved {
    fn from(conv: Conv) -> Self {
        Convolved::All(conv)
    }
}

impl From<Depthwise> for Convolved {
    fn from(conv: Depthwise) -> Self {
        Convolved::ByChannel(conv)
    }
}

impl Convolved {
    /// Images.
    pub fn batch(&self) -> usize {
        match self {
            Convolved::All(conv) => conv.batch,
            Convolved::ByChannel(conv) => conv.batch,
        }
    }

    /// Channels of the output.
    pub fn filters(&self) -> usize {
        match self {
            Convolved::All(conv) => conv.filters,
            Convolved::ByChannel(conv) => conv.channels,
        }
    }

    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        match self {
            Convolved::All(conv) => conv.output(),
            Convolved::ByChannel(conv) => [conv.windows[0] * conv.windows[1], conv.windows[2]],
        }
    }

    /// Whether there is no activation that it does itself.
    pub(crate) fn is_linear(&self) -> bool {
        match self {
            Convolved::All(conv) => conv.act == Act::Linear,
            Convolved::ByChannel(_) => true,
        }
    }

    /// Checks the lengths of the input, the weights where they are not prepared, and the output.
    pub(crate) fn check(&self, x: usize, w: Filters, y: usize) {
        match (self, w) {
            (Convolved::All(conv), w) => conv.check_filters(x, w, y),
            (Convolved::ByChannel(conv), Filters::Plain(w)) => conv.check(x, w.len(), y),
            (Convolved::ByChannel(_), Filters::Prepared(_)) => panic!("weights of another convolution"),
        }
    }

    /// Runs `f(images, its share of the job, image)` for each part of the batch, where `image(i, y)` computes image `i`.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn forward_each<J: Split>(
        &self,
        path: Path,
        x: &[f32],
        w: Filters,
        b: Option<&[f32]>,
        job: J,
        f: &(impl Fn(Range<usize>, J, &mut dyn FnMut(usize, &mut [f32])) + Sync),
    ) {
        match (self, w) {
            (Convolved::All(conv), w) => conv.forward_each(path, x, w, b, job, f),
            (Convolved::ByChannel(conv), Filters::Plain(w)) => conv.forward_each(path, x, w, b, job, f),
            (Convolved::ByChannel(_), Filters::Prepared(_)) => panic!("weights of another convolution"),
        }
    }

    /// The gradients from that of the sums, of which `of(image, part, gradient)` makes all of an image.
    pub(crate) fn backward_each(&self, path: Path, x: &[f32], w: &[f32], of: &Make, to: ConvGradients) {
        match self {
            Convolved::All(conv) => conv.backward_each(path, x, w, Slope::Made { of, whole: true }, to),
            Convolved::ByChannel(conv) => {
                let ConvGradients { dx, dw, db } = to;
                conv.backward_each(path, x, w, of, DepthwiseGradients { dx, dw, db });
            }
        }
    }
}
