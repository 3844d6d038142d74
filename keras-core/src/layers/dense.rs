use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Dense;

use super::activate::activate;
use super::{Operations, lora};
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for Dense {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let kernel = lora::kernel(self.lora_rank, self.lora_alpha, cx);
        let y = ops::matmul(&inputs[0], kernel);
        let y = if self.use_bias { y + cx.weight("bias") } else { y };
        Ok(vec![activate(self.activation, y)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(lora::unless(self.lora_rank, Choice::Operations, || kernels::dense::choose(self, site)))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        (site.one_input() && self.lora_rank.is_none()).then_some(Link::Dense(self.activation))
    }
}
