use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::LayerNormalization;

use super::Operations;
use super::axes::broadcast;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for LayerNormalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let axes = self.axis.list;
        if self.rms_scaling {
            let inverse = ops::rsqrt(ops::var(x, axes).keepdims(true) + self.epsilon);
            return Ok(vec![x * inverse * broadcast(&cx.weight("gamma"), axes, x)]);
        }
        let mut y = ops::layer_normalization(x).axis(axes).epsilon(self.epsilon as f32);
        if self.has_gamma() {
            y = y.gamma(cx.weight("gamma"));
        }
        if self.has_beta() {
            y = y.beta(cx.weight("beta"));
        }
        Ok(vec![y.build()])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::layer_normalization::choose(self, site))
    }
}
