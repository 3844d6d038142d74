//! Activations in operations.

use keras_ops::{self as ops, Operand, Symbolic};
use keras_shape::{Activates, Activation};

/// The activation of a layer. [Keras](https://keras.io/api/layers/activations/).
pub(crate) fn activate(function: Activation, x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    match function {
        Activation::Linear => x,
        Activation::Relu => ops::relu(x),
        Activation::Relu6 => ops::relu6(x),
        Activation::Elu => ops::elu(x, 1.0),
        Activation::Selu => ops::selu(x),
        Activation::Celu => ops::celu(x, 1.0),
        Activation::Gelu => ops::gelu(x, false),
        Activation::Silu => ops::silu(x),
        Activation::Sigmoid => ops::sigmoid(x),
        Activation::HardSigmoid => ops::hard_sigmoid(x),
        Activation::HardSigmoidKeras2 => ops::hard_sigmoid_keras2(x),
        Activation::HardSilu => ops::hard_silu(x),
        Activation::HardTanh => ops::hard_tanh(x),
        Activation::HardShrink => ops::hard_shrink(x, 0.5),
        Activation::SoftShrink => ops::soft_shrink(x, 0.5),
        Activation::Tanh => ops::tanh(x),
        Activation::TanhShrink => ops::tanh_shrink(x),
        Activation::Softplus => ops::softplus(x),
        Activation::Softsign => ops::softsign(x),
        Activation::Softmax => ops::softmax(x, -1),
        Activation::LogSoftmax => ops::log_softmax(x, -1),
        Activation::Sparsemax => ops::sparsemax(x, -1),
        Activation::Squareplus => ops::squareplus(x),
        Activation::SparsePlus => ops::sparse_plus(x),
        Activation::SparseSigmoid => ops::sparse_sigmoid(x),
        Activation::LogSigmoid => ops::log_sigmoid(x),
        Activation::Mish => ops::mish(x),
        Activation::Exponential => ops::exp(x),
        Activation::LeakyRelu => ops::leaky_relu(x, 0.2),
        Activation::Glu => ops::glu(x, -1),
        Activation::Threshold => ops::threshold(x, 0.0, 0.0),
        Activation::Layer(inner) => match inner.config.facts().activates {
            Some(Activates::Function(function)) => activate(function, x),
            Some(Activates::ReLU(layer)) => super::relu::rectified(&layer, &x),
            Some(Activates::LeakyReLU(layer)) => ops::leaky_relu(x, layer.negative_slope as f32),
            Some(Activates::ELU(layer)) => ops::elu(x, layer.alpha as f32),
            Some(Activates::Softmax(layer)) => ops::softmax(x, layer.axis.list),
            // The rules refuse it.
            None => x,
        },
    }
}
