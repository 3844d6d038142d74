//! What a regulariser says of a tensor, in operations.

use keras_ops::{self as ops, Symbolic};
use keras_shape::Regularizer;

/// What a regulariser adds to the loss for a tensor; nothing if it adds nothing.
/// [Keras](https://keras.io/api/layers/regularizers/).
///
/// An orthogonal regulariser of anything but a matrix is a mistake of the tensor that is returned.
pub(super) fn penalty(regularizer: &Regularizer, x: &Symbolic) -> Option<Symbolic> {
    match *regularizer {
        Regularizer::None => None,
        Regularizer::L1L2 { l1, l2 } => {
            let l1 = (l1 != 0.0).then(|| ops::sum(ops::abs(x), None) * l1);
            let l2 = (l2 != 0.0).then(|| ops::sum(ops::square(x), None) * l2);
            match (l1, l2) {
                (Some(l1), Some(l2)) => Some(l1 + l2),
                (l1, l2) => l1.or(l2),
            }
        }
        Regularizer::Orthogonal { factor, rows } => {
            if x.ndim() != 2 {
                let text = format!("it is for matrices, found a tensor of shape {}", x.shape());
                return Some(Symbolic::invalid("orthogonal_regularizer", text));
            }
            let size = x.shape()[usize::from(!rows)];
            let unit = ops::normalize(x, if rows { 1 } else { 0 }, 2);
            let unit = if rows { unit } else { ops::transpose(unit, None) };
            let product = ops::matmul(&unit, ops::transpose(&unit, None));
            let others = 1.0 - ops::eye(size, None, 0);
            // Keras divides by 0 here; one vector is orthogonal to all others.
            let pairs = (size as f64 * (size as f64 - 1.0) / 2.0).max(1.0);
            Some(ops::sum(ops::abs(product * others), None) * (0.5 * factor / pairs))
        }
    }
}
