//! Losses as metrics.

use burn::tensor::Device;

use super::{Mean, Metric, mean_state, plain_metric};
use crate::Result;
use crate::tensor::Raw;
use crate::training::losses::Loss;

/// The mean of any loss, without regularisers: [Keras's probabilistic and hinge
/// metrics](https://keras.io/api/metrics/probabilistic_metrics/) are of this kind. A loss that stands where a metric is
/// expected becomes one.
#[derive(Clone, Debug)]
pub struct LossMetric<L> {
    name: String,
    loss: L,
    mean: Mean,
}

impl<L: Loss> LossMetric<L> {
    /// The mean of `loss`, by its name.
    pub fn new(loss: L) -> Self {
        LossMetric { name: loss.name().into(), mean: Mean::new(loss.name()), loss }
    }

    /// Another name in the logs.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl<L: Loss> Metric for LossMetric<L> {
    fn name(&self) -> &str {
        &self.name
    }

    fn update(
        &mut self,
        y_true: &[f32],
        true_shape: &[usize],
        y_pred: &[f32],
        pred_shape: &[usize],
        sample_weight: Option<&[f32]>,
    ) -> Result<()> {
        let device = Device::default();
        let y_true = Raw::from_f32(y_true.to_vec(), true_shape, &device)?;
        let y_pred = Raw::from_f32(y_pred.to_vec(), pred_shape, &device)?;
        let values = self.loss.call(&y_true, &y_pred)?.to_vec()?;
        let samples = pred_shape.first().copied().unwrap_or(1);
        let Some(counts) = self.loss.counts(&y_true, &y_pred)? else {
            return self.mean.batch(&values, samples, sample_weight);
        };
        // What the loss leaves out, the mean leaves out.
        let mut counts = counts.to_vec()?;
        if let Some(weight) = sample_weight {
            let group = (counts.len() / weight.len().max(1)).max(1);
            counts.chunks_mut(group).zip(weight).for_each(|(part, w)| part.iter_mut().for_each(|c| *c *= w));
        }
        self.mean.batch(&values, samples, Some(&counts))
    }

    fn result(&self) -> f64 {
        self.mean.result()
    }

    fn reset(&mut self) {
        self.mean.reset();
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    mean_state!();

    plain_metric!();
}
