//! Weighted means over batches.

use super::items::{Items, reduced};
use crate::Result;
use crate::tensor::Raw;

/// A weighted mean: [Keras's `Mean`](https://keras.io/api/metrics/reduction_metrics/#mean-class). The loss of an epoch
/// is one.
#[derive(Clone, Debug)]
pub struct Mean {
    name: String,
    total: f64,
    count: f64,
}

impl Mean {
    /// Of nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Mean { name: name.into(), total: 0.0, count: 0.0 }
    }

    /// The name in logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes `value` into account, `weight` times.
    pub fn add(&mut self, value: f64, weight: f64) {
        self.total += value * weight;
        self.count += weight;
    }

    /// Takes all of these values into account. Of each sample, the first axis, its mean counts, by the mean of its weights.
    /// A value of weight 0 may be NaN, unlike in Keras.
    ///
    /// ```
    /// use keras_core::tensor::Raw;
    /// use keras_core::training::metrics::Mean;
    ///
    /// let mut mean = Mean::new("mean");
    /// let values = Raw::from_f32(vec![1.0, 3.0, 5.0, 7.0], &[4])?;
    /// let weights = Raw::from_f32(vec![1.0, 1.0, 0.0, 0.0], &[4])?;
    /// mean.update_state(&values, Some(&weights))?;
    /// assert_eq!(mean.result(), 2.0);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The weights cannot be broadcast to the values.
    pub fn update_state(&mut self, values: &Raw, sample_weight: Option<&Raw>) -> Result<()> {
        let (total, count) = reduced(values, sample_weight, true)?;
        self.total += total;
        self.count += count;
        Ok(())
    }

    /// The mean; 0 of nothing.
    pub fn result(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.total / self.count }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        (self.total, self.count) = (0.0, 0.0);
    }

    /// The sum of the values and that of their weights.
    pub(crate) fn state(&self) -> [f64; 2] {
        [self.total, self.count]
    }

    /// Takes over what [`state`](Mean::state) gave.
    pub(crate) fn set_state(&mut self, state: [f64; 2]) {
        [self.total, self.count] = state;
    }

    /// Takes one value per row or per number of a batch into account. As in Keras, each sample of a batch counts by
    /// the mean weight of its steps.
    pub(super) fn batch(&mut self, values: &[f32], samples: usize, weight: Option<&[f32]>) -> Result<()> {
        let items = Items::new(values.len(), samples, weight)?;
        let mut total = 0.0;
        for (i, value) in values.iter().enumerate() {
            // A masked value may be anything, even not a number.
            let weight = items.weight(i);
            if weight != 0.0 {
                total += f64::from(*value) * weight;
            }
        }
        self.total += total / items.per_sample();
        self.count += items.count();
        Ok(())
    }
}
