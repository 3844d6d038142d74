use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::MultiHeadAttention;
use keras_shape::{Role, Shape, Size};

use super::Operations;
use super::attend::{both, dropped, of_steps, steps, tensors};
use super::axes::inverse;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for MultiHeadAttention {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [query, value, key] = tensors(inputs)?;
        let rank = query.ndim();
        let along = self
            .looks_along(&Shape::fixed(query.shape()))
            .map_err(|error| Error::layer(error.to_string()))?;
        let layout = Layout::new(&along[..rank - 1]);
        let q = self.heads("query", query, cx);
        let k = self.heads("key", key, cx);
        let gate = self.use_gate.then(|| self.heads("gate", query, cx));
        let gate = gate.map(ops::sigmoid);
        let v = self.heads("value", value, cx);
        for projected in [Some(&q), Some(&k), gate.as_ref(), Some(&v)].into_iter().flatten() {
            cx.regularize(&self.activity_regularizer, projected);
        }

        let (q_rows, k_rows, v_rows) = (layout.rows(&q), layout.rows(&k), layout.rows(&v));
        let width = *k.shape().last().unwrap_or(&1) as f32;
        let mut scores = ops::matmul(q_rows / width.sqrt(), ops::swapaxes(k_rows, -1, -2));
        let mask = self.mask(&layout, inputs, &scores, cx)?;
        if let Some(mask) = &mask {
            scores = ops::where_(mask, scores, -1e9);
        }
        let mut weights = ops::softmax(scores, -1);
        if let Some(mask) = mask.as_ref().filter(|_| self.zeroes_hidden()) {
            weights = ops::where_(mask, weights, 0.0);
        }
        let seen = ops::matmul(dropped(weights.clone(), self.dropout, self.seed, cx), v_rows);
        let seen = layout.back(&seen, q.shape());
        let seen = gate.iter().fold(seen, |seen, gate| seen * gate);
        let y = self.output(&seen, cx);
        cx.regularize(&self.activity_regularizer, &y);
        let scores = self.return_attention_scores.then(|| layout.scores(&weights, q.shape(), k.shape()));
        Ok(core::iter::once(y).chain(scores).collect())
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::multi_head_attention::choose(self, site))
    }
}

/// The parts of the layer.
trait Parts {
    /// `(..., features)` to `(..., heads, width)`, by the weights of this name.
    fn heads(&self, name: &str, x: &Symbolic, cx: &Trace<'_>) -> Symbolic;
    /// `(..., heads, width)` to the axes of the output.
    fn output(&self, x: &Symbolic, cx: &Trace<'_>) -> Symbolic;
    /// Which scores count: all masks together.
    fn mask(
        &self,
        layout: &Layout,
        inputs: &[Symbolic],
        scores: &Symbolic,
        cx: &Trace<'_>,
    ) -> Result<Option<Symbolic>>;
}

impl Parts for MultiHeadAttention {
    fn heads(&self, name: &str, x: &Symbolic, cx: &Trace<'_>) -> Symbolic {
        let y = product(x, &cx.weight(&format!("{name}/kernel")), 1);
        if self.use_bias { y + cx.weight(&format!("{name}/bias")) } else { y }
    }

    fn output(&self, x: &Symbolic, cx: &Trace<'_>) -> Symbolic {
        let y = product(x, &cx.weight("attention_output/kernel"), 2);
        if self.use_bias { y + cx.weight("attention_output/bias") } else { y }
    }

    fn mask(
        &self,
        layout: &Layout,
        inputs: &[Symbolic],
        scores: &Symbolic,
        cx: &Trace<'_>,
    ) -> Result<Option<Symbolic>> {
        let [query, value, key] = tensors(inputs)?;
        let [.., rows, columns] = **scores.shape() else { return Ok(None) };
        let mut mask =
            of_steps(cx.mask(0), query)?.map(|counts| ops::expand_dims(layout.counts(&counts), -1));
        // The mask of a key that is not given apart from the value is the value's.
        let of_key = if inputs.len() > 2 { cx.mask(2) } else { cx.named(Role::KeyMask) };
        let of_key = of_key.map(|mask| ops::cast(mask, DType::Bool));
        for (counts, x) in [(cx.mask(1), value), (of_key, key)] {
            if let Some(counts) = of_steps(counts, x)? {
                mask = Some(both(mask, ops::expand_dims(layout.counts(&counts), -2)));
            }
        }
        if self.use_causal_mask {
            mask = Some(both(mask, steps(rows, columns, |i, j| j <= i)));
        }
        if let Some(Size::Known(window)) = self.sliding_window {
            mask = Some(both(mask, steps(rows, columns, |i, j| i.abs_diff(j) < window)));
        }
        if let Some(given) = cx.named(Role::AttentionMask) {
            let given = ops::cast(given, DType::Bool);
            let given = if given.ndim() == 3 { ops::expand_dims(given, 1) } else { given };
            let fits = given.ndim() == scores.ndim()
                && given.shape().iter().zip(scores.shape().iter()).all(|(n, of)| n == of || *n == 1);
            if !fits {
                let (given, scores) = (given.shape(), scores.shape());
                return Err(Error::layer(format!("a mask of shape {given} for scores {scores}")));
            }
            mask = Some(both(mask, given));
        }
        Ok(mask)
    }
}

/// Sums over the last `summed` axes of `x`, which are the first of the kernel.
fn product(x: &Symbolic, kernel: &Symbolic, summed: usize) -> Symbolic {
    let shape = kernel.shape();
    let (from, to) = shape.split_at(summed.min(shape.len()));
    let count = |axes: &[usize]| axes.iter().product::<usize>() as isize;
    let lead = &x.shape()[..x.ndim().saturating_sub(summed)];
    let y = ops::matmul(
        ops::reshape(x, [count(lead), count(from)]),
        ops::reshape(kernel, [count(from), count(to)]),
    );
    let all: Vec<isize> = lead.iter().chain(to).map(|n| *n as isize).collect();
    ops::reshape(y, all)
}

/// How `(batch, axes.., heads, width)` becomes `(batch, samples.., heads, steps, width)`: axes that attention looks along
/// are steps, all others are samples.
struct Layout {
    order: Vec<usize>,
    /// How many axes are samples, the heads among them.
    before: usize,
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

    /// The lengths of the axes of a tensor of heads, in this order.
    fn lengths(&self, shape: &[usize]) -> Vec<isize> {
        self.order.iter().map(|axis| shape[*axis] as isize).collect()
    }

    fn transposed(&self, x: &Symbolic, axes: &[usize]) -> Symbolic {
        ops::transpose(x, axes.iter().map(|axis| *axis as isize).collect::<Vec<_>>())
    }

    fn rows(&self, x: &Symbolic) -> Symbolic {
        let lengths = self.lengths(x.shape());
        let (before, along) = lengths.split_at(self.before);
        let (width, along) = along.split_last().map_or((1, along), |(width, along)| (*width, along));
        let shape = [before, &[along.iter().product(), width]].concat();
        ops::reshape(self.transposed(x, &self.order), shape)
    }

    /// Which steps count, `(batch, axes..)`, as `(batch, samples.., 1, steps)`.
    fn counts(&self, counts: &Symbolic) -> Symbolic {
        let counts = ops::expand_dims(counts, -1);
        let order = &self.order[..self.order.len() - 1];
        let lengths: Vec<isize> = order.iter().map(|axis| counts.shape()[*axis] as isize).collect();
        let (before, along) = lengths.split_at(self.before);
        ops::reshape(self.transposed(&counts, order), [before, &[along.iter().product()]].concat())
    }

    /// Back to the axes of the projected query.
    fn back(&self, rows: &Symbolic, query: &[usize]) -> Symbolic {
        let mut shape = self.lengths(query);
        shape.pop();
        shape.push(*rows.shape().last().unwrap_or(&1) as isize);
        self.transposed(&ops::reshape(rows, shape), &inverse(&self.order))
    }

    /// Scores with the axes that attention looks along apart.
    fn scores(&self, scores: &Symbolic, query: &[usize], key: &[usize]) -> Symbolic {
        let (query, key) = (self.lengths(query), self.lengths(key));
        let along = self.before..query.len() - 1;
        ops::reshape(scores, [&query[..self.before], &query[along.clone()], &key[along]].concat())
    }
}
