//! Cross-entropy against one-hot or soft targets.

use keras_ops::{self as ops, Symbolic};

use super::pair::{at_least_one_axis, axis_of, pair};
use super::{EPSILON, Loss, Native, Target, config_of, fraction, is_last};
use crate::Result;
use crate::setters::setters;
use crate::training::config::{Config, arguments};

/// Cross-entropy between probabilities and one-hot (or soft) targets:
/// [Keras's `CategoricalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class).
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias("CrossEntropyLoss", "softmax_cross_entropy"))]
pub struct CategoricalCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
    axis: isize,
}

impl Default for CategoricalCrossentropy {
    fn default() -> Self {
        CategoricalCrossentropy { from_logits: false, label_smoothing: 0.0, axis: -1 }
    }
}

impl CategoricalCrossentropy {
    /// Keras's defaults: from probabilities, no smoothing.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { CategoricalCrossentropy:
    /// Whether the output is logits, not the result of a softmax.
    from_logits: bool,
    /// How much of each target is spread over all classes.
    label_smoothing: f64,
    /// The axis of the classes: -1.
    axis: isize,
}

arguments!(CategoricalCrossentropy, from_logits, label_smoothing, axis);

#[diagnostic::do_not_recommend]
impl Loss for CategoricalCrossentropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "categorical_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        is_last(self.axis).then_some(Native::Categorical {
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
        let terms = if self.from_logits {
            // A class that cannot be, neither by its target nor by its logit, costs nothing: 0 times infinity is 0 here.
            let possible = ops::not_equal(&t, 0.0);
            ops::where_(possible, t * ops::log_softmax(p, axis), 0.0)
        } else {
            t * ops::log(normalized(&p, axis))
        };
        Ok(at_least_one_axis(-ops::sum(terms, axis)))
    }
}

/// Targets with a part of each spread over all classes; as in Keras their number is the length of the last axis.
pub(super) fn smooth(t: Symbolic, label_smoothing: f64) -> Symbolic {
    if label_smoothing == 0.0 {
        return t;
    }
    let classes = t.shape().last().copied().unwrap_or(1).max(1) as f64;
    t * (1.0 - label_smoothing) + label_smoothing / classes
}

/// Probabilities that sum to 1 and stay away from 0 and 1.
pub(super) fn normalized(p: &Symbolic, axis: isize) -> Symbolic {
    ops::clip(p / ops::sum(p, axis).keepdims(true), EPSILON, 1.0 - EPSILON)
}
