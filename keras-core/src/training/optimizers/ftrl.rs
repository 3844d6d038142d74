//! Ftrl.

use keras_ops::{self as ops, Symbolic};

use super::base::not_negative;
use super::shared::{has_base, shared};
use super::{Base, Initial, Slot, TracedStep, UpdateRule};
use crate::setters::setters;
use crate::training::config::arguments;
use crate::{Error, Result};

/// "Follow the regularized leader": for large and sparse inputs:
/// [Keras's `Ftrl`](https://keras.io/api/optimizers/ftrl/).
#[derive(Clone, Debug)]
pub struct Ftrl {
    base: Base,
    learning_rate_power: f64,
    initial_accumulator_value: f64,
    l1_regularization_strength: f64,
    l2_regularization_strength: f64,
    l2_shrinkage_regularization_strength: f64,
    beta: f64,
}

impl Ftrl {
    fn with_base(base: Base) -> Self {
        Ftrl {
            base,
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1_regularization_strength: 0.0,
            l2_regularization_strength: 0.0,
            l2_shrinkage_regularization_strength: 0.0,
            beta: 0.0,
        }
    }
}

shared!(Ftrl, 0.001);
setters! { Ftrl:
    /// How the learning rate falls with the sum of squares: -0.5; 0 for not at all.
    learning_rate_power: f64,
    /// What the sum of squares begins with: 0.1.
    initial_accumulator_value: f64,
    /// How strongly weights are drawn to 0 by their magnitude.
    l1_regularization_strength: f64,
    /// How strongly weights are drawn to 0 by their square.
    l2_regularization_strength: f64,
    /// The same, where only weights with a gradient are drawn.
    l2_shrinkage_regularization_strength: f64,
    /// What is added to the square root of the sum of squares, in effect.
    beta: f64,
}

arguments!(
    Ftrl,
    learning_rate_power,
    initial_accumulator_value,
    l1_regularization_strength,
    l2_regularization_strength,
    l2_shrinkage_regularization_strength,
    beta
);

impl UpdateRule for Ftrl {
    fn keras_name(&self) -> &'static str {
        "ftrl"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        let initial = Initial::Number(self.initial_accumulator_value as f32);
        vec![Slot::new("accumulator").initial(initial), Slot::new("linear")]
    }

    fn check(&self) -> Result<()> {
        for (name, value) in [
            ("initial_accumulator_value", self.initial_accumulator_value),
            ("l1_regularization_strength", self.l1_regularization_strength),
            ("l2_regularization_strength", self.l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", self.l2_shrinkage_regularization_strength),
        ] {
            not_negative(name, value)?;
        }
        if self.learning_rate_power <= 0.0 {
            return Ok(());
        }
        let found = self.learning_rate_power;
        Err(Error::Argument(format!("`learning_rate_power` must be at most 0, found {found}")))
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [sum, linear] = slots else { return weight };
        let rate = &step.learning_rate;
        let l2 = self.l2_regularization_strength + self.beta / (2.0 * rate);
        let shrunk = &gradient + &weight * (2.0 * self.l2_shrinkage_regularization_strength);
        let new = &*sum + ops::square(&gradient);
        let power = |x: &Symbolic| ops::power(x, -self.learning_rate_power);
        *linear = &*linear + (shrunk - (power(&new) - power(sum)) / rate * &weight);
        let quadratic = power(&new) / rate + 2.0 * l2;
        let l1 = self.l1_regularization_strength;
        *sum = new;
        (ops::clip(&*linear, -l1, l1) - &*linear) / quadratic
    }
}
