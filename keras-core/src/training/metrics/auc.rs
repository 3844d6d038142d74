//! The area under a curve.

use super::items::{Items, last, same, samples, with_classes};
use super::{Metric, named, plain_metric, written};
use crate::setters::setters;
#[cfg(feature = "files")]
use crate::training::config::Setting;
use crate::{Error, Result};

/// What is drawn against what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// Recall over the rate of false positives.
    #[default]
    ROC,
    /// Precision over recall.
    PR,
    /// Precision gain over recall gain: both by how much better they are than where all samples are taken for positive
    /// ([Flach and Kull, 2015](https://papers.nips.cc/paper/5867-precision-recall-gain-curves-pr-analysis-done-right)).
    PRGAIN,
}

/// How high a piece of the curve is between two thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SummationMethod {
    /// In the middle; for precision and recall Davis and Goadrich's interpolation.
    #[default]
    Interpolation,
    /// At its higher end.
    Majoring,
    /// At its lower end.
    Minoring,
}

/// The area under the ROC or the precision-recall curve, from counts at a number of thresholds:
/// [Keras's `AUC`](https://keras.io/api/metrics/classification_metrics/#auc-class).
#[derive(Clone, Debug)]
pub struct AUC {
    name: String,
    thresholds: Thresholds,
    curve: Curve,
    summation_method: SummationMethod,
    multi_label: bool,
    label_weights: Option<Vec<f64>>,
    from_logits: bool,
    labels: Vec<Label>,
}

#[derive(Clone, Debug)]
enum Thresholds {
    /// This many from 0 to 1.
    Even(usize),
    /// These, with 0 and 1.
    Own(Vec<f32>),
}

/// Weighted samples by the number of thresholds below their output.
#[derive(Clone, Debug)]
struct Label {
    yes: Vec<f64>,
    no: Vec<f64>,
}

impl Default for AUC {
    fn default() -> Self {
        AUC::new()
    }
}

impl AUC {
    /// Under the ROC curve, with 200 thresholds.
    pub fn new() -> Self {
        AUC {
            name: "auc".into(),
            thresholds: Thresholds::Even(200),
            curve: Curve::ROC,
            summation_method: SummationMethod::Interpolation,
            multi_label: false,
            label_weights: None,
            from_logits: false,
            labels: Vec::new(),
        }
    }

    /// How many thresholds: more are more exact. At least 2.
    #[must_use]
    pub fn num_thresholds(mut self, num_thresholds: usize) -> Self {
        self.thresholds = Thresholds::Even(num_thresholds);
        self
    }

    /// These thresholds, besides 0 and 1, instead of evenly spaced ones.
    #[must_use]
    pub fn thresholds(mut self, thresholds: impl Into<Vec<f32>>) -> Self {
        let mut thresholds = thresholds.into();
        thresholds.sort_by(f32::total_cmp);
        self.thresholds = Thresholds::Own(thresholds);
        self
    }

    /// What each output counts.
    #[must_use]
    pub fn label_weights(mut self, label_weights: impl Into<Vec<f64>>) -> Self {
        self.label_weights = Some(label_weights.into());
        self
    }

    /// Whether the thresholds can be, as in Keras.
    fn check(&self) -> Result<()> {
        let problem = match &self.thresholds {
            Thresholds::Even(n) if *n < 2 => format!("`num_thresholds` must be at least 2, found {n}"),
            Thresholds::Own(own) => match own.iter().find(|t| !(0.0..=1.0).contains(*t)) {
                Some(t) => format!("`thresholds` must lie between 0 and 1, found {t}"),
                None => return Ok(()),
            },
            Thresholds::Even(_) => return Ok(()),
        };
        Err(Error::Argument(format!("metric `{}`: {problem}", self.name)))
    }

    /// The inner thresholds, where they are not even.
    fn count(&self) -> usize {
        match &self.thresholds {
            Thresholds::Even(n) => *n,
            Thresholds::Own(own) => own.len() + 2,
        }
    }

    /// How many thresholds are below an output. The first is below all of them, the last below none.
    fn below(&self, p: f32) -> usize {
        match &self.thresholds {
            Thresholds::Even(n) => {
                let bucket = (p.clamp(0.0, 1.0) * (n - 1) as f32).ceil() - 1.0;
                bucket.max(0.0) as usize + 1
            }
            Thresholds::Own(own) => {
                let outer = usize::from(p > -1e-7) + usize::from(p > 1.0 + 1e-7);
                own.partition_point(|t| *t < p) + outer
            }
        }
    }
}

setters! { AUC:
    /// Which curve.
    curve: Curve,
    /// How high the curve is between two thresholds.
    summation_method: SummationMethod,
    /// Whether each output has a curve of its own, of which the mean is reported.
    multi_label: bool,
    /// Whether the output is logits, not the result of a sigmoid.
    from_logits: bool,
}

named!(AUC);

impl Label {
    fn new(thresholds: usize) -> Self {
        Label { yes: vec![0.0; thresholds + 1], no: vec![0.0; thresholds + 1] }
    }

    fn area(&self, curve: Curve, method: SummationMethod) -> f64 {
        let above = |counts: &[f64]| -> Vec<f64> {
            let mut sum = 0.0;
            let mut sums: Vec<f64> = counts
                .iter()
                .skip(1)
                .rev()
                .map(|c| {
                    sum += c;
                    sum
                })
                .collect();
            sums.reverse();
            sums
        };
        let (tp, fp) = (above(&self.yes), above(&self.no));
        let (yes, no) = (self.yes.iter().sum::<f64>(), self.no.iter().sum::<f64>());
        let (x, y): (Vec<f64>, Vec<f64>) = match curve {
            Curve::PR if method == SummationMethod::Interpolation => return interpolated(&tp, &fp, yes),
            Curve::PR => tp.iter().zip(&fp).map(|(t, f)| (over(*t, yes), over(*t, t + f))).unzip(),
            Curve::ROC => tp.iter().zip(&fp).map(|(t, f)| (over(*f, no), over(*t, yes))).unzip(),
            Curve::PRGAIN => tp.iter().zip(&fp).map(|(t, f)| gains(*t, *f, yes, no)).unzip(),
        };
        let height = |a: f64, b: f64| match method {
            SummationMethod::Interpolation => (a + b) / 2.0,
            SummationMethod::Majoring => a.max(b),
            SummationMethod::Minoring => a.min(b),
        };
        x.windows(2).zip(y.windows(2)).map(|(x, y)| (x[0] - x[1]) * height(y[0], y[1])).sum()
    }
}

/// The area under the precision-recall curve, where between two thresholds true positives grow evenly with all
/// positives ([Davis and Goadrich, 2006](https://www.biostat.wisc.edu/~page/rocpr.pdf)).
fn interpolated(tp: &[f64], fp: &[f64], yes: f64) -> f64 {
    tp.windows(2)
        .zip(fp.windows(2))
        .map(|(t, f)| {
            let p = [t[0] + f[0], t[1] + f[1]];
            let d = t[0] - t[1];
            let slope = over(d, (p[0] - p[1]).max(0.0));
            let intercept = t[1] - slope * p[1];
            let ratio = if p[0] > 0.0 && p[1] > 0.0 { p[0] / p[1] } else { 1.0 };
            over(slope * (d + intercept * ratio.ln()), yes)
        })
        .sum()
}

/// Recall gain, which is not negative, and precision gain.
fn gains(tp: f64, fp: f64, yes: f64, no: f64) -> (f64, f64) {
    if tp == 0.0 {
        return (0.0, 1.0);
    }
    let gain = |wrong: f64| 1.0 - over(yes, no) * wrong / tp;
    (gain(yes - tp).max(0.0), gain(fp))
}

/// 0 over 0 is 0.
fn over(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

impl Metric for AUC {
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
        self.check()?;
        same(&self.name, true_shape, pred_shape)?;
        let items = Items::new(y_pred.len(), samples(pred_shape), sample_weight)?;
        let n = last(pred_shape);
        if self.multi_label {
            with_classes(&self.name, "multi_label", pred_shape)?;
        }
        if self.label_weights.is_some() {
            with_classes(&self.name, "label_weights", pred_shape)?;
        }
        if let Some(weights) = self.label_weights.as_ref().filter(|weights| weights.len() != n) {
            let message = format!("{} label weights, the model's output has {n}", weights.len());
            return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
        }
        let labels = if self.multi_label { n } else { 1 };
        if self.labels.len() != labels {
            self.labels = vec![Label::new(self.count()); labels];
        }
        for (i, (t, p)) in y_true.iter().zip(y_pred).enumerate() {
            let p = if self.from_logits { 1.0 / (1.0 + (-p).exp()) } else { *p };
            let below = self.below(p);
            let mut weight = items.weight(i);
            if let Some(weights) = self.label_weights.as_ref().filter(|_| !self.multi_label) {
                weight *= weights[i % n];
            }
            let label = &mut self.labels[if self.multi_label { i % n } else { 0 }];
            let counts = if *t != 0.0 { &mut label.yes } else { &mut label.no };
            counts[below] += weight;
        }
        Ok(())
    }

    fn result(&self) -> f64 {
        let areas = self.labels.iter().map(|label| label.area(self.curve, self.summation_method));
        match self.label_weights.as_ref().filter(|_| self.multi_label) {
            Some(weights) => over(areas.zip(weights).map(|(a, w)| a * w).sum(), weights.iter().sum()),
            None => over(areas.sum(), self.labels.len() as f64),
        }
    }

    fn reset(&mut self) {
        self.labels.clear();
    }

    fn state(&self) -> Vec<f64> {
        self.labels.iter().flat_map(|label| label.yes.iter().chain(&label.no).copied()).collect()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<()> {
        // One more than thresholds: those that no output lies above, up to those that all do.
        let n = self.count() + 1;
        if !state.len().is_multiple_of(2 * n) {
            let found = state.len();
            let message = format!("it keeps {n} pairs of numbers for each label, found {found} numbers");
            return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
        }
        let label = |both: &[f64]| Label { yes: both[..n].to_vec(), no: both[n..].to_vec() };
        self.labels = state.chunks(2 * n).map(label).collect();
        Ok(())
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }

    written!(|metric| {
        let word = |word: &str| Setting::Word(word.into());
        let curve = match metric.curve {
            Curve::ROC => "ROC",
            Curve::PR => "PR",
            Curve::PRGAIN => "PRGAIN",
        };
        let method = match metric.summation_method {
            SummationMethod::Interpolation => "interpolation",
            SummationMethod::Majoring => "majoring",
            SummationMethod::Minoring => "minoring",
        };
        let mut arguments = vec![
            ("num_thresholds", metric.count().setting()),
            ("curve", word(curve)),
            ("summation_method", word(method)),
            ("multi_label", metric.multi_label.setting()),
            ("num_labels", Setting::None),
            ("label_weights", metric.label_weights.setting()),
            ("from_logits", metric.from_logits.setting()),
        ];
        if let Thresholds::Own(own) = &metric.thresholds {
            arguments.push(("thresholds", own.setting()));
        }
        object("AUC", &metric.name, arguments)
    });

    plain_metric!();
}
