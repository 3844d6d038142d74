use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RMSNormalization;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for RMSNormalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let mean = ops::mean(ops::square(x), self.axis.list).keepdims(true);
        Ok(vec![x * ops::rsqrt(mean + self.epsilon) * cx.weight("scale")])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rms_normalization::choose(self, site))
    }
}
