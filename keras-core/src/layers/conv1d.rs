use keras_ops::{self as ops, Symbolic};
use keras_shape::Padding;
use keras_shape::layers::Conv1D;

use super::images::{convolution, finished, first_axis};
use super::{Operations, lora};
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for Conv1D {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mut x = inputs[0].clone();
        if self.padding == Padding::Causal {
            let [reach, dilation] = [self.kernel_size, self.dilation_rate].map(|ints| ints.0[0].or(1));
            let mut sides = vec![(0, 0); x.ndim()];
            sides[first_axis(self.data_format)].0 = dilation * reach.saturating_sub(1);
            x = ops::pad(&x, sides.as_slice()).build();
        }
        let kernel = lora::kernel(self.lora_rank, self.lora_alpha, cx);
        let call = ops::conv(&x, kernel);
        let y = convolution(call, self.strides, self.padding, self.data_format, self.dilation_rate);
        Ok(vec![finished(y, self.use_bias, self.data_format, self.activation, cx)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        let plain = || kernels::conv::choose(&kernels::conv::arguments!(self), site);
        Ok(lora::unless(self.lora_rank, Choice::Operations, plain))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        let plain = || kernels::conv::link(&kernels::conv::arguments!(self), self.use_bias, site);
        lora::unless(self.lora_rank, None, plain)
    }
}
