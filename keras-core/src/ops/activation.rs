//! Activation functions, with the formulas and gradients of [Keras](https://keras.io/api/layers/activations/).

use burn::tensor::{Tensor, activation};
use keras_shape::Activation;

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
            activation::glu(rows, 1)
        }
        _ => sparsemax(rows),
    };
    Raw::new(y).reshape(&shape)
}

fn elementwise(function: Activation, x: Tensor<1>) -> Result<Tensor<1>> {
    Ok(match function {
        Activation::Relu => activation::relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::LeakyRelu => leaky_relu(x, 0.2),
        Activation::Elu | Activation::Celu => elu(x, 1.0),
        Activation::Selu => elu(x, 1.673_263_242_354_377_2).mul_scalar(1.050_700_987_355_480_5),
        Activation::Gelu => activation::gelu(x),
        Activation::Silu => activation::silu(x),
        Activation::Sigmoid => activation::sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::HardSilu => x.clone() * hard_sigmoid(x),
        Activation::HardTanh => x.clamp(-1.0, 1.0),
        Activation::HardShrink => {
            let small = x.clone().abs().lower_equal_elem(0.5);
            x.mask_fill(small, 0.0)
        }
        Activation::SoftShrink => x.clone() - x.clamp(-0.5, 0.5),
        Activation::Tanh => x.tanh(),
        Activation::TanhShrink => x.clone() - x.tanh(),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x.clone() / x.abs().add_scalar(1.0),
        Activation::Squareplus => (x.clone() + x.square().add_scalar(4.0).sqrt()).mul_scalar(0.5),
        Activation::SparsePlus => {
            let middle = x.clone().clamp(-1.0, 1.0).add_scalar(1.0).square().mul_scalar(0.25);
            middle + activation::relu(x.sub_scalar(1.0))
        }
        Activation::SparseSigmoid => x.clamp(-1.0, 1.0).add_scalar(1.0).mul_scalar(0.5),
        Activation::LogSigmoid => activation::log_sigmoid(x),
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

/// `x`, and `slope * x` below 0.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    activation::leaky_relu(x, slope)
}

/// `x`, and `alpha * (exp(x) - 1)` below 0. The exponential never sees what is above 0, where it could
/// overflow and spoil the gradient.
pub fn elu<const D: usize>(x: Tensor<D>, alpha: f64) -> Tensor<D> {
    // exp(x) - 1 by the tangent of the half, which keeps the digits of small numbers.
    let half = x.clone().clamp_max(0.0).mul_scalar(0.5).tanh();
    let below = half.clone() / (half.neg() + 1.0) * (2.0 * alpha);
    activation::relu(x) + below
}

/// `log(1 + exp(x))`.
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::log_sigmoid(x.neg()).neg()
}

/// `x` above `threshold`, else `value`: Keras's `threshold`.
pub fn threshold<const D: usize>(x: Tensor<D>, threshold: f64, value: f64) -> Tensor<D> {
    activation::threshold(x, threshold, value)
}

/// Keras's general `relu`, which the layer `ReLU` is.
pub fn relu<const D: usize>(x: Tensor<D>, slope: f64, max_value: Option<f64>, threshold: f64) -> Tensor<D> {
    if slope != 0.0 && max_value.is_none() && threshold == 0.0 {
        return leaky_relu(x, slope);
    }
    // NaN has no gradient in Keras, and is not above a threshold.
    let (nan, of_nan) = (x.clone().is_nan(), if threshold != 0.0 && slope == 0.0 { 0.0 } else { f32::NAN });
    let below = (slope != 0.0).then(|| activation::relu(x.clone().neg().add_scalar(threshold)));
    let mut y = if threshold == 0.0 { activation::relu(x) } else { activation::threshold(x, threshold, 0.0) };
    if let Some(max) = max_value {
        y = y.clamp(0.0, max);
    }
    let y = match below {
        Some(below) => y - below.mul_scalar(slope),
        None => y,
    };
    y.mask_fill(nan, of_nan)
}

fn hard_sigmoid<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.add_scalar(3.0).clamp(0.0, 6.0).mul_scalar(1.0 / 6.0)
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
    let times = activation::relu(k.clone().expand([rows, n]) - rank);
    let tau = ((sorted * times).sum_dim(1).sub_scalar(1.0)) / k;
    activation::relu(x - tau.expand([rows, n]))
}
