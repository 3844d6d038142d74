//! Adamax.

use burn::tensor::Tensor;

use super::base::{decay, fraction, has_base, positive, shared};
use super::{Base, Slot, Step, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::tensor_ops::extremes::maximum;

/// Adam with the largest recent gradient as divisor: [Keras's `Adamax`](https://keras.io/api/optimizers/adamax/).
#[derive(Clone, Debug)]
pub struct Adamax {
    base: Base,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
}

impl Adamax {
    fn with_base(base: Base) -> Self {
        Adamax { base, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

shared!(Adamax, 0.001);
setters! { Adamax:
    /// How much of the mean of gradients a step keeps.
    beta_1: f64,
    /// How fast the largest gradient is forgotten.
    beta_2: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
}

impl UpdateRule for Adamax {
    const NAME: &'static str = "adamax";

    has_base!();

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("norm")]
    }

    fn check(&self) -> Result<()> {
        decay("beta_1", self.beta_1)?;
        fraction("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn update(
        &self,
        step: &Step,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
    ) -> Tensor<1> {
        let [m, u] = slots else { return weight };
        let correction = 1.0 - (self.beta_1 as f32).powf(step.number);
        m.inplace(|m| (gradient.clone() - m.clone()) * (1.0 - self.beta_1) + m);
        u.inplace(|u| maximum(u * self.beta_2, gradient.abs()));
        weight - m.clone() * step.learning_rate / ((u.clone() + self.epsilon) * correction)
    }
}
