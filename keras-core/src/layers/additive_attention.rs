use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::AdditiveAttention;

use super::Operations;
use super::attend::{Attend, sums, tensors};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for AdditiveAttention {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [query, _, key] = tensors(inputs)?;
        let sums = ops::tanh(sums(query, key));
        let sums = if self.use_scale { sums * cx.weight("scale") } else { sums };
        let attend = Attend {
            dropout: self.dropout,
            seed: self.seed,
            return_attention_scores: self.return_attention_scores,
            use_causal_mask: self.use_causal_mask,
        };
        attend.apply(ops::sum(sums, -1).build(), inputs, cx)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::attention::additive(self, site))
    }
}
