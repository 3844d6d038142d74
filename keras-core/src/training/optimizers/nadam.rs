//! Nadam.

use keras_ops::{self as ops, Symbolic};

use super::base::{decay, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, Step, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Adam with Nesterov momentum: [Keras's `Nadam`](https://keras.io/api/optimizers/Nadam/).
#[derive(Clone, Debug)]
pub struct Nadam {
    base: Base,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
}

impl Nadam {
    fn with_base(base: Base) -> Self {
        Nadam { base, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }
}

/// The momentum of a step: it grows towards `beta_1`.
pub(crate) fn nadam_momentum(beta_1: f64, number: f32) -> f32 {
    beta_1 as f32 * (1.0 - 0.5 * 0.96f32.powf(number))
}

shared!(Nadam, 0.001);
setters! { Nadam:
    /// How much of the mean of gradients a step keeps.
    beta_1: f64,
    /// How much of the mean of squared gradients a step keeps.
    beta_2: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
}

arguments!(Nadam, beta_1, beta_2, epsilon);

impl UpdateRule for Nadam {
    fn keras_name(&self) -> &'static str {
        "nadam"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("velocity")]
    }

    fn scalars(&self) -> &'static [(&'static str, f32)] {
        &[("variable", 1.0)]
    }

    fn check(&self) -> Result<()> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn begin(&mut self, step: &Step) {
        let u = nadam_momentum(self.beta_1, step.number);
        self.base.scalars_mut().iter_mut().for_each(|product| *product *= u);
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let ([m, v], [product]) = (slots, &step.scalars[..]) else { return weight };
        let (beta_1, beta_2) = (self.beta_1 as f32, self.beta_2 as f32);
        // The momentum of a step: it grows towards `beta_1`.
        let u = |number: Symbolic| (1.0 - 0.5 * ops::power(0.96, number)) * beta_1;
        let (u, next) = (u(step.number.clone()), u(&step.number + 1.0));
        *m = (&gradient - &*m) * (1.0 - beta_1) + &*m;
        *v = (ops::square(&gradient) - &*v) * (1.0 - beta_2) + &*v;
        let m_hat = &*m * &next / (1.0 - product * &next) + gradient * (1.0 - u) / (1.0 - product);
        let v_hat = &*v / (1.0 - ops::power(beta_2, &step.number));
        weight - m_hat * &step.learning_rate / (ops::sqrt(v_hat) + self.epsilon)
    }
}
