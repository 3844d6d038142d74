//! Which weight belongs to which number of a batch, and which targets to which outputs.

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use crate::tensor::Raw;
use crate::{Error, Result};

/// The numbers of a batch with the weights of their samples or steps.
pub(super) struct Items<'a> {
    weight: Option<&'a [f32]>,
    /// Numbers per weight.
    group: usize,
    n: usize,
    samples: usize,
}

impl<'a> Items<'a> {
    /// `n` numbers of `samples` samples.
    pub fn new(n: usize, samples: usize, weight: Option<&'a [f32]>) -> Result<Self> {
        let weights = weight.map_or(samples, <[f32]>::len);
        let whole = |n: usize, parts: usize| if parts == 0 { n == 0 } else { n.is_multiple_of(parts) };
        if !whole(n, weights) || !whole(weights, samples) {
            return Err(Error::shape(
                "sample weight",
                format!("{weights} weights for {samples} samples with {n} values"),
            ));
        }
        Ok(Items { weight, group: (n / weights.max(1)).max(1), n, samples })
    }

    /// The weight of a number.
    pub fn weight(&self, i: usize) -> f64 {
        self.weight.map_or(1.0, |weight| f64::from(weight[i / self.group]))
    }

    /// How many numbers each sample has.
    pub fn per_sample(&self) -> f64 {
        (self.n / self.samples.max(1)).max(1) as f64
    }

    /// The sum over samples of the mean weight of their steps.
    pub fn count(&self) -> f64 {
        match self.weight {
            None => self.samples as f64,
            Some(weight) => {
                let steps = (weight.len() / self.samples.max(1)).max(1) as f64;
                weight.iter().map(|w| f64::from(*w)).sum::<f64>() / steps
            }
        }
    }
}

/// Sum and number of values with a batch more, which counts with its mean as often as `weight` says.
pub(super) fn times(weight: f64, batch: &[f64], before: &[f64]) -> Vec<f64> {
    let [total, count] = *batch else { return before.to_vec() };
    let mean = if count == 0.0 { 0.0 } else { total / count };
    let before = |at: usize| before.get(at).copied().unwrap_or(0.0);
    vec![before(0) + mean * weight, before(1) + weight]
}

/// Weights for an output of this shape: a single number, or one row for all samples, is repeated as Keras does.
pub(super) fn spread(weight: &Raw, output: &[usize]) -> Result<Vec<f32>> {
    let (numbers, shape) = (weight.to_vec()?, weight.shape());
    match (shape.as_slice(), output) {
        ([], _) => Ok(vec![numbers[0]; samples(output)]),
        ([1, _, ..], [n, ..]) if *n > 1 && shape.len() == output.len() => {
            let row = ArrayViewD::from_shape(IxDyn(&shape), &numbers).ok();
            let all = row.as_ref().and_then(|row| row.broadcast(IxDyn(output)));
            Ok(all.map(|all| all.iter().copied().collect()).unwrap_or(numbers))
        }
        _ => Ok(numbers),
    }
}

/// The sum of numbers with their weights, and that of the weights, where of each sample the mean counts, or the sum. Weights
/// are broadcast as Keras does it: those with fewer axes are of the means (or sums) over the last axes of the numbers.
pub(super) fn reduced(values: &Raw, weight: Option<&Raw>, mean: bool) -> Result<(f64, f64)> {
    let array = |raw: &Raw| -> Result<ArrayD<f64>> {
        let numbers = raw.to_vec()?.into_iter().map(f64::from).collect();
        ArrayD::from_shape_vec(IxDyn(&raw.shape()), numbers)
            .map_err(|_| Error::shape("values", format!("shape {:?}", raw.shape())))
    };
    let mut values = array(values)?;
    if values.is_empty() {
        return Ok((0.0, 0.0));
    }
    let ones = ArrayD::ones(IxDyn(values.shape().get(..1).unwrap_or_default()));
    let mut weight = weight.map_or(Ok(ones), array)?;
    if values.ndim() + 1 == weight.ndim() && weight.shape().last() == Some(&1) {
        weight = weight.index_axis_move(Axis(values.ndim()), 0);
    }
    while values.ndim() > weight.ndim() {
        let last = Axis(values.ndim() - 1);
        let per = if mean { values.len_of(last) as f64 } else { 1.0 };
        values = values.sum_axis(last) / per;
    }
    let Some(weights) = weight.broadcast(values.raw_dim()) else {
        let message =
            format!("shape {:?} does not go with values of shape {:?}", weight.shape(), values.shape());
        return Err(Error::shapes("sample weight", message, values.shape(), weight.shape()));
    };
    let rows = values.shape().first().copied().unwrap_or(1);
    let per = if mean { (values.len() / rows) as f64 } else { 1.0 };
    // What does not count may be anything, even not a number.
    let counted = values.iter().zip(&weights).filter(|(_, weight)| **weight != 0.0);
    Ok((counted.map(|(value, weight)| value * weight).sum::<f64>() / per, weights.sum() / per))
}

/// The number of samples of a batch.
pub(super) fn samples(shape: &[usize]) -> usize {
    shape.first().copied().unwrap_or(1)
}

/// Checks that each output has a target; a last axis of 1 may be missing on one side.
pub(super) fn same(metric: &str, y_true: &[usize], y_pred: &[usize]) -> Result<()> {
    if y_true == y_pred
        || without_last_one(y_true) == Some(y_pred)
        || without_last_one(y_pred) == Some(y_true)
    {
        return Ok(());
    }
    Err(Error::shapes(
        format!("metric `{metric}`"),
        format!("targets {y_true:?} do not go with the model's output {y_pred:?}"),
        y_pred,
        y_true,
    ))
}

/// Checks that outputs have an axis of classes beside that of samples, of which an argument says something.
pub(super) fn with_classes(metric: &str, argument: &str, y_pred: &[usize]) -> Result<()> {
    if y_pred.len() > 1 {
        return Ok(());
    }
    let message = format!("with `{argument}` it takes outputs (batch, classes), found {y_pred:?}");
    Err(Error::shape(format!("metric `{metric}`"), message))
}

/// Checks that each row of the output has one target, and gives the length of a row.
pub(super) fn per_row(metric: &str, y_true: &[usize], y_pred: &[usize]) -> Result<usize> {
    if let [rows @ .., last] = y_pred
        && (y_true == rows || without_last_one(y_true) == Some(rows))
        && *last > 0
    {
        return Ok(*last);
    }
    Err(Error::shapes(
        format!("metric `{metric}`"),
        format!("targets {y_true:?} are not class indices for the model's output {y_pred:?}"),
        &y_pred[..y_pred.len().saturating_sub(1)],
        y_true,
    ))
}

/// The length of the last axis.
pub(super) fn last(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1).max(1)
}

fn without_last_one(shape: &[usize]) -> Option<&[usize]> {
    match shape {
        [rest @ .., 1] => Some(rest),
        _ => None,
    }
}

/// Where the first largest number is; as in Keras the first NaN where there is one.
pub(super) fn argmax(row: &[f32]) -> usize {
    let largest = |best: usize, (i, v): (usize, &f32)| if *v > row[best] { i } else { best };
    row.iter().position(|v| v.is_nan()).unwrap_or_else(|| row.iter().enumerate().fold(0, largest))
}

/// A metric that is the mean of a number per row or per output: its type, constructor and arithmetic.
macro_rules! mean_metric {
    ($(#[$doc:meta])* $type:ident = $name:literal, larger: $larger:expr,
     { $($(#[$field_doc:meta])* $field:ident: $t:ty = $default:expr),* $(,)? },
     |$self:ident, $y_true:ident, $true_shape:ident, $y_pred:ident, $pred_shape:ident| $body:expr,
     result: $result:expr $(, one_of_a_line: $line:literal)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type {
            name: String,
            mean: $crate::training::metrics::Mean,
            $($field: $t,)*
        }

        impl Default for $type {
            fn default() -> Self {
                $type::new()
            }
        }

        impl $type {
            /// With Keras's defaults.
            pub fn new() -> Self {
                $type { name: $name.into(), mean: $crate::training::metrics::Mean::new($name), $($field: $default,)* }
            }

            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(mut self, $field: $t) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }

        $crate::training::metrics::named!($type);

        impl $crate::training::metrics::Metric for $type {
            fn name(&self) -> &str {
                &self.name
            }

            fn update(
                &mut self,
                $y_true: &[f32],
                $true_shape: &[usize],
                $y_pred: &[f32],
                $pred_shape: &[usize],
                sample_weight: Option<&[f32]>,
            ) -> $crate::Result<()> {
                let $self = &*self;
                let values: Vec<f32> = $body;
                $(
                    // As in Keras the mean of outputs without other axes is one number.
                    if $line && $pred_shape.len() == 1 && sample_weight.is_none() && !values.is_empty() {
                        let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
                        self.mean.add(sum / values.len() as f64, 1.0);
                        return Ok(());
                    }
                )?
                self.mean.batch(&values, $crate::training::metrics::items::samples($pred_shape), sample_weight)
            }

            fn result(&self) -> f64 {
                let result: fn(f64) -> f64 = $result;
                result(self.mean.result())
            }

            fn reset(&mut self) {
                self.mean.reset();
            }

            fn averages(&self) -> bool {
                true
            }

            fn larger_is_better(&self) -> Option<bool> {
                Some($larger)
            }

            $crate::training::metrics::written!(|metric| object(
                stringify!($type),
                &metric.name,
                [$((stringify!($field), metric.$field.setting())),*] as [(&str, _); _]
            ));

            $crate::training::metrics::mean_state!();

            $crate::training::metrics::plain_metric!();
        }
    };
}
pub(super) use mean_metric;
