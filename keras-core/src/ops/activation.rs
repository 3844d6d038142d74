//! Activation functions.

use burn::tensor::activation;
use keras_shape::Activation;

use crate::Result;
use crate::tensor::Raw;

/// Applies an activation function, with the formulas of
/// [Keras](https://keras.io/api/layers/activations/).
///
/// # Errors
/// The rank is beyond what tensors can have.
pub fn activate(function: Activation, x: Raw) -> Result<Raw> {
    let shape = x.shape();
    let y = match function {
        Activation::Linear => return Ok(x),
        Activation::Relu => activation::relu(x.flat()?),
        Activation::Softmax => return Raw::new(activation::softmax(x.rows()?, 1)).reshape(&shape),
        _ => activation::tanh(x.flat()?),
    };
    Raw::new(y).reshape(&shape)
}
