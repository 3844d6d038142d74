//! Muon.

use keras_ops::{self as ops, Symbolic};

use super::base::{decay, fraction, not_negative, positive};
use super::pattern::Pattern;
use super::shared::{has_base, shared};
use super::{Base, Slot, TracedStep, UpdateRule};
use crate::setters::setters;
use crate::training::config::arguments;
use crate::{Error, Result};

/// Steps of matrices by their momentum made orthogonal, and of all other weights by AdamW:
/// [Keras's `Muon`](https://keras.io/api/optimizers/muon/).
#[derive(Clone, Debug)]
pub struct Muon {
    base: Base,
    adam_beta_1: f64,
    adam_beta_2: f64,
    adam_weight_decay: Option<f64>,
    epsilon: f64,
    exclude_layers: Vec<String>,
    exclude_embeddings: bool,
    muon_a: f64,
    muon_b: f64,
    muon_c: f64,
    adam_lr_ratio: f64,
    momentum: f64,
    ns_steps: usize,
    nesterov: bool,
    rms_rate: Option<f64>,
}

impl Muon {
    fn with_base(mut base: Base) -> Self {
        base.weight_decay = Some(0.004);
        Muon {
            base,
            adam_beta_1: 0.9,
            adam_beta_2: 0.999,
            adam_weight_decay: Some(0.004),
            epsilon: 1e-7,
            exclude_layers: Vec::new(),
            exclude_embeddings: true,
            muon_a: 3.4445,
            muon_b: -4.7750,
            muon_c: 2.0315,
            adam_lr_ratio: 1.0,
            momentum: 0.95,
            ns_steps: 5,
            nesterov: true,
            rms_rate: Some(0.2),
        }
    }

    /// The part of the root of a matrix's longer side that a step is scaled by: 0.2; `None` for no scaling.
    #[must_use]
    pub fn rms_rate(mut self, rms_rate: impl Into<Option<f64>>) -> Self {
        self.rms_rate = rms_rate.into();
        self
    }

    /// AdamW: the part of each weight, times the learning rate, that a step takes away: 0.004; `None` for nothing.
    #[must_use]
    pub fn adam_weight_decay(mut self, adam_weight_decay: impl Into<Option<f64>>) -> Self {
        self.adam_weight_decay = adam_weight_decay.into();
        self
    }

    /// Weights whose path, as `dense_2/kernel`, has one of these regular expressions in it are changed by AdamW, as Keras
    /// advises for the last layer: `exclude_layers(["dense_2"])`.
    #[must_use]
    pub fn exclude_layers<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.exclude_layers = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a weight is changed by AdamW.
    fn by_adam(&self, path: &str, shape: &[usize]) -> bool {
        let named = |pattern: &String| Pattern::within(pattern).is_ok_and(|pattern| pattern.matches(path));
        shape.len() != 2
            || self.exclude_embeddings && path.to_lowercase().contains("embedding")
            || self.exclude_layers.iter().any(named)
    }

    /// A matrix with nearly all its singular values near 1, by the Newton-Schulz iteration.
    fn orthogonal(&self, x: Symbolic) -> Symbolic {
        let tall = x.shape()[0] > x.shape()[1];
        let transposed = |x: Symbolic| ops::transpose(x, None);
        let mut x = if tall { transposed(x) } else { x };
        x = &x / (ops::sqrt(ops::sum(ops::square(&x), None)) + 1e-7);
        for _ in 0..self.ns_steps {
            let a = ops::matmul(&x, transposed(x.clone()));
            let b = &a * self.muon_b + ops::matmul(&a, &a) * self.muon_c;
            x = &x * self.muon_a + ops::matmul(b, &x);
        }
        if tall { transposed(x) } else { x }
    }

    fn by_momentum(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        m: &mut Symbolic,
    ) -> Symbolic {
        *m = &*m + (&gradient + &*m * (self.momentum - 1.0));
        let g = if self.nesterov { gradient + &*m * self.momentum } else { m.clone() };
        let longer = weight.shape().iter().copied().max().unwrap_or(1) as f64;
        let scale = self.rms_rate.map_or(1.0, |rate| longer.sqrt() * rate);
        weight - self.orthogonal(g) * &step.learning_rate * scale
    }

    fn by_moments(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        let [m, v] = slots else { return weight };
        let power = |beta: f64| ops::power(beta as f32, &step.number);
        let rate = &step.learning_rate * self.adam_lr_ratio;
        let alpha = rate * ops::sqrt(1.0 - power(self.adam_beta_2)) / (1.0 - power(self.adam_beta_1));
        *m = (&gradient - &*m) * (1.0 - self.adam_beta_1) + &*m;
        *v = (ops::square(gradient) - &*v) * (1.0 - self.adam_beta_2) + &*v;
        weight - &*m * alpha / (ops::sqrt(&*v) + self.epsilon)
    }
}

shared!(Muon, 0.001);
setters! { Muon:
    /// AdamW: how much of the mean of gradients a step keeps.
    adam_beta_1: f64,
    /// AdamW: how much of the mean of squared gradients a step keeps.
    adam_beta_2: f64,
    /// AdamW: keeps the divisor from 0.
    epsilon: f64,
    /// Whether tables of embeddings are changed by AdamW.
    exclude_embeddings: bool,
    /// A coefficient of the iteration that makes a matrix orthogonal.
    muon_a: f64,
    /// A coefficient of the iteration that makes a matrix orthogonal.
    muon_b: f64,
    /// A coefficient of the iteration that makes a matrix orthogonal.
    muon_c: f64,
    /// AdamW: the learning rate as a part of that of matrices.
    adam_lr_ratio: f64,
    /// How much of the momentum of a matrix a step keeps.
    momentum: f64,
    /// How many iterations make a matrix orthogonal.
    ns_steps: usize,
    /// Whether the gradient is taken as if the momentum had moved the weight already.
    nesterov: bool,
}

arguments!(
    Muon,
    adam_beta_1,
    adam_beta_2,
    adam_weight_decay,
    epsilon,
    exclude_layers,
    exclude_embeddings,
    muon_a,
    muon_b,
    muon_c,
    adam_lr_ratio,
    momentum,
    ns_steps,
    nesterov,
    rms_rate
);

impl UpdateRule for Muon {
    fn keras_name(&self) -> &'static str {
        "muon"
    }

    has_base!();

    fn slots(&self, path: &str, shape: &[usize]) -> Vec<Slot> {
        let mut slots = vec![Slot::new("momentum")];
        if self.by_adam(path, shape) {
            slots.push(Slot::new("velocity"));
        }
        slots
    }

    fn check(&self) -> Result<()> {
        decay("adam_beta_1", self.adam_beta_1)?;
        decay("adam_beta_2", self.adam_beta_2)?;
        not_negative("adam_weight_decay", self.adam_weight_decay.unwrap_or(0.0))?;
        positive("epsilon", self.epsilon)?;
        for pattern in &self.exclude_layers {
            if let Err(problem) = Pattern::within(pattern) {
                return Err(Error::Argument(format!(
                    "`exclude_layers`: `{pattern}` is no pattern: {problem}"
                )));
            }
        }
        fraction("momentum", self.momentum)
    }

    fn decay_of(&self, path: &str, shape: &[usize]) -> Option<f64> {
        if !self.by_adam(path, shape) {
            return self.base.decay_of(path);
        }
        self.adam_weight_decay.filter(|_| !self.base.is_excluded(path))
    }

    fn update(
        &self,
        step: &TracedStep<'_>,
        weight: Symbolic,
        gradient: Symbolic,
        slots: &mut [Symbolic],
    ) -> Symbolic {
        match slots {
            [m] => self.by_momentum(step, weight, gradient, m),
            both => self.by_moments(step, weight, gradient, both),
        }
    }
}
