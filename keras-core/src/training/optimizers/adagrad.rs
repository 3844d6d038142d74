//! Adagrad.

use keras_ops::{self as ops, Symbolic};

use super::base::{not_negative, positive};
use super::shared::{has_base, shared};
use super::{Base, Initial, Slot, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// Steps by the gradient over the root of the sum of its squares:
/// [Keras's `Adagrad`](https://keras.io/api/optimizers/adagrad/).
#[derive(Clone, Debug)]
pub struct Adagrad {
    base: Base,
    initial_accumulator_value: f64,
    epsilon: f64,
}

impl Adagrad {
    fn with_base(base: Base) -> Self {
        Adagrad { base, initial_accumulator_value: 0.1, epsilon: 1e-7 }
    }
}

shared!(Adagrad, 0.001);
setters! { Adagrad:
    /// What the sum of squares begins as; not negative.
    initial_accumulator_value: f64,
    /// Keeps the divisor from 0.
    epsilon: f64,
}

arguments!(Adagrad, initial_accumulator_value, epsilon);

impl UpdateRule for Adagrad {
    fn keras_name(&self) -> &'static str {
        "adagrad"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![Slot::new("accumulator").initial(Initial::Number(self.initial_accumulator_value as f32))]
    }

    fn check(&self) -> Result<()> {
        positive("epsilon", self.epsilon)?;
        not_negative("initial_accumulator_value", self.initial_accumulator_value)
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [sum] = slots else { return weight };
        *sum = &*sum + ops::square(&gradient);
        weight - gradient * &step.learning_rate / ops::sqrt(&*sum + self.epsilon)
    }
}
