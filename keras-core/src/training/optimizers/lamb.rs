//! Lamb.

use keras_ops::{self as ops, Symbolic};

use super::base::{decay, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Adam whose steps are as long as the weights are: for large batches:
/// [Keras's `Lamb`](https://keras.io/api/optimizers/lamb/).
#[derive(Clone, Debug)]
pub struct Lamb {
    base: Base,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
}

impl Lamb {
    fn with_base(base: Base) -> Self {
        Lamb { base, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

shared!(Lamb, 0.001);
setters! { Lamb:
    /// How much of the mean of gradients a step keeps.
    beta_1: f64,
    /// How much of the mean of squared gradients a step keeps.
    beta_2: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
}

arguments!(Lamb, beta_1, beta_2, epsilon);

impl UpdateRule for Lamb {
    fn keras_name(&self) -> &'static str {
        "lamb"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("velocity")]
    }

    fn check(&self) -> Result<()> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [m, v] = slots else { return weight };
        let left = |beta: f64| 1.0 - ops::power(beta as f32, &step.number);
        *m = (&gradient - &*m) * (1.0 - self.beta_1) + &*m;
        *v = (ops::square(gradient) - &*v) * (1.0 - self.beta_2) + &*v;
        let change = &*m / left(self.beta_1) / (ops::sqrt(&*v / left(self.beta_2)) + self.epsilon);
        let norm = |x: &Symbolic| ops::sqrt(ops::sum(ops::square(x), None));
        let (of_weight, of_change) = (norm(&weight), norm(&change));
        let both = ops::logical_and(ops::greater(&of_weight, 0.0), ops::greater(&of_change, 0.0));
        let ratio = ops::where_(both, of_weight / of_change, 1.0);
        weight - ratio * &step.learning_rate * change
    }
}
