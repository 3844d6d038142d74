//! What weights add to the loss: [Keras's regularizers](https://keras.io/api/layers/regularizers/).

use burn::tensor::Tensor;
use keras_shape::Regularizer;

use super::losses::normalize;
use crate::tensor::Raw;
use crate::{Error, Result};

/// What a weight (or an output) on the gradient tape adds to the loss; nothing without a regulariser.
///
/// # Errors
/// An orthogonal regulariser on something else than a matrix.
pub fn penalty(regularizer: &Regularizer, weight: &Raw) -> Result<Option<Tensor<1>>> {
    match *regularizer {
        Regularizer::None => Ok(None),
        Regularizer::L1L2 { l1, l2 } => {
            let w = weight.flat()?;
            let l1 = (l1 != 0.0).then(|| w.clone().abs().sum() * l1);
            let l2 = (l2 != 0.0).then(|| w.square().sum() * l2);
            Ok(match (l1, l2) {
                (Some(l1), Some(l2)) => Some(l1 + l2),
                (l1, l2) => l1.or(l2),
            })
        }
        Regularizer::Orthogonal { factor, rows } => {
            let shape = weight.shape();
            let [height, width] = shape[..] else {
                let message =
                    format!("`orthogonal_regularizer` is for matrices, found a weight of shape {shape:?}");
                return Err(Error::Argument(message));
            };
            let w = weight.float::<2>()?;
            let (w, size) = if rows { (w, height) } else { (w.transpose(), width) };
            let w = normalize(w);
            let product = w.clone().matmul(w.clone().transpose());
            let others = Tensor::<2>::eye(size, &w.device().without_autodiff()).neg() + 1.0;
            // Keras divides by 0 here; one vector is orthogonal to all others.
            let pairs = (size as f64 * (size as f64 - 1.0) / 2.0).max(1.0);
            Ok(Some((product * others).abs().sum() * (0.5 * factor / pairs)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::testing::{assert_close, raw};

    // keras.regularizers on w = [[3, -1], [4, 0.5], [-2, 1]]; gradients from jax.grad
    #[test]
    fn keras_numbers() {
        let check = |regularizer, value: f32, gradient: &[f32]| {
            let w = raw(&[3.0, -1.0, 4.0, 0.5, -2.0, 1.0], &[3, 2]).tracked().expect("a float tensor");
            let found = penalty(&regularizer, &w).expect("a matrix").expect("a penalty");
            let found_gradient = w.grad(&mut found.backward()).expect("a float tensor").expect("a gradient");
            assert_close(&Raw::new(found).to_vec().expect("a number"), &[value], 1e-6);
            assert_close(&found_gradient.to_vec().expect("numbers"), gradient, 1e-6);
        };
        check(Regularizer::L1L2 { l1: 0.1, l2: 0.0 }, 1.15, &[0.1, -0.1, 0.1, 0.1, -0.1, 0.1]);
        check(Regularizer::L1L2 { l1: 0.0, l2: 0.1 }, 3.125, &[0.6, -0.2, 0.8, 0.1, -0.4, 0.2]);
        check(Regularizer::L1L2 { l1: 0.2, l2: 0.1 }, 5.425, &[0.8, -0.4, 1.0, 0.3, -0.6, 0.4]);
        check(
            Regularizer::Orthogonal { factor: 0.1, rows: true },
            0.090804465,
            &[0.00096678175, 0.0029003415, 0.0010114415, -0.0080915345, -0.00464081, -0.009281622],
        );
        check(
            Regularizer::Orthogonal { factor: 0.1, rows: false },
            0.03713907,
            &[0.008537717, -0.020632815, -0.011312475, -0.057771884, -0.009818375, 0.008253129],
        );
    }

    #[test]
    fn nothing_to_add() {
        let w = raw(&[3.0], &[1]);
        assert!(penalty(&Regularizer::None, &w).expect("no penalty").is_none());
        assert!(penalty(&Regularizer::L1L2 { l1: 0.0, l2: 0.0 }, &w).expect("no penalty").is_none());
        assert!(penalty(&Regularizer::Orthogonal { factor: 1.0, rows: true }, &w).is_err());
    }
}
