//! Products, reductions, softmax, normalisation and attention.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::TensorData;
use keras_ops::DType;
use keras_ops::graph::{Binary, Reduce};

use super::arrays::{joined, part_of};
use super::elementwise::integers;
use super::float::{Float, Truth};
use crate::Array;

/// What a masked score of attention is.
const LOWEST: f32 = -0.7 * f32::MAX;

pub(super) fn matmul(x: &[Array], transposed: [bool; 2]) -> DispatchTensor {
    let rank = x[0].shape().rank().max(x[1].shape().rank());
    let side = |i: usize| {
        let shape = x[i].shape();
        let lead = core::iter::repeat_n(1, rank - shape.rank());
        let lifted: Vec<usize> = lead.chain(shape.iter().copied()).collect();
        let matrices = Float(x[i].tensor()).reshape(lifted);
        if transposed[i] { matrices.swap(rank - 2, rank - 1) } else { matrices }
    };
    side(0).matmul(&side(1)).0
}

/// A reduction of numbers over axes, which stay.
pub(super) fn reduce(x: &Array, reduce: Reduce, axes: &[usize]) -> DispatchTensor {
    if x.dtype() == DType::Int32 {
        // Burn's own sums need not wrap around.
        let by = match reduce {
            Reduce::Sum => Binary::Add,
            Reduce::Product => Binary::Multiply,
            Reduce::Max => Binary::Maximum,
            Reduce::Min => Binary::Minimum,
        };
        let join = |a, b| integers(by, a, b);
        return axes.iter().fold(x.tensor(), |x, axis| by_halves(x, DType::Int32, *axis, &join));
    }
    let x = Float(x.tensor());
    let over = |x: Float, f: &dyn Fn(Float, usize) -> Float| axes.iter().fold(x, |x, axis| f(x, *axis));
    match reduce {
        Reduce::Sum => over(x, &|x, axis| x.sum(axis)).0,
        // Some devices of Burn take logarithms, which negative numbers do not have.
        Reduce::Product => {
            let product = |x: Float, axis| Float(by_halves(x.0, DType::Float32, axis, &Dispatch::float_mul));
            over(x, &product).0
        }
        Reduce::Max | Reduce::Min => {
            // The smallest is the opposite of the largest opposite. NaN anywhere is the result.
            let x = if reduce == Reduce::Min { -x } else { x };
            let nan = over(x.is_nan().float(), &|x, axis| x.largest(axis)).above(0.0);
            let y = over(x, &|x, axis| x.largest(axis)).fill(&nan, f32::NAN);
            if reduce == Reduce::Min { (-y).0 } else { y.0 }
        }
    }
}

/// What is made of all numbers along an axis by joining halves of them.
fn by_halves(
    mut x: DispatchTensor,
    dtype: DType,
    axis: usize,
    join: &dyn Fn(DispatchTensor, DispatchTensor) -> DispatchTensor,
) -> DispatchTensor {
    loop {
        let n = x.shape()[axis];
        if n == 1 {
            return x;
        }
        let part = |from: usize, to: usize| part_of(x.clone(), dtype, axis, from, to);
        let half = n / 2;
        let both = join(part(0, half), part(half, 2 * half));
        x = if n.is_multiple_of(2) { both } else { joined(vec![both, part(2 * half, n)], dtype, axis) };
    }
}

/// Whether any, or all, of truth values along axes are true.
pub(super) fn reduce_truth(x: &Array, any: bool, axes: &[usize]) -> DispatchTensor {
    let one = |x: DispatchTensor, axis: &usize| match any {
        true => Dispatch::bool_any_dim(x, *axis),
        false => Dispatch::bool_all_dim(x, *axis),
    };
    axes.iter().fold(x.tensor(), one)
}

/// Softmax over the last axis, or its logarithm.
pub(super) fn softmax(x: &Array, logarithm: bool) -> DispatchTensor {
    softmax_of(&Float(x.tensor()), logarithm).0
}

fn softmax_of(x: &Float, logarithm: bool) -> Float {
    let axis = x.0.shape().num_dims() - 1;
    let x = x.clone() - x.largest(axis);
    let e = x.exp();
    let sum = e.sum(axis);
    if logarithm { x - sum.by(Dispatch::float_log) } else { e / sum }
}

/// The gradient of [`softmax`] from its result.
pub(super) fn softmax_gradient(y: &Array, dy: &Array, logarithm: bool) -> DispatchTensor {
    let (y, dy) = (Float(y.tensor()), Float(dy.tensor()));
    let axis = y.0.shape().num_dims() - 1;
    if logarithm {
        let sum = dy.sum(axis);
        return (dy - y.exp() * sum).0;
    }
    let sum = (y.clone() * dy.clone()).sum(axis);
    (y * (dy - sum)).0
}

/// Mean and `1 / sqrt(variance + epsilon)` of rows, and the rows without the mean.
fn row_moments(x: &Float, epsilon: f32) -> (Float, Float, Float) {
    let n = x.0.shape()[1] as f32;
    let mean = x.sum(1) / n;
    let centred = x.clone() - mean.clone();
    let variance = (centred.clone() * centred.clone()).sum(1) / n;
    let inverse = (variance + epsilon).by(Dispatch::float_sqrt).by(Dispatch::float_recip);
    (mean, inverse, centred)
}

fn row(x: &Array) -> Float {
    Float(x.tensor()).reshape([1, x.shape().size()])
}

pub(super) fn layer_norm(x: &[Array], gamma: bool, beta: bool, epsilon: f32) -> [DispatchTensor; 2] {
    let (mean, inverse, centred) = row_moments(&Float(x[0].tensor()), epsilon);
    let mut y = centred * inverse.clone();
    if gamma {
        y = y * row(&x[1]);
    }
    if beta {
        y = y + row(&x[1 + usize::from(gamma)]);
    }
    let rows = x[0].shape()[0];
    let flat = |x: Float| x.reshape([rows]).0;
    [y.0, Dispatch::float_cat(vec![flat(mean), flat(inverse)], 0)]
}

pub(super) fn layer_norm_gradient(x: &[Array], gamma: bool, epsilon: f32) -> [DispatchTensor; 3] {
    let (_, inverse, centred) = row_moments(&Float(x[0].tensor()), epsilon);
    let dy = Float(x[x.len() - 1].tensor());
    let n = x[0].shape()[1];
    let normal = centred * inverse.clone();
    let own = if gamma { dy.clone() * row(&x[1]) } else { dy.clone() };
    let mean = |x: Float| x.sum(1) / n as f32;
    let along = mean(own.clone() * normal.clone());
    let dx = (own.clone() - mean(own) - normal.clone() * along) * inverse;
    let sum = |x: Float| x.sum(0).reshape([n]).0;
    [dx.0, sum(dy.clone() * normal), sum(dy)]
}

/// The scores' weights `(batch, heads, rows, columns)` with query, key and value as `(batch, heads, steps, width)`, and which
/// scores count.
fn attention_weights(
    x: &[Array],
    scale: f32,
    causal: bool,
    masked: bool,
) -> (Float, [Float; 3], Option<Truth>) {
    let heads = [0, 1, 2].map(|i: usize| Float(x[i].tensor()).swap(1, 2));
    let scores = heads[0].matmul(&heads[1].swap(2, 3)) * scale;
    let shape = scores.0.shape();
    let [rows, columns] = [shape[2], shape[3]];
    let mut counts = masked.then(|| Truth(Dispatch::bool_expand(x[3].tensor(), shape.clone())));
    if causal {
        let seen: Vec<bool> = (0..rows).flat_map(|i| (0..columns).map(move |j| j <= i)).collect();
        let data = TensorData::new(seen, [1, 1, rows, columns]);
        let seen = Truth(Dispatch::bool_expand(Dispatch::bool_from_data(data, &scores.0.device()), shape));
        counts = Some(counts.map_or(seen.clone(), |counts| counts.and(&seen)));
    }
    let scores = counts.iter().fold(scores, |scores, counts| scores.fill(&counts.not(), LOWEST));
    (softmax_of(&scores, false), heads, counts)
}

pub(super) fn attention(x: &[Array], scale: f32, causal: bool, masked: bool) -> [DispatchTensor; 2] {
    let (weights, [_, _, value], _) = attention_weights(x, scale, causal, masked);
    [weights.matmul(&value).swap(1, 2).0, weights.0]
}

pub(super) fn attention_gradient(x: &[Array], scale: f32, causal: bool, masked: bool) -> [DispatchTensor; 3] {
    let (weights, [query, key, value], counts) = attention_weights(x, scale, causal, masked);
    let dy = Float(x[x.len() - 1].tensor()).swap(1, 2);
    let dweights = dy.matmul(&value.swap(2, 3));
    let sum = (weights.clone() * dweights.clone()).sum(3);
    let dscores = weights.clone() * (dweights - sum);
    let dscores = counts.iter().fold(dscores, |d, counts| d.fill(&counts.not(), 0.0)) * scale;
    let back = |x: Float| x.swap(1, 2).0;
    [
        back(dscores.matmul(&key)),
        back(dscores.swap(2, 3).matmul(&query)),
        back(weights.swap(2, 3).matmul(&dy)),
    ]
}
