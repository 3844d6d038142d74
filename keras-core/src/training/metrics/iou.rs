//! Intersection over union.

use super::items::{Items, argmax, samples};
use super::{Metric, named, plain_metric, written};
use crate::setters::setters;
use crate::{Error, Result};

/// Keras's `epsilon()`.
const EPSILON: f64 = 1e-7;

/// Counts of targets and outputs by class.
#[derive(Clone, Debug)]
struct Confusion {
    classes: usize,
    /// By target, then by output.
    counts: Vec<f64>,
}

/// How targets and outputs tell their classes.
#[derive(Clone, Debug)]
struct Coding {
    ignore_class: Option<i64>,
    sparse_y_true: bool,
    sparse_y_pred: bool,
    axis: isize,
}

impl Coding {
    /// The class of each place: its number, or where the largest number along the axis is.
    fn classes(&self, metric: &str, numbers: &[f32], shape: &[usize], sparse: bool) -> Result<Vec<i64>> {
        if sparse {
            return Ok(numbers.iter().map(|x| if x.is_nan() { -1 } else { *x as i64 }).collect());
        }
        let axis = if self.axis < 0 { self.axis + shape.len() as isize } else { self.axis };
        let Some(axis) = usize::try_from(axis).ok().filter(|axis| *axis < shape.len()) else {
            let (axis, rank) = (self.axis, shape.len());
            return Err(Error::Argument(format!("metric `{metric}`: there is no axis {axis} among {rank}")));
        };
        let (n, inner) = (shape[axis].max(1), shape[axis + 1..].iter().product::<usize>().max(1));
        let mut row = vec![0.0; n];
        let mut classes = Vec::with_capacity(numbers.len() / n);
        for block in numbers.chunks(n * inner) {
            for at in 0..inner {
                row.iter_mut().enumerate().for_each(|(i, x)| *x = block[i * inner + at]);
                classes.push(argmax(&row) as i64);
            }
        }
        Ok(classes)
    }
}

impl Confusion {
    fn new(classes: usize) -> Self {
        Confusion { classes, counts: vec![0.0; classes * classes] }
    }

    fn add(
        &mut self,
        metric: &str,
        t: &[i64],
        p: &[i64],
        ignored: Option<i64>,
        items: &Items<'_>,
    ) -> Result<()> {
        if t.len() != p.len() {
            let message = format!("{} targets do not go with {} outputs", t.len(), p.len());
            return Err(Error::shape(format!("metric `{metric}`"), message));
        }
        let class = |class: i64| usize::try_from(class).ok().filter(|class| *class < self.classes);
        for (i, (t, p)) in t.iter().zip(p).enumerate() {
            if ignored == Some(*t) {
                continue;
            }
            // As in Keras, what is no class counts nowhere.
            if let (Some(t), Some(p)) = (class(*t), class(*p)) {
                self.counts[t * self.classes + p] += items.weight(i);
            }
        }
        Ok(())
    }

    /// The mean over the classes of these numbers that there are.
    fn mean(&self, of: impl Iterator<Item = usize>) -> f64 {
        let n = self.classes;
        let (mut sum, mut valid) = (0.0, 0.0);
        for class in of.filter(|class| *class < n) {
            let row: f64 = self.counts[class * n..(class + 1) * n].iter().sum();
            let column: f64 = (0..n).map(|t| self.counts[t * n + class]).sum();
            let both = self.counts[class * n + class];
            let union = row + column - both;
            if union > 1e-9 {
                sum += both / (union + EPSILON);
                valid += 1.0;
            }
        }
        sum / (valid + EPSILON)
    }
}

macro_rules! iou {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $($argument:ident: $($path:ident).+),*;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            name: String,
            /// None for all of them.
            target_class_ids: Option<Vec<usize>>,
            coding: Coding,
            threshold: Option<f32>,
            counts: Confusion,
        }

        named!($type);

        impl $type {
            fn of(classes: usize, target_class_ids: Option<Vec<usize>>, sparse: (bool, bool)) -> Self {
                let (sparse_y_true, sparse_y_pred) = sparse;
                $type {
                    name: $name.into(),
                    target_class_ids,
                    coding: Coding { ignore_class: None, sparse_y_true, sparse_y_pred, axis: -1 },
                    threshold: None,
                    counts: Confusion::new(classes),
                }
            }
        }

        impl Metric for $type {
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
                let classes = self.counts.classes;
                if let Some(id) = self.target_class_ids.iter().flatten().find(|id| **id >= classes) {
                    let message = format!("target class {id}, and there are {classes} classes, 0 to {}", classes.saturating_sub(1));
                    return Err(Error::Argument(format!("metric `{}`: {message}", self.name)));
                }
                let coding = &self.coding;
                let t = coding.classes(&self.name, y_true, true_shape, coding.sparse_y_true)?;
                let p = match self.threshold {
                    Some(threshold) => y_pred.iter().map(|p| i64::from(*p >= threshold)).collect(),
                    None => coding.classes(&self.name, y_pred, pred_shape, coding.sparse_y_pred)?,
                };
                let items = Items::new(p.len(), samples(pred_shape), sample_weight)?;
                self.counts.add(&self.name, &t, &p, coding.ignore_class, &items)
            }

            fn result(&self) -> f64 {
                match &self.target_class_ids {
                    Some(ids) => self.counts.mean(ids.iter().copied()),
                    None => self.counts.mean(0..self.counts.classes),
                }
            }

            fn reset(&mut self) {
                self.counts.counts.fill(0.0);
            }

            fn state(&self) -> Vec<f64> {
                self.counts.counts.clone()
            }

            fn set_state(&mut self, state: &[f64]) -> Result<()> {
                if state.len() != self.counts.counts.len() {
                    let (n, found) = (self.counts.counts.len(), state.len());
                    return Err(Error::Argument(format!("metric `{}`: it keeps {n} numbers, found {found}", self.name)));
                }
                self.counts.counts.copy_from_slice(state);
                Ok(())
            }

            fn larger_is_better(&self) -> Option<bool> {
                Some(true)
            }

            written!(|metric| object(
                stringify!($type),
                &metric.name,
                [$((stringify!($argument), metric.$($path).+.setting())),*]
            ));

            plain_metric!();
        }
    )* };
}

iou! {
    /// The mean over some classes of what targets and outputs have in common over what either has:
    /// [Keras's `IoU`](https://keras.io/api/metrics/segmentation_metrics/#iou-class). Targets and outputs are class numbers
    /// unless said otherwise. Sample weights count as they are, where Keras cuts them to whole numbers.
    IoU = "io_u", num_classes: counts.classes, target_class_ids: target_class_ids, ignore_class: coding.ignore_class,
        sparse_y_true: coding.sparse_y_true, sparse_y_pred: coding.sparse_y_pred, axis: coding.axis;

    /// [`IoU`] of all classes: [Keras's `MeanIoU`](https://keras.io/api/metrics/segmentation_metrics/#meaniou-class).
    MeanIoU = "mean_io_u", num_classes: counts.classes, ignore_class: coding.ignore_class,
        sparse_y_true: coding.sparse_y_true, sparse_y_pred: coding.sparse_y_pred, axis: coding.axis;

    /// [`IoU`] of one-hot targets and a number for each class:
    /// [Keras's `OneHotIoU`](https://keras.io/api/metrics/segmentation_metrics/#onehotiou-class).
    OneHotIoU = "one_hot_io_u", num_classes: counts.classes, target_class_ids: target_class_ids,
        ignore_class: coding.ignore_class, sparse_y_pred: coding.sparse_y_pred, axis: coding.axis;

    /// [`OneHotIoU`] of all classes:
    /// [Keras's `OneHotMeanIoU`](https://keras.io/api/metrics/segmentation_metrics/#onehotmeaniou-class).
    OneHotMeanIoU = "one_hot_mean_io_u", num_classes: counts.classes, ignore_class: coding.ignore_class,
        sparse_y_pred: coding.sparse_y_pred, axis: coding.axis;

    /// [`IoU`] of 0 and 1, where an output from a threshold on is 1:
    /// [Keras's `BinaryIoU`](https://keras.io/api/metrics/segmentation_metrics/#binaryiou-class).
    BinaryIoU = "binary_io_u", target_class_ids: target_class_ids, threshold: threshold;
}

impl IoU {
    /// Of these of so many classes.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> Self {
        Self::of(num_classes, Some(target_class_ids.into()), (true, true))
    }
}

impl MeanIoU {
    /// Of so many classes.
    pub fn new(num_classes: usize) -> Self {
        Self::of(num_classes, None, (true, true))
    }
}

impl OneHotIoU {
    /// Of these of so many classes.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> Self {
        Self::of(num_classes, Some(target_class_ids.into()), (false, false))
    }
}

impl OneHotMeanIoU {
    /// Of so many classes.
    pub fn new(num_classes: usize) -> Self {
        Self::of(num_classes, None, (false, false))
    }
}

impl Default for BinaryIoU {
    fn default() -> Self {
        BinaryIoU::new()
    }
}

impl BinaryIoU {
    /// Of both classes, with a threshold of 0.5.
    pub fn new() -> Self {
        let mut metric = Self::of(2, Some(vec![0, 1]), (true, true));
        metric.threshold = Some(0.5);
        metric
    }

    /// The classes of which the mean is taken: `[0, 1]`.
    #[must_use]
    pub fn target_class_ids(mut self, target_class_ids: impl Into<Vec<usize>>) -> Self {
        self.target_class_ids = Some(target_class_ids.into());
        self
    }

    /// From which number on an output is 1.
    #[must_use]
    pub fn threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }
}

macro_rules! coded {
    ($($type:ident)*) => { $(
        setters! { $type:
            /// The axis of the classes, where targets or outputs have a number for each: -1.
            axis: isize => coding.axis,
            /// Whether outputs are class numbers.
            sparse_y_pred: bool => coding.sparse_y_pred,
        }

        impl $type {
            /// Targets of this class do not count.
            #[must_use]
            pub fn ignore_class(mut self, class: i64) -> Self {
                self.coding.ignore_class = Some(class);
                self
            }
        }
    )* };
}
coded! { IoU MeanIoU OneHotIoU OneHotMeanIoU }

macro_rules! sparse_targets {
    ($($type:ident)*) => { $(
        setters! { $type:
            /// Whether targets are class numbers.
            sparse_y_true: bool => coding.sparse_y_true,
        }
    )* };
}
sparse_targets! { IoU MeanIoU }
