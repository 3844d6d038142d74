use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Dense;

use super::Operations;
use super::activate::activate;
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for Dense {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let y = ops::matmul(&inputs[0], cx.weight("kernel"));
        let y = if self.use_bias { y + cx.weight("bias") } else { y };
        Ok(vec![activate(self.activation, y)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::dense::choose(self, site))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        site.one_input().then_some(Link::Dense(self.activation))
    }
}
