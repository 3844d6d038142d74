//! From the losses of a batch to one number.

use keras_ops::{self as ops, Symbolic};

use super::{ClassIds, Loss, Native, Target};
use crate::training::config::{Config, Setting};
use crate::{Error, Result};

/// How one number is made of the losses of a batch: Keras's `reduction`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// The mean over all losses that are not masked. Sample weights multiply the losses and do not change what the sum is
    /// divided by.
    #[default]
    SumOverBatchSize,
    /// The sum.
    Sum,
    /// Another name of `SumOverBatchSize`.
    Mean,
    /// The sum, divided by the sum of the sample weights as they were given: one that counts for several losses, as those of
    /// the steps of a sample, is added once.
    MeanWithSampleWeight,
    /// None of these: what the name was.
    #[doc(hidden)]
    Unknown(String),
}

impl From<&str> for Reduction {
    fn from(name: &str) -> Self {
        match name {
            "sum_over_batch_size" => Reduction::SumOverBatchSize,
            "sum" => Reduction::Sum,
            "mean" => Reduction::Mean,
            "mean_with_sample_weight" => Reduction::MeanWithSampleWeight,
            _ => Reduction::Unknown(name.into()),
        }
    }
}

impl Reduction {
    /// Keras's name.
    fn name(&self) -> &str {
        match self {
            Reduction::SumOverBatchSize => "sum_over_batch_size",
            Reduction::Sum => "sum",
            Reduction::Mean => "mean",
            Reduction::MeanWithSampleWeight => "mean_with_sample_weight",
            Reduction::Unknown(name) => name,
        }
    }

    /// # Errors
    /// There is no such reduction.
    fn check(&self, loss: &str) -> Result<()> {
        let Reduction::Unknown(name) = self else { return Ok(()) };
        let why = match name.as_str() {
            "none" | "None" => "with `\"none\"` there is no one number to train on",
            _ => "there is no such reduction",
        };
        Err(Error::Argument(format!(
            "`{loss}`: `reduction` is {name:?}: {why}\nhelp: one of \"sum_over_batch_size\", \"sum\", \"mean\", \"mean_with_sample_weight\""
        )))
    }

    /// What the sum of the losses times weights is divided by, from the number of losses, how many of them count where
    /// some do not, and the sum of the sample weights of those that do where there are any.
    pub(crate) fn divisor(&self, losses: f64, valid: Option<f64>, weights: Option<f64>) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::MeanWithSampleWeight => weights.or(valid).unwrap_or(losses),
            // A sum of 0 or 1 is whole: where it is 0, so is the numerator.
            _ => valid.map_or(losses, |valid| valid.max(1.0)),
        }
    }

    /// One number of the losses; `weight` and `mask` are of their shape, and of the sum of the weights a `share` counts.
    pub(super) fn of(
        &self,
        losses: &Symbolic,
        weight: Option<&Symbolic>,
        mask: Option<&Symbolic>,
        share: f64,
    ) -> Symbolic {
        let times = |x: Symbolic, factor: Option<&Symbolic>| match factor {
            Some(factor) => x * factor,
            None => x,
        };
        let sum = ops::sum(times(times(losses.clone(), weight), mask), None).build();
        let count = losses.shape().size() as f64;
        match (self, weight, mask) {
            (Reduction::Sum, ..) => sum,
            (Reduction::MeanWithSampleWeight, Some(weight), _) => {
                ops::divide_no_nan(sum, ops::sum(times(weight.clone(), mask), None) * share)
            }
            (Reduction::MeanWithSampleWeight, None, Some(mask)) => {
                ops::divide_no_nan(sum, ops::sum(mask, None))
            }
            (_, _, Some(mask)) => sum / ops::maximum(ops::sum(mask, None), 1.0),
            (_, _, None) => sum / count,
        }
    }
}

/// A loss with another [`Reduction`] than Keras's default: what [`Loss::reduction`] gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced<L> {
    loss: L,
    reduction: Reduction,
}

impl<L> Reduced<L> {
    pub(super) fn new(loss: L, reduction: Reduction) -> Self {
        Reduced { loss, reduction }
    }
}

#[diagnostic::do_not_recommend]
impl<L: Loss> Loss for Reduced<L> {
    const TARGET: Target = L::TARGET;
    type Targets = L::Targets;

    fn name(&self) -> &'static str {
        self.loss.name()
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        self.loss.call(y_true, y_pred)
    }

    fn counts(&self, y_true: &Symbolic, y_pred: &Symbolic, losses: &Symbolic) -> Result<Option<Symbolic>> {
        self.loss.counts(y_true, y_pred, losses)
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        self.reduction.check(self.loss.name())?;
        self.loss.check(y_true, y_pred)
    }

    fn config(&self) -> Option<Config> {
        let mut config = self.loss.config()?;
        config.arguments.push(("reduction".into(), Setting::Word(self.reduction.name().into())));
        Some(config)
    }

    fn reduces(&self) -> Reduction {
        self.reduction.clone()
    }

    fn class_ids(&self) -> Option<ClassIds> {
        self.loss.class_ids()
    }

    fn native(&self) -> Option<Native> {
        self.loss.native()
    }

    fn is_none(&self) -> bool {
        self.loss.is_none()
    }
}
