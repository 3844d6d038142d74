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
