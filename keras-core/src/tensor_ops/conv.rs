//! Convolution in Keras's layouts, on top of Burn's, which has the channels first.

use burn::tensor::Tensor;
use burn::tensor::ops::ConvOptions;
use keras_shape::{Activation, DataFormat, Ints, Padding, Size};

use super::activation::activate;
use super::window::{border, sizes};
use crate::param::Weight;
use crate::tensor::Raw;
use crate::{Error, Result};

/// The arguments of a convolution over `N` axes.
pub(crate) struct Conv<'a, const N: usize> {
    pub strides: &'a Ints<N>,
    pub dilation: &'a Ints<N>,
    pub padding: Padding,
    pub format: Option<DataFormat>,
    pub groups: Size,
    pub activation: Activation,
}

/// Burn's convolution over `N` axes of a tensor with `R = N + 2`.
pub(crate) type Op<const N: usize, const R: usize> =
    fn(Tensor<R>, Tensor<R>, Option<Tensor<1>>, ConvOptions<N>) -> Tensor<R>;

impl<const N: usize> Conv<'_, N> {
    /// The activated convolution of `x` with the weights `kernel` (and `bias`).
    pub(crate) fn apply<const R: usize>(&self, x: &Raw, weights: &[Weight], op: Op<N, R>) -> Result<Raw> {
        let first = DataFormat::is_first(self.format);
        let x = if first { x.float::<R>()? } else { x.channels_first()?.float::<R>()? };
        let Some(kernel) = weights.first() else {
            return Err(Error::layer("a convolution without a kernel"));
        };
        let window = kernel.data.shape();
        // Keras: (window..., channels, filters); Burn: (filters, channels, window...).
        let order: Vec<usize> = [N + 1, N].into_iter().chain(0..N).collect();
        let kernel = kernel.data.permute(&order)?.float::<R>()?;
        let bias = weights.get(1).map(|bias| bias.data.float::<1>()).transpose()?;
        let (stride, dilation) = (sizes(self.strides), sizes(self.dilation));
        let length: [usize; R] = x.dims();
        let padding = core::array::from_fn(|i| {
            border(self.padding, length[i + 2], dilation[i] * (window[i] - 1) + 1, stride[i])
        });
        let fits =
            (0..N).all(|i| length[i + 2] + padding[i].0 + padding[i].1 > dilation[i] * (window[i] - 1));
        if !fits {
            let (window, length) = (&window[..N], &length[2..]);
            return Err(Error::layer(format!(
                "a kernel of {window:?} does not fit into an input of {length:?}"
            )));
        }
        let options = ConvOptions { stride, padding, dilation, groups: self.groups.or(1) };
        let y = Raw::new(op(x, kernel, bias, options));
        // Moving the channels costs nothing until something else than a convolution or pooling reads the
        // result: what works on single numbers is done before.
        match (first, self.activation.is_elementwise()) {
            (true, _) => activate(self.activation, y),
            (false, true) => activate(self.activation, y)?.channels_last(),
            (false, false) => activate(self.activation, y.channels_last()?),
        }
    }
}

/// Declares what a convolution layer computes.
macro_rules! conv_forward {
    ($class:ident, $n:literal, $rank:literal, $op:path) => {
        impl $crate::layers::Forward for keras_shape::layers::$class {
            fn call(
                &self,
                weights: &[$crate::param::Weight],
                inputs: &[$crate::tensor::Value],
                _: &mut $crate::context::Context,
            ) -> $crate::Result<Vec<$crate::tensor::Value>> {
                let conv = $crate::tensor_ops::conv::Conv::<$n> {
                    strides: &self.strides,
                    dilation: &self.dilation_rate,
                    padding: self.padding,
                    format: self.data_format,
                    groups: self.groups,
                    activation: self.activation,
                };
                let y =
                    conv.apply::<$rank>(&inputs[0].data, weights, |x, w, b, options| $op(x, w, b, options))?;
                Ok(vec![$crate::tensor::Value::new(y)])
            }
        }
    };
}
pub(crate) use conv_forward;
