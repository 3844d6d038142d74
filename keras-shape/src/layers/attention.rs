use super::attend::{comparable, scores, tensors};
use super::check::{share, tri};
use crate::cost::{MultiplyAdds, attention};
use crate::{Initializer, MaskRule, Outputs, ScoreMode, Shape, ShapeError, TensorSpec, WeightSpec, Weights};

layer! {
    /// Dot-product attention: `[query, value]` or `[query, value, key]`, each `(batch, time, features)`.
    /// [Keras](https://keras.io/api/layers/attention_layers/attention/).
    #[doc(alias = "LuongAttention")]
    pub struct Attention {
        /// Whether a trained number multiplies the scores.
        use_scale: bool = false,
        /// How a query is compared with a key.
        score_mode: ScoreMode = dot,
        /// The share of the scores dropped while training.
        dropout: f64 = 0.0,
        /// Makes dropout the same in every run.
        seed: Option<u64> = None,
        /// Whether the scores come as a second output.
        return_attention_scores: bool = false,
        /// Whether a step may only look at itself and those before.
        use_causal_mask: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Attention {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let t = tri!(tensors("Attention", inputs));
        tri!(comparable("Attention", inputs, &t, matches!(self.score_mode, ScoreMode::Concat)));
        tri!(share("Attention", "dropout", self.dropout));
        let out = Outputs::float(t.query.with_last(t.value.last()));
        Ok(if self.return_attention_scores { out.and(TensorSpec::float(scores(&t))) } else { out })
    }

    pub(crate) const fn weights(&self, _: &[TensorSpec]) -> Weights {
        let one = Shape::new(&[]);
        Weights::NONE.with_if(self.use_scale, WeightSpec::new("scale", one, Initializer::Ones)).with_if(
            matches!(self.score_mode, ScoreMode::Concat),
            WeightSpec::new("concat_score_weight", one, Initializer::Ones),
        )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::UseAndPass
    }
}

impl Attention {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        // Scores by `tanh` are a sum without factors.
        attention(inputs, matches!(self.score_mode, crate::ScoreMode::Dot))
    }
}

facts!(Attention {
    takes_ids: false,
    uses_batch: false,
    named_mask: List,
    mask_from: |_layer| crate::MaskFrom::Converted,
});
