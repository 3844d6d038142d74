//! Distances between numbers.

use burn::tensor::{Tensor, activation};

use super::pair::Pair;
use super::{EPSILON, Loss, Native, Target, not_negative};
use crate::Result;
use crate::setters::setters;
use crate::tensor::Raw;
use crate::tensor_ops::extremes::{at_least, magnitude};

/// Losses without arguments, as a function of targets and outputs in rows.
macro_rules! plain_losses {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $call:expr $(, $native:expr)?;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $type;

        impl $type {
            /// The loss; it takes no arguments.
            pub fn new() -> Self {
                Self
            }
        }

        #[diagnostic::do_not_recommend]
        impl $crate::training::losses::Loss for $type {
            const TARGET: $crate::training::losses::Target = $crate::training::losses::Target::SameAsOutput;
            type Targets = $crate::training::target::SameAsOutput;

            fn name(&self) -> &'static str {
                $name
            }

            $(
                fn native(&self) -> Option<$crate::training::losses::Native> {
                    Some($native)
                }
            )?

            fn call(&self, y_true: &$crate::tensor::Raw, y_pred: &$crate::tensor::Raw) -> $crate::Result<$crate::tensor::Raw> {
                let pair = $crate::training::losses::pair::Pair::new(y_true, y_pred)?;
                let call: fn(Tensor<2>, Tensor<2>) -> Tensor<2> = $call;
                pair.finish(call(pair.t.clone(), pair.p.clone()))
            }
        }
    )* };
}
pub(super) use plain_losses;

plain_losses! {
    /// The mean of squared differences:
    /// [Keras's `MeanSquaredError`](https://keras.io/api/losses/regression_losses/#meansquarederror-class).
    MeanSquaredError = "mean_squared_error", |t, p| (p - t).square().mean_dim(1), Native::Squared;

    /// The mean of absolute differences:
    /// [Keras's `MeanAbsoluteError`](https://keras.io/api/losses/regression_losses/#meanabsoluteerror-class).
    MeanAbsoluteError = "mean_absolute_error", |t, p| magnitude(t - p).mean_dim(1), Native::Absolute;

    /// The mean of absolute differences in percent of the target: Keras's
    /// [`MeanAbsolutePercentageError`](https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class).
    MeanAbsolutePercentageError = "mean_absolute_percentage_error", |t, p| {
        let size = at_least(t.clone().abs(), EPSILON);
        magnitude((t - p) / size).mean_dim(1) * 100.0
    };

    /// The mean of squared differences of `log(1 + x)`: Keras's
    /// [`MeanSquaredLogarithmicError`](https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class).
    MeanSquaredLogarithmicError = "mean_squared_logarithmic_error", |t, p| {
        let log = |x: Tensor<2>| (at_least(x, EPSILON) + 1.0).log();
        (log(p) - log(t)).square().mean_dim(1)
    };

    /// The mean of `log(cosh(difference))`: square for small, absolute for large differences:
    /// [Keras's `LogCosh`](https://keras.io/api/losses/regression_losses/#logcosh-class).
    LogCosh = "log_cosh", |t, p| {
        let x = p - t;
        (x.clone() + activation::softplus(x * -2.0, 1.0) - core::f64::consts::LN_2).mean_dim(1)
    };

    /// Minus the cosine of the angle between target and output, -1 where they point the same way:
    /// [Keras's `CosineSimilarity`](https://keras.io/api/losses/regression_losses/#cosinesimilarity-class).
    CosineSimilarity = "cosine_similarity", |t, p| (normalize(t) * normalize(p)).sum_dim(1).neg();
}

/// Rows of length 1.
pub(crate) fn normalize(x: Tensor<2>) -> Tensor<2> {
    // Keras bounds the factor at 1 / epsilon. Bounding the sum instead keeps the gradient of a row of zeros finite.
    let norm = x.clone().square().sum_dim(1).clamp_min(EPSILON * EPSILON).sqrt();
    x / norm
}

/// Half the squared difference up to `delta`, then linear:
/// [Keras's `Huber`](https://keras.io/api/losses/regression_losses/#huber-class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Huber { delta: 1.0 }
    }
}

impl Huber {
    /// With a `delta` of 1.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { Huber:
    /// Where the square ends.
    delta: f64,
}

#[diagnostic::do_not_recommend]
impl Loss for Huber {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "huber_loss"
    }

    fn native(&self) -> Option<Native> {
        Some(Native::Huber { delta: self.delta })
    }

    fn check(&self, _: &[f32], _: &[usize]) -> Result<()> {
        not_negative(self.name(), "delta", self.delta)
    }

    fn call(&self, y_true: &Raw, y_pred: &Raw) -> Result<Raw> {
        let pair = Pair::new(y_true, y_pred)?;
        let error = pair.p.clone() - pair.t.clone();
        let size = error.clone().abs();
        let far = size.clone().greater_elem(self.delta);
        let linear = size * self.delta - 0.5 * self.delta * self.delta;
        pair.finish((error.square() * 0.5).mask_where(far, linear).mean_dim(1))
    }
}
