//! What all optimisers have alike beside their rule: constructors, setters, the way to their base.

/// The constructors and the setters that all optimisers share; `$rate` is Keras's learning rate.
macro_rules! shared {
    ($type:ident, $rate:literal) => {
        impl Default for $type {
            fn default() -> Self {
                $type::new($rate)
            }
        }

        impl $type {
            /// With this learning rate, a number or a [schedule](crate::training::optimizers::schedules), and
            /// Keras's defaults.
            pub fn new(learning_rate: impl Into<$crate::training::optimizers::LearningRate>) -> Self {
                Self::with_base($crate::training::optimizers::Base::new(learning_rate))
            }

            /// The part of each weight, times the learning rate, that a step takes away.
            #[must_use]
            pub fn weight_decay(mut self, weight_decay: f64) -> Self {
                self.base.weight_decay = Some(weight_decay);
                self
            }

            /// Weights with one of these names in their path do not decay: `["bias", "gamma"]`.
            #[must_use]
            pub fn exclude_from_weight_decay<S: Into<String>>(
                mut self,
                names: impl IntoIterator<Item = S>,
            ) -> Self {
                self.base.exclude.extend(names.into_iter().map(Into::into));
                self
            }

            /// The largest norm of each weight's gradient; 0 for any.
            #[must_use]
            pub fn clipnorm(mut self, clipnorm: f64) -> Self {
                self.base.clipnorm = Some(clipnorm);
                self
            }

            /// The largest magnitude of each number of a gradient; 0 for any.
            #[must_use]
            pub fn clipvalue(mut self, clipvalue: f64) -> Self {
                self.base.clipvalue = Some(clipvalue);
                self
            }

            /// The largest norm of all gradients together; 0 for any.
            #[must_use]
            pub fn global_clipnorm(mut self, global_clipnorm: f64) -> Self {
                self.base.global_clipnorm = Some(global_clipnorm);
                self
            }

            /// Whether a moving average of the weights is kept; `fit` leaves it as the weights at its end.
            #[must_use]
            pub fn use_ema(mut self, use_ema: bool) -> Self {
                self.base.use_ema = use_ema;
                self
            }

            /// How much of the average of the weights a step keeps: 0.99.
            #[must_use]
            pub fn ema_momentum(mut self, ema_momentum: f64) -> Self {
                self.base.ema_momentum = ema_momentum;
                self
            }

            /// After every so many steps the weights become their average.
            #[must_use]
            pub fn ema_overwrite_frequency(mut self, ema_overwrite_frequency: usize) -> Self {
                self.base.ema_overwrite_frequency = Some(ema_overwrite_frequency);
                self
            }

            /// What the loss is multiplied with before its gradients are taken, which are divided by it again.
            #[must_use]
            pub fn loss_scale_factor(mut self, loss_scale_factor: f64) -> Self {
                self.base.loss_scale_factor = Some(loss_scale_factor);
                self
            }

            /// Weights change after every so many steps only, by the mean of their gradients: at least 2.
            #[must_use]
            pub fn gradient_accumulation_steps(mut self, gradient_accumulation_steps: usize) -> Self {
                self.base.gradient_accumulation_steps = Some(gradient_accumulation_steps);
                self
            }
        }
    };
}
pub(super) use shared;

/// Where an update rule finds its base.
macro_rules! has_base {
    () => {
        fn base(&self) -> &$crate::training::optimizers::Base {
            &self.base
        }

        fn base_mut(&mut self) -> &mut $crate::training::optimizers::Base {
            &mut self.base
        }

        fn config(&self) -> Option<$crate::training::config::Config> {
            self.base.config(self)
        }
    };
}
pub(super) use has_base;
