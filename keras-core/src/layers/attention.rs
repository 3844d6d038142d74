use keras_shape::ScoreMode;
use keras_shape::layers::Attention;

use super::Forward;
use super::attend::{Attend, pair, sums};
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;
use crate::{Error, Result};

impl Forward for Attention {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let (q, k) = pair(inputs)?;
        let mut weights = weights.iter().map(|weight| weight.data.flat());
        let mut number =
            || weights.next().unwrap_or_else(|| Err(Error::layer("`Attention` without its weights")));
        let scale = if self.use_scale { Some(number()?) } else { None };
        let scores = match self.score_mode {
            ScoreMode::Dot => {
                let scores = q.matmul(k.swap_dims(1, 2));
                match scale {
                    Some(scale) => scores * scale.unsqueeze(),
                    None => scores,
                }
            }
            ScoreMode::Concat => {
                let sums = sums(q, k);
                let sums = match scale {
                    Some(scale) => sums * scale.unsqueeze(),
                    None => sums,
                };
                sums.tanh().sum_dim(3).squeeze_dim::<3>(3) * number()?.unsqueeze()
            }
        };
        let attend = Attend {
            dropout: self.dropout,
            seed: self.seed,
            return_attention_scores: self.return_attention_scores,
            use_causal_mask: self.use_causal_mask,
        };
        attend.apply(scores, inputs, context)
    }
}
