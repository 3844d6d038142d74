//! RMSprop.

use keras_kernels::optim::{self, Gradient};
use keras_ops::{self as ops, Symbolic};

use super::base::{fraction, not_negative, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, Step, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Steps by the gradient over the root of the mean of its squares:
/// [Keras's `RMSprop`](https://keras.io/api/optimizers/rmsprop/).
#[derive(Clone, Debug)]
pub struct RMSprop {
    base: Base,
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
}

impl RMSprop {
    fn with_base(base: Base) -> Self {
        RMSprop { base, rho: 0.9, momentum: 0.0, epsilon: 1e-7, centered: false }
    }
}

shared!(RMSprop, 0.001);
setters! { RMSprop:
    /// How much of the mean of squares a step keeps.
    rho: f64,
    /// How much of the last step is kept; not negative.
    momentum: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
    /// Whether the variance, not the mean of squares, is the divisor.
    centered: bool,
}

arguments!(RMSprop, rho, momentum, epsilon, centered);

impl UpdateRule for RMSprop {
    fn keras_name(&self) -> &'static str {
        "rm_sprop"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        let mut slots = vec![Slot::new("velocity")];
        if self.momentum > 0.0 {
            slots.push(Slot::new("momentum").group(1));
        }
        if self.centered {
            slots.push(Slot::new("average_gradient").group(2));
        }
        slots
    }

    fn check(&self) -> Result<()> {
        fraction("rho", self.rho)?;
        positive("epsilon", self.epsilon)?;
        not_negative("momentum", self.momentum)
    }

    fn in_place(&self) -> bool {
        self.momentum == 0.0 && !self.centered
    }

    fn update_in_place(
        &self,
        step: &Step,
        weight: &mut [f32],
        gradient: Gradient<'_>,
        slots: &mut [&mut [f32]],
    ) {
        let Some(velocity) = slots.first_mut() else { return };
        let (learning_rate, epsilon) = (step.learning_rate, self.epsilon as f32);
        optim::RmsProp { learning_rate, rho: self.rho, epsilon }.step(weight, gradient, velocity);
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [velocity, rest @ ..] = slots else { return weight };
        *velocity = &*velocity * self.rho + ops::square(&gradient) * (1.0 - self.rho);
        let mut divisor = velocity.clone();
        let (momentum, average) = match rest {
            [momentum, average] => (Some(momentum), Some(average)),
            [one] if self.centered => (None, Some(one)),
            [one] => (Some(one), None),
            _ => (None, None),
        };
        if let Some(average) = average {
            *average = &*average * self.rho + &gradient * (1.0 - self.rho);
            divisor = divisor - ops::square(&*average);
        }
        let change = gradient * &step.learning_rate / ops::sqrt(divisor + self.epsilon);
        match momentum {
            Some(momentum) => {
                *momentum = &*momentum * self.momentum + change;
                weight - &*momentum
            }
            None => weight - change,
        }
    }
}
