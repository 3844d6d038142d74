//! Attention.

mod op;

use self::op::Fused;
use super::softmax::softmax;
use crate::create::array;
use crate::elementwise::{cast_to, logical_and, where_};
use crate::error::Problem;
use crate::linalg::einsum;
use crate::operand::{Built, Operand};
use crate::shapes::{broadcast_to, shaped};
use crate::symbolic::{apply_all, mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// What takes the place of a score that does not count.
const LOWEST: f32 = -0.7 * f32::MAX;

/// A [`dot_product_attention`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct AttentionCall {
    /// Query, key and value.
    given: [Symbolic; 3],
    bias: Option<Symbolic>,
    mask: Option<Symbolic>,
    scale: Option<f32>,
    is_causal: bool,
}

/// Attention in operations: what the fused one stands for. As many heads everywhere.
#[track_caller]
fn composed(
    given: &[Symbolic],
    bias: Option<&Symbolic>,
    mask: Option<&Symbolic>,
    scale: f32,
    is_causal: bool,
) -> Symbolic {
    let [query, key, value] = [&given[0], &given[1], &given[2]];
    let mut scores = einsum("btnh,bsnh->bnts", &[query, key]) * scale;
    if let Some(bias) = bias {
        scores = scores + bias;
    }
    let mut counts = mask.cloned();
    if is_causal {
        let (rows, columns) = (query.shape()[1], key.shape()[1]);
        let seen: Vec<bool> = (0..rows).flat_map(|i| (0..columns).map(move |j| j <= i)).collect();
        let seen = array(&seen, [1, 1, rows, columns]);
        counts = Some(counts.map_or(seen.clone(), |mask| logical_and(mask, seen)));
    }
    if let Some(counts) = counts {
        scores = where_(counts, scores, LOWEST);
    }
    einsum("bnts,bsnh->btnh", &[&softmax(scores, -1), value])
}

impl AttentionCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let [query, key, value] = self.checked()?;
        let (q, k) = (query.shape().clone(), key.shape().clone());
        let scores: Shape = [q[0], q[2], q[1], k[1]].into();
        for (of, x) in [("bias", &self.bias), ("mask", &self.mask)] {
            let Some(x) = x else { continue };
            let fits = x.ndim() == 4 && x.shape().broadcast(&scores).as_ref() == Some(&scores);
            if !fits {
                let text = format!(
                    "{of} {} does not fit: it must be {scores} (samples, heads, steps of query and key), or have 1 in \
                     place of a length",
                    x.shape()
                );
                return Err(Problem::Argument(text));
            }
        }
        let scale = self.scale.unwrap_or(1.0 / (q[3] as f32).sqrt());
        let bias = self.bias.as_ref().map(|bias| cast_to(bias, DType::Float32));
        let mask = self.mask.as_ref().map(|mask| cast_to(mask, DType::Bool));
        let given = [query.clone(), heads(&key, q[2]), heads(&value, q[2])];
        if bias.is_some() {
            return Ok(composed(&given, bias.as_ref(), mask.as_ref(), scale, self.is_causal));
        }
        let op = Fused { scale: scale.to_bits(), causal: self.is_causal, masked: mask.is_some() };
        let inputs: Vec<Symbolic> = given.into_iter().chain(mask).collect();
        Ok(apply_all(op, &inputs).swap_remove(0))
    }

    /// Query, key and value as floats, which fit each other.
    #[track_caller]
    fn checked(&self) -> Result<[Symbolic; 3], Problem> {
        for (of, x) in ["query", "key", "value"].into_iter().zip(&self.given) {
            if x.ndim() != 4 {
                let expected = "4 axes: samples, steps, heads, features";
                return Err(Problem::Rank { of, shape: x.shape().clone(), expected });
            }
        }
        let [query, key, value] = &self.given;
        let (q, k) = (query.shape(), key.shape());
        let equal = |of, x: &Symbolic, axis: usize, expected: usize, why| {
            if x.shape()[axis] == expected {
                return Ok(());
            }
            Err(Problem::Length { of, shape: x.shape().clone(), axis, expected, why })
        };
        equal("key", key, 0, q[0], "as many samples as the query")?;
        equal("value", value, 0, q[0], "as many samples as the query")?;
        equal("key", key, 3, q[3], "as many features as the query")?;
        equal("value", value, 1, k[1], "as many steps as the key")?;
        equal("value", value, 2, k[2], "as many heads as the key")?;
        equal("value", value, 3, q[3], "as many features as the query")?;
        if k[2] == 0 || q[2] % k[2] != 0 {
            let text = format!(
                "the query has {} heads and the key {}: the former must be a multiple of the latter",
                q[2], k[2]
            );
            return Err(Problem::Argument(text));
        }
        Ok([query, key, value].map(|x| cast_to(x, DType::Float32)))
    }
}

/// With each head as often that there are `n`: several heads of the query look at one.
#[track_caller]
fn heads(x: &Symbolic, n: usize) -> Symbolic {
    let own = x.shape()[2];
    if own == n {
        return x.clone();
    }
    let [batch, steps, width] = [0, 1, 3].map(|axis| x.shape()[axis]);
    let one = shaped(x, [batch, steps, own, 1, width].into(), "reshape");
    let all = broadcast_to(one, [batch, steps, own, n / own, width]);
    shaped(&all, [batch, steps, n, width].into(), "reshape")
}

impl Built<AttentionCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut AttentionCall)) -> Self {
        change(&mut self.call);
        let call = &self.call;
        let operands: Vec<&Symbolic> = call.given.iter().chain(&call.bias).chain(&call.mask).collect();
        let value = match mistaken(&operands) {
            Some(mistake) => mistake,
            None => settled("dot_product_attention", call.value()),
        };
        Built::new(value, self.call)
    }

    /// What is added to the scores: `(batch, heads, steps of the query, steps of the key)`, or 1 in place of a length.
    #[must_use]
    #[track_caller]
    pub fn bias(self, bias: impl Operand) -> Self {
        self.with(|own| own.bias = Some(bias.symbolic()))
    }

    /// Which scores count, in a shape as that of a bias.
    #[must_use]
    #[track_caller]
    pub fn mask(self, mask: impl Operand) -> Self {
        self.with(|own| own.mask = Some(mask.symbolic()))
    }

    /// What the scores are multiplied with. One over the root of the features unless set.
    #[must_use]
    #[track_caller]
    pub fn scale(self, scale: f32) -> Self {
        self.with(|own| own.scale = Some(scale))
    }

    /// Whether a step sees only those up to its own place. It sees all unless set.
    #[must_use]
    #[track_caller]
    pub fn is_causal(self, is_causal: bool) -> Self {
        self.with(|own| own.is_causal = is_causal)
    }
}

/// Attention: for each step of the query the values, weighted by a softmax of the products of the query with the keys.
///
/// `query (batch, steps, heads, features)`, `key` and `value (batch, other steps, heads, features)` give the shape of the
/// query. Several heads of the query may share one of key and value.
/// [Keras](https://keras.io/api/ops/nn/#dotproductattention-function).
#[track_caller]
pub fn dot_product_attention(
    query: impl Operand,
    key: impl Operand,
    value: impl Operand,
) -> Built<AttentionCall> {
    let given = [query.symbolic(), key.symbolic(), value.symbolic()];
    let call = AttentionCall { given, bias: None, mask: None, scale: None, is_causal: false };
    Built::new(call.given[0].clone(), call).with(|_| {})
}
