//! How much targets and outputs overlap: losses of segmentation.

use keras_ops::{self as ops, Symbolic};

use super::pair::{axis_of, pair};
use super::{EPSILON, Loss, Target, config_of, not_negative};
use crate::Result;
use crate::setters::setters;
use crate::training::config::{Config, arguments};

/// The sum over axes, or over all of them.
fn sum(x: Symbolic, axis: Option<&[isize]>) -> Symbolic {
    match axis {
        Some(axes) => ops::sum(x, axes).build(),
        None => ops::sum(x, None).build(),
    }
}

/// The axes that a loss is summed over: of the whole batch unless named.
fn axes<'a>(loss: &str, axis: &'a Option<Vec<isize>>, y_pred: &Symbolic) -> Result<Option<&'a [isize]>> {
    for axis in axis.iter().flatten() {
        axis_of(loss, *axis, y_pred)?;
    }
    Ok(axis.as_deref())
}

/// 1 less twice the overlap of targets and outputs over the sum of both:
/// [Keras's `Dice`](https://keras.io/api/losses/regression_losses/#dice-class). Without `axis` it is one number for the
/// whole batch.
#[derive(Clone, Debug, Default, PartialEq)]
#[doc(alias = "DiceLoss")]
pub struct Dice {
    axis: Option<Vec<isize>>,
}

impl Dice {
    /// Of the whole batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// The axes that are summed over: `[1, 2, 3]` for a loss of each image.
    #[must_use]
    pub fn axis(mut self, axis: impl Into<Vec<isize>>) -> Self {
        self.axis = Some(axis.into());
        self
    }
}

arguments!(Dice, axis);

#[diagnostic::do_not_recommend]
impl Loss for Dice {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "dice"
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axes(self.name(), &self.axis, &p)?;
        let both = sum(&t * &p, axis) * 2.0;
        Ok(1.0 - both / (sum(t, axis) + sum(p, axis) + EPSILON))
    }
}

/// [`Dice`] in which what is missed and what is too much count differently:
/// [Keras's `Tversky`](https://keras.io/api/losses/regression_losses/#tversky-class).
#[derive(Clone, Debug, PartialEq)]
pub struct Tversky {
    alpha: f64,
    beta: f64,
    axis: Option<Vec<isize>>,
}

impl Default for Tversky {
    fn default() -> Self {
        Tversky { alpha: 0.5, beta: 0.5, axis: None }
    }
}

impl Tversky {
    /// Of the whole batch, with both at 0.5: as `Dice`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The axes that are summed over: `[1, 2, 3]` for a loss of each image.
    #[must_use]
    pub fn axis(mut self, axis: impl Into<Vec<isize>>) -> Self {
        self.axis = Some(axis.into());
        self
    }
}

setters! { Tversky:
    /// What targets count that outputs miss; Keras calls them false positives.
    alpha: f64,
    /// What outputs count that no target asks for; Keras calls them false negatives.
    beta: f64,
}

arguments!(Tversky, alpha, beta, axis);

#[diagnostic::do_not_recommend]
impl Loss for Tversky {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "tversky"
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        not_negative(self.name(), "alpha", self.alpha)?;
        not_negative(self.name(), "beta", self.beta)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axes(self.name(), &self.axis, &p)?;
        let both = sum(&t * &p, axis);
        let missed = sum((1.0 - &p) * &t, axis);
        let extra = sum(p * (1.0 - t), axis);
        Ok(1.0 - &both / (&both + missed * self.alpha + extra * self.beta + EPSILON))
    }
}
