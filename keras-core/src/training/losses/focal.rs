//! Cross-entropy that cares less about what is already right.

use keras_ops::{self as ops, Symbolic};

use super::pair::{at_least_one_axis, axis_of, pair};
use super::{Loss, Target, binary, categorical, config_of, fraction, not_negative};
use crate::setters::setters;
use crate::training::config::{Config, Setting, Value, arguments};
use crate::{Error, Result};

/// Cross-entropy of yes/no answers times `(1 - p)^gamma`, where `p` is the probability given to the right one:
/// [Keras's `BinaryFocalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#binaryfocalcrossentropy-class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryFocalCrossentropy {
    apply_class_balancing: bool,
    alpha: f64,
    gamma: f64,
    from_logits: bool,
    label_smoothing: f64,
    axis: isize,
}

impl Default for BinaryFocalCrossentropy {
    fn default() -> Self {
        Self {
            apply_class_balancing: false,
            alpha: 0.25,
            gamma: 2.0,
            from_logits: false,
            label_smoothing: 0.0,
            axis: -1,
        }
    }
}

impl BinaryFocalCrossentropy {
    /// Keras's defaults: no balancing, `alpha` 0.25, `gamma` 2, from probabilities.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { BinaryFocalCrossentropy:
    /// Whether 1 weighs `alpha` and 0 weighs `1 - alpha`.
    apply_class_balancing: bool,
    /// The weight of 1 if classes are balanced.
    alpha: f64,
    /// How fast the loss of what is right fades.
    gamma: f64,
    /// Whether the output is logits, not the result of a sigmoid.
    from_logits: bool,
    /// How far targets are drawn towards 0.5.
    label_smoothing: f64,
    /// The axis over which the mean is taken: -1.
    axis: isize,
}

arguments!(BinaryFocalCrossentropy, apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis);

#[diagnostic::do_not_recommend]
impl Loss for BinaryFocalCrossentropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "binary_focal_crossentropy"
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        not_negative(self.name(), "alpha", self.alpha)?;
        not_negative(self.name(), "gamma", self.gamma)?;
        fraction(self.name(), "label_smoothing", self.label_smoothing)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axis_of(self.name(), self.axis, &p)? as isize;
        let t = binary::smooth(t, self.label_smoothing);
        let p = if self.from_logits { ops::sigmoid(p) } else { p };
        let right = &t * &p + (1.0 - &t) * (1.0 - &p);
        let mut loss = ops::power(1.0 - right, self.gamma) * binary::from_probabilities(&t, p);
        if self.apply_class_balancing {
            loss = loss * (&t * self.alpha + (1.0 - &t) * (1.0 - self.alpha));
        }
        Ok(at_least_one_axis(ops::mean(loss, axis)))
    }
}

/// What the loss of each class is multiplied by in [`CategoricalFocalCrossentropy`].
#[derive(Clone, Debug, PartialEq)]
pub enum FocalAlpha {
    /// By the same number in all.
    All(f64),
    /// By one of these, in the order of the classes.
    Each(Vec<f64>),
}

impl From<f64> for FocalAlpha {
    fn from(alpha: f64) -> Self {
        FocalAlpha::All(alpha)
    }
}

impl From<Vec<f64>> for FocalAlpha {
    fn from(alpha: Vec<f64>) -> Self {
        FocalAlpha::Each(alpha)
    }
}

impl<const N: usize> From<[f64; N]> for FocalAlpha {
    fn from(alpha: [f64; N]) -> Self {
        FocalAlpha::Each(alpha.to_vec())
    }
}

impl Value for FocalAlpha {
    fn setting(&self) -> Setting {
        match self {
            FocalAlpha::All(alpha) => alpha.setting(),
            FocalAlpha::Each(alpha) => alpha.setting(),
        }
    }

    fn of(setting: &Setting) -> Option<Self> {
        match setting {
            Setting::List(_) => Vec::of(setting).map(FocalAlpha::Each),
            one => f64::of(one).map(FocalAlpha::All),
        }
    }
}

impl FocalAlpha {
    fn numbers(&self) -> &[f64] {
        match self {
            FocalAlpha::All(alpha) => std::slice::from_ref(alpha),
            FocalAlpha::Each(alpha) => alpha,
        }
    }
}

/// Cross-entropy against one-hot targets times `alpha (1 - p)^gamma`: Keras's
/// [`CategoricalFocalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class).
#[derive(Clone, Debug, PartialEq)]
pub struct CategoricalFocalCrossentropy {
    alpha: FocalAlpha,
    gamma: f64,
    from_logits: bool,
    label_smoothing: f64,
    axis: isize,
}

impl Default for CategoricalFocalCrossentropy {
    fn default() -> Self {
        Self { alpha: FocalAlpha::All(0.25), gamma: 2.0, from_logits: false, label_smoothing: 0.0, axis: -1 }
    }
}

impl CategoricalFocalCrossentropy {
    /// Keras's defaults: `alpha` 0.25, `gamma` 2, from probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// A factor of the loss, or one for each class: `0.25`, `[0.2, 0.3, 0.5]`.
    #[must_use]
    pub fn alpha(mut self, alpha: impl Into<FocalAlpha>) -> Self {
        self.alpha = alpha.into();
        self
    }

    /// What is multiplied with, beside the outputs: along their last axis, as Keras has it.
    fn factors(&self, p: &Symbolic) -> Result<Symbolic> {
        let numbers = self.alpha.numbers();
        let last = p.shape().last().copied().unwrap_or(1);
        if numbers.len() != 1 && numbers.len() != last {
            return Err(Error::Argument(format!(
                "`alpha` of `{}` has {} numbers, and its outputs have {last} along their last axis, along which Keras multiplies `alpha`",
                self.name(),
                numbers.len()
            )));
        }
        let numbers: Vec<f32> = numbers.iter().map(|alpha| *alpha as f32).collect();
        Ok(ops::array(&numbers, numbers.len()))
    }
}

setters! { CategoricalFocalCrossentropy:
    /// How fast the loss of what is right fades.
    gamma: f64,
    /// Whether the output is logits, not the result of a softmax.
    from_logits: bool,
    /// How much of each target is spread over all classes.
    label_smoothing: f64,
    /// The axis of the classes: -1.
    axis: isize,
}

arguments!(CategoricalFocalCrossentropy, alpha, gamma, from_logits, label_smoothing, axis);

#[diagnostic::do_not_recommend]
impl Loss for CategoricalFocalCrossentropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "categorical_focal_crossentropy"
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        for alpha in self.alpha.numbers() {
            not_negative(self.name(), "alpha", *alpha)?;
        }
        not_negative(self.name(), "gamma", self.gamma)?;
        fraction(self.name(), "label_smoothing", self.label_smoothing)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axis_of(self.name(), self.axis, &p)? as isize;
        let t = categorical::smooth(t, self.label_smoothing);
        let p = if self.from_logits { ops::softmax(p, axis) } else { p };
        let p = categorical::normalized(&p, axis);
        let factor = ops::power(1.0 - &p, self.gamma) * self.factors(&p)?;
        Ok(at_least_one_axis(-ops::sum(factor * t * ops::log(p), axis)))
    }
}
