//! Pooling in Keras's layouts, on top of Burn's, which has the channels first.

use burn::tensor::Tensor;
use keras_shape::DataFormat;

use crate::Result;
use crate::tensor::Raw;

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
