//! Adam and its kin with decoupled weight decay.

use keras_kernels::optim::{self, Gradient};
use keras_ops::{self as ops, Symbolic};

use super::base::{decay, positive};
use super::shared::{has_base, shared};
use super::{Base, Slot, Step, TracedStep, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::training::config::arguments;

/// The arguments of Adam.
#[derive(Clone, Copy, Debug)]
struct Moments {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    amsgrad: bool,
}

impl Moments {
    const DEFAULT: Moments = Moments { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: false };

    fn slots(&self) -> Vec<Slot> {
        let mut slots = vec![Slot::new("momentum"), Slot::new("velocity")];
        if self.amsgrad {
            slots.push(Slot::new("velocity_hat").group(1));
        }
        slots
    }

    fn check(&self) -> Result<()> {
        decay("beta_1", self.beta_1)?;
        decay("beta_2", self.beta_2)?;
        positive("epsilon", self.epsilon)
    }

    fn update_in_place(
        &self,
        step: &Step,
        weight: &mut [f32],
        gradient: Gradient<'_>,
        slots: &mut [&mut [f32]],
    ) {
        let [m, v, ..] = slots else { return };
        let Moments { beta_1, beta_2, epsilon, .. } = *self;
        let adam = optim::Adam { learning_rate: step.learning_rate, beta_1, beta_2, epsilon: epsilon as f32 };
        adam.step(step.number as u32, weight, gradient, m, v);
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [m, v, hat @ ..] = slots else { return weight };
        // Keras: powers in f32, and epsilon beside the root of the velocity as it is, before bias correction.
        let power = |beta: f64| ops::power(beta as f32, &step.number);
        let alpha = &step.learning_rate * ops::sqrt(1.0 - power(self.beta_2)) / (1.0 - power(self.beta_1));
        *m = (&gradient - &*m) * (1.0 - self.beta_1) + &*m;
        *v = (ops::square(gradient) - &*v) * (1.0 - self.beta_2) + &*v;
        let v = match hat {
            [hat] => {
                *hat = ops::maximum(&*hat, &*v);
                &*hat
            }
            _ => &*v,
        };
        weight - &*m * alpha / (ops::sqrt(v) + self.epsilon)
    }
}

macro_rules! adam {
    ($(#[$doc:meta])* $type:ident = $name:literal, $decay:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            base: Base,
            moments: Moments,
        }

        shared!($type, 0.001);

        impl $type {
            fn with_base(mut base: Base) -> Self {
                base.weight_decay = $decay;
                $type { base, moments: Moments::DEFAULT }
            }
        }

        setters! { $type:
            /// How much of the mean of gradients a step keeps.
            beta_1: f64 => moments.beta_1,
            /// How much of the mean of squared gradients a step keeps.
            beta_2: f64 => moments.beta_2,
            /// Keeps the divisor from 0: the paper's epsilon hat.
            epsilon: f64 => moments.epsilon,
            /// Whether the largest mean of squares so far is the divisor.
            amsgrad: bool => moments.amsgrad,
        }

        arguments! {
            $type, beta_1 => moments.beta_1, beta_2 => moments.beta_2, epsilon => moments.epsilon, amsgrad => moments.amsgrad
        }

        impl UpdateRule for $type {
            fn keras_name(&self) -> &'static str {
                $name
            }

            has_base!();

            fn slots(&self, _: &str, _: &[usize]) -> Vec<Slot> {
                self.moments.slots()
            }

            fn check(&self) -> Result<()> {
                self.moments.check()
            }

            fn in_place(&self) -> bool {
                !self.moments.amsgrad
            }

            fn update_in_place(
                &self,
                step: &Step,
                weight: &mut [f32],
                gradient: Gradient<'_>,
                slots: &mut [&mut [f32]],
            ) {
                self.moments.update_in_place(step, weight, gradient, slots);
            }

            fn update(
                &self,
                step: &TracedStep<'_>,
                weight: Symbolic,
                gradient: Symbolic,
                slots: &mut [Symbolic],
            ) -> Symbolic {
                self.moments.update(step, weight, gradient, slots)
            }
        }
    };
}

adam! {
    /// Steps by the mean of gradients over the root of the mean of their squares:
    /// [Keras's `Adam`](https://keras.io/api/optimizers/adam/).
    Adam = "adam", None
}

adam! {
    /// Adam whose weights decay by 0.004 times the learning rate:
    /// [Keras's `AdamW`](https://keras.io/api/optimizers/adamw/).
    AdamW = "adam_w", Some(0.004)
}
