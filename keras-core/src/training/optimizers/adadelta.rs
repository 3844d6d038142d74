//! Adadelta.

use burn::tensor::Tensor;

use super::base::{fraction, has_base, positive, shared};
use super::{Base, Slot, Step, UpdateRule};
use crate::Result;
use crate::setters::setters;

/// Steps by the gradient times the root of the mean of squared steps over that of squared gradients:
/// [Keras's `Adadelta`](https://keras.io/api/optimizers/adadelta/).
#[derive(Clone, Debug)]
pub struct Adadelta {
    base: Base,
    rho: f64,
    epsilon: f64,
}

impl Adadelta {
    fn with_base(base: Base) -> Self {
        Adadelta { base, rho: 0.95, epsilon: 1e-7 }
    }
}

shared!(Adadelta, 0.001);
setters! { Adadelta:
    /// How much of the means a step keeps.
    rho: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
}

impl UpdateRule for Adadelta {
    const NAME: &'static str = "adadelta";

    has_base!();

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("accumulated_grad"), Slot::new("accumulated_delta_var")]
    }

    fn check(&self) -> Result<()> {
        fraction("rho", self.rho)?;
        positive("epsilon", self.epsilon)
    }

    fn update(
        &self,
        step: &Step,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
    ) -> Tensor<1> {
        let [gradients, steps] = slots else { return weight };
        let root = |x: &Tensor<1>| (x.clone() + self.epsilon).sqrt();
        let mean = |x: Tensor<1>, new: Tensor<1>| x * self.rho + new.square() * (1.0 - self.rho);
        gradients.inplace(|g| mean(g, gradient.clone()));
        let change = root(steps) * gradient / root(gradients);
        steps.inplace(|s| mean(s, change.clone()));
        weight - change * step.learning_rate
    }
}
