//! Pooling in Keras's layouts, on top of Burn's, which has the channels first.

use burn::tensor::Tensor;
use keras_shape::{DataFormat, Ints, Padding};

use super::window::{border, sizes};
use crate::tensor::Raw;
use crate::{Error, Result};

/// A window over `N` axes: how large, how far it moves and what happens at the border.
pub(crate) struct Pool<const N: usize> {
    pub size: [usize; N],
    pub stride: [usize; N],
    pub padding: Padding,
    pub format: Option<DataFormat>,
}

/// Burn's pooling of a tensor with `R = N + 2` axes: window, stride, and padding on both sides.
pub(crate) type Op<const N: usize, const R: usize> =
    fn(Tensor<R>, [usize; N], [usize; N], [(usize, usize); N]) -> Tensor<R>;

impl<const N: usize> Pool<N> {
    pub(crate) fn new(
        size: &Ints<N>,
        stride: &Ints<N>,
        padding: Padding,
        format: Option<DataFormat>,
    ) -> Self {
        Pool { size: sizes(size), stride: sizes(stride), padding, format }
    }

    /// What `op` makes of each window.
    pub(crate) fn apply<const R: usize>(&self, x: &Raw, op: Op<N, R>) -> Result<Raw> {
        let first = DataFormat::is_first(self.format);
        let x = if first { x.float::<R>()? } else { x.channels_first()?.float::<R>()? };
        let length: [usize; R] = x.dims();
        let sides: [(usize, usize); N] =
            core::array::from_fn(|i| border(self.padding, length[i + 2], self.size[i], self.stride[i]));
        if (0..N).any(|i| length[i + 2] + sides[i].0 + sides[i].1 < self.size[i]) {
            let (size, length) = (self.size, &length[2..]);
            return Err(Error::layer(format!("a pool of {size:?} does not fit into an input of {length:?}")));
        }
        let y = Raw::new(op(x, self.size, self.stride, sides));
        if first { Ok(y) } else { y.channels_last() }
    }
}

/// Declares what a pooling layer computes.
macro_rules! pool_forward {
    ($class:ident, $rank:literal, $op:expr) => {
        impl $crate::layers::Forward for keras_shape::layers::$class {
            fn call(
                &self,
                _: &[$crate::param::Weight],
                inputs: &[$crate::tensor::Value],
                _: &mut $crate::context::Context,
            ) -> $crate::Result<Vec<$crate::tensor::Value>> {
                let pool = $crate::tensor_ops::pool::Pool::new(
                    &self.pool_size,
                    &self.steps(),
                    self.padding,
                    self.data_format,
                );
                Ok(vec![$crate::tensor::Value::new(pool.apply::<$rank>(&inputs[0].data, $op)?)])
            }
        }
    };
}
pub(crate) use pool_forward;

/// All spatial axes as one: `(batch, steps, channels)`.
pub(crate) fn steps(x: &Raw, format: Option<DataFormat>) -> Result<Tensor<3>> {
    let shape = x.shape();
    let (batch, rest) = (shape[0], &shape[1..]);
    if DataFormat::is_first(format) {
        let all = x.reshape(&[batch, rest[0], rest[1..].iter().product()])?.float::<3>()?;
        return Ok(all.swap_dims(1, 2));
    }
    let (channels, axes) = (rest[rest.len() - 1], &rest[..rest.len() - 1]);
    x.reshape(&[batch, axes.iter().product(), channels])?.float()
}

/// `(batch, 1, channels)` as the layer gives it: with all axes, or without the pooled ones.
pub(crate) fn finish(y: Tensor<3>, x: &Raw, format: Option<DataFormat>, keepdims: bool) -> Result<Raw> {
    let [batch, _, channels] = y.dims();
    if !keepdims {
        return Raw::new(y).reshape(&[batch, channels]);
    }
    let mut shape = vec![1; x.rank()];
    shape[0] = batch;
    let at = if DataFormat::is_first(format) { 1 } else { x.rank() - 1 };
    shape[at] = channels;
    Raw::new(y).reshape(&shape)
}

/// Declares what a layer computes that pools whole axes.
macro_rules! global_pool_forward {
    ($class:ident, $pool:expr) => {
        impl $crate::layers::Forward for keras_shape::layers::$class {
            fn call(
                &self,
                _: &[$crate::param::Weight],
                inputs: &[$crate::tensor::Value],
                context: &mut $crate::context::Context,
            ) -> $crate::Result<Vec<$crate::tensor::Value>> {
                let x = &inputs[0];
                let pool: fn(
                    burn::tensor::Tensor<3>,
                    &$crate::tensor::Value,
                    bool,
                ) -> $crate::Result<burn::tensor::Tensor<3>> = $pool;
                let y =
                    pool($crate::tensor_ops::pool::steps(&x.data, self.data_format)?, x, context.records())?;
                let y = $crate::tensor_ops::pool::finish(y, &x.data, self.data_format, self.keepdims)?;
                Ok(vec![$crate::tensor::Value::new(y)])
            }
        }
    };
}
pub(crate) use global_pool_forward;
