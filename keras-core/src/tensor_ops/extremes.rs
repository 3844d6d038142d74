//! The larger and the smaller of two numbers, with the values and gradients of
//! [Keras's `maximum`](https://keras.io/api/ops/numpy/#maximum-function): NaN if one of them is NaN, and of equal numbers
//! each gets half of the gradient.

use burn::tensor::Tensor;

/// The larger of each number and `low`.
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
