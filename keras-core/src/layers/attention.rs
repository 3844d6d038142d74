use keras_ops::{self as ops, Symbolic};
use keras_shape::ScoreMode;
use keras_shape::layers::Attention;

use super::Operations;
use super::attend::{Attend, sums, tensors};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Attention {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [query, _, key] = tensors(inputs)?;
        let scaled = |x: Symbolic| if self.use_scale { x * cx.weight("scale") } else { x };
        let scores = match self.score_mode {
            ScoreMode::Dot => scaled(ops::matmul(query, ops::swapaxes(key, -1, -2))),
            ScoreMode::Concat => {
                let sums = ops::tanh(scaled(sums(query, key)));
                ops::sum(sums, -1) * cx.weight("concat_score_weight")
            }
        };
        let attend = Attend {
            dropout: self.dropout,
            seed: self.seed,
            return_attention_scores: self.return_attention_scores,
            use_causal_mask: self.use_causal_mask,
        };
        attend.apply(scores, inputs, cx)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::attention::attention(self, site))
    }
}
