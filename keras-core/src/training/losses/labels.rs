//! Losses of labels that are not the output's classes one by one: sequences, neighbours, noisy labels.

use keras_ops::{self as ops, DType, Symbolic};

use super::pair::shaped;
use super::{ClassIds, Loss, Target, config_of, not_negative};
use crate::setters::setters;
use crate::training::config::{Config, arguments};
use crate::{Error, Result};

/// Connectionist temporal classification: outputs are logits `(batch, steps, classes)`, of which class 0 stands for no
/// label; targets are labels `(batch, labels)`, filled up with 0:
/// [Keras's `CTC`](https://keras.io/api/losses/probabilistic_losses/#ctc-class).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "CTCLoss")]
pub struct CTC;

impl CTC {
    /// The loss; it takes no arguments.
    pub fn new() -> Self {
        CTC
    }
}

arguments!(CTC);

#[diagnostic::do_not_recommend]
impl Loss for CTC {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::Labels;
    type Targets = crate::training::target::Labels;

    fn name(&self) -> &'static str {
        "ctc"
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        let classes = y_pred.last().copied().unwrap_or(0);
        let wrong = |label: &&f32| !(label.fract() == 0.0 && **label >= 0.0 && **label < classes as f32);
        match y_true.iter().find(wrong).filter(|_| y_pred.len() == 3) {
            None => Ok(()),
            Some(label) => Err(Error::shape(
                "target",
                format!(
                    "label {label}: labels are whole numbers from 0, no label, to {}",
                    classes.saturating_sub(1)
                ),
            )),
        }
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        if y_true.ndim() != 2 || y_pred.ndim() != 3 {
            return Err(Error::shape(
                "target",
                format!(
                    "`CTC` takes labels (batch, labels) and logits (batch, steps, classes), found {} and {}",
                    y_true.shape(),
                    y_pred.shape()
                ),
            ));
        }
        let [batch, steps] = [y_pred.shape()[0], y_pred.shape()[1]];
        let labels = ops::cast(y_true, DType::Int32);
        let count = ops::sum(ops::cast(ops::not_equal(&labels, 0), DType::Int32), -1);
        Ok(ops::ctc_loss(labels, y_pred, count, ops::broadcast_to(steps as i32, [batch])).build())
    }
}

/// Draws vectors of one class together and others apart; outputs are vectors of length 1, targets their class numbers:
/// [Keras's `Circle`](https://keras.io/api/losses/regression_losses/#circle-class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    gamma: f64,
    margin: f64,
    remove_diagonal: bool,
}

impl Default for Circle {
    fn default() -> Self {
        Circle { gamma: 80.0, margin: 0.4, remove_diagonal: true }
    }
}

impl Circle {
    /// Keras's defaults: a scale of 80, a margin of 0.4.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { Circle:
    /// The scale of the loss.
    gamma: f64,
    /// How far apart the similarities of one class and of others shall be.
    margin: f64,
    /// Whether a vector is no neighbour of itself.
    remove_diagonal: bool,
}

/// `ln(sum(exp(x)))` along the last axis over those that are chosen.
fn log_sum(x: Symbolic, chosen: &Symbolic) -> Symbolic {
    ops::logsumexp(ops::where_(ops::cast(chosen, DType::Bool), x, f32::NEG_INFINITY), -1).build()
}

arguments!(Circle, gamma, margin, remove_diagonal);

#[diagnostic::do_not_recommend]
impl Loss for Circle {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::ClassIndices;
    type Targets = crate::training::target::ClassIndices;

    fn name(&self) -> &'static str {
        "circle"
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        not_negative(self.name(), "gamma", self.gamma)?;
        not_negative(self.name(), "margin", self.margin)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (count, margin) = (y_true.shape().size(), self.margin);
        if y_pred.ndim() != 2 || y_pred.shape()[0] != count {
            return Err(Error::shape(
                "target",
                format!(
                    "`Circle` takes a class for each vector: vectors (batch, length) and classes (batch,), found {} and {}",
                    y_pred.shape(),
                    y_true.shape()
                ),
            ));
        }
        let labels = ops::cast(y_true, DType::Int32);
        let (column, row) = (shaped(&labels, &[count, 1]), shaped(&labels, &[1, count]));
        let float = |x: Symbolic| ops::cast(x, DType::Float32);
        let same = float(ops::equal(&column, &row));
        let other = 1.0 - &same;
        let same = if self.remove_diagonal { same * (1.0 - ops::eye(count, None, 0)) } else { same };
        let distance = ops::maximum(1.0 - ops::matmul(y_pred, ops::transpose(y_pred, None)), 0.0);
        let near = ops::maximum((&distance + margin) * &same, 0.0) * (margin - &distance) * -self.gamma;
        let far =
            ops::maximum((1.0 + margin - &distance) * &other, 0.0) * (1.0 - margin - &distance) * self.gamma;
        Ok(ops::softplus(log_sum(near, &same) + log_sum(far, &other)))
    }

    fn counts(&self, _: &Symbolic, _: &Symbolic, losses: &Symbolic) -> Result<Option<Symbolic>> {
        Ok(Some(ops::cast(ops::greater(losses, 0.0), DType::Float32)))
    }
}

/// Between crossentropy and absolute error, for class numbers of which some are wrong:
/// Keras's [`CategoricalGeneralizedCrossEntropy`](https://keras.io/api/losses/probabilistic_losses/#categoricalgeneralizedcrossentropy-class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoricalGeneralizedCrossEntropy {
    q: f64,
}

impl Default for CategoricalGeneralizedCrossEntropy {
    fn default() -> Self {
        CategoricalGeneralizedCrossEntropy { q: 0.5 }
    }
}

impl CategoricalGeneralizedCrossEntropy {
    /// Half way between both.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { CategoricalGeneralizedCrossEntropy:
    /// Between 0, crossentropy, and 1, absolute error.
    q: f64,
}

arguments!(CategoricalGeneralizedCrossEntropy, q);

#[diagnostic::do_not_recommend]
impl Loss for CategoricalGeneralizedCrossEntropy {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::ClassIndices;
    type Targets = crate::training::target::ClassIndices;

    fn name(&self) -> &'static str {
        "categorical_generalized_cross_entropy"
    }

    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        if self.q <= 0.0 || self.q >= 1.0 || self.q.is_nan() {
            let (name, q) = (self.name(), self.q);
            return Err(Error::Argument(format!("`{name}`: `q` must lie between 0 and 1, found {q}")));
        }
        super::SparseCategoricalCrossentropy::new().check(y_true, y_pred)
    }

    fn class_ids(&self) -> Option<ClassIds> {
        Some(ClassIds { ignored: None })
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let classes = super::sparse::targets(y_true, y_pred)?;
        let n = y_pred.shape().last().copied().unwrap_or(1);
        let p = ops::sum(y_pred * ops::one_hot(classes, n, -1), -1);
        Ok(super::pair::at_least_one_axis((1.0 - ops::power(p, self.q)) / self.q))
    }
}
