//! Distances between distributions.

use burn::tensor::Tensor;

use super::EPSILON;
use super::regression::plain_losses;
use crate::tensor_ops::extremes::clip;

plain_losses! {
    /// How far one distribution is from another:
    /// [Keras's `KLDivergence`](https://keras.io/api/losses/probabilistic_losses/#kldivergence-class).
    KLDivergence = "kl_divergence", |t, p| {
        let t = clip(t, EPSILON, 1.0);
        let p = clip(p, EPSILON, 1.0);
        (t.clone() * (t / p).log()).sum_dim(1)
    };

    /// The likelihood of counts: `output - target * log(output)`:
    /// [Keras's `Poisson`](https://keras.io/api/losses/probabilistic_losses/#poisson-class).
    Poisson = "poisson", |t, p| (p.clone() - t * (p + EPSILON).log()).mean_dim(1);
}
