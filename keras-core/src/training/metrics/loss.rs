//! Losses as metrics.

use super::{Mean, Metric, mean_state, plain_metric, written};
use crate::Result;
use crate::training::losses::{Arithmetic, EachPlan, Loss};

/// The mean of any loss, without regularisers: [Keras's probabilistic and hinge
/// metrics](https://keras.io/api/metrics/probabilistic_metrics/) are of this kind. A loss that stands where a metric is
/// expected becomes one.
pub struct LossMetric<L> {
    name: String,
    pub(super) loss: L,
    mean: Mean,
    /// The loss, laid out for the shapes of the batches of late.
    plans: Vec<EachPlan>,
}

impl<L: Clone> Clone for LossMetric<L> {
    fn clone(&self) -> Self {
        LossMetric {
            name: self.name.clone(),
            loss: self.loss.clone(),
            mean: self.mean.clone(),
            plans: Vec::new(),
        }
    }
}

impl<L> core::fmt::Debug for LossMetric<L> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LossMetric")
            .field("name", &self.name)
            .field("mean", &self.mean)
            .finish_non_exhaustive()
    }
}

/// How many shapes of batches a metric keeps its loss for: the last batch of an epoch is shorter.
const KEPT: usize = 2;

impl<L: Loss> LossMetric<L> {
    /// The mean of `loss`, by its name.
    pub fn new(loss: L) -> Self {
        LossMetric { name: loss.name().into(), mean: Mean::new(loss.name()), loss, plans: Vec::new() }
    }

    /// Another name in the logs.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// Adds the losses of a batch to their mean. Numbers come with their shapes.
fn add_batch(
    loss: &dyn Arithmetic,
    plans: &mut Vec<EachPlan>,
    mean: &mut Mean,
    (y_true, true_shape): (&[f32], &[usize]),
    (y_pred, pred_shape): (&[f32], &[usize]),
    sample_weight: Option<&[f32]>,
) -> Result<()> {
    let at = match plans.iter().position(|plan| plan.fits(true_shape, pred_shape)) {
        Some(at) => at,
        None => {
            let plan = EachPlan::new(loss, true_shape, pred_shape)?;
            if plans.len() >= KEPT {
                plans.remove(0);
            }
            plans.push(plan);
            plans.len() - 1
        }
    };
    let plan = &mut plans[at];
    let is_one = plan.shape().is_empty();
    // Of a loss along the axis of samples, there is a number for each of the others.
    let rows = plan.shape().first().copied().unwrap_or(1);
    let (values, counts) = plan.run(y_true, y_pred)?;
    if is_one {
        // One number for all is that of each sample.
        let samples = pred_shape.first().copied().unwrap_or(1);
        let all = vec![values.first().copied().unwrap_or_default(); samples];
        return mean.batch(&all, samples, sample_weight);
    }
    let (Some(counts), Some(weight)) = (counts, sample_weight) else {
        return mean.batch(values, rows, sample_weight);
    };
    // As in Keras, the mean leaves out what the loss leaves out where samples have weights, and counts it as 0 where they have
    // none.
    let mut counts = counts.to_vec();
    let group = (counts.len() / weight.len().max(1)).max(1);
    counts.chunks_mut(group).zip(weight).for_each(|(part, w)| part.iter_mut().for_each(|c| *c *= w));
    mean.batch(values, rows, Some(&counts))
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
        let loss: &dyn Arithmetic = &self.loss;
        let (y_true, y_pred) = ((y_true, true_shape), (y_pred, pred_shape));
        add_batch(loss, &mut self.plans, &mut self.mean, y_true, y_pred, sample_weight)
    }

    fn result(&self) -> f64 {
        self.mean.result()
    }

    fn reset(&mut self) {
        self.mean.reset();
    }

    fn averages(&self) -> bool {
        // What a loss leaves out leaves each sample a weight of its own.
        self.loss.class_ids().is_none_or(|ids| ids.ignored.is_none())
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    written!(|metric| of_loss(metric.loss.config()?, &metric.name));

    mean_state!();

    plain_metric!();
}
