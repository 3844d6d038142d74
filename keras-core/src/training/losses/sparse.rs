//! Cross-entropy against class indices.

use keras_ops::{self as ops, DType, Symbolic};

use super::categorical::normalized;
use super::pair::{at_least_one_axis, mismatch, shaped};
use super::{ClassIds, Loss, Native, Target, config_of, is_last};
use crate::training::config::{Config, arguments};
use crate::{Error, Result};

/// Cross-entropy between probabilities and the index of the right class: Keras's
/// [`SparseCategoricalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class).
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias("CrossEntropyLoss", "NLLLoss"))]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
    ignore_class: Option<i64>,
    axis: isize,
}

impl Default for SparseCategoricalCrossentropy {
    fn default() -> Self {
        SparseCategoricalCrossentropy { from_logits: false, ignore_class: None, axis: -1 }
    }
}

impl SparseCategoricalCrossentropy {
    /// Keras's defaults: from probabilities, no class ignored.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the output is logits, not the result of a softmax.
    #[must_use]
    pub fn from_logits(mut self, from_logits: bool) -> Self {
        self.from_logits = from_logits;
        self
    }

    /// Samples of this class do not count.
    #[must_use]
    pub fn ignore_class(mut self, class: i64) -> Self {
        self.ignore_class = Some(class);
        self
    }

    /// The axis of the classes: -1. Here that is the last axis, as targets are the output without it; another one is an
    /// error, with `Permute` as its remedy.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> Self {
        self.axis = axis;
        self
    }

    fn check_axis(&self, rank: usize) -> Result<()> {
        if is_last(self.axis) || self.axis + 1 == rank as isize {
            return Ok(());
        }
        let (name, axis) = (self.name(), self.axis);
        Err(Error::Argument(format!(
            "{name}: the classes are on the last axis of an output, found `axis` {axis}; a `Permute` before the output moves \
             them there"
        )))
    }
}

arguments!(SparseCategoricalCrossentropy, from_logits, ignore_class, axis);

#[diagnostic::do_not_recommend]
impl Loss for SparseCategoricalCrossentropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::ClassIndices;
    type Targets = crate::training::target::ClassIndices;

    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        // An ignored class changes what the sum is divided by.
        let plain = self.ignore_class.is_none() && is_last(self.axis);
        plain.then_some(Native::Sparse { from_logits: self.from_logits })
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        self.check_axis(y_pred.ndim())?;
        let t = targets(y_true, y_pred)?;
        let counted = self.ignore_class.map(|class| counted(&t, class));
        // What is ignored has neither a loss nor a gradient, whatever its numbers are.
        let y_pred = &match &counted {
            Some(counted) => ops::where_(ops::expand_dims(counted, -1), y_pred, 1.0),
            None => y_pred.clone(),
        };
        let classes = y_pred.shape().last().copied().unwrap_or(1);
        // A class number beyond the classes costs nothing, as in Keras on JAX; `check` finds it before training.
        let is_class = ops::logical_and(ops::greater_equal(&t, 0), ops::less(&t, classes as i32));
        let index = ops::expand_dims(ops::clip(&t, 0, classes.saturating_sub(1) as i32), -1);
        let log = if self.from_logits {
            ops::take_along_axis(ops::log_softmax(y_pred, -1), index, -1)
        } else {
            let log = ops::log(normalized(y_pred, -1));
            // As in Keras the loss is NaN where any of the probabilities is.
            ops::take_along_axis(&log, index, -1) + ops::sum(log * 0.0, -1).keepdims(true)
        };
        let mut loss = -ops::squeeze(log, -1) * ops::cast(is_class, DType::Float32);
        if let Some(counted) = counted {
            loss = ops::where_(counted, loss, 0.0);
        }
        Ok(at_least_one_axis(loss))
    }

    fn counts(&self, y_true: &Symbolic, y_pred: &Symbolic, _: &Symbolic) -> Result<Option<Symbolic>> {
        let Some(class) = self.ignore_class else { return Ok(None) };
        let counted = ops::cast(counted(&targets(y_true, y_pred)?, class), DType::Float32);
        Ok(Some(at_least_one_axis(counted)))
    }

    fn class_ids(&self) -> Option<ClassIds> {
        Some(ClassIds { ignored: self.ignore_class })
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        self.check_axis(y_pred.len())?;
        let (ids, classes) = (ClassIds { ignored: self.ignore_class }, y_pred.last().copied().unwrap_or(1));
        for (i, class) in y_true.iter().enumerate() {
            if let Some(problem) = ids.problem(f64::from(*class), classes) {
                let message = format!("class {class} (number {i}, counted from 0): {problem}");
                return Err(Error::shape("target", message));
            }
        }
        Ok(())
    }
}

/// Whether a sample is of another class than that which is ignored.
fn counted(t: &Symbolic, ignored: i64) -> Symbolic {
    match i32::try_from(ignored) {
        Ok(ignored) => ops::not_equal(t, ignored),
        // No class number is beyond `i32`.
        Err(_) => ops::equal(t, t),
    }
}

/// Class numbers in the shape of the output without its last axis.
///
/// # Errors
/// There is not one for each row of the output.
pub(super) fn targets(y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
    let (t, p): (&[usize], &[usize]) = (y_true.shape(), y_pred.shape());
    let rest = &p[..p.len().saturating_sub(1)];
    let per_row = t == rest || (t.len() == p.len() && t.last() == Some(&1) && t[..t.len() - 1] == *rest);
    // An output without a batch axis has one row.
    if per_row || (rest.is_empty() && t == [1]) {
        return Ok(shaped(ops::cast(y_true, DType::Int32), rest));
    }
    if t == p {
        return Err(Error::shapes(
            "target",
            format!(
                "one number per class {t:?} where an index per sample {rest:?} is expected; \
                 for one-hot targets use `CategoricalCrossentropy`"
            ),
            rest,
            t,
        ));
    }
    Err(mismatch(t, rest))
}
