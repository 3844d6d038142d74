use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Conv3D;

use super::Operations;
use super::images::{convolution, finished};
use crate::Result;
use crate::model::Trace;

impl Operations for Conv3D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let call = ops::conv(&inputs[0], cx.weight("kernel"));
        let y = convolution(call, self.strides, self.padding, self.data_format, self.dilation_rate);
        Ok(vec![finished(y, self.use_bias, self.data_format, self.activation, cx)])
    }
}

super::operations!(Conv3D);
