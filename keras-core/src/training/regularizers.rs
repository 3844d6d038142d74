//! What weights add to the loss: [Keras's regularizers](https://keras.io/api/layers/regularizers/).

use keras_ops::{self as ops, DType, Plan, Symbolic};
use keras_shape::Regularizer;

use super::losses::EPSILON;
use crate::{Error, Result};

/// What a weight (or an output) adds to the loss, in operations: one number; nothing without a regulariser.
///
/// # Errors
/// An orthogonal regulariser on something else than a matrix, and a factor that is negative or not finite.
pub fn penalty(regularizer: &Regularizer, weight: &Symbolic) -> Result<Option<Symbolic>> {
    if let Some((factor, found)) = regularizer.problem() {
        let message = format!("`{factor}` of a regularizer must be finite and not negative, found {found}");
        return Err(Error::Argument(message));
    }
    match *regularizer {
        Regularizer::None => Ok(None),
        Regularizer::L1L2 { l1, l2 } => {
            let l1 = (l1 != 0.0).then(|| ops::sum(ops::abs(weight), None) * l1);
            let l2 = (l2 != 0.0).then(|| ops::sum(ops::square(weight), None) * l2);
            Ok(match (l1, l2) {
                (Some(l1), Some(l2)) => Some(l1 + l2),
                (l1, l2) => l1.or(l2),
            })
        }
        Regularizer::Orthogonal { factor, rows } => {
            let shape: &[usize] = weight.shape();
            let [height, width] = *shape else {
                let message =
                    format!("`orthogonal_regularizer` is for matrices, found a weight of shape {shape:?}");
                return Err(Error::Argument(message));
            };
            let (w, size) =
                if rows { (weight.clone(), height) } else { (ops::transpose(weight, None), width) };
            // Bounding the sum, not the factor, keeps the gradient of a vector of zeros finite.
            let square = ops::sum(ops::square(&w), -1).keepdims(true);
            let w = w / ops::sqrt(ops::maximum(square, EPSILON * EPSILON));
            let product = ops::matmul(&w, ops::transpose(&w, None));
            let others = 1.0 - ops::eye(size, None, 0);
            // Keras divides by 0 here; one vector is orthogonal to all others.
            let pairs = (size as f64 * (size as f64 - 1.0) / 2.0).max(1.0);
            Ok(Some(ops::sum(ops::abs(product * others), None) * (0.5 * factor / pairs)))
        }
    }
}

/// A penalty with its gradient, laid out for a weight of one shape.
pub(crate) struct PenaltyPlan(Plan);

impl PenaltyPlan {
    /// Nothing without a regulariser.
    ///
    /// # Errors
    /// As [`penalty`].
    pub fn new(regularizer: &Regularizer, shape: &[usize]) -> Result<Option<Self>> {
        let weight = ops::input(shape, DType::Float32);
        let Some(penalty) = penalty(regularizer, &weight)? else { return Ok(None) };
        let gradient = ops::gradients(&penalty, &[&weight]).remove(0);
        let plan = Plan::new(&[&weight], &[&penalty, &gradient]);
        Ok(Some(PenaltyPlan(plan.map_err(|e| Error::Argument(e.to_string()))?)))
    }

    /// The penalty of a weight, and its gradient.
    ///
    /// # Errors
    /// A weight of another size.
    pub fn run(&mut self, weight: &[f32]) -> Result<(f32, &[f32])> {
        self.0.run(&[weight]).map_err(|e| Error::Argument(e.to_string()))?;
        Ok((self.0.output(0)[0], self.0.output(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::testing::assert_close;

    // keras.regularizers on w = [[3, -1], [4, 0.5], [-2, 1]]; gradients from jax.grad
    #[test]
    fn keras_numbers() {
        let check = |regularizer, value: f32, gradient: &[f32]| {
            let mut plan = PenaltyPlan::new(&regularizer, &[3, 2]).expect("a matrix").expect("a penalty");
            let (found, found_gradient) = plan.run(&[3.0, -1.0, 4.0, 0.5, -2.0, 1.0]).expect("6 numbers");
            assert_close(&[found], &[value], 1e-6);
            assert_close(found_gradient, gradient, 1e-6);
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
        let plan = |regularizer| PenaltyPlan::new(&regularizer, &[1]);
        assert!(plan(Regularizer::None).expect("no penalty").is_none());
        assert!(plan(Regularizer::L1L2 { l1: 0.0, l2: 0.0 }).expect("no penalty").is_none());
        assert!(plan(Regularizer::Orthogonal { factor: 1.0, rows: true }).is_err());
    }

    /// Keras raises a `ValueError` for each of them.
    #[test]
    fn factors_that_cannot_be() {
        for factor in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for regularizer in [
                Regularizer::L1L2 { l1: factor, l2: 0.0 },
                Regularizer::L1L2 { l1: 0.0, l2: factor },
                Regularizer::Orthogonal { factor, rows: false },
            ] {
                let error =
                    PenaltyPlan::new(&regularizer, &[2, 2]).err().expect("no such factor").to_string();
                assert!(error.contains("must be finite and not negative"), "{error}");
            }
        }
    }
}
