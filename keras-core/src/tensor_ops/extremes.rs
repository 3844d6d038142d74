//! The larger and the smaller of two numbers, with the values and gradients of
//! [Keras's `maximum`](https://keras.io/api/ops/numpy/#maximum-function): NaN if one of them is NaN, and of equal numbers
//! each gets half of the gradient.

use burn::tensor::Tensor;

/// The larger of two numbers.
pub(crate) fn maximum<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    let (first, equal) = (a.clone().greater(b.clone()), a.clone().equal(b.clone()));
    let none = a.clone().is_nan().bool_or(b.clone().is_nan());
    let half = a.clone() * 0.5 + b.clone() * 0.5;
    b.mask_where(first, a).mask_where(equal, half).mask_fill(none, f32::NAN)
}

/// [`maximum`] of each number and `low`.
pub(crate) fn at_least<const D: usize>(x: Tensor<D>, low: f64) -> Tensor<D> {
    let (below, equal) = (x.clone().lower_elem(low), x.clone().equal_elem(low));
    let half = x.clone() * 0.5 + low * 0.5;
    // A factor, so that a gradient that is NaN stays so.
    let known = x.clone().is_nan().bool_not().float();
    x.mask_fill(below, low).mask_where(equal, half) * known
}

/// The smaller of each number and `high`.
pub(crate) fn at_most<const D: usize>(x: Tensor<D>, high: f64) -> Tensor<D> {
    at_least(x.neg(), -high).neg()
}

/// The largest number along an axis, which stays with a length of 1, and NaN of those with NaN. Where several are
/// largest, they share the gradient if one is taken (`shared`).
pub(crate) fn largest<const D: usize>(x: Tensor<D>, axis: usize, shared: bool) -> Tensor<D> {
    let (max, nan) = (x.clone().detach().max_dim(axis), x.clone().is_nan().any_dim(axis));
    let max = max.mask_fill(nan.clone(), f32::NAN);
    if !shared {
        return max;
    }
    let others = x.clone().not_equal(max.clone().expand(x.dims()));
    let counts = others.clone().bool_not().float().sum_dim(axis).clamp_min(1.0);
    // Nothing equals NaN: there the sum is 0, and what is added gives all of them a gradient of NaN.
    let spoilt = x.clone().mask_fill(nan.clone().bool_not().expand(x.dims()), 0.0).sum_dim(axis);
    let zero_or_nan = max.zeros_like().mask_fill(nan, f32::NAN);
    x.mask_fill(others, 0.0).sum_dim(axis) / counts + spoilt * zero_or_nan
}
