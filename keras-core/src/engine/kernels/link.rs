//! What layers are to the kernels that do several at once.

use keras_kernels::conv::Conv;
use keras_kernels::pool::Pool;
use keras_shape::Activation;
use keras_shape::layers::BatchNormalization;

use super::activation::Activated;
use crate::engine::kernel::{Kernel, Site};

/// One kernel for layers of which each is the only one to see what the one before it gives, if there is such a kernel. The
/// first of them has it, so that a program without such a layer does not contain it.
pub(crate) type Fused = fn(&[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>>;

/// A layer as a part of a kernel for several, where it has one plain input with the channels last.
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
    /// A normalisation by the moments of the batch, or by moving averages.
    Normalization(&'a BatchNormalization),
    /// A product with a kernel, perhaps a bias, and this activation.
    Dense(Activation),
    /// Relu and nothing else.
    Relu,
    /// The largest number of each window.
    Largest(Pool),
    /// The mean of each channel.
    Mean,
}
