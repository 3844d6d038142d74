use super::attend::{check_mask, key_mismatch, tensors};
use super::check::{defined, share, tri};
use super::multi_head_attention::MultiHeadAttention;
use crate::cost::{MultiplyAdds, along};
use crate::geometry::positive;
use crate::{
    Constraint, Ignored, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size, TensorSpec,
    Text, Weights, wording,
};

layer! {
    /// Attention of several heads, of which groups share a projection of key and value: `[query, value]` or
    /// `[query, value, key]`, each `(batch, time, features)` ([Ainslie et al.](https://arxiv.org/abs/2305.13245)).
    /// [Keras](https://keras.io/api/layers/attention_layers/group_query_attention/).
    ///
    /// It takes `query_mask`, `value_mask`, `key_mask` and `attention_mask`.
    pub struct GroupedQueryAttention {
        /// The width of a head.
        head_dim: Size,
        /// How many heads the query has.
        num_query_heads: Size,
        /// How many heads key and value have: a divisor of `num_query_heads`.
        num_key_value_heads: Size,
        /// The share of the scores dropped while training.
        dropout: f64 = 0.0,
        /// Whether the projections have a bias.
        use_bias: bool = true,
        /// How far a step may look: less than this many steps.
        sliding_window: Option<Size> = None,
        /// Chooses an implementation in Keras; changes no number.
        flash_attention: Option<Ignored> = None,
        /// How the kernels begin.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the biases begin.
        bias_initializer: Initializer = zeros,
        /// What the kernels add to the loss.
        kernel_regularizer: Regularizer = None,
        /// What the biases add to the loss.
        bias_regularizer: Regularizer = None,
        /// What the outputs of the projections and of the layer add to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernels are held to.
        kernel_constraint: Constraint = None,
        /// What the biases are held to.
        bias_constraint: Constraint = None,
        /// Whether a projection of the query, between 0 and 1, multiplies what attention gives.
        use_gate: bool = false,
        /// Makes dropout the same in every run.
        seed: Option<u64> = None,
        /// Whether the scores come as a second output.
        return_attention_scores: bool = false,
        /// Whether a step may only look at itself and those before.
        use_causal_mask: bool = false,
    }
}

const CLASS: &str = "GroupedQueryAttention";

impl GroupedQueryAttention {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let t = tri!(tensors(CLASS, inputs));
        tri!(self.check_arguments());
        if t.query.rank() != 3 {
            return Err(wording::rank(CLASS, &t.query, 3, "(batch, time, features)"));
        }
        tri!(defined(CLASS, "the features of the query", &t.query, t.query.last()));
        tri!(defined(CLASS, "the features of the value", &t.value, t.value.last()));
        tri!(defined(CLASS, "the features of the key", &t.key, t.key.last()));
        let (v, k) = (t.value.dim(1), t.key.dim(1));
        // A length that only the data knows against a constant: Keras refuses it too.
        if (v.is_dynamic() && k.is_fixed()) || (v.is_fixed() && k.is_dynamic()) {
            return Err(key_mismatch(CLASS, inputs, v, k));
        }
        let (q, v) = (t.query.last(), t.value.last());
        if q.clashes(v) {
            let text = Text::new().s(CLASS).s(" takes a query and a value of as many features: ");
            let help =
                "bring both to the same width, as `value => Dense(width)`; `MultiHeadAttention` takes any";
            return Err(wording::lengths(text, inputs, -1, q, v, help));
        }
        let out = Outputs::float(t.query);
        let n = inputs.len();
        let scores = Shape::new(&[t.query.batch(), self.num_query_heads.dim(), t.query.dim(1), k]);
        if n > 0 && !inputs[n - 1].role.is_input() {
            tri!(check_mask(CLASS, &inputs[n - 1], scores.dims()));
        }
        Ok(if self.return_attention_scores { out.and(TensorSpec::float(scores)) } else { out })
    }

    const fn check_arguments(&self) -> Result<(), ShapeError> {
        tri!(positive(CLASS, "head_dim", self.head_dim));
        tri!(positive(CLASS, "num_query_heads", self.num_query_heads));
        tri!(positive(CLASS, "num_key_value_heads", self.num_key_value_heads));
        tri!(share(CLASS, "dropout", self.dropout));
        if let Some(size) = self.sliding_window {
            tri!(positive(CLASS, "sliding_window", size));
        }
        if let (Size::Known(all), Size::Known(groups)) = (self.num_query_heads, self.num_key_value_heads)
            && !all.is_multiple_of(groups)
        {
            let text = Text::new()
                .s(CLASS)
                .s(": ")
                .n(all)
                .s(" heads of the query make no equal groups for ")
                .n(groups);
            let text = text.s(if groups == 1 { " head" } else { " heads" }).s(" of key and value");
            let help = Text::new().s("`num_key_value_heads` is a divisor of ").n(all);
            return Err(ShapeError::new(text).help(help).arg("num_key_value_heads"));
        }
        Ok(())
    }

    /// The layer whose projections begin and are held as those of this one.
    const fn projections(&self) -> MultiHeadAttention {
        MultiHeadAttention {
            use_bias: self.use_bias,
            kernel_initializer: self.kernel_initializer,
            bias_initializer: self.bias_initializer,
            kernel_regularizer: self.kernel_regularizer,
            bias_regularizer: self.bias_regularizer,
            kernel_constraint: self.kernel_constraint,
            bias_constraint: self.bias_constraint,
            ..MultiHeadAttention::DEFAULT
        }
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let Ok(t) = tensors(CLASS, inputs) else { return Weights::NONE };
        let (width, of_query, of_key) =
            (self.head_dim.dim(), self.num_query_heads.dim(), self.num_key_value_heads.dim());
        let features = t.query.last();
        let (query, key) = (Shape::new(&[of_query, width]), Shape::new(&[of_key, width]));
        let make = self.projections();
        let mut weights = make.pair(Weights::NONE, "query", query.insert(0, features), query, 1);
        weights = make.pair(weights, "key", key.insert(0, t.key.last()), key, 1);
        if self.use_gate {
            weights = make.pair(weights, "gate", query.insert(0, features), query, 1);
        }
        weights = make.pair(weights, "value", key.insert(0, t.value.last()), key, 1);
        make.pair(weights, "attention_output", query.push(features), Shape::new(&[features]), 2)
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::UseAndPass
    }

    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(super::Tensors { query, value, key }) = super::tensors(CLASS, inputs) else {
            return MultiplyAdds::unknown();
        };
        let mut sum = MultiplyAdds::default();
        for weight in self.weights(inputs).as_slice() {
            let steps = match weight.path.as_str() {
                "key/kernel" => &key,
                "value/kernel" => &value,
                name if name.ends_with("/kernel") => &query,
                _ => continue,
            };
            sum = sum.plus(&along(MultiplyAdds::new(1).times(weight.shape.size_from(0)), steps, 1..2));
        }
        // A pair of steps: the product of query and key, and the share of the value.
        let pair = MultiplyAdds::new(2).times(self.num_query_heads.dim()).times(self.head_dim.dim());
        sum.plus(&along(along(pair, &query, 1..2), &key, 1..2))
    }
}

facts!(GroupedQueryAttention {
    takes_ids: false,
    uses_batch: false,
    named_mask: Each,
    makes_applied: |_layer| ["softmax", "dropout", "", "", "", "", "", "", "", "", ""],
    named_inputs: |_layer| &["value", "key"],
});
