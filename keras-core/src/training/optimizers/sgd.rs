//! Gradient descent.

use keras_kernels::optim::{self, Gradient};
use keras_ops::Symbolic;

use super::base::fraction;
use super::shared::{has_base, shared};
use super::{Base, Slot, Step, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Gradient descent with momentum: [Keras's `SGD`](https://keras.io/api/optimizers/sgd/).
#[derive(Clone, Debug)]
pub struct SGD {
    base: Base,
    momentum: f64,
    nesterov: bool,
}

impl SGD {
    fn with_base(base: Base) -> Self {
        SGD { base, momentum: 0.0, nesterov: false }
    }
}

shared!(SGD, 0.01);
setters! { SGD:
    /// How much of the last step is kept, 0 to 1.
    momentum: f64,
    /// Whether the gradient is taken as if the momentum had moved the weight already.
    nesterov: bool,
}

arguments!(SGD, momentum, nesterov);

impl UpdateRule for SGD {
    fn keras_name(&self) -> &'static str {
        "sgd"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        if self.momentum == 0.0 { Vec::new() } else { vec![Slot::new("momentum")] }
    }

    fn check(&self) -> Result<()> {
        fraction("momentum", self.momentum)
    }

    fn in_place(&self) -> bool {
        true
    }

    fn update_in_place(
        &self,
        step: &Step,
        weight: &mut [f32],
        gradient: Gradient<'_>,
        slots: &mut [&mut [f32]],
    ) {
        let (learning_rate, momentum) = (step.learning_rate, self.momentum as f32);
        let sgd = optim::Sgd { learning_rate, momentum, nesterov: self.nesterov };
        let last = slots.first_mut().map(|last| &mut **last).unwrap_or_default();
        sgd.step(weight, gradient, last);
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let change = gradient * &step.learning_rate;
        let [m] = slots else { return weight - change };
        *m = &*m * self.momentum - &change;
        if self.nesterov { weight + (&*m * self.momentum - change) } else { weight + &*m }
    }
}
