//! Activation functions, with the formulas and gradients of [Keras](https://keras.io/api/layers/activations/).

use burn::tensor::{Bool, Tensor, activation};
use keras_shape::Activation;

use super::extremes::at_most;
use crate::tensor::Raw;
use crate::{Error, Result};

/// Applies an activation function; those that are not elementwise work on the last axis.
///
/// # Errors
/// The rank is beyond what tensors can have, or `glu` met an odd number of features.
pub fn activate(function: Activation, x: Raw) -> Result<Raw> {
    if function == Activation::Linear {
        return Ok(x);
    }
    let mut shape = x.shape();
    if function.is_elementwise() {
        return Raw::new(elementwise(function, x.flat()?)?).reshape(&shape);
    }
    let rows = x.rows()?;
    let y = match function {
        Activation::Softmax => activation::softmax(rows, 1),
        Activation::LogSoftmax => activation::log_softmax(rows, 1),
        Activation::Glu => {
            let [_, features] = rows.dims();
            if features % 2 == 1 {
                return Err(Error::layer(format!(
                    "`glu` halves the last axis, which has {features} features"
                )));
            }
            if let Some(last) = shape.last_mut() {
                *last = features / 2;
            }
            let half = features / 2;
            rows.clone().narrow(1, 0, half) * sigmoid(rows.narrow(1, half, half))
        }
        _ => sparsemax(rows),
    };
    Raw::new(y).reshape(&shape)
}

fn elementwise(function: Activation, x: Tensor<1>) -> Result<Tensor<1>> {
    Ok(match function {
        Activation::Relu => positive(x),
        Activation::Relu6 => relu6(x),
        Activation::LeakyRelu => leaky_relu(x, 0.2),
        Activation::Elu | Activation::Celu => elu(x, 1.0),
        Activation::Selu => elu(x, 1.673_263_242_354_377_2).mul_scalar(1.050_700_987_355_480_5),
        Activation::Gelu => activation::gelu(x),
        Activation::Silu => x.clone() * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::HardSigmoidKeras2 => clip(x.mul_scalar(0.2).add_scalar(0.5), 0.0, 1.0),
        Activation::HardSilu => x.clone() * hard_sigmoid(x),
        Activation::HardTanh => clip(x, -1.0, 1.0),
        Activation::HardShrink => {
            let small = within_half(&x);
            x.mask_fill(small, 0.0)
        }
        Activation::SoftShrink => {
            let small = within_half(&x);
            (x.clone() - clip(x, -0.5, 0.5)).mask_fill(small, 0.0)
        }
        Activation::Tanh => x.tanh(),
        Activation::TanhShrink => x.clone() - x.tanh(),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x.clone() / x.abs().add_scalar(1.0),
        Activation::Squareplus => (x.clone() + x.square().add_scalar(4.0).sqrt()).mul_scalar(0.5),
        Activation::SparsePlus => {
            let below = x.clone().lower_equal_elem(-1.0);
            let middle = clip(x.clone(), -1.0, 1.0).add_scalar(1.0).square().mul_scalar(0.25);
            (middle + positive(x.sub_scalar(1.0))).mask_fill(below, 0.0)
        }
        Activation::SparseSigmoid => {
            // Half of the gradient at both corners, as in Keras: one of these has none there.
            let (outside, nan) = (x.clone().abs().greater_equal_elem(1.0), x.clone().is_nan());
            let inner = x.clone().mask_where(outside, clip(x.clone(), -1.0, 1.0).detach());
            (inner + clip(x, -1.0, 1.0)).mul_scalar(0.25).add_scalar(0.5).mask_fill(nan, f32::NAN)
        }
        Activation::LogSigmoid => softplus(x.neg()).neg(),
        Activation::Mish => x.clone() * softplus(x).tanh(),
        Activation::Exponential => x.exp(),
        Activation::Threshold => {
            return Err(Error::layer(
                "the activation `threshold` does not say which threshold; use `threshold()`",
            ));
        }
        Activation::Linear
        | Activation::Softmax
        | Activation::LogSoftmax
        | Activation::Sparsemax
        | Activation::Glu => x,
    })
}

/// Which numbers are not beyond -0.5 or 0.5; NaN is not.
fn within_half(x: &Tensor<1>) -> Tensor<1, Bool> {
    x.clone().abs().greater_elem(0.5).bool_not()
}

/// `x` kept between two numbers. At these the gradient passes, as in Keras; NaN stays.
fn clip<const D: usize>(x: Tensor<D>, low: f64, high: f64) -> Tensor<D> {
    let (below, above) = (x.clone().lower_elem(low), x.clone().greater_elem(high));
    x.mask_fill(below, low).mask_fill(above, high)
}

/// `x` where it is above 0 (or NaN), else 0. NaN has no gradient, as in Keras.
pub fn positive<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let (above, nan) = (x.clone().greater_elem(0.0), x.clone().is_nan());
    x.mask_fill(above.bool_not(), 0.0).mask_fill(nan, f32::NAN)
}

/// `x` kept between 0 and 6; at these there is no gradient.
fn relu6<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let above = x.clone().greater_equal_elem(6.0);
    positive(x).mask_fill(above, 6.0)
}

/// `x`, and `slope * x` below 0 and of NaN, which has the slope for its gradient in Keras.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    let above = x.clone().greater_equal_elem(0.0);
    x.clone().mul_scalar(slope).mask_where(above, x)
}

/// `x`, and `alpha * (exp(x) - 1)` below 0. The exponential never sees what is above 0, where it could
/// overflow and spoil the gradient.
pub fn elu<const D: usize>(x: Tensor<D>, alpha: f64) -> Tensor<D> {
    let above = x.clone().greater_elem(0.0);
    // exp(x) - 1 = 2 t / (1 - t) with t = tanh(x / 2), which keeps the digits of small numbers.
    let t = x.clone().mask_fill(above.clone(), 0.0).mul_scalar(0.5).tanh();
    let below = t.clone().mul_scalar(2.0 * alpha) / t.neg().add_scalar(1.0);
    below.mask_where(above, x)
}

/// `1 / (1 + exp(-x))`: of a negative number `u / (1 + u)` with `u = exp(x)`, which cannot overflow.
fn sigmoid<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let above = x.clone().greater_equal_elem(0.0);
    let u = x.clone().mask_where(above.clone(), x.neg()).exp();
    u.clone().mask_fill(above, 1.0) / u.add_scalar(1.0)
}

/// `log(1 + exp(x))`: `max(x, 0) + log(1 + exp(-|x|))`, which cannot overflow.
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let above = x.clone().greater_elem(0.0);
    let u = x.clone().mask_where(above, x.clone().neg()).exp();
    positive(x) + u.log1p()
}

/// `x` above `threshold`, else `value`: Keras's `threshold`.
pub fn threshold<const D: usize>(x: Tensor<D>, threshold: f64, value: f64) -> Tensor<D> {
    let passes = x.clone().greater_elem(threshold);
    x.mask_fill(passes.bool_not(), value)
}

/// Keras's general `relu`, which the layer `ReLU` is.
pub fn relu<const D: usize>(x: Tensor<D>, slope: f64, max_value: Option<f64>, threshold: f64) -> Tensor<D> {
    if slope != 0.0 && max_value.is_none() && threshold == 0.0 {
        return leaky_relu(x, slope);
    }
    // NaN has no gradient in Keras, and is not above a threshold.
    let (nan, of_nan) = (x.clone().is_nan(), if threshold != 0.0 && slope == 0.0 { 0.0 } else { f32::NAN });
    let below = (slope != 0.0).then(|| positive(x.clone().neg().add_scalar(threshold)));
    let mut y = if threshold == 0.0 { positive(x) } else { self::threshold(x, threshold, 0.0) };
    if let Some(max) = max_value {
        // At the largest value half of the gradient passes.
        y = at_most(y, max);
    }
    let y = match below {
        Some(below) => y - below.mul_scalar(slope),
        None => y,
    };
    y.mask_fill(nan, of_nan)
}

fn hard_sigmoid<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    relu6(x.add_scalar(3.0)).mul_scalar(1.0 / 6.0)
}

/// Keras's `sparsemax` on each row. Its threshold adds up the running sums of the numbers in the support,
/// where the paper takes the last of these sums; Keras's numbers are kept.
fn sparsemax(x: Tensor<2>) -> Tensor<2> {
    let [rows, n] = x.dims();
    let device = x.device();
    let sorted = {
        let (_, order) = x.clone().sort_descending_with_indices(1);
        x.clone().gather(1, order)
    };
    let rank = Tensor::<1, burn::tensor::Int>::arange(0..n as i64, &device)
        .float()
        .reshape([1, n])
        .expand([rows, n]);
    let sums = sorted.clone().detach().cumsum(1);
    let support =
        (sorted.clone().detach() - (sums.sub_scalar(1.0)) / rank.clone().add_scalar(1.0)).greater_elem(0.0);
    let k = support.float().sum_dim(1);
    // The number of rank j is in k - j of the k sums.
    let times = positive(k.clone().expand([rows, n]) - rank);
    let tau = ((sorted * times).sum_dim(1).sub_scalar(1.0)) / k;
    positive(x - tau.expand([rows, n]))
}
