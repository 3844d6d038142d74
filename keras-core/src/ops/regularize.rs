//! What weights and outputs add to the loss.

use burn::tensor::Tensor;
use keras_shape::Regularizer;

use crate::context::Context;
use crate::tensor::Raw;
use crate::{Error, Result};

/// What a regulariser adds to the loss for a tensor, with the formulas of
/// [Keras](https://keras.io/api/layers/regularizers/); nothing, if there is no regulariser.
///
/// # Errors
/// An orthogonal regulariser met a tensor that is not a matrix.
pub fn penalty(regularizer: Regularizer, x: &Raw) -> Result<Option<Tensor<1>>> {
    match regularizer {
        Regularizer::None => Ok(None),
        Regularizer::L1L2 { l1, l2 } => {
            let x = x.flat()?;
            let first = (l1 != 0.0).then(|| x.clone().abs().sum().mul_scalar(l1));
            let second = (l2 != 0.0).then(|| x.square().sum().mul_scalar(l2));
            Ok(match (first, second) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            })
        }
        Regularizer::Orthogonal { factor, rows } => {
            let shape = x.shape();
            if shape.len() != 2 {
                return Err(Error::layer(format!(
                    "an orthogonal regularizer needs a matrix, found shape {shape:?}"
                )));
            }
            let x = x.float::<2>()?;
            let x = if rows { x } else { x.transpose() };
            let n = x.dims()[0];
            if n < 2 {
                return Ok(None);
            }
            // As Keras's `normalize`: a row of zeros stays one.
            let norm = x.clone().square().sum_dim(1).clamp_min(1e-24).sqrt();
            let x = x / norm;
            let others = Tensor::<2>::eye(n, &x.device()).mul_scalar(-1.0).add_scalar(1.0);
            let product = x.clone().matmul(x.transpose()) * others;
            Ok(Some(product.abs().sum().mul_scalar(factor / (n * (n - 1)) as f64)))
        }
    }
}

/// Adds to the loss what a regulariser says of an output, divided by the size of the batch as Keras does.
///
/// # Errors
/// An orthogonal regulariser met a tensor that is not a matrix.
pub fn activity(regularizer: Regularizer, output: &Raw, context: &mut Context) -> Result<()> {
    if let Some(loss) = penalty(regularizer, output)? {
        let batch = output.shape().first().copied().unwrap_or(1).max(1);
        context.add_loss(loss.div_scalar(batch as f64));
    }
    Ok(())
}
