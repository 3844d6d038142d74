//! What layers are to the kernels that do several at once.

use keras_kernels::conv::Conv;
use keras_kernels::conv_norm::Rectify;
use keras_kernels::depthwise::Depthwise;
use keras_kernels::pool::Pool;
use keras_shape::Activation;
use keras_shape::layers::BatchNormalization;

use super::activation::Activated;
use crate::engine::kernel::{Kernel, Site};

/// One kernel for layers of which each is the only one to see what the one before it gives, if there is such a kernel. The
/// first of them has it, so that a program without such a layer does not contain it.
pub(crate) type Fused = fn(&[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>>;

/// A layer as a part of a kernel for several, where it has one plain input with the channels last, or stands first.
#[derive(Clone, Copy)]
pub(crate) enum Link<'a> {
    /// A convolution.
    Convolution {
        /// What is computed.
        conv: Conv,
        /// What comes after that it cannot do as it writes its sums.
        after: Option<Activated>,
        /// Whether it has a bias.
        bias: bool,
        /// One kernel for layers of which it is the first, if there is such a kernel.
        fused: Fused,
    },
    /// A convolution of each channel by itself, of images of two axes.
    ByChannel {
        /// What is computed.
        conv: Depthwise,
        /// Whether it has a bias.
        bias: bool,
        /// As that of a convolution.
        fused: Fused,
    },
    /// A normalisation by the moments of the batch, or by moving averages.
    Normalization(&'a BatchNormalization),
    /// A product with a kernel, perhaps a bias, and this activation.
    Dense(Activation),
    /// Relu, or what also cuts off what is above 6, and nothing else.
    Rectified(Rectify),
    /// The largest number of each window.
    Largest(Pool),
    /// The sum of two tensors of the same lengths. One kernel for it and what is behind it, if there is such a kernel.
    Sum(Fused),
    /// The mean of each channel.
    Mean,
}

impl Link<'_> {
    /// What makes one kernel of this layer and those behind it, if it may be the first.
    pub fn fused(&self) -> Option<Fused> {
        match self {
            Link::Convolution { fused, .. } | Link::ByChannel { fused, .. } | Link::Sum(fused) => {
                Some(*fused)
            }
            Link::Normalization(_) | Link::Dense(_) | Link::Rectified(_) | Link::Largest(_) | Link::Mean => {
                None
            }
        }
    }
}
