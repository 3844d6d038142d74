//! Cross-entropy against class indices.

use burn::tensor::activation;

use super::categorical::normalized;
use super::pair::{finish, mismatch};
use super::{ClassIds, Loss, Native, Target};
use crate::tensor::Raw;
use crate::{Error, Result};

/// Cross-entropy between probabilities and the index of the right class: Keras's
/// [`SparseCategoricalCrossentropy`](https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
    ignore_class: Option<i64>,
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
}

#[diagnostic::do_not_recommend]
impl Loss for SparseCategoricalCrossentropy {
    const TARGET: Target = Target::ClassIndices;
    type Targets = crate::training::target::ClassIndices;

    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }

    fn native(&self) -> Option<Native> {
        // An ignored class changes what the sum is divided by.
        self.ignore_class.is_none().then_some(Native::Sparse { from_logits: self.from_logits })
    }

    fn call(&self, y_true: &Raw, y_pred: &Raw) -> Result<Raw> {
        let p = y_pred.rows()?;
        let [rows, classes] = p.dims();
        let t = targets(y_true, y_pred)?.reshape(&[rows, 1])?.int::<2>()?;
        // An index beyond the classes costs nothing, as in Keras on JAX; `check` finds it before training.
        let valid = t.clone().greater_equal_elem(0).bool_and(t.clone().lower_elem(classes as i64));
        let index = t.clamp(0, classes.saturating_sub(1) as i64);
        let log = if self.from_logits {
            activation::log_softmax(p, 1).gather(1, index)
        } else {
            let log = normalized(p).log();
            // As in Keras the loss is NaN where any of the probabilities is.
            log.clone().gather(1, index) + (log * 0.0).sum_dim(1)
        };
        let mut loss = log.neg() * valid.float();
        if let Some(counts) = self.counts(y_true, y_pred)? {
            loss = loss * counts.reshape(&[rows, 1])?.float::<2>()?;
        }
        finish(loss, &y_pred.shape())
    }

    fn counts(&self, y_true: &Raw, y_pred: &Raw) -> Result<Option<Raw>> {
        let Some(class) = self.ignore_class else { return Ok(None) };
        let rows = y_pred.rows()?.dims()[0];
        let t = targets(y_true, y_pred)?.reshape(&[rows, 1])?.int::<2>()?;
        finish(t.not_equal_elem(class).float(), &y_pred.shape()).map(Some)
    }

    fn class_ids(&self) -> Option<ClassIds> {
        Some(ClassIds { ignored: self.ignore_class })
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
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

/// Indices, checked to be one for each row of the output.
fn targets<'a>(y_true: &'a Raw, y_pred: &Raw) -> Result<&'a Raw> {
    let (t, p) = (y_true.shape(), y_pred.shape());
    let rest = &p[..p.len() - 1];
    let per_row = t == rest || (t.len() == p.len() && t.last() == Some(&1) && t[..t.len() - 1] == *rest);
    // An output without a batch axis has one row.
    if per_row || (rest.is_empty() && t == [1]) {
        return Ok(y_true);
    }
    if t == p {
        return Err(Error::shape(
            "target",
            format!(
                "one number per class {t:?} where an index per sample {rest:?} is expected; \
                 for one-hot targets use `CategoricalCrossentropy`"
            ),
        ));
    }
    Err(mismatch(&t, rest))
}
