//! Distances between numbers.

use keras_ops::{self as ops, Symbolic};

use super::pair::{at_least_one_axis, axis_of, pair};
use super::{EPSILON, Loss, Native, Target, config_of, not_negative};
use crate::Result;
use crate::setters::setters;
use crate::training::config::{Config, arguments};

/// Losses without arguments, as a function of targets and outputs of one shape.
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

        $crate::training::config::arguments!($type);

        #[diagnostic::do_not_recommend]
        impl $crate::training::losses::Loss for $type {
            fn config(&self) -> Option<$crate::training::config::Config> {
                $crate::training::losses::config_of(self)
            }

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

            fn call(
                &self,
                y_true: &keras_ops::Symbolic,
                y_pred: &keras_ops::Symbolic,
            ) -> $crate::Result<keras_ops::Symbolic> {
                let (t, p) = $crate::training::losses::pair::pair(y_true, y_pred)?;
                let call: fn(keras_ops::Symbolic, keras_ops::Symbolic) -> keras_ops::Symbolic = $call;
                Ok($crate::training::losses::pair::at_least_one_axis(call(t, p)))
            }
        }
    )* };
}
pub(super) use plain_losses;

/// The magnitude of each number, with the gradient of a positive number at 0 and that of a negative one at NaN, as Keras has
/// it on JAX.
fn magnitude(x: Symbolic) -> Symbolic {
    ops::where_(ops::greater_equal(&x, 0.0), &x, -&x)
}

/// The mean over the last axis.
pub(super) fn mean(x: impl ops::Operand) -> Symbolic {
    ops::mean(x, -1).build()
}

/// The sum over the last axis.
pub(super) fn sum(x: impl ops::Operand) -> Symbolic {
    ops::sum(x, -1).build()
}

plain_losses! {
    /// The mean of squared differences:
    /// [Keras's `MeanSquaredError`](https://keras.io/api/losses/regression_losses/#meansquarederror-class).
    #[doc(alias("MSE", "MSELoss"))]
    MeanSquaredError = "mean_squared_error", |t, p| mean(ops::square(p - t)), Native::Squared;

    /// The mean of absolute differences:
    /// [Keras's `MeanAbsoluteError`](https://keras.io/api/losses/regression_losses/#meanabsoluteerror-class).
    #[doc(alias("MAE", "L1Loss"))]
    MeanAbsoluteError = "mean_absolute_error", |t, p| mean(magnitude(t - p)), Native::Absolute;

    /// The mean of absolute differences in percent of the target: Keras's
    /// [`MeanAbsolutePercentageError`](https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class).
    #[doc(alias = "MAPE")]
    MeanAbsolutePercentageError = "mean_absolute_percentage_error", |t, p| {
        let size = ops::maximum(ops::abs(&t), EPSILON);
        mean(magnitude((t - p) / size)) * 100.0
    };

    /// The mean of squared differences of `log(1 + x)`: Keras's
    /// [`MeanSquaredLogarithmicError`](https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class).
    #[doc(alias = "MSLE")]
    MeanSquaredLogarithmicError = "mean_squared_logarithmic_error", |t, p| {
        let log = |x: Symbolic| ops::log(ops::maximum(x, EPSILON) + 1.0);
        mean(ops::square(log(p) - log(t)))
    };

    /// The mean of `log(cosh(difference))`: square for small, absolute for large differences:
    /// [Keras's `LogCosh`](https://keras.io/api/losses/regression_losses/#logcosh-class).
    LogCosh = "log_cosh", |t, p| {
        let x = p - t;
        mean(&x + ops::softplus(&x * -2.0) - core::f64::consts::LN_2)
    };
}

/// Vectors along an axis, scaled to length 1.
fn unit(x: &Symbolic, axis: isize) -> Symbolic {
    // Keras bounds the factor at 1 / epsilon. Bounding the sum instead keeps the gradient of a vector of zeros finite.
    let square = ops::sum(ops::square(x), axis).keepdims(true);
    x / ops::sqrt(ops::maximum(square, EPSILON * EPSILON))
}

/// Minus the cosine of the angle between target and output, -1 where they point the same way:
/// [Keras's `CosineSimilarity`](https://keras.io/api/losses/regression_losses/#cosinesimilarity-class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineSimilarity {
    axis: isize,
}

impl Default for CosineSimilarity {
    fn default() -> Self {
        CosineSimilarity { axis: -1 }
    }
}

impl CosineSimilarity {
    /// Of vectors along the last axis.
    pub fn new() -> Self {
        Self::default()
    }
}

setters! { CosineSimilarity:
    /// The axis along which the vectors lie: -1.
    axis: isize,
}

arguments!(CosineSimilarity, axis);

#[diagnostic::do_not_recommend]
impl Loss for CosineSimilarity {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;

    fn name(&self) -> &'static str {
        "cosine_similarity"
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let axis = axis_of(self.name(), self.axis, &p)? as isize;
        Ok(at_least_one_axis(-ops::sum(unit(&t, axis) * unit(&p, axis), axis)))
    }
}

/// Half the squared difference up to `delta`, then linear:
/// [Keras's `Huber`](https://keras.io/api/losses/regression_losses/#huber-class).
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias("HuberLoss", "SmoothL1Loss"))]
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

arguments!(Huber, delta);

#[diagnostic::do_not_recommend]
impl Loss for Huber {
    fn config(&self) -> Option<Config> {
        config_of(self)
    }

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

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let (t, p) = pair(y_true, y_pred)?;
        let error = p - t;
        let size = ops::abs(&error);
        let linear = &size * self.delta - 0.5 * self.delta * self.delta;
        let near = ops::less_equal(&size, self.delta);
        Ok(at_least_one_axis(mean(ops::where_(near, ops::square(&error) * 0.5, linear))))
    }
}
