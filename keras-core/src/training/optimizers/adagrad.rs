//! Adagrad.

use burn::tensor::Tensor;

use super::base::{has_base, not_negative, positive, shared};
use super::{Base, Slot, Step, UpdateRule};
use crate::Result;
use crate::setters::setters;

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

impl UpdateRule for Adagrad {
    const NAME: &'static str = "adagrad";

    has_base!();

    fn slots(&self) -> Vec<Slot> {
        vec![Slot { initial: self.initial_accumulator_value as f32, ..Slot::new("accumulator") }]
    }

    fn check(&self) -> Result<()> {
        positive("epsilon", self.epsilon)?;
        not_negative("initial_accumulator_value", self.initial_accumulator_value)
    }

    fn update(
        &self,
        step: &Step,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
    ) -> Tensor<1> {
        let [sum] = slots else { return weight };
        sum.inplace(|s| s + gradient.clone().square());
        weight - gradient * step.learning_rate / (sum.clone() + self.epsilon).sqrt()
    }
}
