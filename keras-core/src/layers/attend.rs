//! What the attention layers share.

use keras_ops::{self as ops, Symbolic};

use crate::model::Trace;
use crate::{Error, Result};

/// Query, value and key from the inputs; the value is the key if there is none.
pub(super) fn tensors(inputs: &[Symbolic]) -> Result<[&Symbolic; 3]> {
    match inputs {
        [query, value] => Ok([query, value, value]),
        [query, value, key] => Ok([query, value, key]),
        _ => Err(Error::layer(format!(
            "attention takes a query, a value and perhaps a key, found {}",
            inputs.len()
        ))),
    }
}

/// Which steps of the key a step of the query may look at, `(query steps, key steps)`, by their numbers.
pub(super) fn steps(query: usize, key: usize, may: impl Fn(usize, usize) -> bool) -> Symbolic {
    let all = (0..query).flat_map(|i| (0..key).map(move |j| (i, j)));
    let values: Vec<bool> = all.map(|(i, j)| may(i, j)).collect();
    ops::array(&values, [query, key])
}

/// Both masks, stretched to one shape.
pub(super) fn both(a: Option<Symbolic>, b: Symbolic) -> Symbolic {
    match a {
        Some(a) => ops::logical_and(a, b),
        None => b,
    }
}

/// A mask of the steps of a sequence: of all its axes but the features.
///
/// # Errors
/// It has another number of elements.
pub(super) fn of_steps(mask: Option<Symbolic>, x: &Symbolic) -> Result<Option<Symbolic>> {
    let Some(mask) = mask else { return Ok(None) };
    let steps = &x.shape()[..x.ndim().saturating_sub(1)];
    if mask.shape().size() != steps.iter().product::<usize>() {
        let (mask, x) = (mask.shape(), x.shape());
        return Err(Error::layer(format!("a mask of shape {mask} does not fit a sequence of shape {x}")));
    }
    let steps: Vec<isize> = steps.iter().map(|n| *n as isize).collect();
    Ok(Some(ops::reshape(mask, steps)))
}

/// How `Attention` and `AdditiveAttention` go on from the scores `(..., query steps, key steps)`.
pub(super) struct Attend {
    pub dropout: f64,
    pub seed: Option<u64>,
    pub return_attention_scores: bool,
    pub use_causal_mask: bool,
}

impl Attend {
    /// Masks the scores, makes attention weights of them and sums the value by them.
    pub(super) fn apply(
        &self,
        scores: Symbolic,
        inputs: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> Result<Vec<Symbolic>> {
        let [query, value, _] = tensors(inputs)?;
        let mut mask = of_steps(cx.mask(1), value)?.map(|counts| ops::expand_dims(counts, -2));
        if self.use_causal_mask {
            let [.., rows, columns] = **scores.shape() else { return Ok(vec![scores]) };
            mask = Some(both(mask, steps(rows, columns, |i, j| j <= i)));
        }
        // Keras subtracts, so that a step that may look at nothing looks at all.
        let scores = mask.iter().fold(scores, |scores, mask| ops::where_(mask, &scores, &scores - 1e9));
        let weights = dropped(ops::softmax(scores, -1), self.dropout, self.seed, cx);
        let y = ops::matmul(&weights, value);
        let rows = of_steps(cx.mask(0), query)?;
        let y = rows.iter().fold(y, |y, counts| ops::where_(ops::expand_dims(counts, -1), y, 0.0));
        let scores = self.return_attention_scores.then_some(weights);
        Ok(core::iter::once(y).chain(scores).collect())
    }
}

/// Dropout while training.
pub(super) fn dropped(x: Symbolic, rate: f64, seed: Option<u64>, cx: &mut Trace<'_>) -> Symbolic {
    if !cx.training() || rate == 0.0 {
        return x;
    }
    let factors = cx.dropout(x.shape(), rate, seed);
    x * factors
}

/// Every query step plus every key step, `(..., query steps, key steps, features)`.
pub(super) fn sums(query: &Symbolic, key: &Symbolic) -> Symbolic {
    ops::expand_dims(query, -2) + ops::expand_dims(key, -3)
}
