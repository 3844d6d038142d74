use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::GroupedQueryAttention;
use keras_shape::{Role, Size};

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

/// The lowest score of a step that does not count.
const LOWEST: f32 = -1e9;

impl Operations for GroupedQueryAttention {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (query, value) = (&inputs[0], &inputs[1]);
        let key = inputs.get(2).unwrap_or(value);
        let mask = self.mask(query, key, cx);
        let mut heads = |name: &str, x: &Symbolic| self.project(name, x, "btf,fnh->btnh", cx);
        let (q, k, v) = (heads("query", query), heads("key", key), heads("value", value));
        let gate = self.use_gate.then(|| heads("gate", query));
        let scale = 1.0 / (self.head_dim.or(1) as f64).sqrt();
        let (mut y, scores) = match self.dropout > 0.0 || self.return_attention_scores {
            false => {
                let mut call = ops::dot_product_attention(&q, &k, &v).scale(scale as f32);
                if let Some(mask) = mask {
                    call = call.mask(mask);
                }
                (ops::Operand::symbolic(&call), None)
            }
            true => self.with_scores(&[q * scale, k, v], mask, cx),
        };
        if let Some(gate) = gate {
            y = y * gate;
        }
        let y = self.project("attention_output", &y, "btnh,nhf->btf", cx);
        Ok(std::iter::once(y).chain(scores.filter(|_| self.return_attention_scores)).collect())
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::group_query_attention::choose(self, site))
    }
}

trait Parts {
    fn project(&self, name: &str, x: &Symbolic, equation: &str, cx: &mut Trace<'_>) -> Symbolic;
    fn mask(&self, query: &Symbolic, key: &Symbolic, cx: &Trace<'_>) -> Option<Symbolic>;
    fn with_scores(
        &self,
        heads: &[Symbolic; 3],
        mask: Option<Symbolic>,
        cx: &mut Trace<'_>,
    ) -> (Symbolic, Option<Symbolic>);
}

impl Parts for GroupedQueryAttention {
    fn project(&self, name: &str, x: &Symbolic, equation: &str, cx: &mut Trace<'_>) -> Symbolic {
        let mut y = ops::einsum(equation, &[x, &cx.weight(&format!("{name}/kernel"))]);
        if self.use_bias {
            y = y + cx.weight(&format!("{name}/bias"));
        }
        if name == "gate" {
            y = ops::sigmoid(y);
        }
        cx.regularize(&self.activity_regularizer, &y);
        y
    }

    /// Which steps of the key a step of the query looks at, `(batch, heads, query steps, key steps)` or 1 in place of
    /// these: all masks together.
    fn mask(&self, query: &Symbolic, key: &Symbolic, cx: &Trace<'_>) -> Option<Symbolic> {
        let (rows, columns) = (query.shape()[1], key.shape()[1]);
        let mut masks = Vec::new();
        let truth = |mask: Symbolic| ops::cast(mask, ops::DType::Bool);
        // One by name stands for the one that the query carries.
        let of_query = cx.named(Role::QueryMask).map(truth).or_else(|| cx.mask(0));
        masks.extend(of_query.map(|mask| ops::expand_dims(mask, [1, 3])));
        // The mask of a key that is not given apart from the value is of the value's steps.
        let of_key = cx.named(Role::KeyMask).filter(|_| cx.mask(2).is_none());
        let of_key = of_key.map(truth);
        let steps = (1..3).filter_map(|i| cx.mask(i)).chain(of_key);
        masks.extend(steps.map(|mask| ops::expand_dims(mask, [1, 2])));
        let mut seen = |may: &dyn Fn(usize, usize) -> bool| {
            let all: Vec<bool> =
                (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| may(i, j)).collect();
            masks.push(ops::array(&all, [1, 1, rows, columns]));
        };
        if self.use_causal_mask {
            seen(&|i, j| j <= i);
        }
        if let Some(Size::Known(window)) = self.sliding_window {
            seen(&|i, j| i.abs_diff(j) < window);
        }
        if let Some(mask) = cx.named(Role::AttentionMask) {
            let mask = ops::cast(mask, ops::DType::Bool);
            masks.push(if mask.ndim() == 3 { ops::expand_dims(mask, 1) } else { mask });
        }
        masks.into_iter().reduce(|a, b| ops::logical_and(a, b))
    }

    /// Attention with its scores as a tensor of their own: those of a step that sees nothing are 0, as in Keras.
    fn with_scores(
        &self,
        [q, k, v]: &[Symbolic; 3],
        mask: Option<Symbolic>,
        cx: &mut Trace<'_>,
    ) -> (Symbolic, Option<Symbolic>) {
        let repeats = q.shape()[2] / k.shape()[2].max(1);
        let all = |x: &Symbolic| ops::repeat(x, repeats, 2);
        let mut scores = ops::einsum("bqnh,bknh->bnqk", &[q, &all(k)]);
        if let Some(mask) = &mask {
            scores = ops::where_(mask, scores, LOWEST);
        }
        let mut scores = ops::softmax(scores, -1);
        if let Some(mask) = mask {
            scores = ops::where_(mask, scores, 0.0);
        }
        let dropped = match cx.training() && self.dropout > 0.0 {
            true if self.dropout >= 1.0 => ops::zeros_like(&scores),
            true => {
                let seed = cx.seed_of(self.seed);
                ops::random::dropout(&scores, self.dropout as f32, None, seed)
            }
            false => scores.clone(),
        };
        (ops::einsum("bnqk,bknh->bqnh", &[&dropped, &all(v)]), Some(scores))
    }
}
