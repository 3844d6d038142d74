use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::SeparableConv2D;

use super::Operations;
use super::images::{convolution, finished};
use crate::Result;
use crate::model::Trace;

impl Operations for SeparableConv2D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let kernels = [cx.weight("depthwise_kernel"), cx.weight("pointwise_kernel")];
        let call = ops::separable_conv(&inputs[0], &kernels[0], &kernels[1]);
        let y = convolution(call, self.strides, self.padding, self.data_format, self.dilation_rate);
        Ok(vec![finished(y, self.use_bias, self.data_format, self.activation, cx)])
    }
}

super::operations!(SeparableConv2D);
