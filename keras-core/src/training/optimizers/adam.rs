//! Adam and its kin with decoupled weight decay.

use burn::tensor::Tensor;
use keras_kernels::optim::{self, Gradient};

use super::base::{decay, has_base, positive, shared};
use super::{Base, Slot, Step, UpdateRule};
use crate::Result;
use crate::setters::setters;
use crate::tensor::Raw;
use crate::tensor_ops::extremes::maximum;

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

    fn update_in_place(&self, step: &Step, weight: &mut [f32], gradient: Gradient<'_>, slots: &mut [Raw]) {
        let [m, v, ..] = slots else { return };
        let (Some(m), Some(v)) = (m.as_f32_mut(), v.as_f32_mut()) else { return };
        let Moments { beta_1, beta_2, epsilon, .. } = *self;
        let adam = optim::Adam { learning_rate: step.learning_rate, beta_1, beta_2, epsilon: epsilon as f32 };
        adam.step(step.number as u32, weight, gradient, m, v);
    }

    fn update(
        &self,
        step: &Step,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
    ) -> Tensor<1> {
        let [m, v, hat @ ..] = slots else { return weight };
        // Keras: powers in f32, and epsilon beside the root of the velocity as it is, before bias correction.
        let power = |beta: f64| (beta as f32).powf(step.number);
        let alpha = step.learning_rate * (1.0 - power(self.beta_2)).sqrt() / (1.0 - power(self.beta_1));
        m.inplace(|m| (gradient.clone() - m.clone()) * (1.0 - self.beta_1) + m);
        v.inplace(|v| (gradient.square() - v.clone()) * (1.0 - self.beta_2) + v);
        let v = match hat {
            [hat] => {
                hat.inplace(|hat| maximum(hat, v.clone()));
                hat
            }
            _ => v,
        };
        weight - m.clone() * alpha / (v.clone().sqrt() + self.epsilon)
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

        impl UpdateRule for $type {
            const NAME: &'static str = $name;

            has_base!();

            fn slots(&self) -> Vec<Slot> {
                self.moments.slots()
            }

            fn check(&self) -> Result<()> {
                self.moments.check()
            }

            fn in_place(&self) -> bool {
                !self.moments.amsgrad
            }

            fn update_in_place(&self, step: &Step, weight: &mut [f32], gradient: Gradient<'_>, slots: &mut [Raw]) {
                self.moments.update_in_place(step, weight, gradient, slots);
            }

            fn update(&self, step: &Step, weight: Tensor<1>, gradient: Tensor<1>, slots: &mut [Tensor<1>]) -> Tensor<1> {
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
