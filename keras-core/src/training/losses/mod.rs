//! What a model is trained to make small: [Keras's losses](https://keras.io/api/losses/).
//!
//! `new` has Keras's defaults, and a method of its name sets an argument; all take `reduction`.
//!
//! ```
//! use keras_core::prelude::*;
//!
//! let model = || model!(Input(4) => Dense(3, activation = softmax));
//! let compiled = model().compile("adam", SparseCategoricalCrossentropy::new().ignore_class(-1), ());
//! let smoothed = model().compile("adam", CategoricalCrossentropy::new().label_smoothing(0.1), ());
//! let robust = model!(Input(4) => Dense(1)).compile("adam", Huber::new().delta(2.0).reduction("sum"), ());
//! # drop((compiled, smoothed, robust));
//! ```
//!
#![doc = include_str!("arguments.md")]

mod binary;
mod categorical;
mod focal;
#[cfg(feature = "files")]
mod from_config;
mod hinge;
mod labels;
mod list;
mod native;
mod no_loss;
mod overlap;
mod own;
mod pair;
mod plan;
mod probabilistic;
mod reduction;
mod regression;
mod sparse;

use keras_ops::Symbolic;

pub use binary::BinaryCrossentropy;
pub use categorical::CategoricalCrossentropy;
pub use focal::{BinaryFocalCrossentropy, CategoricalFocalCrossentropy, FocalAlpha};
#[cfg(feature = "files")]
pub(crate) use from_config::{by_name, for_each_class, from_config};
pub use hinge::{CategoricalHinge, Hinge, SquaredHinge};
pub use labels::{CTC, CategoricalGeneralizedCrossEntropy, Circle};
#[doc(hidden)]
pub use list::TargetShape;
pub use list::{IsTuple, LossesInOrder, MetricsInOrder};
pub use list::{Losses, MetricsFor};
#[doc(hidden)]
pub use native::Native;
pub(crate) use native::{Rows, Scratch};
pub use no_loss::NoLoss;
pub use overlap::{Dice, Tversky};
pub use own::{LossFn, Traceable};
pub(crate) use plan::{Arithmetic, EachPlan, losses_shape};
pub use plan::{Evaluated, evaluate};
#[doc(hidden)]
pub use plan::{LossKey, LossPlan};
pub use probabilistic::{KLDivergence, Poisson};
pub use reduction::{Reduced, Reduction};
pub use regression::{
    CosineSimilarity, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError,
};
pub use sparse::SparseCategoricalCrossentropy;

use crate::training::config::{Arguments, Config};
use crate::{Error, Result};

/// Keras's `backend.epsilon()`: probabilities are held this far from 0 and 1.
pub(crate) const EPSILON: f64 = 1e-7;

/// The configuration of a loss of Keras.
fn config_of<L: Arguments>(loss: &L) -> Option<Config> {
    Some(Config { module: "keras.losses".into(), class: L::CLASS.into(), arguments: loss.arguments() })
}

/// What a loss expects to be told about each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A number for each number of the output.
    SameAsOutput,
    /// The index of the right class: the output's shape without its last axis, or with a last axis of 1.
    ClassIndices,
    /// A sequence of labels for each sample: `(batch, labels)`.
    Labels,
    /// Whatever the metrics take: of an output without a loss.
    Any,
}

/// Whether an axis is the last of all: what the kernels work along.
pub(crate) fn is_last(axis: isize) -> bool {
    axis == -1
}

/// An argument of a loss that must lie between 0 and 1.
pub(crate) fn fraction(loss: &str, name: &str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::Argument(format!("`{loss}`: `{name}` must lie between 0 and 1, found {value}")))
}

/// An argument of a loss that must not be negative.
pub(crate) fn not_negative(loss: &str, name: &str, value: f64) -> Result<()> {
    if value >= 0.0 && (value as f32).is_finite() {
        return Ok(());
    }
    Err(Error::Argument(format!("`{loss}`: `{name}` must be finite and not negative, found {value}")))
}

/// Class numbers from 0 to below the number of the output's classes, and one more.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassIds {
    /// A number that stands for no class: samples that do not count.
    pub ignored: Option<i64>,
}

impl ClassIds {
    /// What is wrong with a target, for an output of `classes`.
    pub(crate) fn problem(self, target: f64, classes: usize) -> Option<String> {
        if self.ignored.is_some_and(|ignored| ignored as f64 == target) {
            return None;
        }
        if !target.is_finite() || target.fract() != 0.0 {
            return Some("class numbers are whole numbers".into());
        }
        if target >= 0.0 && target < classes as f64 {
            return None;
        }
        let mut text = match classes {
            1 => "the model's output has 1 class, 0".to_string(),
            n => format!("the model's output has {n} classes, 0 to {}", n.saturating_sub(1)),
        };
        if classes == 1 {
            text += "\nhelp: for 0/1 labels use `BinaryCrossentropy`; to tell more classes apart the output needs a number for each: `Dense(classes, activation = softmax)`";
        }
        Some(text)
    }
}

/// A loss: [Keras's `Loss`](https://keras.io/api/losses/), written in [operations](crate::ops). They are traced once for
/// the lengths of a batch, and run forward and backward in a plan.
///
/// A function of targets and outputs is a loss as it stands; [`LossFn`] gives it a name or class numbers as targets.
///
/// ```
/// use keras_core::prelude::*;
///
/// fn cube(y_true: Symbolic, y_pred: Symbolic) -> Symbolic {
///     ops::mean(ops::power(ops::abs(y_true - y_pred), 3.0), -1).into()
/// }
///
/// let model = model!(Input(4) => Dense(1)).compile("adam", cube, ());
/// # drop(model);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss",
    note = "a loss is a type: for \"mean_squared_error\" write `MeanSquaredError::new()`"
)]
pub trait Loss: Clone + Send + Sync + 'static {
    /// What the targets look like.
    const TARGET: Target;

    /// The same for the compiler: how the type of a target follows from that of the output.
    type Targets: crate::training::target::TargetKind;

    /// Keras's name: `mean_squared_error`.
    fn name(&self) -> &'static str;

    /// The loss of each sample, or of each step of each sample: the output's shape without its last axis, mostly. One
    /// number without axes is a loss of the whole batch.
    ///
    /// # Errors
    /// The targets do not have the shape that goes with the output.
    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic>;

    /// Which of the losses that [`call`](Loss::call) gives count, as 1 or 0 in their shape; all of them if there is
    /// nothing to leave out.
    ///
    /// # Errors
    /// As `call`.
    fn counts(&self, y_true: &Symbolic, y_pred: &Symbolic, losses: &Symbolic) -> Result<Option<Symbolic>> {
        let _ = (y_true, y_pred, losses);
        Ok(None)
    }

    /// Checks targets before training starts, where they are still on the host, and the loss's own arguments; `y_pred`
    /// is the output's shape.
    ///
    /// # Errors
    /// Names the first target that cannot be, or the argument.
    fn check(&self, y_true: &[f32], y_pred: &[usize]) -> Result<()> {
        let _ = (y_true, y_pred);
        Ok(())
    }

    /// How one number is made of the losses of a batch; set by [`reduction`](Loss::reduction).
    #[doc(hidden)]
    fn reduces(&self) -> Reduction {
        Reduction::SumOverBatchSize
    }

    /// What it was made with, as Keras's configurations have it; nothing of a loss that Keras does not have.
    fn config(&self) -> Option<Config> {
        None
    }

    /// Which class numbers targets may be, where each must be one of the output's classes: they are checked as they
    /// were given, with the number of the sample.
    #[doc(hidden)]
    fn class_ids(&self) -> Option<ClassIds> {
        None
    }

    /// Whether it is [`NoLoss`].
    #[doc(hidden)]
    fn is_none(&self) -> bool {
        false
    }

    /// The kernel that computes the same, if there is one.
    #[doc(hidden)]
    fn native(&self) -> Option<Native> {
        None
    }

    /// Keras's argument `reduction`, of every loss: `"sum_over_batch_size"` unless set, `"sum"`, `"mean"` or
    /// `"mean_with_sample_weight"`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let loss = CategoricalCrossentropy::new().label_smoothing(0.1).reduction("sum");
    /// # drop(loss);
    /// ```
    fn reduction(self, reduction: impl Into<Reduction>) -> Reduced<Self>
    where
        Self: Sized,
    {
        Reduced::new(self, reduction.into())
    }
}

#[cfg(test)]
mod tests;
