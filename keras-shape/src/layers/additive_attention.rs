use super::attend::{comparable, scores, tensors};
use super::check::{defined, share, tri};
use crate::cost::{MultiplyAdds, attention};
use crate::{Initializer, MaskRule, Outputs, Shape, ShapeError, TensorSpec, WeightSpec, Weights};

layer! {
    /// Attention by the hyperbolic tangent of query plus key: `[query, value]` or `[query, value, key]`, each
    /// `(batch, time, features)`. [Keras](https://keras.io/api/layers/attention_layers/additive_attention/).
    #[doc(alias = "BahdanauAttention")]
    pub struct AdditiveAttention {
        /// Whether each feature has a trained weight in the scores.
        use_scale: bool = true,
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

impl AdditiveAttention {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let t = tri!(tensors("AdditiveAttention", inputs));
        tri!(comparable("AdditiveAttention", inputs, &t, true));
        if self.use_scale {
            tri!(defined("AdditiveAttention", "the features of the query", &t.query, t.query.last()));
        }
        tri!(share("AdditiveAttention", "dropout", self.dropout));
        let out = Outputs::float(t.query.with_last(t.value.last()));
        Ok(if self.return_attention_scores { out.and(TensorSpec::float(scores(&t))) } else { out })
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        if inputs.is_empty() {
            return Weights::NONE;
        }
        let width = Shape::new(&[inputs[0].shape.last()]);
        Weights::NONE.with_if(self.use_scale, WeightSpec::new("scale", width, Initializer::GLOROT_UNIFORM))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::UseAndPass
    }
}

impl AdditiveAttention {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        // The sum of the `tanh` has a factor for each feature with `use_scale` only.
        attention(inputs, self.use_scale)
    }
}

facts!(AdditiveAttention {
    takes_ids: false,
    uses_batch: false,
    named_mask: List,
    mask_from: |_layer| crate::MaskFrom::Converted,
});
