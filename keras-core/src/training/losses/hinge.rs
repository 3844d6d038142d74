//! Losses of margins.

use burn::tensor::Tensor;

use super::regression::plain_losses;
use crate::tensor_ops::extremes::{at_least, largest};

plain_losses! {
    /// How far each number is from the right side of a margin, for targets of -1 or 1 (or 0 or 1):
    /// [Keras's `Hinge`](https://keras.io/api/losses/hinge_losses/#hinge-class).
    Hinge = "hinge", |t, p| margin(t, p).mean_dim(1);

    /// The square of the hinge loss:
    /// [Keras's `SquaredHinge`](https://keras.io/api/losses/hinge_losses/#squaredhinge-class).
    SquaredHinge = "squared_hinge", |t, p| margin(t, p).square().mean_dim(1);

    /// How far the best wrong class is from being 1 below the right one, for one-hot targets:
    /// [Keras's `CategoricalHinge`](https://keras.io/api/losses/hinge_losses/#categoricalhinge-class).
    CategoricalHinge = "categorical_hinge", |t, p| {
        let right = (t.clone() * p.clone()).sum_dim(1);
        // Equal numbers share the gradient, as in Keras.
        let wrong = largest((t.neg() + 1.0) * p, 1, true);
        at_least(wrong - right + 1.0, 0.0)
    };
}

/// `max(1 - t p, 0)`.
fn margin(t: Tensor<2>, p: Tensor<2>) -> Tensor<2> {
    at_least(signs(t) * p.neg() + 1.0, 0.0)
}

/// Targets of 0 and 1 become -1 and 1; others stay. Decided on the device, without waiting for it.
fn signs(t: Tensor<2>) -> Tensor<2> {
    let binary = (t.clone() * (t.clone() - 1.0)).equal_elem(0.0).all().float().unsqueeze::<2>();
    let shift = t.clone() - 1.0;
    t + shift * binary
}
