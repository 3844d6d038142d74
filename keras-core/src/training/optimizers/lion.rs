//! Lion.

use keras_ops::{self as ops, Symbolic};

use super::base::{fraction, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Steps by the sign of momentum and gradient: [Keras's `Lion`](https://keras.io/api/optimizers/lion/).
#[derive(Clone, Debug)]
pub struct Lion {
    base: Base,
    beta_1: f64,
    beta_2: f64,
}

impl Lion {
    fn with_base(base: Base) -> Self {
        Lion { base, beta_1: 0.9, beta_2: 0.99 }
    }
}

shared!(Lion, 0.001);
setters! { Lion:
    /// How much the momentum counts against the gradient, above 0.
    beta_1: f64,
    /// How much of the momentum a step keeps.
    beta_2: f64,
}

arguments!(Lion, beta_1, beta_2);

impl UpdateRule for Lion {
    fn keras_name(&self) -> &'static str {
        "lion"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("momentum")]
    }

    fn check(&self) -> Result<()> {
        positive("beta_1", self.beta_1)?;
        fraction("beta_1", self.beta_1)?;
        fraction("beta_2", self.beta_2)
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [m] = slots else { return weight };
        let (beta_1, beta_2) = (self.beta_1 as f32, self.beta_2 as f32);
        let mean = &*m * beta_1 + &gradient * (1.0 - beta_1);
        // NaN has no sign, and is no reason to stay.
        let direction = ops::where_(ops::isnan(&mean), f32::NAN, ops::sign(&mean));
        *m = &*m * beta_2 + gradient * (1.0 - beta_2);
        weight - direction * &step.learning_rate
    }
}
