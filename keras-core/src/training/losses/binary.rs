//! Cross-entropy of independent yes/no answers.

use burn::tensor::{Tensor, activation};

use super::pair::Pair;
use super::{EPSILON, Loss, Native, Target, fraction};
use crate::Result;
use crate::setters::setters;
use crate::tensor::Raw;
use crate::tensor_ops::extremes::clip;

/// Cross-entropy between each probability and a target of 0 or 1:
/// [Keras's `BinaryCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinaryCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
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
}

#[diagnostic::do_not_recommend]
impl Loss for BinaryCrossentropy {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        Some(Native::Binary { from_logits: self.from_logits, label_smoothing: self.label_smoothing })
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        fraction(self.name(), "label_smoothing", self.label_smoothing)
    }

    fn call(&self, y_true: &Raw, y_pred: &Raw) -> Result<Raw> {
        let pair = Pair::new(y_true, y_pred)?;
        let t = smooth(pair.t.clone(), self.label_smoothing);
        let p = pair.p.clone();
        let loss = if self.from_logits {
            let no = activation::log_sigmoid(p.clone().neg());
            t.clone().neg() * activation::log_sigmoid(p) + (t - 1.0) * no
        } else {
            from_probabilities(t, p)
        };
        pair.finish(loss.mean_dim(1))
    }
}

/// Targets drawn towards 0.5.
pub(super) fn smooth(t: Tensor<2>, label_smoothing: f64) -> Tensor<2> {
    if label_smoothing == 0.0 {
        return t;
    }
    t * (1.0 - label_smoothing) + 0.5 * label_smoothing
}

/// The cross-entropy of each number.
pub(super) fn from_probabilities(t: Tensor<2>, p: Tensor<2>) -> Tensor<2> {
    let p = clip(p, EPSILON, 1.0 - EPSILON);
    let no = p.clone().neg() + 1.0;
    t.clone().neg() * p.log() + (t - 1.0) * no.log()
}
