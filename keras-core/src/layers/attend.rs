//! What the attention layers share.

use burn::tensor::{Bool, Device, Tensor, activation};

use crate::context::Context;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

/// Query, value and key from the inputs; the value is the key if there is none.
pub(super) fn tensors(inputs: &[Value]) -> Result<[&Value; 3]> {
    match inputs {
        [query, value] => Ok([query, value, value]),
        [query, value, key] => Ok([query, value, key]),
        _ => Err(Error::layer(format!(
            "attention takes a query, a value and perhaps a key, found {}",
            inputs.len()
        ))),
    }
}

/// Which steps of the key a step of the query may look at, `(1, query steps, key steps)`: none behind it.
pub(super) fn causal(query: usize, key: usize, device: &Device) -> Result<Tensor<3, Bool>> {
    steps(query, key, device, |i, j| j <= i)
}

/// Which steps of the key a step of the query may look at, by their numbers.
pub(super) fn steps(
    query: usize,
    key: usize,
    device: &Device,
    may: impl Fn(usize, usize) -> bool,
) -> Result<Tensor<3, Bool>> {
    let all = (0..query).flat_map(|i| (0..key).map(move |j| (i, j)));
    let values = all.map(|(i, j)| i32::from(may(i, j))).collect();
    Raw::from_i32(values, &[1, query, key], device)?.bool()
}

/// Both masks, stretched to one shape.
pub(super) fn both<const D: usize>(
    a: Option<Tensor<D, Bool>>,
    b: Tensor<D, Bool>,
) -> Result<Tensor<D, Bool>> {
    let Some(a) = a else { return Ok(b) };
    let (x, y) = (a.dims(), b.dims());
    if x.iter().zip(&y).any(|(m, n)| m != n && *m != 1 && *n != 1) {
        return Err(Error::layer(format!("masks of shapes {x:?} and {y:?} do not go together")));
    }
    let to: [usize; D] = core::array::from_fn(|i| x[i].max(y[i]));
    Ok(a.expand(to).bool_and(b.expand(to)))
}

/// A mask of steps, `(samples, steps)`.
pub(super) fn step_mask(x: &Value, samples: usize, steps: usize) -> Result<Option<Tensor<2, Bool>>> {
    let Some(mask) = &x.mask else { return Ok(None) };
    if mask.shape().iter().product::<usize>() != samples * steps {
        let message = format!(
            "a mask of shape {:?} does not fit a sequence of shape {:?}",
            mask.shape(),
            x.data.shape()
        );
        return Err(Error::layer(message));
    }
    Ok(Some(mask.reshape(&[samples, steps])?.bool()?))
}

/// A sequence as `(samples, steps, features)`: leading axes are samples.
pub(super) fn sequence(x: &Raw) -> Result<Tensor<3>> {
    let shape = x.shape();
    let [lead @ .., steps, features] = shape.as_slice() else {
        return Err(Error::layer(format!("attention needs (batch, time, features), found {shape:?}")));
    };
    x.reshape(&[lead.iter().product(), *steps, *features])?.float()
}

/// How `Attention` and `AdditiveAttention` go on from the scores `(samples, query steps, key steps)`.
pub(super) struct Attend {
    pub dropout: f64,
    pub seed: Option<u64>,
    pub return_attention_scores: bool,
    pub use_causal_mask: bool,
}

impl Attend {
    /// Masks the scores, makes shares of them and sums the value by them.
    pub(super) fn apply(
        &self,
        scores: Tensor<3>,
        inputs: &[Value],
        context: &mut Context,
    ) -> Result<Vec<Value>> {
        let [query, value, _] = tensors(inputs)?;
        let [samples, rows, columns] = scores.dims();
        let v = sequence(&value.data)?;
        if v.dims()[..2] != [samples, columns] {
            let message = format!("{columns} keys for a value of shape {:?}", value.data.shape());
            return Err(Error::layer(message));
        }
        let mut mask = None;
        if let Some(counts) = step_mask(value, samples, columns)? {
            mask = Some(counts.reshape([samples, 1, columns]));
        }
        if self.use_causal_mask {
            mask = Some(both(mask, causal(rows, columns, &scores.device())?)?);
        }
        let scores = match mask {
            Some(mask) => {
                let hidden = mask.bool_not().expand([samples, rows, columns]);
                // Keras subtracts, so that a step that may look at nothing looks at all.
                let low = scores.clone() - 1e9;
                scores.mask_where(hidden, low)
            }
            None => scores,
        };
        let shares = activation::softmax(scores, 2);
        let shares = drop(shares, self.dropout, self.seed, context)?;
        let width = v.dims()[2];
        let mut y = shares.clone().matmul(v);
        if let Some(counts) = step_mask(query, samples, rows)? {
            let hidden = counts.bool_not().reshape([samples, rows, 1]).expand([samples, rows, width]);
            y = y.mask_fill(hidden, 0.0);
        }
        let with_last = |last: usize| {
            let mut shape = query.data.shape();
            shape.pop();
            shape.push(last);
            shape
        };
        let y = Raw::new(y).reshape(&with_last(width))?;
        let mut outputs = vec![Value::new(y).with_mask(query.mask.clone())];
        if self.return_attention_scores {
            outputs.push(Value::new(Raw::new(shares).reshape(&with_last(columns))?));
        }
        Ok(outputs)
    }
}

/// Dropout while training.
pub(super) fn drop<const D: usize>(
    x: Tensor<D>,
    rate: f64,
    seed: Option<u64>,
    context: &mut Context,
) -> Result<Tensor<D>> {
    if !context.training || rate == 0.0 {
        return Ok(x);
    }
    let factors = context.dropout(x.dims(), rate, seed)?;
    Ok(x * factors)
}

/// Query and key as sequences that can be compared.
pub(super) fn pair(inputs: &[Value]) -> Result<(Tensor<3>, Tensor<3>)> {
    let [query, _, key] = tensors(inputs)?;
    let (q, k) = (sequence(&query.data)?, sequence(&key.data)?);
    let ([a, _, m], [b, _, n]) = (q.dims(), k.dims());
    if a != b || m != n {
        let message =
            format!("a query of shape {:?} and a key of shape {:?}", query.data.shape(), key.data.shape());
        return Err(Error::layer(message));
    }
    Ok((q, k))
}

/// Every query step plus every key step, `(samples, query steps, key steps, features)`.
pub(super) fn sums(q: Tensor<3>, k: Tensor<3>) -> Tensor<4> {
    let ([samples, rows, width], columns) = (q.dims(), k.dims()[1]);
    q.reshape([samples, rows, 1, width]) + k.reshape([samples, 1, columns, width])
}
