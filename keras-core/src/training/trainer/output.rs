//! What belongs to one output of a model: its loss, and what is counted of it.

use std::collections::HashMap;

use super::super::callbacks::merge;
use super::super::metrics::{Mean, Metric};
use super::super::weights::Weights;
use super::{AnyLoss, Logs, Spread};
use crate::Result;

/// One output: its name, its loss, and what is counted of it.
pub(crate) struct Output {
    /// Keras's, for logs.
    pub name: &'static str,
    /// The source's, for errors.
    pub field: &'static str,
    pub loss: Box<dyn AnyLoss>,
    pub weight: f64,
    pub metrics: Vec<Box<dyn Metric>>,
    /// Those that see the sample weights.
    pub weighted: Vec<Box<dyn Metric>>,
    pub mean: Mean,
    factors: Vec<f32>,
}

/// Numbers and their shape.
type Array<'a> = (&'a [f32], &'a [usize]);

impl Output {
    pub fn new(
        name: &'static str,
        field: &'static str,
        loss: Box<dyn AnyLoss>,
        metrics: Vec<Box<dyn Metric>>,
    ) -> Self {
        let mean = Mean::new(format!("{name}_loss"));
        Output { name, field, loss, weight: 1.0, metrics, weighted: Vec::new(), mean, factors: Vec::new() }
    }

    pub fn reset(&mut self) {
        self.mean.reset();
        self.all_metrics_mut().for_each(|metric| metric.reset());
    }

    /// The metrics, those with sample weights last.
    pub fn all_metrics(&self) -> impl Iterator<Item = &Box<dyn Metric>> {
        self.metrics.iter().chain(&self.weighted)
    }

    /// As [`all_metrics`](Self::all_metrics), to be changed.
    pub fn all_metrics_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn Metric>> {
        self.metrics.iter_mut().chain(&mut self.weighted)
    }

    /// Whether there are metrics.
    pub fn counts(&self) -> bool {
        !self.metrics.is_empty() || !self.weighted.is_empty()
    }

    /// The shape of the losses, from that of the targets.
    pub fn losses(&self, target: &[usize]) -> Vec<usize> {
        self.loss.losses(target)
    }

    /// Tells the metrics. Masked steps do not count in any of them; as in Keras, sample weights are those of
    /// `weighted_metrics` alone.
    pub fn count(
        &mut self,
        (target, target_shape): Array<'_>,
        (predicted, shape): Array<'_>,
        mask: Option<Array<'_>>,
        weights: &Weights,
    ) -> Result<()> {
        let losses = shape.split_last().map_or(&[][..], |(_, rest)| rest);
        let masked = match mask {
            None => None,
            Some((mask, mask_shape)) => {
                self.factors.clear();
                self.factors.resize(losses.iter().product(), 1.0);
                Spread::new(mask_shape, losses, "mask")?.multiply(&mut self.factors, losses, |i| mask[i]);
                Some(self.factors.as_slice())
            }
        };
        for metric in &mut self.metrics {
            metric.update(target, target_shape, predicted, shape, masked)?;
        }
        if self.weighted.is_empty() {
            return Ok(());
        }
        let masked = masked.is_some();
        if !weights.shape.is_empty() {
            if !masked {
                self.factors.clear();
                self.factors.resize(losses.iter().product(), 1.0);
            }
            let spread = Spread::new(&weights.shape, losses, "sample weight")?;
            spread.multiply(&mut self.factors, losses, |i| weights.values[i]);
        }
        let factors = (masked || !weights.shape.is_empty()).then_some(self.factors.as_slice());
        for metric in &mut self.weighted {
            metric.update(target, target_shape, predicted, shape, factors)?;
        }
        Ok(())
    }
}

/// Adds the value of a metric, or all of its values.
fn values(name: &str, metric: &dyn Metric, logs: &mut Logs) {
    let several = metric.results();
    if several.is_empty() {
        logs.push((name.to_string(), metric.result()));
    }
    logs.extend(several.into_iter().map(|(label, value)| (format!("{name}[{label}]"), value)));
}

/// Something that stands in logs.
enum Logged<'a> {
    Loss(&'a Mean),
    Metric(&'a dyn Metric),
}

/// Whether more is better of the metric with this name in logs, where it says so.
pub(crate) fn larger_is_better(outputs: &[Output], name: &str) -> Option<bool> {
    // That of one class: `f1_score[0]`.
    let name = name.split_once('[').map_or(name, |(before, _)| before);
    // The last of a name is what logs have.
    named(outputs).into_iter().rfind(|(known, _)| known == name).and_then(|(_, logged)| match logged {
        Logged::Loss(_) => Some(false),
        Logged::Metric(metric) => metric.larger_is_better(),
    })
}

/// Adds the losses of several outputs and all metrics. As in a dict of Python, of two with one name the last counts: outputs
/// that are one tensor have one name, and a metric may be called `loss`.
pub(super) fn log(outputs: &[Output], logs: &mut Logs) {
    let mut all = Logs::new();
    for (name, logged) in named(outputs) {
        match logged {
            Logged::Loss(mean) => all.push((name, mean.result())),
            Logged::Metric(metric) => values(&name, metric, &mut all),
        }
    }
    merge(logs, all);
}

/// The losses of several outputs and all metrics, by the names that Keras gives: a weighted metric is called so where
/// another has its name.
fn named(outputs: &[Output]) -> Vec<(String, Logged<'_>)> {
    let mut all = Vec::new();
    let several = outputs.len() > 1;
    // Keras tells the losses apart where there are several.
    let apart = outputs.iter().filter(|output| !output.loss.is_none()).count() > 1;
    let full = |output: &Output, name: &str| {
        if several { format!("{}_{name}", output.name) } else { name.to_string() }
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    // Of those of one name, all but the first have a number.
    let numbered = |seen: &mut HashMap<String, usize>, name: String| {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}_{}", *count - 1) }
    };
    for output in outputs {
        if apart && !output.loss.is_none() {
            all.push((output.mean.name().to_string(), Logged::Loss(&output.mean)));
        }
        for metric in &output.metrics {
            let name = numbered(&mut seen, full(output, metric.name()));
            all.push((name, Logged::Metric(&**metric)));
        }
    }
    for output in outputs {
        for metric in &output.weighted {
            let mut name = full(output, metric.name());
            if seen.contains_key(&name) {
                name = full(output, &format!("weighted_{}", metric.name()));
            }
            all.push((numbered(&mut seen, name), Logged::Metric(&**metric)));
        }
    }
    all
}
