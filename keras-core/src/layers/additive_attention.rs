use keras_shape::layers::AdditiveAttention;

use super::Forward;
use super::attend::{Attend, pair, sums};
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for AdditiveAttention {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let (q, k) = pair(inputs)?;
        let mut sums = sums(q, k).tanh();
        if let Some(scale) = weights.first() {
            sums = sums * scale.data.flat()?.unsqueeze();
        }
        let attend = Attend {
            dropout: self.dropout,
            seed: self.seed,
            return_attention_scores: self.return_attention_scores,
            use_causal_mask: self.use_causal_mask,
        };
        attend.apply(sums.sum_dim(3).squeeze_dim::<3>(3), inputs, context)
    }
}
