//! Adafactor.

use keras_ops::{self as ops, Symbolic};

use super::base::positive;
use super::shared::{has_base, shared};
use super::{Base, Slot, SlotShape, TracedStep, UpdateRule};
use crate::setters::setters;
use crate::training::config::arguments;
use crate::{Error, Result};

/// Adam with the mean of squares of a matrix kept as that of its rows and columns:
/// [Keras's `Adafactor`](https://keras.io/api/optimizers/adafactor/).
#[derive(Clone, Debug)]
pub struct Adafactor {
    base: Base,
    beta_2_decay: f64,
    epsilon_1: f64,
    epsilon_2: f64,
    clip_threshold: f64,
    relative_step: bool,
}

impl Adafactor {
    fn with_base(base: Base) -> Self {
        let (epsilon_1, epsilon_2) = (1e-30, 1e-3);
        Adafactor { base, beta_2_decay: -0.8, epsilon_1, epsilon_2, clip_threshold: 1.0, relative_step: true }
    }
}

shared!(Adafactor, 0.001);
setters! { Adafactor:
    /// The power of the step's number by which the mean of squares forgets: -0.8.
    beta_2_decay: f64,
    /// What is added to squares: 1e-30.
    epsilon_1: f64,
    /// The least size of a weight that a step is relative to: 1e-3.
    epsilon_2: f64,
    /// How large a step may be: 1.
    clip_threshold: f64,
    /// Whether the learning rate is at most the inverse root of the step's number.
    relative_step: bool,
}

/// The root of the mean of squares.
fn rms(x: &Symbolic) -> Symbolic {
    ops::sqrt(ops::mean(ops::square(x), None))
}

arguments!(Adafactor, beta_2_decay, epsilon_1, epsilon_2, clip_threshold, relative_step);

impl UpdateRule for Adafactor {
    fn keras_name(&self) -> &'static str {
        "adafactor"
    }

    has_base!();

    fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
        vec![
            Slot::new("rows").shape(SlotShape::Without(1)),
            Slot::new("columns").shape(SlotShape::Without(2)),
            Slot::new("velocity"),
        ]
    }

    fn check(&self) -> Result<()> {
        positive("epsilon_1", self.epsilon_1)?;
        positive("epsilon_2", self.epsilon_2)?;
        positive("clip_threshold", self.clip_threshold)?;
        if self.beta_2_decay < 0.0 {
            return Ok(());
        }
        Err(Error::Argument(format!("`beta_2_decay` must be below 0, found {}", self.beta_2_decay)))
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [r, c, v] = slots else { return weight };
        let bound = 1.0 / ops::sqrt(&step.number);
        let rate = match self.relative_step {
            true => ops::minimum(&step.learning_rate, &bound),
            false => step.learning_rate.clone(),
        };
        let alpha = ops::maximum(rms(&weight), self.epsilon_2) * ops::minimum(rate, bound);
        let square = ops::square(&gradient) + self.epsilon_1;
        let beta = 1.0 - ops::power(&step.number, self.beta_2_decay);
        let mean = |old: &Symbolic, new: Symbolic| &beta * old + (1.0 - &beta) * new;
        if weight.ndim() >= 2 {
            *r = mean(r, ops::mean(&square, -1).build());
            *c = mean(c, ops::mean(&square, -2).build());
            let share = &*r / ops::mean(&*r, -1).keepdims(true);
            *v = ops::expand_dims(share, -1) * ops::expand_dims(&*c, -2);
        } else {
            *v = mean(v, square);
        }
        let change = gradient / ops::sqrt(&*v);
        let size = ops::maximum(rms(&change) / self.clip_threshold, 1.0);
        weight - alpha * (change / size)
    }
}
