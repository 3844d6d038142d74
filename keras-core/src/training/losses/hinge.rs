//! Losses of margins.

use keras_ops::{self as ops, Symbolic};

use super::regression::{mean, plain_losses, sum};

plain_losses! {
    /// How far each number is from the right side of a margin, for targets of -1 or 1 (or 0 or 1):
    /// [Keras's `Hinge`](https://keras.io/api/losses/hinge_losses/#hinge-class).
    Hinge = "hinge", |t, p| mean(margin(t, p));

    /// The square of the hinge loss:
    /// [Keras's `SquaredHinge`](https://keras.io/api/losses/hinge_losses/#squaredhinge-class).
    SquaredHinge = "squared_hinge", |t, p| mean(ops::square(margin(t, p)));

    /// How far the best wrong class is from being 1 below the right one, for one-hot targets:
    /// [Keras's `CategoricalHinge`](https://keras.io/api/losses/hinge_losses/#categoricalhinge-class).
    CategoricalHinge = "categorical_hinge", |t, p| {
        let right = sum(&t * &p);
        let wrong = ops::max((1.0 - t) * p, -1);
        ops::maximum(wrong - right + 1.0, 0.0)
    };
}

/// `max(1 - t p, 0)`.
fn margin(t: Symbolic, p: Symbolic) -> Symbolic {
    ops::maximum(1.0 - signs(t) * p, 0.0)
}

/// Targets of 0 and 1 become -1 and 1; others stay.
fn signs(t: Symbolic) -> Symbolic {
    let binary = ops::all(ops::logical_or(ops::equal(&t, 0.0), ops::equal(&t, 1.0)), None);
    ops::where_(binary, &t * 2.0 - 1.0, t)
}
