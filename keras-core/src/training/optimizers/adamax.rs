//! Adamax.

use keras_ops::{self as ops, Symbolic};

use super::base::{decay, fraction, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

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

arguments!(Adamax, beta_1, beta_2, epsilon);

impl UpdateRule for Adamax {
    fn keras_name(&self) -> &'static str {
        "adamax"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("norm")]
    }

    fn check(&self) -> Result<()> {
        decay("beta_1", self.beta_1)?;
        fraction("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [m, u] = slots else { return weight };
        let correction = 1.0 - ops::power(self.beta_1, &step.number);
        *m = (&gradient - &*m) * (1.0 - self.beta_1) + &*m;
        *u = ops::maximum(&*u * self.beta_2, ops::abs(gradient));
        weight - &*m * &step.learning_rate / ((&*u + self.epsilon) * correction)
    }
}
