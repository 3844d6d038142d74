use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Conv1DTranspose;

use super::Operations;
use super::images::{border, finished, format, numbers};
use crate::Result;
use crate::model::Trace;

impl Operations for Conv1DTranspose {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let call = ops::conv_transpose(&inputs[0], cx.weight("kernel"))
            .strides(numbers(self.strides))
            .padding(border(self.padding))
            .data_format(format(self.data_format))
            .dilation_rate(numbers(self.dilation_rate));
        let y = match self.output_padding {
            Some(more) => call.output_padding(more.0.map(|size| size.or(0))).build(),
            None => call.build(),
        };
        Ok(vec![finished(y, self.use_bias, self.data_format, self.activation, cx)])
    }
}

super::operations!(Conv1DTranspose);
