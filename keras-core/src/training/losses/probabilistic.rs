//! Distances between distributions.

use keras_ops as ops;

use super::EPSILON;
use super::regression::{mean, plain_losses, sum};

plain_losses! {
    /// How far one distribution is from another:
    /// [Keras's `KLDivergence`](https://keras.io/api/losses/probabilistic_losses/#kldivergence-class).
    KLDivergence = "kl_divergence", |t, p| {
        let t = ops::clip(t, EPSILON, 1.0);
        let p = ops::clip(p, EPSILON, 1.0);
        sum(&t * ops::log(&t / p))
    };

    /// The likelihood of counts: `output - target * log(output)`:
    /// [Keras's `Poisson`](https://keras.io/api/losses/probabilistic_losses/#poisson-class).
    Poisson = "poisson", |t, p| mean(&p - t * ops::log(&p + EPSILON));
}
