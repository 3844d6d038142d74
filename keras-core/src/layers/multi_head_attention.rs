use burn::tensor::{Bool, Tensor, activation};
use keras_shape::layers::MultiHeadAttention;
use keras_shape::{Shape, Size};

use super::Forward;
use super::attend::{both, causal, drop, step_mask, steps, tensors};
use super::axes::inverse;
use crate::context::Context;
use crate::tensor_ops::regularize::activity;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for MultiHeadAttention {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let (plain, named): (Vec<Value>, Vec<Value>) =
            inputs.iter().cloned().partition(|value| value.role.is_input());
        let [query, value, key] = tensors(&plain)?;
        let rank = query.data.rank();
        if rank < 3 || value.data.rank() != rank || key.data.rank() != rank {
            let shapes = [query, value, key].map(|x| x.data.shape());
            return Err(Error::layer(format!("query, value and key of shapes {shapes:?}")));
        }
        let along = self
            .looks_along(&Shape::fixed(&query.data.shape()))
            .map_err(|error| Error::layer(error.to_string()))?;
        let mut projections = Projections { weights, use_bias: self.use_bias };
        let layout = Layout::new(&along[..rank - 1]);

        let q = projections.heads(&query.data)?;
        let k = projections.heads(&key.data)?;
        let gate = if self.use_gate {
            let gate = projections.heads(&query.data)?;
            Some(Raw::new(activation::sigmoid(gate.flat()?)).reshape(&gate.shape())?)
        } else {
            None
        };
        let v = projections.heads(&value.data)?;
        for projected in [Some(&q), Some(&k), gate.as_ref(), Some(&v)].into_iter().flatten() {
            activity(self.activity_regularizer, projected, context)?;
        }

        let (q_rows, lengths) = layout.rows(&q)?;
        let (k_rows, key_lengths) = layout.rows(&k)?;
        let (v_rows, value_lengths) = layout.rows(&v)?;
        let ([samples, rows, width], [key_samples, columns, _]) = (q_rows.dims(), k_rows.dims());
        if samples != key_samples || v_rows.dims()[..2] != [samples, columns] || key_lengths != value_lengths {
            let shapes = [query, value, key].map(|x| x.data.shape());
            return Err(Error::layer(format!("query, value and key of shapes {shapes:?} do not go together")));
        }
        let mut hidden = None;
        let mut scores = (q_rows / (width as f32).sqrt()).matmul(k_rows.swap_dims(1, 2));
        if let Some(mask) = self.mask(&plain, &named, [rows, columns])? {
            let (batch, heads) = (q.shape()[0], q.shape()[rank - 1]);
            let all = [batch, heads, rows, columns];
            if mask.dims().iter().zip(&all).any(|(n, of)| n != of && *n != 1) {
                return Err(Error::layer(format!("a mask of shape {:?} for scores {all:?}", mask.dims())));
            }
            let hides = mask.bool_not().expand(all).reshape([samples, rows, columns]);
            scores = scores.mask_fill(hides.clone(), -1e9);
            hidden = Some(hides).filter(|_| self.zeroes_hidden());
        }
        let mut shares = activation::softmax(scores, 2);
        if let Some(hidden) = hidden {
            shares = shares.mask_fill(hidden, 0.0);
        }
        let dropped = drop(shares.clone(), self.dropout, self.seed, context)?;
        let mut y = layout.back(dropped.matmul(v_rows), &q.shape(), v.shape()[rank])?;
        if let Some(gate) = gate {
            let shape = y.shape();
            y = Raw::new(y.flat()? * gate.flat()?).reshape(&shape)?;
        }
        let y = projections.output(&y)?;
        activity(self.activity_regularizer, &y, context)?;
        let mut outputs = vec![Value::new(y).with_mask(query.mask.clone())];
        if self.return_attention_scores {
            let shape = [lengths.before, lengths.along, key_lengths.along].concat();
            outputs.push(Value::new(Raw::new(shares).reshape(&shape)?));
        }
        Ok(outputs)
    }
}

trait Masks {
    fn mask(&self, plain: &[Value], named: &[Value], steps: [usize; 2]) -> Result<Option<Tensor<4, Bool>>>;
}

impl Masks for MultiHeadAttention {
    /// Which steps of the key each step of the query looks at, `(batch, heads, query steps, key steps)` or 1 in place
    /// of these: all masks together.
    fn mask(&self, plain: &[Value], named: &[Value], [rows, columns]: [usize; 2]) -> Result<Option<Tensor<4, Bool>>> {
        let [query, value, _] = tensors(plain)?;
        let (batch, device) = (query.data.shape()[0], query.data.device()?);
        let mut mask = None;
        if let Some(counts) = step_mask(query, batch, rows)? {
            mask = Some(both(mask, counts.reshape([batch, 1, rows, 1]))?);
        }
        // The mask of a key that is not given apart from the value is the value's.
        for x in [Some(value), plain.get(2)].into_iter().flatten() {
            if let Some(counts) = step_mask(x, batch, columns)? {
                mask = Some(both(mask, counts.reshape([batch, 1, 1, columns]))?);
            }
        }
        let square = |mask: Tensor<3, Bool>| mask.reshape([1, 1, rows, columns]);
        if self.use_causal_mask {
            mask = Some(both(mask, square(causal(rows, columns, &device)?))?);
        }
        if let Some(Size::Known(window)) = self.sliding_window {
            mask = Some(both(mask, square(steps(rows, columns, &device, |i, j| i.abs_diff(j) < window)?))?);
        }
        for value in named {
            let mut shape = value.data.shape();
            if shape.len() == 3 {
                shape.insert(1, 1);
            }
            mask = Some(both(mask, value.data.reshape(&shape)?.bool::<4>()?)?);
        }
        Ok(mask)
    }
}

/// The projections, taken one by one in the order of the weights.
struct Projections<'a> {
    weights: &'a [Weight],
    use_bias: bool,
}

impl<'a> Projections<'a> {
    fn next(&mut self) -> Result<(&'a Raw, Option<Tensor<1>>)> {
        let n = if self.use_bias { 2 } else { 1 };
        if self.weights.len() < n {
            return Err(Error::layer("`MultiHeadAttention` without its weights"));
        }
        let (own, rest) = self.weights.split_at(n);
        self.weights = rest;
        let bias = own.get(1).map(|bias| bias.data.flat()).transpose()?;
        Ok((&own[0].data, bias))
    }

    /// `(..., features)` to `(..., heads, width)`.
    fn heads(&mut self, x: &Raw) -> Result<Raw> {
        let (kernel, bias) = self.next()?;
        let shape = x.shape();
        let lead = shape.len() - 1;
        product(x, &shape[..lead], kernel, 1, bias)
    }

    /// `(..., heads, width)` to the output's axes.
    fn output(&mut self, x: &Raw) -> Result<Raw> {
        let (kernel, bias) = self.next()?;
        let shape = x.shape();
        let lead = shape.len() - 2;
        product(x, &shape[..lead], kernel, 2, bias)
    }
}

/// Sums over the last axes of `x` and the first `summed` of the kernel.
fn product(x: &Raw, lead: &[usize], kernel: &Raw, summed: usize, bias: Option<Tensor<1>>) -> Result<Raw> {
    let shape = kernel.shape();
    let (from, to) = shape.split_at(summed.min(shape.len()));
    let (from, width): (usize, usize) = (from.iter().product(), to.iter().product());
    let kernel = kernel.reshape(&[from, width])?.float::<2>()?;
    let mut y = x.reshape(&[lead.iter().product(), from])?.float::<2>()?.matmul(kernel);
    if let Some(bias) = bias {
        y = y + bias.unsqueeze();
    }
    Raw::new(y).reshape(&[lead, to].concat())
}

/// How `(batch, axes.., heads, width)` becomes `(samples, steps, width)`: axes that attention looks along are steps,
/// all others with the heads are samples.
struct Layout {
    order: Vec<usize>,
    /// How many axes are samples.
    before: usize,
}

/// The lengths of the axes of samples and of steps.
struct Lengths {
    before: Vec<usize>,
    along: Vec<usize>,
}

impl PartialEq for Lengths {
    fn eq(&self, other: &Self) -> bool {
        self.before == other.before && self.along == other.along
    }
}

impl Layout {
    /// `along` says of each axis before the features whether attention looks along it.
    fn new(along: &[bool]) -> Self {
        let heads = along.len();
        let samples = (0..heads).filter(|axis| !along[*axis]).chain([heads]);
        let mut order: Vec<usize> = samples.collect();
        let before = order.len();
        order.extend((0..heads).filter(|axis| along[*axis]));
        order.push(heads + 1);
        Layout { order, before }
    }

    fn rows(&self, x: &Raw) -> Result<(Tensor<3>, Lengths)> {
        let moved = x.permute(&self.order)?;
        let mut shape = moved.shape();
        let width = shape.pop().unwrap_or(1);
        let (before, along) = shape.split_at(self.before);
        let rows = moved.reshape(&[before.iter().product(), along.iter().product(), width])?.float()?;
        Ok((rows, Lengths { before: before.to_vec(), along: along.to_vec() }))
    }

    /// Back to the axes of the projected query, whose last is now `width` long.
    fn back(&self, rows: Tensor<3>, query: &[usize], width: usize) -> Result<Raw> {
        let mut shape: Vec<usize> = self.order.iter().map(|axis| query[*axis]).collect();
        shape.pop();
        shape.push(width);
        Raw::new(rows).reshape(&shape)?.permute(&inverse(&self.order))
    }
}
