//! What layers are to the kernels that do several at once.

use keras_kernels::conv::Conv;
use keras_kernels::conv_norm::Rectify;
use keras_kernels::depthwise::Depthwise;
use keras_kernels::pool::Pool;
use keras_shape::Activation;
use keras_shape::layers::BatchNormalization;

use super::activation::Activated;

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
    },
    /// A convolution of each channel by itself, of images of two axes.
    ByChannel {
        /// What is computed.
        conv: Depthwise,
        /// Whether it has a bias.
        bias: bool,
    },
    /// A normalisation by the moments of the batch, or by moving averages.
    Normalization(&'a BatchNormalization),
    /// A product with a kernel, perhaps a bias, and this activation.
    Dense(Activation),
    /// Relu, or what also cuts off what is above 6, and nothing else.
    Rectified(Rectify),
    /// The largest number of each window.
    Largest(Pool),
    /// The sum of two tensors of the same lengths.
    Sum,
    /// The mean of each channel.
    Mean,
}
