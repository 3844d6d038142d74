//! Adadelta.

use keras_ops::{self as ops, Symbolic};

use super::base::{fraction, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

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

arguments!(Adadelta, rho, epsilon);

impl UpdateRule for Adadelta {
    fn keras_name(&self) -> &'static str {
        "adadelta"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("accumulated_grad"), Slot::new("accumulated_delta_var")]
    }

    fn check(&self) -> Result<()> {
        fraction("rho", self.rho)?;
        positive("epsilon", self.epsilon)
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [gradients, steps] = slots else { return weight };
        let root = |x: &Symbolic| ops::sqrt(x + self.epsilon);
        let mean = |x: &Symbolic, new: &Symbolic| x * self.rho + ops::square(new) * (1.0 - self.rho);
        *gradients = mean(gradients, &gradient);
        let change = root(steps) * gradient / root(gradients);
        *steps = mean(steps, &change);
        weight - change * &step.learning_rate
    }
}
