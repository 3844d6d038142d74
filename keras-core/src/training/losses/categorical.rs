//! Cross-entropy against one-hot or soft targets.

use burn::tensor::{Tensor, activation};

use super::pair::Pair;
use super::{EPSILON, Loss, Native, Target, fraction};
use crate::Result;
use crate::setters::setters;
use crate::tensor::Raw;
use crate::tensor_ops::extremes::clip;

/// Cross-entropy between probabilities and one-hot (or soft) targets:
/// [Keras's `CategoricalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CategoricalCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
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
}

#[diagnostic::do_not_recommend]
impl Loss for CategoricalCrossentropy {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "categorical_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        Some(Native::Categorical { from_logits: self.from_logits, label_smoothing: self.label_smoothing })
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        fraction(self.name(), "label_smoothing", self.label_smoothing)
    }

    fn call(&self, y_true: &Raw, y_pred: &Raw) -> Result<Raw> {
        let pair = Pair::new(y_true, y_pred)?;
        let t = smooth(pair.t.clone(), self.label_smoothing);
        let terms = if self.from_logits {
            // A class that cannot be, neither by its target nor by its logit, costs nothing: 0 times infinity is 0 here.
            let no = t.clone().equal_elem(0.0);
            (t * activation::log_softmax(pair.p.clone(), 1)).mask_fill(no, 0.0)
        } else {
            t * normalized(pair.p.clone()).log()
        };
        pair.finish(terms.sum_dim(1).neg())
    }
}

/// Targets with a part of each spread over all classes.
pub(super) fn smooth(t: Tensor<2>, label_smoothing: f64) -> Tensor<2> {
    if label_smoothing == 0.0 {
        return t;
    }
    let classes = t.dims()[1].max(1) as f64;
    t * (1.0 - label_smoothing) + label_smoothing / classes
}

/// Probabilities that sum to 1 and stay away from 0 and 1.
pub(super) fn normalized(p: Tensor<2>) -> Tensor<2> {
    let sum = p.clone().sum_dim(1);
    clip(p / sum, EPSILON, 1.0 - EPSILON)
}
