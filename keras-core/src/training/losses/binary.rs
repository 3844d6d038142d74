//! Cross-entropy of independent yes/no answers.

use keras_ops::{self as ops, Symbolic};

use super::pair::{at_least_one_axis, axis_of, pair};
use super::{EPSILON, Loss, Native, Target, config_of, fraction, is_last};
use crate::Result;
use crate::setters::setters;
use crate::training::config::{Config, arguments};

/// Cross-entropy between each probability and a target of 0 or 1:
/// [Keras's `BinaryCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class).
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias("BCE", "BCELoss", "BCEWithLogitsLoss", "log_loss"))]
pub struct BinaryCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
    axis: isize,
}

impl Default for BinaryCrossentropy {
    fn default() -> Self {
        BinaryCrossentropy { from_logits: false, label_smoothing: 0.0, axis: -1 }
    }
}

impl BinaryCrossentropy {
    /// Keras's defaults: from probabilities, no smoothing.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { BinaryCrossentropy:
    /// Whether the output is logits, not the result of a sigmoid.
    from_logits: bool,
    /// How far targets are drawn towards 0.5.
    label_smoothing: f64,
    /// The axis over which the mean is taken: -1.
    axis: isize,
}

arguments!(BinaryCrossentropy, from_logits, label_smoothing, axis);

#[diagnostic::do_not_recommend]
impl Loss for BinaryCrossentropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        is_last(self.axis).then_some(Native::Binary {
            from_logits: self.from_logits,
            label_smoothing: self.label_smoothing,
        })
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        fraction(self.name(), "label_smoothing", self.label_smoothing)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axis_of(self.name(), self.axis, &p)? as isize;
        let t = smooth(t, self.label_smoothing);
        let loss = if self.from_logits {
            (&t - 1.0) * ops::log_sigmoid(-&p) - t * ops::log_sigmoid(p)
        } else {
            from_probabilities(&t, p)
        };
        Ok(at_least_one_axis(ops::mean(loss, axis)))
    }
}

/// Targets drawn towards 0.5.
pub(super) fn smooth(t: Symbolic, label_smoothing: f64) -> Symbolic {
    if label_smoothing == 0.0 {
        return t;
    }
    t * (1.0 - label_smoothing) + 0.5 * label_smoothing
}

/// The cross-entropy of each number.
pub(super) fn from_probabilities(t: &Symbolic, p: Symbolic) -> Symbolic {
    let p = ops::clip(p, EPSILON, 1.0 - EPSILON);
    (t - 1.0) * ops::log(1.0 - &p) - t * ops::log(p)
}
