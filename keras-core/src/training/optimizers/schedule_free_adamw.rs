//! AdamW without a schedule.

use keras_ops::{self as ops, Symbolic};

use super::base::{decay, positive};
use super::shared::{has_base, shared};
use super::{Base, Initial, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// AdamW that averages its weights instead of lowering the learning rate:
/// [Keras's `ScheduleFreeAdamW`](https://keras.io/api/optimizers/schedule_free_adamw/).
#[derive(Clone, Debug)]
pub struct ScheduleFreeAdamW {
    base: Base,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    warmup_steps: usize,
}

impl ScheduleFreeAdamW {
    fn with_base(base: Base) -> Self {
        ScheduleFreeAdamW { base, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0 }
    }
}

shared!(ScheduleFreeAdamW, 0.0025);
setters! { ScheduleFreeAdamW:
    /// How much the average counts in the weights that gradients are taken of, above 0.
    beta_1: f64,
    /// How much of the mean of squared gradients a step keeps.
    beta_2: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
    /// Over how many steps the learning rate grows to its full size.
    warmup_steps: usize,
}

arguments!(ScheduleFreeAdamW, beta_1, beta_2, epsilon, warmup_steps);

impl UpdateRule for ScheduleFreeAdamW {
    fn keras_name(&self) -> &'static str {
        "schedule_free_adam_w"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("momentum").initial(Initial::Weight), Slot::new("velocity")]
    }

    fn check(&self) -> Result<()> {
        positive("beta_1", self.beta_1)?;
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
        let [z, v] = slots else { return weight };
        let (beta_1, beta_2) = (self.beta_1 as f32, self.beta_2 as f32);
        let rate = match self.warmup_steps {
            0 => step.learning_rate.clone(),
            steps => &step.learning_rate * ops::minimum(&step.number / steps as f64, 1.0),
        };
        // The average, from the weights, which lie between it and those that are moved.
        let average = (weight - &*z * (1.0 - beta_1)) / beta_1;
        *v = (ops::square(&gradient) - &*v) * (1.0 - beta_2) + &*v;
        let divisor = ops::sqrt(&*v / (1.0 - ops::power(beta_2, &step.number))) + self.epsilon;
        *z = &*z - rate * gradient / divisor;
        let share = 1.0 / &step.number;
        let average = (1.0 - &share) * average + share * &*z;
        &*z * (1.0 - beta_1) + average * beta_1
    }
}
